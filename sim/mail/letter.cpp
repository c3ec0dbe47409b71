// See the header.
#include "mail/letter.hpp"

#include "mail/chars.hpp"

#include <algorithm>

namespace postopolis::mail {
namespace {

constexpr std::size_t longest_name = 30;     // in a salutation or signature
constexpr std::size_t most_references = 10;

} // namespace

std::string calling_name(const NamedAddress& who) {
    const auto usable = [](std::string_view name) {
        return !name.empty() && name.size() <= longest_name &&
               std::all_of(name.begin(), name.end(), is_atext);
    };
    const std::string_view first = std::string_view(who.name).substr(0, who.name.find(' '));
    if (usable(first)) return std::string(first);
    if (!who.address) return "colleague";
    std::string local = who.address->local.substr(0, who.address->local.find_first_of(".+-_"));
    if (!usable(local)) return "colleague";
    if (local[0] >= 'a' && local[0] <= 'z') local[0] = static_cast<char>(local[0] - 'a' + 'A');
    return local;
}

void append_letter_header(std::string& out, const LetterSpec& spec) {
    const HeaderText as = spec.presentation && spec.presentation->utf8_headers ? HeaderText::utf8 : HeaderText::encoded;
    append_plain_field(out, "Date", rfc5322_text(spec.date));
    append_address_field(out, "From", {&spec.from, 1}, "unknown:;", as);
    append_address_field(out, "To", spec.to, "undisclosed-recipients:;", as);
    if (!spec.cc.empty()) append_address_field(out, "Cc", spec.cc, "undisclosed-recipients:;", as);
    append_text_field(out, "Subject", spec.subject, as);
    append_id_field(out, "Message-ID", {&spec.message_id, 1});
    append_id_field(out, "In-Reply-To", {&spec.in_reply_to, 1});
    append_id_field(out, "References", spec.references);
    for (const auto& [name, value] : spec.fields)
        append_plain_field(out, name, value);
    out += "MIME-Version: 1.0\r\n";
}

void append_text_type(std::string& out, std::string_view type, const EncodedText& text) {
    out += "Content-Type: ";
    out += type;
    out += text.is_utf8 ? "; charset=utf-8\r\n" : "; charset=us-ascii\r\n";
    append_plain_field(out, "Content-Transfer-Encoding", text.encoding);
}

/// RFC 5322 section 3.6.4. The middle of long threads is left out, as mail readers do.
std::vector<std::string> Letter::references() const {
    std::vector<std::string> ids = spec_.references;
    if (ids.empty() && !spec_.in_reply_to.empty()) ids.push_back(spec_.in_reply_to);
    if (!spec_.message_id.empty()) ids.push_back(spec_.message_id);
    if (ids.size() > most_references)
        ids.erase(ids.begin() + 1, ids.end() - static_cast<std::ptrdiff_t>(most_references - 1));
    return ids;
}

std::vector<AddressPtr> Letter::addressees() const {
    std::vector<AddressPtr> all;
    for (const auto* list : {&spec_.to, &spec_.cc})
        for (const NamedAddress& who : *list)
            if (who.address) all.push_back(who.address);
    return all;
}

bool Letter::auto_submitted() const {
    return std::any_of(spec_.fields.begin(), spec_.fields.end(), [](const auto& field) {
        return same_text(field.first, "Auto-Submitted") && !same_text(field.second, "no");
    });
}

Quote Letter::basic_quote() const {
    Quote quote;
    quote.author = !spec_.from.name.empty() ? spec_.from.name
                   : spec_.from.address     ? spec_.from.address->text()
                                            : "somebody";
    quote.date = spec_.date;
    return quote;
}

} // namespace postopolis::mail
