// What the kinds of letter of compose() share: their header, whom they greet, what a reply needs of them.
#pragma once

#include "mail/encode.hpp"

namespace postopolis::mail {

inline constexpr std::size_t explicit_quote = 4096; ///< octets of a quote above explicit text

/// What to call somebody in a letter: the first word of the display name, else the local part's first.
std::string calling_name(const NamedAddress& who);

/// All fields up to MIME-Version.
void append_letter_header(std::string& out, const LetterSpec& spec);

/// "Content-Type: text/plain; charset=..." and the transfer encoding.
void append_text_type(std::string& out, std::string_view type, const EncodedText& text);

/// What all kinds of letter share.
class Letter : public Content {
public:
    explicit Letter(LetterSpec spec) : spec_(std::move(spec)) {}
    std::string message_id() const override { return spec_.message_id; }
    std::string subject() const override { return spec_.subject; }
    /// RFC 5322 section 3.6.4. The middle of long threads is left out, as mail readers do.
    std::vector<std::string> references() const override;
    AddressPtr author() const override { return spec_.from.address; }
    std::vector<AddressPtr> addressees() const override;
    bool auto_submitted() const override;

protected:
    Quote basic_quote() const;
    LetterSpec spec_;
};

} // namespace postopolis::mail
