// Look-ups of accounts and zones.
#include "postopolis/nodes/directory.hpp"

#include <algorithm>

#include "postopolis/nodes/person.hpp"

namespace postopolis::nodes {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lowered(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), lower);
    return out;
}

} // namespace

const MailAccount* MailDomain::find(std::string_view local_part) const {
    auto found = accounts.find(lowered(local_part));
    return found == accounts.end() ? nullptr : &found->second;
}

MailDomain& Directory::add_domain(std::string_view name, std::string mailboxes) {
    std::string key = lowered(name);
    MailDomain& domain = domains_[key];
    domain.name = key;
    domain.mailboxes = std::move(mailboxes);
    return domain;
}

const MailDomain* Directory::domain(std::string_view name) const {
    auto found = domains_.find(lowered(name));
    return found == domains_.end() ? nullptr : &found->second;
}

const MailAccount* Directory::account(const mail::Address& address) const {
    const MailDomain* d = domain(address.domain);
    return d == nullptr ? nullptr : d->find(address.local);
}

void Directory::add_account(MailAccount account) {
    MailDomain& domain = domains_.at(lowered(account.address->domain));
    // RFC 5321 section 4.5.1: every domain has a postmaster; its first inhabitant is, unless somebody is called so.
    domain.accounts.try_emplace("postmaster", account);
    std::string key = lowered(account.address->local);
    domain.accounts.insert_or_assign(std::move(key), std::move(account));
}

std::string Directory::password(const MailAccount& account) {
    if (account.person != nullptr && !account.person->config().password.empty()) return account.person->config().password;
    return "secret-of-" + account.address->local;
}

void Directory::delegate(const dns::Name& zone, std::vector<std::uint32_t> name_servers) {
    delegations_[zone] = Delegation{zone, std::move(name_servers)};
}

const Directory::Delegation* Directory::delegation(const dns::Name& name) const {
    for (dns::Name at = name;; at = at.parent()) {
        auto found = delegations_.find(at);
        if (found != delegations_.end()) return &found->second;
        if (at.is_root()) return nullptr;
    }
}

bool matches_pattern(std::string_view pattern, std::string_view text) {
    // Greedy with one point of return: linear for one star, quadratic at worst.
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t star = std::string_view::npos;
    std::size_t mark = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            mark = t;
        } else if (p < pattern.size() && lower(pattern[p]) == lower(text[t])) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++mark;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

} // namespace postopolis::nodes
