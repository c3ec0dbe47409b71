// Reads one command line by the grammar of RFC 5321 section 4.1.2, as strictly as section 3.3 asks ("spaces
// are not permitted on either side of the colon"), but for the trailing blanks that section 4.1.1 wants
// tolerated.
#include <array>
#include <charconv>

#include "postopolis/smtp/command.hpp"
#include "postopolis/smtp/limits.hpp"
#include "smtp/canned.hpp"
#include "smtp/text.hpp"

namespace postopolis::smtp {
namespace {

using Parsed = std::variant<Command, Reply>;

constexpr std::array verbs = {Verb::ehlo, Verb::helo, Verb::mail,    Verb::rcpt, Verb::data,
                              Verb::rset, Verb::noop, Verb::quit,    Verb::auth, Verb::vrfy,
                              Verb::expn, Verb::help, Verb::starttls, Verb::bdat, Verb::lhlo};

Verb find_verb(std::string_view word) {
    for (const Verb verb : verbs) {
        if (same_keyword(word, to_string(verb))) return verb;
    }
    return Verb::unknown;
}

std::size_t line_limit(Verb verb) {
    switch (verb) {
    case Verb::mail:
        return limits::mail_line;
    case Verb::rcpt:
        return limits::rcpt_line;
    case Verb::auth:
        return limits::auth_line;
    default:
        return limits::command_line;
    }
}

// esmtp-value = 1*(%d33-60 / %d62-126)
bool is_parameter_value(std::string_view value) {
    for (const char c : value) {
        if (c <= ' ' || c == '=' || c > '~') return false;
    }
    return !value.empty();
}

// esmtp-keyword = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-")
bool is_parameter_keyword(std::string_view keyword) {
    for (const char c : keyword) {
        if (!is_alphanumeric(c) && c != '-') return false;
    }
    return !keyword.empty() && keyword.front() != '-';
}

// size-value = 1*20DIGIT (RFC 1870 section 3). Twenty digits may exceed 64 bits; no message does, so the
// largest number stands for all of those.
std::optional<std::uint64_t> parse_size(std::string_view text) {
    if (text.empty() || text.size() > 20) return std::nullopt;
    for (const char c : text) {
        if (!is_digit(c)) return std::nullopt;
    }
    std::uint64_t value = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    return result.ec == std::errc::result_out_of_range ? ~std::uint64_t{0} : value;
}

bool add_parameter(std::string_view word, Command& command) {
    const auto equals = word.find('=');
    const auto keyword = word.substr(0, equals);
    if (!is_parameter_keyword(keyword) || parameter(command, keyword)) return false;
    std::optional<std::string> value;
    if (equals != std::string_view::npos) {
        value = word.substr(equals + 1);
        if (!is_parameter_value(*value)) return false;
    }
    if (command.verb == Verb::mail && same_keyword(keyword, "SIZE")) {
        if (command.size || !value) return false;
        command.size = parse_size(*value);
        return command.size.has_value();
    }
    command.parameters.push_back({std::string(keyword), std::move(value)});
    return true;
}

Parsed parse_envelope(Verb verb, std::string_view rest) {
    const bool mail = verb == Verb::mail;
    const std::string_view opening = mail ? "FROM:" : "TO:";
    if (!same_keyword(rest.substr(0, opening.size()), opening)) {
        return mail ? *canned::mail_syntax() : *canned::rcpt_syntax();
    }
    rest.remove_prefix(opening.size());
    auto leading = mail::parse_leading_path(rest);
    auto* path = std::get_if<mail::LeadingPath>(&leading);
    if (path == nullptr || (!mail && !path->address)) {
        return mail ? *canned::bad_sender() : *canned::bad_recipient();
    }
    Command command{.verb = verb};
    command.path = std::move(path->address);
    rest.remove_prefix(path->length);
    while (!rest.empty()) {
        if (rest.front() != ' ') return *canned::parameter_syntax();
        rest.remove_prefix(1);
        const auto word = rest.substr(0, rest.find(' '));
        rest.remove_prefix(word.size());
        if (!add_parameter(word, command)) return *canned::parameter_syntax();
    }
    return command;
}

// auth-command = "AUTH" SP sasl-mech [SP initial-response]; a mechanism is 1 to 20 of A-Z 0-9 - _ (RFC 4422).
Parsed parse_auth(std::string_view rest) {
    const std::string argument(rest);
    const auto mechanism = take_word(rest);
    bool good = !mechanism.empty() && mechanism.size() <= 20 && rest.find(' ') == std::string_view::npos;
    for (const char c : mechanism)
        good = good && (is_alphanumeric(c) || c == '-' || c == '_');
    if (!good) return *canned::auth_syntax();
    return Command{.verb = Verb::auth, .argument = argument};
}

// bdat-cmd = "BDAT" SP chunk-size [SP end-marker] (RFC 3030 section 2)
Parsed parse_chunk(std::string_view rest) {
    Command command{.verb = Verb::bdat};
    command.size = parse_size(take_word(rest));
    command.last = same_keyword(rest, "LAST");
    if (!command.size || (!rest.empty() && !command.last)) return *canned::chunk_syntax();
    return command;
}

Parsed parse_arguments(Verb verb, std::string_view rest) {
    switch (verb) {
    case Verb::ehlo:
    case Verb::helo:
    case Verb::lhlo:
        // RFC 5321 section 4.1.1.1 lets HELO carry a domain only, but hosts without one have nothing else to
        // say.
        if (!mail::is_domain_name(rest) && !mail::is_address_literal(rest)) return *canned::helo_syntax();
        break;
    case Verb::mail:
    case Verb::rcpt:
        return parse_envelope(verb, rest);
    case Verb::auth:
        return parse_auth(rest);
    case Verb::bdat:
        return parse_chunk(rest);
    case Verb::data:
    case Verb::rset:
    case Verb::quit:
    case Verb::starttls:
        if (!rest.empty()) return *canned::no_argument_allowed();
        break;
    case Verb::vrfy:
    case Verb::expn:
        if (rest.empty()) return *canned::argument_missing();
        break;
    default:
        break;
    }
    return Command{.verb = verb, .argument = std::string(rest)};
}

} // namespace

std::variant<Command, Reply> parse_command(std::string_view line) {
    if (line.ends_with("\r\n")) line.remove_suffix(2);
    auto rest = line;
    const Verb verb = find_verb(take_word(rest));
    if (line.size() + 2 > line_limit(verb)) {
        return verb == Verb::auth ? *canned::auth_line_too_long() : *canned::line_too_long();
    }
    for (const char c : line) {
        if (c == '\r' || c == '\n') return *canned::bare_line_end();
        if (!is_printable(c))
            return verb == Verb::unknown ? *canned::unknown_command() : *canned::not_ascii();
    }
    while (rest.ends_with(' '))
        rest.remove_suffix(1);
    if (verb == Verb::unknown) return Command{.verb = verb, .argument = std::string(line)};
    return parse_arguments(verb, rest);
}

} // namespace postopolis::smtp
