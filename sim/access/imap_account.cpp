#include "postopolis/access/imap_account.hpp"

#include <algorithm>
#include <utility>

#include "access/imap_lexer.hpp"

namespace postopolis::access {
namespace {

// Deeper or longer names serve nobody.
constexpr std::size_t longest_name = 255;
constexpr std::size_t most_folders = 10'000;

bool good_name(std::string_view name) {
    if (name.empty() || name.size() > longest_name || name.front() == imap_separator) return false;
    if (name.back() == imap_separator || name.find("//") != std::string_view::npos) return false;
    return std::none_of(name.begin(), name.end(), [](char c) {
        const auto octet = static_cast<unsigned char>(c);
        return octet < ' ' || octet == 127 || c == '*' || c == '%';
    });
}

} // namespace

std::string_view to_string(ImapUse use) {
    switch (use) {
    case ImapUse::archive:
        return "\\Archive";
    case ImapUse::drafts:
        return "\\Drafts";
    case ImapUse::junk:
        return "\\Junk";
    case ImapUse::sent:
        return "\\Sent";
    case ImapUse::trash:
        return "\\Trash";
    case ImapUse::none:
        break;
    }
    return "";
}

ImapAccount::ImapAccount(std::uint32_t uid_validity) : next_validity_(uid_validity + 1) {
    entries_["INBOX"].folder = std::make_shared<ImapFolder>(uid_validity);
}

std::string ImapAccount::canonical(std::string_view name) {
    if (imap_same(name, "INBOX")) return "INBOX";
    if (name.size() > 6 && imap_same(name.substr(0, 6), "INBOX/"))
        return "INBOX" + std::string(name.substr(5));
    return std::string(name);
}

ImapAccount::FolderPtr ImapAccount::find(std::string_view name) const {
    const auto found = entries_.find(canonical(name));
    return found == entries_.end() ? nullptr : found->second.folder;
}

bool ImapAccount::has_children(const std::string& name) const {
    const auto next = entries_.upper_bound(name + imap_separator);
    return next != entries_.end() && next->first.starts_with(name + imap_separator);
}

bool ImapAccount::make_parents(const std::string& name) {
    for (auto slash = name.find(imap_separator); slash != std::string::npos;
         slash = name.find(imap_separator, slash + 1)) {
        const auto parent = name.substr(0, slash);
        if (entries_.size() >= most_folders) return false;
        if (!entries_.contains(parent))
            entries_[parent].folder = std::make_shared<ImapFolder>(next_validity_++);
    }
    return entries_.size() < most_folders;
}

ImapAccount::Result ImapAccount::create(std::string_view name, ImapUse use) {
    if (name.ends_with(imap_separator)) name.remove_suffix(1); // names below it are meant (section 6.3.4)
    const std::string own = canonical(name);
    if (!good_name(own)) return Result::bad_name;
    const auto found = entries_.find(own);
    if (found != entries_.end() && found->second.folder) return Result::exists;
    if (!make_parents(own)) return Result::refused;
    Entry& entry = entries_[own];
    entry.folder = std::make_shared<ImapFolder>(next_validity_++);
    entry.use = use;
    return Result::done;
}

ImapAccount::Result ImapAccount::remove(std::string_view name) {
    const std::string own = canonical(name);
    if (own == "INBOX") return Result::refused;
    const auto found = entries_.find(own);
    if (found == entries_.end()) return Result::missing;
    const bool keeps_name = has_children(own);
    if (!found->second.folder && keeps_name) return Result::refused;
    if (found->second.folder) found->second.folder->expunge_all();
    if (keeps_name)
        found->second = {};
    else
        entries_.erase(found);
    return Result::done;
}

ImapAccount::Result ImapAccount::rename(std::string_view from, std::string_view to) {
    const std::string old = canonical(from);
    const std::string fresh = canonical(to);
    if (!entries_.contains(old)) return Result::missing;
    if (!good_name(fresh)) return Result::bad_name;
    if (entries_.contains(fresh)) return Result::exists;
    if (fresh.starts_with(old + imap_separator) && old != "INBOX") return Result::refused; // into itself
    if (!make_parents(fresh)) return Result::refused;
    if (old == "INBOX") {
        const auto target = std::make_shared<ImapFolder>(next_validity_++);
        const auto moved = inbox()->messages();
        for (const auto& m : moved) {
            target->add(m->message, m->received, m->flags, m->origin);
            inbox()->expunge(*m);
        }
        entries_[fresh].folder = target;
        return Result::done;
    }
    std::vector<std::pair<std::string, Entry>> family;
    for (auto at = entries_.lower_bound(old); at != entries_.end() && at->first.starts_with(old);) {
        if (at->first != old && at->first[old.size()] != imap_separator) {
            ++at;
            continue;
        }
        family.emplace_back(fresh + at->first.substr(old.size()), std::move(at->second));
        at = entries_.erase(at);
    }
    for (auto& [name, entry] : family)
        entries_[name] = std::move(entry);
    return Result::done;
}

std::uint64_t ImapAccount::octets() const {
    std::uint64_t sum = 0;
    for (const auto& [name, entry] : entries_)
        if (entry.folder) sum += entry.folder->octets();
    return sum;
}

bool imap_matches(std::string_view pattern, std::string_view name) {
    // Greedy with one way back, which is enough for '*'; a '%' that is followed by no separator may go back
    // as well, so that the last wildcard of each kind is remembered.
    std::size_t p = 0, n = 0, star_p = std::string_view::npos, star_n = 0, percent_p = star_p, percent_n = 0;
    for (;;) {
        if (p < pattern.size() && pattern[p] == '*') {
            star_p = ++p;
            star_n = n;
            percent_p = std::string_view::npos;
        } else if (p < pattern.size() && pattern[p] == '%') {
            percent_p = ++p;
            percent_n = n;
        } else if (p < pattern.size() && n < name.size() && pattern[p] == name[n]) {
            ++p;
            ++n;
        } else if (p == pattern.size() && n == name.size()) {
            return true;
        } else if (percent_p != std::string_view::npos && percent_n < name.size() &&
                   name[percent_n] != imap_separator) {
            p = percent_p;
            n = ++percent_n;
        } else if (star_p != std::string_view::npos && star_n < name.size()) {
            p = star_p;
            n = ++star_n;
            percent_p = std::string_view::npos;
        } else {
            return false;
        }
    }
}

} // namespace postopolis::access
