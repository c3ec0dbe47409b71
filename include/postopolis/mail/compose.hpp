// Writes letters: an RFC 5322 header and a MIME body, rendered anew whenever somebody looks.
// Whatever the strings in the specification hold, no line break of theirs reaches the header. There is no
// Bcc on purpose: it exists in the envelope only.
#pragma once

#include "postopolis/mail/message.hpp"
#include "postopolis/mail/presentation.hpp"

namespace postopolis::mail {

struct NamedAddress {
    AddressPtr address;
    std::string name; ///< Display name, UTF-8; may be empty.
};

/// English office prose made from the seed: exactly `size` octets including line ends (see
/// minimum_body_size). Above attachment_threshold the letter is multipart/mixed: a short text and an
/// attachment in base64, together `size` octets before that encoding, so that the message shows base64's
/// growth by a third.
struct GeneratedBody {
    std::uint64_t seed = 0;
    std::uint64_t size = 0;
};
inline constexpr std::uint64_t minimum_body_size = 2; ///< One empty line; smaller sizes are raised to this.
inline constexpr std::uint64_t attachment_threshold = 32 * 1024;

struct LetterSpec {
    NamedAddress from;
    std::vector<NamedAddress> to;
    std::vector<NamedAddress> cc;
    std::string subject; ///< UTF-8.
    Date date;
    std::string message_id;  ///< Without angle brackets; if empty the field is left out (an MSA may add it).
    std::string in_reply_to; ///< Likewise.
    std::vector<std::string> references;
    std::optional<Quote> quote; ///< Quoted above the text. With a generated body it takes part of its size.
    std::variant<GeneratedBody, std::string> body; ///< Or explicit UTF-8 text, with LF or CRLF.
    /// If it is given, the size of a generated body is that of the text in UTF-8 before any encoding, and HTML and
    /// attachments come on top; without attachments, what exceeds attachment_threshold becomes one as ever.
    std::shared_ptr<const Presentation> presentation;
    bool eight_bit = false; ///< Explicit text goes as 8bit where it could (RFC 6152), not in an encoding.
    /// Further fields of printable ASCII, such as "Auto-Submitted", below the others.
    std::vector<std::pair<std::string, std::string>> fields;
};

/// The letter. Its size() is exact at no cost; invalid UTF-8 is replaced by U+FFFD.
ContentPtr compose(LetterSpec spec);

/// A generated letter to one recipient that answers nothing: it takes less memory, and its size takes less work, than
/// one of all that a LetterSpec may say.
struct PlainSpec {
    AddressPtr from;
    std::string_view from_name; ///< Display name; may be empty.
    AddressPtr to;
    std::string_view subject;
    std::int64_t unix_nanoseconds = 0; ///< Written in UTC.
    std::uint64_t number = 0;          ///< Of the author's letters, for the message id.
    GeneratedBody body;
};
/// The same octets as compose() gives with the message id of generated_message_id().
ContentPtr compose(const PlainSpec& spec);
/// "1767600000.7.alice@a.example": seconds since 1970, the number and the author.
std::string generated_message_id(Date date, std::uint64_t number, const Address& author);

/// A subject line that suits a generated body.
std::string generated_subject(std::uint64_t seed, Language language = Language::english);

/// "Re: " before the subject unless it is there already (RFC 5322 section 3.6.5).
std::string reply_subject(std::string_view subject);

} // namespace postopolis::mail
