#include "postopolis/access/imap_flags.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "access/imap_lexer.hpp"

namespace postopolis::access {
namespace {

constexpr std::array<std::pair<std::string_view, ImapFlag>, 5> names = {{{"\\Answered", ImapFlag::answered},
                                                                         {"\\Flagged", ImapFlag::flagged},
                                                                         {"\\Deleted", ImapFlag::deleted},
                                                                         {"\\Seen", ImapFlag::seen},
                                                                         {"\\Draft", ImapFlag::draft}}};

bool before(std::string_view a, std::string_view b) {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                        [](char x, char y) { return imap_upper(x) < imap_upper(y); });
}

} // namespace

std::optional<ImapFlag> imap_system_flag(std::string_view name) {
    for (const auto& [known, flag] : names)
        if (imap_same(known, name)) return flag;
    return std::nullopt;
}

bool ImapFlags::has_keyword(std::string_view keyword) const {
    return std::any_of(keywords_.begin(), keywords_.end(),
                       [&](const auto& k) { return imap_same(k, keyword); });
}

bool ImapFlags::add(std::string_view name) {
    if (const auto flag = imap_system_flag(name)) {
        system_ |= static_cast<std::uint8_t>(*flag);
        return true;
    }
    // A keyword is an atom.
    if (name.empty() ||
        !std::all_of(name.begin(), name.end(), [](char c) { return is_atom_char(c) && c != ']'; }))
        return false;
    if (!has_keyword(name))
        keywords_.insert(std::upper_bound(keywords_.begin(), keywords_.end(), name, before),
                         std::string(name));
    return true;
}

void ImapFlags::add(const ImapFlags& other) {
    system_ |= other.system_;
    for (const auto& keyword : other.keywords_)
        add(keyword);
}

void ImapFlags::remove(const ImapFlags& other) {
    system_ &= static_cast<std::uint8_t>(~other.system_);
    std::erase_if(keywords_, [&](const auto& k) { return other.has_keyword(k); });
}

std::string ImapFlags::text() const {
    std::string out;
    auto put = [&](std::string_view name) {
        if (!out.empty()) out += ' ';
        out += name;
    };
    for (const auto& [name, flag] : names)
        if (has(flag)) put(name);
    for (const auto& keyword : keywords_)
        put(keyword);
    return out;
}

} // namespace postopolis::access
