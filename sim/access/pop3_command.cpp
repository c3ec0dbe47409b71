// POP3 commands: keywords of three or four letters, arguments after one blank (RFC 1939 section 3).
#include "postopolis/access/pop3_command.hpp"

#include <array>
#include <charconv>
#include <optional>

namespace postopolis::access {
namespace {

using Parsed = std::variant<Pop3Command, Pop3Reply>;

constexpr std::array verbs = {Pop3Verb::user, Pop3Verb::pass, Pop3Verb::apop, Pop3Verb::stat, Pop3Verb::list,
                              Pop3Verb::uidl, Pop3Verb::retr, Pop3Verb::dele, Pop3Verb::noop, Pop3Verb::rset,
                              Pop3Verb::top,  Pop3Verb::capa, Pop3Verb::stls, Pop3Verb::auth, Pop3Verb::quit};

constexpr char to_upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

Pop3Verb find_verb(std::string_view word) {
    for (const Pop3Verb verb : verbs) {
        const auto name = to_string(verb);
        bool same = word.size() == name.size();
        for (std::size_t i = 0; same && i < name.size(); ++i)
            same = to_upper(word[i]) == name[i];
        if (same) return verb;
    }
    return Pop3Verb::unknown;
}

std::optional<std::uint32_t> parse_number(std::string_view text) {
    std::uint32_t number = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || result.ec != std::errc{} || result.ptr != text.data() + text.size())
        return std::nullopt;
    return number;
}

bool has_number(const Pop3Command& command) {
    switch (command.verb) {
    case Pop3Verb::retr:
    case Pop3Verb::dele:
    case Pop3Verb::top:
        return true;
    case Pop3Verb::list:
    case Pop3Verb::uidl:
        return command.number != 0;
    default:
        return false;
    }
}

bool has_argument(const Pop3Command& command) {
    switch (command.verb) {
    case Pop3Verb::user:
    case Pop3Verb::pass:
    case Pop3Verb::apop:
        return true;
    case Pop3Verb::auth:
        return !command.argument.empty();
    default:
        return false;
    }
}

Parsed parse_message_number(Pop3Verb verb, std::string_view rest) {
    const auto number = parse_number(rest);
    if (!number || *number == 0) return pop3_error("a message number, 1 or more, is expected");
    return Pop3Command{.verb = verb, .number = *number};
}

Parsed parse_top(std::string_view rest) {
    const auto blank = rest.find(' ');
    if (blank == std::string_view::npos) return pop3_error("syntax: TOP message lines");
    auto parsed = parse_message_number(Pop3Verb::top, rest.substr(0, blank));
    const auto lines = parse_number(rest.substr(blank + 1));
    if (!lines) return pop3_error("syntax: TOP message lines");
    if (auto* command = std::get_if<Pop3Command>(&parsed)) command->lines = *lines;
    return parsed;
}

Parsed parse_arguments(Pop3Verb verb, std::string_view rest) {
    switch (verb) {
    case Pop3Verb::user:
    case Pop3Verb::pass:
        if (rest.empty()) return pop3_error("an argument is missing");
        return Pop3Command{.verb = verb, .argument = std::string(rest)};
    case Pop3Verb::apop: {
        const auto blank = rest.find(' ');
        if (blank == 0 || blank == std::string_view::npos || blank + 1 == rest.size()) {
            return pop3_error("syntax: APOP name digest");
        }
        return Pop3Command{.verb = verb, .argument = std::string(rest)};
    }
    case Pop3Verb::auth:
        return Pop3Command{.verb = verb, .argument = std::string(rest)};
    case Pop3Verb::list:
    case Pop3Verb::uidl:
        if (rest.empty()) return Pop3Command{.verb = verb};
        return parse_message_number(verb, rest);
    case Pop3Verb::retr:
    case Pop3Verb::dele:
        return parse_message_number(verb, rest);
    case Pop3Verb::top:
        return parse_top(rest);
    default:
        if (!rest.empty()) return pop3_error("no argument is allowed here");
        return Pop3Command{.verb = verb};
    }
}

} // namespace

std::string_view to_string(Pop3Verb verb) {
    switch (verb) {
    case Pop3Verb::user:
        return "USER";
    case Pop3Verb::pass:
        return "PASS";
    case Pop3Verb::apop:
        return "APOP";
    case Pop3Verb::stat:
        return "STAT";
    case Pop3Verb::list:
        return "LIST";
    case Pop3Verb::uidl:
        return "UIDL";
    case Pop3Verb::retr:
        return "RETR";
    case Pop3Verb::dele:
        return "DELE";
    case Pop3Verb::noop:
        return "NOOP";
    case Pop3Verb::rset:
        return "RSET";
    case Pop3Verb::top:
        return "TOP";
    case Pop3Verb::capa:
        return "CAPA";
    case Pop3Verb::stls:
        return "STLS";
    case Pop3Verb::auth:
        return "AUTH";
    case Pop3Verb::quit:
        return "QUIT";
    case Pop3Verb::unknown:
        break;
    }
    return "";
}

// Commands are a few dozen octets long at most, and their strings mostly fit where they are.
std::size_t wire_size(const Pop3Command& command) {
    if (command.verb == Pop3Verb::unknown) return command.argument.size() + 2;
    std::size_t size = to_string(command.verb).size() + 2;
    if (has_argument(command)) size += 1 + command.argument.size();
    if (has_number(command)) size += 1 + std::to_string(command.number).size();
    if (command.verb == Pop3Verb::top) size += 1 + std::to_string(command.lines).size();
    return size;
}

void render(const Pop3Command& command, std::string& out) {
    out += to_string(command.verb);
    if (command.verb == Pop3Verb::unknown) out += command.argument;
    if (has_argument(command)) out.append(" ").append(command.argument);
    if (has_number(command)) out.append(" ").append(std::to_string(command.number));
    if (command.verb == Pop3Verb::top) out.append(" ").append(std::to_string(command.lines));
    out += "\r\n";
}

std::variant<Pop3Command, Pop3Reply> parse_pop3_command(std::string_view line) {
    if (line.ends_with("\r\n")) line.remove_suffix(2);
    if (line.size() + 2 > pop3_command_line) return pop3_error("the line is too long");
    for (const char c : line) {
        const auto octet = static_cast<unsigned char>(c);
        if (octet < ' ' || octet == 127) return pop3_error("control characters are not allowed in a command");
    }
    const auto blank = line.find(' ');
    const Pop3Verb verb = find_verb(line.substr(0, blank));
    if (verb == Pop3Verb::unknown) return Pop3Command{.verb = verb, .argument = std::string(line)};
    return parse_arguments(verb,
                           blank == std::string_view::npos ? std::string_view() : line.substr(blank + 1));
}

} // namespace postopolis::access
