// Enhanced status codes: writing and strict reading. See the header.
#include "postopolis/mail/status.hpp"

#include "mail/chars.hpp"

namespace postopolis::mail {
namespace {

/// 1*3DIGIT without leading zeros (RFC 3463 section 2), taken from the front of the text.
std::optional<std::uint16_t> take_number(std::string_view& text) {
    std::size_t digits = 0;
    unsigned value = 0;
    while (digits < text.size() && is_digit(text[digits]) && digits < 4)
        value = value * 10 + static_cast<unsigned>(text[digits++] - '0');
    if (digits == 0 || digits > 3 || (digits > 1 && text[0] == '0')) return std::nullopt;
    text.remove_prefix(digits);
    return static_cast<std::uint16_t>(value);
}

bool take_dot(std::string_view& text) {
    if (!text.starts_with('.')) return false;
    text.remove_prefix(1);
    return true;
}

std::optional<EnhancedStatus> take_status(std::string_view& text) {
    const auto klass = take_number(text);
    if (!klass || (*klass != 2 && *klass != 4 && *klass != 5) || !take_dot(text)) return std::nullopt;
    const auto subject = take_number(text);
    if (!subject || !take_dot(text)) return std::nullopt;
    const auto detail = take_number(text);
    if (!detail) return std::nullopt;
    return EnhancedStatus{static_cast<std::uint8_t>(*klass), *subject, *detail};
}

} // namespace

std::string EnhancedStatus::text() const {
    return std::to_string(klass) + '.' + std::to_string(subject) + '.' + std::to_string(detail);
}

std::size_t EnhancedStatus::text_size() const {
    const auto digits = [](unsigned n) -> std::size_t {
        std::size_t count = 1;
        for (; n >= 10; n /= 10)
            ++count;
        return count;
    };
    return digits(klass) + 1 + digits(subject) + 1 + digits(detail);
}

std::optional<EnhancedStatus> parse_enhanced_status(std::string_view text) {
    const auto status = take_status(text);
    return text.empty() ? status : std::nullopt;
}

std::optional<EnhancedStatus> leading_enhanced_status(std::string_view reply_text) {
    const auto status = take_status(reply_text);
    return reply_text.empty() || is_space(reply_text.front()) ? status : std::nullopt;
}

} // namespace postopolis::mail
