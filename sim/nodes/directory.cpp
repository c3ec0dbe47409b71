// Look-ups of accounts and zones.
#include "postopolis/nodes/directory.hpp"

#include "nodes/mediators/srs.hpp"
#include "postopolis/nodes/mail_host.hpp"
#include "postopolis/nodes/person.hpp"

namespace postopolis::nodes {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string default_password(std::string_view local) {
    std::string password = "secret-of-";
    password += local;
    return password;
}

} // namespace

std::size_t CaselessHash::operator()(std::string_view text) const {
    std::uint64_t h = 0xcbf29ce484222325U; // FNV-1a
    for (char c : text) h = (h ^ static_cast<unsigned char>(lower(c))) * 0x100000001b3U;
    return h;
}

std::string Account::address() const {
    return entered_ != nullptr ? entered_->address->text() : settlement_->address(number_).text();
}

std::optional<std::uint64_t> Account::quota() const {
    return entered_ != nullptr ? entered_->quota : settlement_->kind_of(number_).config->quota;
}

std::shared_ptr<const MailboxRules> Account::rules() const {
    return entered_ != nullptr ? entered_->rules : settlement_->kind_of(number_).config->rules;
}

Person* Account::person() const { return entered_ != nullptr ? entered_->person : &settlement_->person_at(number_); }

std::string Account::password() const {
    if (entered_ != nullptr) {
        if (entered_->person != nullptr && !entered_->person->config().password.empty())
            return entered_->person->config().password;
        return default_password(entered_->address->local);
    }
    const std::string own = settlement_->kind_of(number_).config->password;
    return own.empty() ? default_password(settlement_->address(number_).local) : own;
}

std::string DomainEntry::mailboxes() const {
    return entered_ != nullptr ? entered_->mailboxes : settlement_->host_name(number_);
}

bool DomainEntry::stored_at(const MailHost& host) const {
    if (entered_ != nullptr) return mail::same_domain(entered_->mailboxes, host.name());
    return settlement_ != nullptr && host.is_of(*settlement_, number_);
}

Account DomainEntry::account(std::string_view local_part) const {
    if (entered_ != nullptr) {
        auto found = entered_->accounts.find(local_part);
        return found == entered_->accounts.end() ? Account() : Account(found->second);
    }
    if (settlement_ == nullptr) return {};
    const std::optional<std::uint32_t> number = settlement_->person(number_, local_part);
    return number ? Account(*settlement_, *number) : Account();
}

MailDomain& Directory::add_domain(std::string_view name, std::string mailboxes) {
    std::string key = mail::to_lower_domain(name);
    MailDomain& domain = domains_[key];
    domain.name = std::move(key);
    domain.mailboxes = std::move(mailboxes);
    return domain;
}

DomainEntry Directory::domain(std::string_view name) const {
    if (auto found = domains_.find(name); found != domains_.end()) return DomainEntry(found->second);
    for (Settlement* s : settlements_)
        if (std::optional<std::uint32_t> number = s->domain(name)) return {*s, *number};
    return {};
}

Account Directory::account(const mail::Address& address) const {
    const DomainEntry d = domain(address.domain);
    return d ? d.account(address.local) : Account();
}

LocalName Directory::other(const mail::Address& address) const {
    auto found = domains_.find(std::string_view(address.domain));
    if (found == domains_.end()) return {};
    const MailDomain& domain = found->second;
    const std::string_view local = address.local;
    auto mediator = [&](std::string_view name) {
        auto m = domain.mediators.find(name);
        return m == domain.mediators.end() ? nullptr : &m->second;
    };
    if (const MediatorConfig* m = mediator(local)) return {{}, m};
    // A list's address for bounces has the member after "+", whatever the domain does with other addresses.
    if (const std::size_t plus = local.find('+'); plus != std::string_view::npos)
        if (const MediatorConfig* m = mediator(local.substr(0, plus)); m != nullptr && std::holds_alternative<ListConfig>(*m))
            return {{}, m};
    if (!domain.detail_separator.empty()) {
        const std::size_t at = local.find(domain.detail_separator);
        if (at != std::string_view::npos && at > 0) {
            const std::string_view user = local.substr(0, at);
            if (auto a = domain.accounts.find(user); a != domain.accounts.end()) return {Account(a->second), nullptr};
            if (const MediatorConfig* m = mediator(user)) return {{}, m};
        }
    }
    static const MediatorConfig kWayBack = SrsConfig{};
    if (is_srs(local)) return {{}, &kWayBack};
    return {{}, domain.catch_all ? &*domain.catch_all : nullptr};
}

void Directory::add_account(MailAccount account) {
    has_rules_ = has_rules_ || account.rules != nullptr;
    MailDomain& domain = domains_.find(std::string_view(account.address->domain))->second;
    // RFC 5321 section 4.5.1: every domain has a postmaster; its first inhabitant is, unless somebody is called so.
    domain.accounts.try_emplace("postmaster", account);
    std::string key = mail::to_lower_domain(account.address->local);
    domain.accounts.insert_or_assign(std::move(key), std::move(account));
}

void Directory::delegate(const dns::Name& zone, std::vector<std::uint32_t> name_servers) {
    delegations_[zone] = std::move(name_servers);
}

void Directory::delegate(const Settlement& settlement, std::vector<std::uint32_t> name_servers) {
    settled_zones_.emplace_back(&settlement, std::move(name_servers));
}

const std::vector<std::uint32_t>* Directory::name_servers(const dns::Name& name) const {
    // No other zone begins within a settlement's.
    for (const auto& [settlement, servers] : settled_zones_)
        if (settlement->zone(name.text())) return &servers;
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
