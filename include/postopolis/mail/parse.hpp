// Reads any octets as a message. Never fails: what is no header field begins the body, as MTAs have it.
// The original octets are kept, so printing what was read gives them back; edit.hpp changes some and keeps the others.
#pragma once

#include "postopolis/mail/message.hpp"

#include <utility>

namespace postopolis::mail {

struct HeaderField {
    std::string name;   ///< As written, without trailing blanks.
    std::string body;   ///< Raw: folded as written, without the colon and the ending line break.
    std::size_t offset; ///< Of its first octet in the source.
    std::size_t length; ///< Including its line break.
};

struct ParsedMessage {
    std::string source; ///< The octets that were read, all of them.
    std::vector<HeaderField> fields;
    std::size_t body_offset = 0; ///< After the empty line; source.size() if there is no body.

    std::string_view body() const { return std::string_view(source).substr(body_offset); }
    const HeaderField* first(std::string_view name) const; ///< Names compare without case. Null if absent.
    int count(std::string_view name) const;
    std::string value(std::string_view name) const; ///< Of the first such field, unfolded; empty if absent.
    /// The same in UTF-8, its encoded words decoded; what is neither UTF-8 (RFC 6532) nor encoded becomes U+FFFD.
    std::string decoded_value(std::string_view name) const;
};

/// CRLF and bare LF end lines; a leading "From " line of an mbox is passed over.
ParsedMessage parse_message(std::string source);

/// Removes the line breaks of folding (RFC 5322 section 2.2.3) and blanks at both ends.
std::string unfold(std::string_view raw);

/// Decodes encoded words (RFC 2047) into UTF-8. Those in unknown charsets are left encoded.
std::string decode_rfc2047(std::string_view value);

/// RFC 2045 transfer encodings. Decoding never fails: what cannot be read is passed over.
std::string decode_base64(std::string_view text);
std::string decode_quoted_printable(std::string_view text);

/// Names in lower case, values decoded into UTF-8 (RFC 2231).
using Parameters = std::vector<std::pair<std::string, std::string>>;

/// One body part; offsets into ParsedMessage::source.
struct Part {
    std::string type = "text/plain";        ///< In lower case.
    Parameters parameters;                  ///< Of Content-Type.
    std::string transfer_encoding = "7bit"; ///< In lower case.
    std::string disposition;                ///< RFC 2183, in lower case; empty if it is not said.
    Parameters disposition_parameters;
    std::size_t begin = 0;   ///< Its header,
    std::size_t body = 0;    ///< its body,
    std::size_t end = 0;     ///< and what follows it.
    std::vector<Part> parts; ///< Of a multipart, or the one message within a message/rfc822 or message/global.

    std::string_view parameter(std::string_view name) const; ///< Empty if absent.
    std::string_view filename() const; ///< Of its disposition, else the type's "name"; empty if neither is said.
};

/// The tree of MIME parts (RFC 2046). Nesting below `max_depth` and parts beyond a thousand are left
/// unopened.
Part parse_parts(const ParsedMessage& message, int max_depth = 16);

/// The body of a part with its transfer encoding undone.
std::string decoded_body(const ParsedMessage& message, const Part& part);

/// The same as UTF-8. Octets that are no text in its charset, or all above 127 if that is not known, become U+FFFD.
std::string decoded_text(const ParsedMessage& message, const Part& part);

/// Content from foreign octets. Bare CR and LF become CRLF, and the last line gets one, because SMTP
/// transports nothing else (RFC 5321 section 2.3.8).
ContentPtr content_from_bytes(std::string bytes);

} // namespace postopolis::mail
