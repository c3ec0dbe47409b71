// Enhanced mail system status codes (RFC 3463): class.subject.detail.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postopolis::mail {

struct EnhancedStatus {
    std::uint8_t klass = 0; ///< 2 success, 4 persistent transient failure, 5 permanent failure; 0 is "none".
    std::uint16_t subject = 0; ///< 0..999
    std::uint16_t detail = 0;  ///< 0..999

    bool operator==(const EnhancedStatus&) const = default;
    explicit operator bool() const { return klass != 0; }
    std::string text() const; ///< "5.1.1"
    std::size_t text_size() const; ///< text().size(), without building it.
};

/// The whole text must be a code; nothing otherwise.
std::optional<EnhancedStatus> parse_enhanced_status(std::string_view text);

/// The code with which the text of a reply opens (RFC 2034 section 4): followed by a space or the end.
std::optional<EnhancedStatus> leading_enhanced_status(std::string_view reply_text);

} // namespace postopolis::mail
