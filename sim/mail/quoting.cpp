// Quoted text of replies: from the stored text, or generated again from its seed. See the header.
#include "mail/quoting.hpp"

#include "mail/chars.hpp"
#include "mail/encode.hpp"
#include "mail/prose.hpp"

namespace postopolis::mail {
namespace {

constexpr std::size_t longest_line = 500;
constexpr std::size_t longest_author = 100;

std::string_view take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.size() > longest_line) { // quoted text must stay fit for 7bit lines of 998 octets
        std::size_t cut = longest_line;
        while (cut > 1 && (static_cast<unsigned char>(text[cut]) & 0xc0U) == 0x80)
            --cut;
        line = text.substr(0, cut);
        text.remove_prefix(cut);
        return line;
    }
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

/// One '?' for each character outside ASCII.
std::string ascii_of(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool continues = (static_cast<unsigned char>(c) & 0xc0U) == 0x80;
        if (!is_high(c))
            out += c;
        else if (!continues)
            out += '?';
    }
    return out;
}

std::string printable(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (is_control(c) && c != '\t') c = ' ';
    return out;
}

std::string quoted_line(std::string_view line) {
    if (line.empty()) return ">";
    return (line.starts_with('>') ? ">" : "> ") + printable(line);
}

} // namespace

std::string quote_block(const Quote& quote, std::size_t most_octets, bool ascii_only) {
    std::string generated;
    if (!quote.text)
        append_prose(generated, quote.seed, quote.body_size, quote.salutation_name, quote.signature_name);
    std::string_view rest = quote.text ? std::string_view(*quote.text) : std::string_view(generated);

    const std::string author = printable(std::string_view(quote.author).substr(0, longest_author));
    std::string out = "On " + rfc5322_text(quote.date) + ", " + author + " wrote:\n";
    std::size_t octets = out.size() + 3; // with CRLF, and the empty line after the quote
    const std::size_t attribution = out.size();
    while (!rest.empty()) {
        const std::string line = quoted_line(take_line(rest));
        if (octets + line.size() + 2 > most_octets) break;
        out += line + '\n';
        octets += line.size() + 2;
    }
    if (out.size() == attribution || octets > most_octets) return {};
    out += '\n';
    return ascii_only ? ascii_of(out) : out;
}

} // namespace postopolis::mail
