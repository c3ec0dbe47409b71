// BODY (RFC 6152, RFC 3030), SMTPUTF8 (RFC 6531), AUTH (RFC 4954 section 5), RET, ENVID, NOTIFY, ORCPT (RFC
// 3461 section 4), SIZE (RFC 1870).
#include "smtp/parameters.hpp"

#include "postopolis/smtp/dsn_request.hpp"
#include "smtp/canned.hpp"
#include "smtp/text.hpp"

namespace postopolis::smtp {
namespace {

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
        return judged(same_keyword(value, "7BIT") || same_keyword(value, "8BITMIME") ||
                      (offered.binarymime && same_keyword(value, "BINARYMIME")));
    }
    if (offered.smtputf8 && same_keyword(keyword, "SMTPUTF8")) return judged(!parameter.value);
    if (offered.auth.any() && same_keyword(keyword, "AUTH")) return judged(!value.empty() && is_xtext(value));
    if (offered.dsn && same_keyword(keyword, "RET")) {
        return judged(same_keyword(value, "FULL") || same_keyword(value, "HDRS"));
    }
    if (offered.dsn && same_keyword(keyword, "ENVID")) return judged(!value.empty() && is_xtext(value));
    return Judgement::unknown;
}

Judgement judge_rcpt(const Parameter& parameter, const Extensions& offered) {
    const std::string_view value = parameter.value ? std::string_view(*parameter.value) : std::string_view();
    if (offered.dsn && same_keyword(parameter.keyword, "NOTIFY")) return judged(parse_notify(value).has_value());
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
