// BODY (RFC 6152), AUTH (RFC 4954 section 5), RET, ENVID, NOTIFY, ORCPT (RFC 3461 section 4), SIZE (RFC
// 1870).
#include "smtp/parameters.hpp"

#include "smtp/canned.hpp"
#include "smtp/text.hpp"

namespace postopolis::smtp {
namespace {

constexpr bool is_upper_hex(char c) {
    return is_digit(c) || (c >= 'A' && c <= 'F');
}

// xtext = *( xchar / "+" 2HEXDIG ) (RFC 3461 section 4)
bool is_xtext(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] < '!' || text[i] > '~' || text[i] == '=') return false;
        if (text[i] != '+') continue;
        if (i + 2 >= text.size() || !is_upper_hex(text[i + 1]) || !is_upper_hex(text[i + 2])) return false;
        i += 2;
    }
    return true;
}

// "NEVER", or a list of the others, each once.
bool is_notify(std::string_view value) {
    if (same_keyword(value, "NEVER")) return true;
    constexpr std::string_view words[] = {"SUCCESS", "FAILURE", "DELAY"};
    unsigned seen = 0;
    for (;;) {
        const auto comma = value.find(',');
        const auto word = value.substr(0, comma);
        unsigned bit = 0;
        for (unsigned i = 0; i < 3; ++i)
            bit |= same_keyword(word, words[i]) ? 1U << i : 0U;
        if (bit == 0 || (seen & bit) != 0) return false;
        seen |= bit;
        if (comma == std::string_view::npos) return true;
        value.remove_prefix(comma + 1);
    }
}

// addr-type ";" xtext
bool is_original_recipient(std::string_view value) {
    const auto semicolon = value.find(';');
    return semicolon != std::string_view::npos && semicolon != 0 && is_xtext(value.substr(semicolon + 1));
}

enum class Judgement { good, bad, unknown };

Judgement judged(bool good) {
    return good ? Judgement::good : Judgement::bad;
}

Judgement judge_mail(const Parameter& parameter, const Extensions& offered) {
    const std::string_view value = parameter.value ? std::string_view(*parameter.value) : std::string_view();
    const auto& keyword = parameter.keyword;
    if (offered.eightbitmime && same_keyword(keyword, "BODY")) {
        return judged(same_keyword(value, "7BIT") || same_keyword(value, "8BITMIME"));
    }
    if (offered.auth.any() && same_keyword(keyword, "AUTH")) return judged(!value.empty() && is_xtext(value));
    if (offered.dsn && same_keyword(keyword, "RET")) {
        return judged(same_keyword(value, "FULL") || same_keyword(value, "HDRS"));
    }
    if (offered.dsn && same_keyword(keyword, "ENVID")) return judged(!value.empty() && is_xtext(value));
    return Judgement::unknown;
}

Judgement judge_rcpt(const Parameter& parameter, const Extensions& offered) {
    const std::string_view value = parameter.value ? std::string_view(*parameter.value) : std::string_view();
    if (offered.dsn && same_keyword(parameter.keyword, "NOTIFY")) return judged(is_notify(value));
    if (offered.dsn && same_keyword(parameter.keyword, "ORCPT")) return judged(is_original_recipient(value));
    return Judgement::unknown;
}

} // namespace

ReplyPtr refuse_parameters(const Command& command, const Extensions* offered) {
    if (command.size && (offered == nullptr || !offered->size)) return canned::parameter_unknown();
    for (const auto& parameter : command.parameters) {
        Judgement judgement = Judgement::unknown;
        if (offered != nullptr) {
            judgement = command.verb == Verb::mail ? judge_mail(parameter, *offered)
                                                   : judge_rcpt(parameter, *offered);
        }
        if (judgement == Judgement::unknown) return canned::parameter_unknown();
        if (judgement == Judgement::bad) return canned::parameter_syntax();
    }
    return {};
}

} // namespace postopolis::smtp
