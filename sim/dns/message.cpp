// Reading typed answers, and their size on the wire.
#include "postopolis/dns/message.hpp"

#include <algorithm>

#include "dns/alias_chain.hpp"
#include "dns/wire_writer.hpp"

namespace postopolis::dns {
namespace {
constexpr std::size_t header_octets = 12; // RFC 1035 section 4.1.1
} // namespace

std::string_view to_string(Rcode rcode) {
    switch (rcode) {
    case Rcode::noerror:
        return "NOERROR";
    case Rcode::formerr:
        return "FORMERR";
    case Rcode::servfail:
        return "SERVFAIL";
    case Rcode::nxdomain:
        return "NXDOMAIN";
    case Rcode::notimp:
        return "NOTIMP";
    case Rcode::refused:
        return "REFUSED";
    }
    return "RCODE of another RFC";
}

Name Response::canonical(const Name& asked) const {
    Name current = asked;
    for (int hop = 0; hop < longest_alias_chain; ++hop) {
        const auto alias = std::find_if(answers.begin(), answers.end(), [&](const Record& record) {
            return record.type == Type::cname && record.name == current && record.target();
        });
        if (alias == answers.end()) break;
        current = *alias->target();
    }
    return current;
}

bool Response::has_answer(const Question& question) const {
    if (rcode != Rcode::noerror) return false;
    const Name owner = question.type == Type::cname ? question.name : canonical(question.name);
    return std::any_of(answers.begin(), answers.end(), [&](const Record& record) {
        return record.type == question.type && record.name == owner;
    });
}

bool Response::is_nodata(const Question& question) const {
    return rcode == Rcode::noerror && !has_answer(question) && !is_referral(question);
}

bool Response::is_referral(const Question& question) const {
    return rcode == Rcode::noerror && !has_answer(question) && !soa() &&
           std::any_of(authority.begin(), authority.end(),
                       [](const Record& record) { return record.type == Type::ns; });
}

const Record* Response::soa() const {
    const auto found = std::find_if(authority.begin(), authority.end(), [](const Record& record) {
        return record.type == Type::soa && fits(Type::soa, record.data);
    });
    return found == authority.end() ? nullptr : &*found;
}

std::size_t wire_size(const Question& question) {
    return header_octets + question.name.wire_size() + 4;
}

std::size_t wire_size(const Question& question, const Response& response) {
    Writer<CountSink> writer;
    for (std::size_t i = 0; i < header_octets; ++i)
        writer.sink().u8(0);
    writer.question(question);
    for (const auto* section : {&response.answers, &response.authority, &response.additional}) {
        for (const Record& record : *section)
            writer.record(record);
    }
    return writer.sink().position();
}

} // namespace postopolis::dns
