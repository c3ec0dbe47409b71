// Rendering of replies. Sizes are added up line by line in the same way as the bytes are written.
#include "postopolis/smtp/reply.hpp"

#include <algorithm>

#include "postopolis/smtp/limits.hpp"

namespace postopolis::smtp {
namespace {

// "550 5.1.1 " and CRLF leave this much of a reply line for the text; enhanced codes have at most 9
// characters.
constexpr std::size_t text_limit = limits::reply_line - 4 - 10 - 2;

void append_line(std::vector<std::string>& lines, std::string_view text) {
    std::string line;
    line.reserve(std::min(text.size(), text_limit));
    for (const char c : text) {
        if (line.size() == text_limit) break;
        if (c == '\r') continue;
        const auto octet = static_cast<unsigned char>(c);
        const bool control = (octet < 32 && c != '\t') || octet == 127;
        line += control ? '?' : c;
    }
    lines.push_back(std::move(line));
}

// What stands between the code with its separator and the text.
std::string prefix_of(const Reply& reply) {
    return reply.enhanced ? reply.enhanced.text() : std::string();
}

// RFC 5321 section 4.2: a blank follows the code only before text; but RFC 4954 section 4 wants one after
// every 334.
bool separated(const Reply& reply, bool last, bool bare) {
    return !last || !bare || reply.code == 334;
}

std::size_t line_size(const Reply& reply, std::size_t prefix, std::size_t text, bool last) {
    const bool bare = prefix == 0 && text == 0;
    const std::size_t blank = prefix != 0 && text != 0 ? 1 : 0;
    return 3 + (separated(reply, last, bare) ? 1U : 0U) + prefix + blank + text + 2;
}

void render_line(const Reply& reply, std::string_view prefix, std::string_view text, bool last,
                 std::string& out) {
    const auto code = reply.code;
    out += static_cast<char>('0' + code / 100 % 10);
    out += static_cast<char>('0' + code / 10 % 10);
    out += static_cast<char>('0' + code % 10);
    if (separated(reply, last, prefix.empty() && text.empty())) out += last ? ' ' : '-';
    out += prefix;
    if (!prefix.empty() && !text.empty()) out += ' ';
    out += text;
    out += "\r\n";
}

} // namespace

ReplyPtr make_reply(std::uint16_t code, mail::EnhancedStatus enhanced, std::string_view text) {
    auto reply = std::make_shared<Reply>();
    reply->code = code;
    reply->enhanced = enhanced;
    for (;;) {
        const auto end = text.find('\n');
        append_line(reply->lines, text.substr(0, end));
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    return reply;
}

ReplyPtr make_reply(std::uint16_t code, std::string_view text) {
    return make_reply(code, {}, text);
}

ReplyPtr without_enhanced(const ReplyPtr& reply) {
    if (!reply->enhanced) return reply;
    auto copy = std::make_shared<Reply>(*reply);
    copy->enhanced = {};
    return copy;
}

std::size_t wire_size(const Reply& reply) {
    const std::size_t prefix = reply.enhanced ? reply.enhanced.text_size() : 0;
    if (reply.lines.empty()) return line_size(reply, prefix, 0, true);
    std::size_t size = 0;
    for (std::size_t i = 0; i < reply.lines.size(); ++i) {
        size += line_size(reply, prefix, reply.lines[i].size(), i + 1 == reply.lines.size());
    }
    return size;
}

void render(const Reply& reply, std::string& out) {
    const std::string prefix = prefix_of(reply);
    if (reply.lines.empty()) render_line(reply, prefix, {}, true, out);
    for (std::size_t i = 0; i < reply.lines.size(); ++i) {
        render_line(reply, prefix, reply.lines[i], i + 1 == reply.lines.size(), out);
    }
}

std::string to_string(const Reply& reply) {
    std::string text = std::to_string(reply.code);
    if (const auto prefix = prefix_of(reply); !prefix.empty()) text += ' ' + prefix;
    for (const auto& line : reply.lines) {
        if (!line.empty()) text += ' ' + line;
    }
    return text;
}

} // namespace postopolis::smtp
