// Questions and answers as typed values, and the size that they have on the wire.
//
// Promises: wire_size() is exactly what encode() (wire.hpp) produces, without producing it: the simulation
// needs the size of every datagram and the octets of few. Not modelled: EDNS, more than one question in what
// nodes exchange (no server answers those).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "postopolis/dns/record.hpp"

namespace postopolis::dns {

struct Question {
    Name name;
    Type type = Type::a;
    bool operator==(const Question&) const = default;
};

/// RFC 1035 section 4.1.1; the values are those on the wire.
enum class Rcode : std::uint8_t {
    noerror = 0,
    formerr = 1,
    servfail = 2,
    nxdomain = 3,
    notimp = 4,
    refused = 5
};
std::string_view to_string(Rcode rcode);

struct Response {
    Rcode rcode = Rcode::noerror;
    bool authoritative = false;
    std::vector<Record> answers;
    std::vector<Record> authority; // the SOA of a negative answer, or the NS records of a referral
    std::vector<Record> additional;

    /// The name that `asked` stands for after following the CNAME records among the answers.
    Name canonical(const Name& asked) const;
    /// True if the answers hold the type that was asked for, at the end of the CNAME chain.
    bool has_answer(const Question& question) const;
    /// NOERROR without an answer and without delegation (RFC 2308 section 2.2).
    bool is_nodata(const Question& question) const;
    /// NS records in the authority section instead of an answer (RFC 2308 section 2.2: no SOA).
    bool is_referral(const Question& question) const;
    const Record* soa() const;
    bool operator==(const Response&) const = default;
};

/// A question's datagram: header, name, type, class.
std::size_t wire_size(const Question& question);
/// The answer's datagram, its question repeated (RFC 1035 section 4.1), names compressed as encode() does.
std::size_t wire_size(const Question& question, const Response& response);

} // namespace postopolis::dns

template<>
struct std::hash<postopolis::dns::Question> {
    std::size_t operator()(const postopolis::dns::Question& question) const {
        return question.name.hash() * 31U + static_cast<std::size_t>(question.type);
    }
};
