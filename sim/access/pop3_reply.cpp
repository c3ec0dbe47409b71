// One walk over the body serves both: it writes into a string, or into a counter that only adds sizes up.
#include "postopolis/access/pop3_reply.hpp"

#include <type_traits>

namespace postopolis::access {
namespace {

constexpr std::string_view final_line = ".\r\n";

template<class... Functions>
struct Overloaded : Functions... {
    using Functions::operator()...;
};
template<class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

struct Counter {
    std::uint64_t size = 0;
    void text(std::string_view piece) { size += piece.size(); }
    void stuffed(std::string_view content) { size += content.size() + leading_dots(content); }
    void message(const Pop3Message& body) { size += body.octets + body.leading_dots; }
};

struct Writer {
    std::string& out;
    void text(std::string_view piece) { out += piece; }
    void stuffed(std::string_view content) {
        while (!content.empty()) {
            if (content.front() == '.') out += '.';
            const auto end = content.find("\r\n");
            const auto length = end == std::string_view::npos ? content.size() : end + 2;
            out += content.substr(0, length);
            content.remove_prefix(length);
        }
    }
    void message(const Pop3Message& body) { stuffed(body.message.text()); }
};

template<class Sink>
void number(Sink& sink, std::uint64_t value) {
    sink.text(std::to_string(value));
}

template<class Sink>
void put(Sink& sink, const Pop3Stat& stat) {
    number(sink, stat.count);
    sink.text(" ");
    number(sink, stat.octets);
}

template<class Sink>
void put(Sink& sink, const Pop3Scan& scan) {
    number(sink, scan.number);
    sink.text(" ");
    number(sink, scan.octets);
}

template<class Sink>
void put(Sink& sink, const Pop3Uid& uid) {
    number(sink, uid.number);
    sink.text(" ");
    sink.text(uid.uid);
}

template<class Sink, class Lines>
void put_lines(Sink& sink, const Lines& lines) {
    for (const auto& line : lines) {
        if constexpr (std::is_same_v<std::decay_t<decltype(line)>, std::string>)
            sink.text(line);
        else
            put(sink, line);
        sink.text("\r\n");
    }
    sink.text(final_line);
}

template<class Sink>
void put_status(Sink& sink, const Pop3Reply& reply) {
    if (reply.continues) {
        sink.text("+ ");
        sink.text(reply.text);
        sink.text("\r\n");
        return;
    }
    sink.text(reply.ok ? "+OK" : "-ERR");
    std::visit(Overloaded{[&](const Pop3Stat& stat) { sink.text(" "), put(sink, stat); },
                          [&](const Pop3Scan& scan) { sink.text(" "), put(sink, scan); },
                          [&](const Pop3Uid& uid) { sink.text(" "), put(sink, uid); }, [](const auto&) {}},
               reply.body);
    if (!reply.text.empty()) sink.text(" ");
    sink.text(reply.text);
    sink.text("\r\n");
}

template<class Sink>
void put_reply(Sink& sink, const Pop3Reply& reply) {
    put_status(sink, reply);
    std::visit(Overloaded{[&](const std::vector<Pop3Scan>& lines) { put_lines(sink, lines); },
                          [&](const std::vector<Pop3Uid>& lines) { put_lines(sink, lines); },
                          [&](const Pop3Capabilities& body) { put_lines(sink, body.lines); },
                          [&](const Pop3Message& body) { sink.message(body), sink.text(final_line); },
                          [&](const Pop3Text& body) { sink.stuffed(body.text), sink.text(final_line); },
                          [](const auto&) {}},
               reply.body);
}

// No text may forge a second line.
std::string one_line(std::string_view text) {
    std::string line(text);
    for (char& c : line) {
        const auto octet = static_cast<unsigned char>(c);
        if (octet < ' ' || octet == 127) c = '?';
    }
    return line;
}

} // namespace

Pop3Reply pop3_ok(std::string_view text) {
    return {.ok = true, .text = one_line(text)};
}
Pop3Reply pop3_error(std::string_view text) {
    return {.ok = false, .text = one_line(text)};
}

std::uint64_t wire_size(const Pop3Reply& reply) {
    Counter counter;
    put_reply(counter, reply);
    return counter.size;
}

void render(const Pop3Reply& reply, std::string& out) {
    Writer writer{out};
    put_reply(writer, reply);
}

std::uint64_t leading_dots(std::string_view text) {
    std::uint64_t count = text.starts_with('.') ? 1 : 0;
    for (auto at = text.find("\r\n."); at != std::string_view::npos; at = text.find("\r\n.", at + 3))
        ++count;
    return count;
}

} // namespace postopolis::access
