// Changes a message here and there as mediators do (RFC 5598 section 5), and keeps the octets of everything else: a
// signature over what was not touched still fits.
#pragma once

#include "postopolis/mail/compose.hpp"
#include "postopolis/mail/parse.hpp"

namespace postopolis::mail {

/// What was read, written again piece by piece: fields, empty line, body parts and what stands between them.
/// For any octets: print(parse_message(octets)) == octets.
std::string print(const ParsedMessage& message);

class EditedMessage {
public:
    explicit EditedMessage(ParsedMessage message);

    const ParsedMessage& original() const { return message_; }
    /// All fields of that name.
    void remove(std::string_view name);
    /// Fields as they are written, each with its line break; they go to the top, or below the last field. Empty for none.
    void prepend(std::string fields) { above_.insert(0, fields); }
    void append(const std::string& fields) { below_ += fields; }
    /// The first field of that name becomes this text (a whole field, or several), the others go; without one it is
    /// appended.
    void replace(std::string_view name, std::string fields);
    void set_body(std::string octets) { body_ = std::move(octets); }
    std::string print() const;

private:
    ParsedMessage message_;
    std::vector<std::optional<std::string>> fields_; ///< In place of the original ones; nothing: as it was.
    std::string above_, below_;
    std::optional<std::string> body_;
};

/// Writes UTF-8 text, with LF or CRLF, below what the message says (a mailing list's footer): in a plain text below it,
/// in a multipart/mixed as one more part; any other body becomes a part of a new multipart/mixed. The text keeps its
/// transfer encoding.
void append_footer(EditedMessage& message, std::string_view text);

/// A header field of text, folded and with encoded words where it needs them; no line break of `utf8` gets in.
std::string text_field(std::string_view name, std::string_view utf8);
/// A structured field of printable ASCII words, folded between them.
std::string plain_field(std::string_view name, std::string_view words);
std::string address_field(std::string_view name, const std::vector<NamedAddress>& addresses);

} // namespace postopolis::mail
