// EHLO keywords, written in the order in which most servers write them.
#include "postopolis/smtp/extensions.hpp"

#include <charconv>

#include "smtp/text.hpp"

namespace postopolis::smtp {
namespace {

struct Flag {
    std::string_view keyword;
    bool Extensions::*member;
};

constexpr Flag flags[] = {
    {"PIPELINING", &Extensions::pipelining},
    {"STARTTLS", &Extensions::starttls},
    {"ENHANCEDSTATUSCODES", &Extensions::enhanced_status_codes},
    {"8BITMIME", &Extensions::eightbitmime},
    {"DSN", &Extensions::dsn},
    {"SMTPUTF8", &Extensions::smtputf8},
    {"CHUNKING", &Extensions::chunking},
    {"BINARYMIME", &Extensions::binarymime},
};

void parse_mechanisms(std::string_view rest, AuthMechanisms& auth) {
    while (!rest.empty()) {
        const auto mechanism = take_word(rest);
        if (same_keyword(mechanism, "PLAIN")) auth.plain = true;
        if (same_keyword(mechanism, "LOGIN")) auth.login = true;
        if (same_keyword(mechanism, "CRAM-MD5")) auth.cram_md5 = true;
    }
}

// "SIZE" without a number says that SIZE= is understood and no limit is told (RFC 1870 section 4).
bool parse_size(std::string_view rest, std::optional<std::uint64_t>& size) {
    std::uint64_t limit = 0;
    if (!rest.empty()) {
        const auto result = std::from_chars(rest.data(), rest.data() + rest.size(), limit);
        if (result.ec != std::errc{} || result.ptr != rest.data() + rest.size()) return false;
    }
    size = limit;
    return true;
}

void parse_line(std::string_view line, Extensions& extensions) {
    auto rest = line;
    const auto keyword = take_word(rest);
    for (const auto& flag : flags) {
        if (same_keyword(keyword, flag.keyword) && rest.empty()) {
            extensions.*flag.member = true;
            return;
        }
    }
    if (same_keyword(keyword, "AUTH")) {
        parse_mechanisms(rest, extensions.auth);
        // Mechanisms that are not ours stay visible.
        if (!extensions.auth.any()) extensions.others.emplace_back(line);
    } else if (!same_keyword(keyword, "SIZE") || !parse_size(rest, extensions.size)) {
        extensions.others.emplace_back(line);
    }
}

} // namespace

Extensions usual_extensions(std::uint64_t size_limit) {
    Extensions extensions;
    extensions.pipelining = true;
    extensions.eightbitmime = true;
    extensions.enhanced_status_codes = true;
    extensions.size = size_limit;
    return extensions;
}

Reply ehlo_reply(std::string_view host_name, std::string_view greeting, const Extensions& extensions) {
    Reply reply{.code = 250};
    reply.lines.emplace_back(host_name);
    if (!greeting.empty()) reply.lines.back().append(" ").append(greeting);
    for (const auto& flag : flags) {
        if (extensions.*flag.member) reply.lines.emplace_back(flag.keyword);
    }
    if (extensions.size) {
        reply.lines.emplace_back(*extensions.size == 0 ? "SIZE" : "SIZE " + std::to_string(*extensions.size));
    }
    if (extensions.auth.any()) {
        std::string line = "AUTH";
        if (extensions.auth.plain) line += " PLAIN";
        if (extensions.auth.login) line += " LOGIN";
        if (extensions.auth.cram_md5) line += " CRAM-MD5";
        reply.lines.push_back(std::move(line));
    }
    for (const auto& line : extensions.others)
        reply.lines.push_back(line);
    // Further lines may name anything.
    reply.offered = std::make_shared<const Extensions>(extensions.others.empty() ? extensions : parse_extensions(reply));
    return reply;
}

Extensions parse_extensions(const Reply& reply) {
    Extensions extensions;
    for (std::size_t i = 1; i < reply.lines.size(); ++i)
        parse_line(reply.lines[i], extensions);
    return extensions;
}

} // namespace postopolis::smtp
