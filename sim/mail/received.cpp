// Received fields: clauses are found word by word, with comments kept apart. See the header.
#include "postopolis/mail/received.hpp"

#include "mail/chars.hpp"
#include "postopolis/mail/parse.hpp"

#include <array>

namespace postopolis::mail {
namespace {

SharedText share(std::string_view text) {
    return std::make_shared<const std::string>(text);
}

/// A word of the field up to white space, or a whole comment with its brackets. Empty at the end.
std::string_view take_token(std::string_view& text) {
    text = trimmed(text);
    std::size_t end = 0;
    int depth = 0;
    for (; end < text.size(); ++end) {
        const char c = text[end];
        if (depth == 0 && end > 0 && (is_space(c) || c == '(')) break;
        if (c == '(') ++depth;
        if (c == ')' && depth > 0 && --depth == 0) {
            ++end;
            break;
        }
    }
    const std::string_view token = text.substr(0, end);
    text.remove_prefix(end);
    return token;
}

std::string_view without_brackets(std::string_view literal) {
    literal = literal.substr(1, literal.size() - 2);
    if (literal.size() > 5 && same_text(literal.substr(0, 5), "IPv6:")) literal.remove_prefix(5);
    return literal;
}

/// TCP-info = address-literal / ( Domain FWS address-literal ), and what is near to it.
void read_tcp_info(Received& field, std::string_view comment) {
    comment.remove_prefix(1);
    if (comment.ends_with(')')) comment.remove_suffix(1);
    while (!comment.empty()) {
        const std::string_view word = take_token(comment);
        if (word.size() > 2 && word.front() == '[' && word.back() == ']')
            field.from_ip = share(without_brackets(word));
        else if (!field.from_name && !field.from_ip && !word.empty())
            field.from_name = share(word);
    }
}

Protocol protocol_of(std::string_view name) {
    for (auto protocol = Protocol::smtp; protocol <= Protocol::lmtpsa;
         protocol = static_cast<Protocol>(static_cast<int>(protocol) + 1))
        if (same_text(name, protocol_name(protocol))) return protocol;
    return Protocol::unsaid;
}

AddressPtr address_of(std::string_view word) {
    auto parsed = word.starts_with('<') ? parse_path(word) : parse_path('<' + std::string(word) + '>');
    auto* address = std::get_if<AddressPtr>(&parsed);
    return address ? std::move(*address) : nullptr;
}

void read_clause(Received& field, std::string_view keyword, std::string_view value) {
    if (same_text(keyword, "from")) {
        field.from_helo = share(value);
    } else if (same_text(keyword, "by")) {
        field.by = share(value);
    } else if (same_text(keyword, "with")) {
        field.with = protocol_of(value);
    } else if (same_text(keyword, "id")) {
        if (value.size() > 2 && value.starts_with('<') && value.ends_with('>'))
            value = value.substr(1, value.size() - 2);
        field.id = value;
    } else if (same_text(keyword, "for")) {
        field.recipient = address_of(value);
    }
}

bool is_keyword(std::string_view word) {
    for (const std::string_view keyword : {"from", "by", "via", "with", "id", "for"})
        if (same_text(word, keyword)) return true;
    return false;
}

} // namespace

std::optional<Received> parse_received(std::string_view body) {
    const std::string text = unfold(body);
    const std::size_t semicolon = text.rfind(';'); // a quoted local part or a comment may hold others
    if (semicolon == std::string::npos) return std::nullopt;
    const auto date = parse_date(std::string_view(text).substr(semicolon + 1));
    if (!date) return std::nullopt;
    Received field;
    field.date = *date;
    std::string_view rest = std::string_view(text).substr(0, semicolon);
    bool after_from = false;
    for (std::string_view token = take_token(rest); !token.empty(); token = take_token(rest)) {
        if (token.front() == '(') {
            if (after_from) read_tcp_info(field, token);
            after_from = false;
        } else if (is_keyword(token)) {
            after_from = same_text(token, "from");
            read_clause(field, token, take_token(rest));
        }
    }
    if (!field.from_helo && !field.by) return std::nullopt;
    return field;
}

} // namespace postopolis::mail
