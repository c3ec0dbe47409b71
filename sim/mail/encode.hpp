// Writing of header fields and MIME encodings: what compose() and compose_report() share.
#pragma once

#include "postopolis/mail/compose.hpp"

#include <span>

namespace postopolis::mail {

bool is_ascii(std::string_view text);
/// Invalid sequences (and surrogates, and what exceeds U+10FFFF) become U+FFFD, one for each octet.
std::string valid_utf8(std::string_view text);
/// CRLF, CR and LF each end a line and become CRLF; a last line without an end gets one.
std::string crlf_lines(std::string_view text);

inline constexpr std::size_t base64_line_octets = 57; ///< They make 76 characters (RFC 2045 section 6.8).
/// Appends lines of 76 characters, each with CRLF.
void append_base64(std::string& out, std::string_view octets);
std::uint64_t base64_size(std::uint64_t octets); ///< What append_base64() appends.
/// Of text with CRLF lines (RFC 2045 section 6.7).
std::string quoted_printable(std::string_view text);

/// A text's octets for transport.
struct EncodedText {
    std::string octets;
    std::string_view encoding; ///< "7bit", "quoted-printable", ...
    bool is_utf8 = false;      ///< else US-ASCII
};
/// Of UTF-8 text with CRLF lines. What the encoding asked for cannot hold is encoded as it must be.
EncodedText encode_text(std::string text, TextEncoding wanted);

/// One header field, folded at spaces so that lines keep within 78 characters where words allow
/// (RFC 5322 section 2.1.1).
class FieldWriter {
public:
    FieldWriter(std::string& out, std::string_view name);
    /// A word that is not broken. The caller sees to it that it has no line break.
    void word(std::string_view text);
    void words(std::string_view text); ///< Parted by single spaces.
    void end() { out_ += "\r\n"; }

private:
    std::string& out_;
    std::size_t column_;
    bool begun_ = false;
};

/// Simple structured fields: control characters become spaces, then words are folded. Nothing if `body` is
/// empty.
void append_plain_field(std::string& out, std::string_view name, std::string_view body);
/// How text outside ASCII gets into a header: in encoded words (RFC 2047), or as it is (RFC 6532).
enum class HeaderText : std::uint8_t { encoded, utf8 };
/// Unstructured text in UTF-8.
void append_text_field(std::string& out, std::string_view name, std::string_view utf8,
                       HeaderText as = HeaderText::encoded);
/// Null addresses are passed over; an empty list is written as an empty group (RFC 5322 appendix A.1.3).
void append_address_field(std::string& out, std::string_view name, std::span<const NamedAddress> list,
                          std::string_view empty_group, HeaderText as = HeaderText::encoded);
/// "<id> <id>", without what no msg-id may hold. Nothing if there is none.
void append_id_field(std::string& out, std::string_view name, std::span<const std::string> ids);

/// A boundary that neither base64 nor quoted-printable can contain (RFC 2045 section 6.7, rule about "=_").
std::string boundary_for(std::string_view message_id, std::uint64_t salt);

} // namespace postopolis::mail
