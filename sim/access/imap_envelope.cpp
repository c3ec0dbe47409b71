// mail::parse_address_list lists the members of groups, and ENVELOPE wants their names too: so the text is
// cut at the colons and semicolons of groups first.
#include "access/imap_envelope.hpp"

#include <string>
#include <vector>

#include "postopolis/mail/address.hpp"

namespace postopolis::access {
namespace {

struct Segment {
    bool group = false;
    std::string_view name; ///< of the group
    std::string_view members;
};

/// Where in an address list a character stands for itself: outside of quotes, comments, literals and angle
/// brackets.
class Depth {
public:
    bool plain(char c) {
        const bool was_plain = !quoted_ && comments_ == 0 && !literal_ && !angle_ && !escaped_;
        if (escaped_) {
            escaped_ = false;
        } else if (c == '\\') {
            escaped_ = quoted_ || comments_ > 0 || literal_;
        } else if (quoted_) {
            quoted_ = c != '"';
        } else if (c == '(') {
            ++comments_;
        } else if (comments_ > 0) {
            if (c == ')') --comments_;
        } else if (c == '"') {
            quoted_ = true;
        } else if (c == '[' || c == ']') {
            literal_ = c == '[';
        } else if (c == '<' || c == '>') {
            angle_ = c == '<';
        }
        return was_plain;
    }

private:
    bool quoted_ = false, literal_ = false, angle_ = false, escaped_ = false;
    int comments_ = 0;
};

std::vector<Segment> segments(std::string_view list) {
    std::vector<Segment> found;
    Depth depth;
    std::size_t begin = 0; // of what comes after the last group
    std::size_t item = 0;  // of the item that may turn out to be a group's name
    bool in_group = false;
    for (std::size_t i = 0; i < list.size(); ++i) {
        const char c = list[i];
        if (!depth.plain(c)) continue;
        if (c == ',' && !in_group) item = i + 1;
        if (c == ':' && !in_group) {
            if (item > begin) found.push_back({false, {}, list.substr(begin, item - begin)});
            found.push_back({true, list.substr(item, i - item), {}});
            in_group = true;
            begin = i + 1;
        } else if (c == ';' && in_group) {
            found.back().members = list.substr(begin, i - begin);
            in_group = false;
            begin = item = i + 1;
        }
    }
    if (in_group)
        found.back().members = list.substr(begin);
    else if (begin < list.size())
        found.push_back({false, {}, list.substr(begin)});
    return found;
}

std::string_view without_commas(std::string_view text) {
    auto skipped = [](char c) { return c == ' ' || c == '\t' || c == ','; };
    while (!text.empty() && skipped(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && skipped(text.back()))
        text.remove_suffix(1);
    return text;
}

/// The phrase that names a group, read as a display name.
std::string phrase(std::string_view name) {
    const auto read = mail::parse_address_list(std::string(without_commas(name)) + " <x@x>");
    const auto* one = std::get_if<std::vector<mail::HeaderAddress>>(&read);
    if (one != nullptr && one->size() == 1) return one->front().display_name;
    return std::string(without_commas(name));
}

bool put_members(ImapOutput& out, std::string_view text) {
    const auto parsed = mail::parse_address_list(without_commas(text));
    const auto* list = std::get_if<std::vector<mail::HeaderAddress>>(&parsed);
    if (list == nullptr) return false;
    for (const auto& entry : *list) {
        out.add("(").nil_or_string(entry.display_name).add(" NIL ");
        out.string(entry.address.local).add(" ").string(entry.address.domain).add(")");
    }
    return true;
}

} // namespace

void put_addresses(ImapOutput& out, std::string_view list) {
    ImapOutput addresses;
    for (const Segment& segment : segments(list)) {
        if (segment.group) addresses.add("(NIL NIL ").string(phrase(segment.name)).add(" NIL)");
        if (!put_members(addresses, segment.members)) {
            out.add("NIL");
            return;
        }
        if (segment.group) addresses.add("(NIL NIL NIL NIL)");
    }
    if (addresses.empty())
        out.add("NIL");
    else
        out.add("(").add(addresses).add(")");
}

} // namespace postopolis::access
