// How a letter looks beyond plain English text: its language, an HTML alternative, attachments, encodings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postopolis::mail {

enum class Language : std::uint8_t { english, german, french, spanish, russian, japanese, chinese };
inline constexpr std::size_t language_count = 7;
std::string_view language_tag(Language language); ///< "en", "de", ... (RFC 5646)
std::optional<Language> parse_language(std::string_view tag);

struct Attachment {
    std::string name;       ///< UTF-8; what ASCII cannot hold is encoded as RFC 2231 has it.
    std::string type;       ///< "application/pdf"; if empty, what the name's ending suggests.
    std::uint64_t size = 0; ///< Octets before base64, which lengthens them by more than a third.
};
/// By the ending of a file name, such as "application/pdf"; "application/octet-stream" for what is not known.
std::string_view usual_type(std::string_view file_name);

/// Of text; attachments are always in base64.
enum class TextEncoding : std::uint8_t {
    automatic, ///< 7bit where that will do, else the more legible of the two below
    quoted_printable,
    base64,
    eight_bit ///< 8bit (RFC 6152), where lines are no longer than 998 octets
};

struct Presentation {
    Language language = Language::english; ///< Of generated text and subjects; said in Content-Language.
    bool html = false;                     ///< multipart/alternative of plain text and HTML that say the same
    std::vector<Attachment> attachments;   ///< After the text, in multipart/mixed.
    TextEncoding encoding = TextEncoding::automatic;
    bool utf8_headers = false; ///< UTF-8 as it is in header fields (RFC 6532) instead of encoded words
};

} // namespace postopolis::mail
