// Rendering and sizes of commands. The size is added up in the same order in which the bytes are written.
#include "postopolis/smtp/command.hpp"

#include <array>
#include <charconv>

#include "smtp/text.hpp"

namespace postopolis::smtp {
namespace {

// Twenty digits hold any 64-bit number, as SIZE allows twenty (RFC 1870 section 3).
struct Digits {
    std::array<char, 20> buffer{};
    std::size_t length = 0;

    explicit Digits(std::uint64_t number) {
        const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
        length = static_cast<std::size_t>(end - buffer.data());
    }
    std::string_view view() const { return {buffer.data(), length}; }
};

std::size_t envelope_size(const Command& command) {
    std::size_t size = (command.verb == Verb::mail ? std::string_view("MAIL FROM:<>") : "RCPT TO:<>").size();
    if (command.path) size += mail::text_size(*command.path);
    if (command.size) size += std::string_view(" SIZE=").size() + Digits(*command.size).length;
    for (const auto& [keyword, value] : command.parameters) {
        size += 1 + keyword.size() + (value ? 1 + value->size() : 0);
    }
    return size;
}

void render_envelope(const Command& command, std::string& out) {
    out += command.verb == Verb::mail ? "MAIL FROM:<" : "RCPT TO:<";
    if (command.path) mail::append_text(out, *command.path);
    out += '>';
    if (command.size) {
        out += " SIZE=";
        out += Digits(*command.size).view();
    }
    for (const auto& [keyword, value] : command.parameters) {
        out += ' ';
        out += keyword;
        if (value) {
            out += '=';
            out += *value;
        }
    }
}

std::size_t chunk_size(const Command& command) {
    return std::string_view("BDAT ").size() + Digits(command.size.value_or(0)).length +
           (command.last ? std::string_view(" LAST").size() : 0);
}

void render_chunk(const Command& command, std::string& out) {
    out += "BDAT ";
    out += Digits(command.size.value_or(0)).view();
    if (command.last) out += " LAST";
}

bool is_envelope(const Command& command) {
    return command.verb == Verb::mail || command.verb == Verb::rcpt;
}

} // namespace

std::string_view to_string(Verb verb) {
    switch (verb) {
    case Verb::ehlo:
        return "EHLO";
    case Verb::helo:
        return "HELO";
    case Verb::mail:
        return "MAIL";
    case Verb::rcpt:
        return "RCPT";
    case Verb::data:
        return "DATA";
    case Verb::rset:
        return "RSET";
    case Verb::noop:
        return "NOOP";
    case Verb::quit:
        return "QUIT";
    case Verb::auth:
        return "AUTH";
    case Verb::vrfy:
        return "VRFY";
    case Verb::expn:
        return "EXPN";
    case Verb::help:
        return "HELP";
    case Verb::starttls:
        return "STARTTLS";
    case Verb::bdat:
        return "BDAT";
    case Verb::lhlo:
        return "LHLO";
    case Verb::response:
    case Verb::unknown:
        break;
    }
    return "";
}

std::optional<std::string_view> parameter(const Command& command, std::string_view keyword) {
    for (const auto& candidate : command.parameters) {
        if (same_keyword(candidate.keyword, keyword)) {
            return candidate.value ? std::string_view(*candidate.value) : std::string_view();
        }
    }
    return std::nullopt;
}

std::size_t wire_size(const Command& command) {
    if (is_envelope(command)) return envelope_size(command) + 2;
    if (command.verb == Verb::bdat) return chunk_size(command) + 2;
    const auto verb = to_string(command.verb).size();
    const std::size_t blank = verb != 0 && !command.argument.empty() ? 1 : 0;
    return verb + blank + command.argument.size() + 2;
}

void render(const Command& command, std::string& out) {
    if (is_envelope(command)) {
        render_envelope(command, out);
    } else if (command.verb == Verb::bdat) {
        render_chunk(command, out);
    } else {
        const auto verb = to_string(command.verb);
        out += verb;
        if (!verb.empty() && !command.argument.empty()) out += ' ';
        out += command.argument;
    }
    out += "\r\n";
}

} // namespace postopolis::smtp
