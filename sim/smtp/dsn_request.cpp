// See dsn_request.hpp.
#include "postopolis/smtp/dsn_request.hpp"

#include <algorithm>

#include "smtp/text.hpp"

namespace postopolis::smtp {
namespace {

constexpr std::string_view upper_hex = "0123456789ABCDEF";

bool is_upper_hex(char c) {
    return upper_hex.find(c) != std::string_view::npos;
}

const Parameter* find(const std::vector<Parameter>& list, std::string_view keyword) {
    const auto found = std::find_if(list.begin(), list.end(),
                                    [&](const Parameter& p) { return same_keyword(p.keyword, keyword); });
    return found == list.end() || !found->value ? nullptr : &*found;
}

struct Word {
    std::string_view text;
    bool Notify::*member;
};
constexpr Word words[] = {{"SUCCESS", &Notify::success}, {"FAILURE", &Notify::failure}, {"DELAY", &Notify::delay}};

} // namespace

bool is_xtext(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] < '!' || text[i] > '~' || text[i] == '=') return false;
        if (text[i] != '+') continue;
        if (i + 2 >= text.size() || !is_upper_hex(text[i + 1]) || !is_upper_hex(text[i + 2])) return false;
        i += 2;
    }
    return true;
}

std::string encode_xtext(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c >= '!' && c <= '~' && c != '+' && c != '=') {
            out += c;
            continue;
        }
        const auto octet = static_cast<unsigned char>(c);
        out += '+';
        out += upper_hex[octet >> 4];
        out += upper_hex[octet & 15];
    }
    return out;
}

std::string decode_xtext(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '+' || i + 2 >= text.size()) {
            out += text[i];
            continue;
        }
        out += static_cast<char>(upper_hex.find(text[i + 1]) << 4 | upper_hex.find(text[i + 2]));
        i += 2;
    }
    return out;
}

std::optional<Notify> parse_notify(std::string_view value) {
    Notify notify;
    if (same_keyword(value, "NEVER")) {
        notify.never = true;
        return notify;
    }
    for (;;) {
        const auto comma = value.find(',');
        const auto word = value.substr(0, comma);
        const auto* known = std::find_if(std::begin(words), std::end(words),
                                         [&](const Word& w) { return same_keyword(word, w.text); });
        if (known == std::end(words) || notify.*known->member) return std::nullopt;
        notify.*known->member = true;
        if (comma == std::string_view::npos) return notify;
        value.remove_prefix(comma + 1);
    }
}

std::string to_string(const Notify& notify) {
    if (notify.never) return "NEVER";
    std::string text;
    for (const Word& w : words)
        if (notify.*w.member) text.append(text.empty() ? "" : ",").append(w.text);
    return text;
}

std::vector<Parameter> mail_parameters(const DsnRequest& request) {
    std::vector<Parameter> list;
    if (request.ret != DsnRequest::Return::unsaid)
        list.push_back({"RET", request.ret == DsnRequest::Return::full ? "FULL" : "HDRS"});
    if (!request.envelope_id.empty()) list.push_back({"ENVID", encode_xtext(request.envelope_id)});
    return list;
}

std::vector<Parameter> rcpt_parameters(const DsnRequest& request) {
    std::vector<Parameter> list;
    if (request.notify.said()) list.push_back({"NOTIFY", to_string(request.notify)});
    if (const auto semicolon = request.original_recipient.find(';'); semicolon != std::string::npos) {
        const std::string_view whole = request.original_recipient;
        list.push_back({"ORCPT", std::string(whole.substr(0, semicolon + 1)) + encode_xtext(whole.substr(semicolon + 1))});
    }
    return list;
}

DsnRequest dsn_request(const std::vector<Parameter>& of_mail, const std::vector<Parameter>& of_rcpt) {
    DsnRequest request;
    if (const Parameter* ret = find(of_mail, "RET"))
        request.ret = same_keyword(*ret->value, "FULL") ? DsnRequest::Return::full : DsnRequest::Return::headers;
    if (const Parameter* id = find(of_mail, "ENVID")) request.envelope_id = decode_xtext(*id->value);
    if (const Parameter* notify = find(of_rcpt, "NOTIFY")) request.notify = parse_notify(*notify->value).value_or(Notify());
    if (const Parameter* original = find(of_rcpt, "ORCPT")) {
        const auto semicolon = original->value->find(';');
        request.original_recipient =
            original->value->substr(0, semicolon + 1) + decode_xtext(std::string_view(*original->value).substr(semicolon + 1));
    }
    return request;
}

} // namespace postopolis::smtp
