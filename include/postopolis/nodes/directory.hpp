// Who has a mailbox where: what the administrators of a town have entered on their servers.
//
// Built before the run and read-only in it, so that all nodes may share it. Domains and mailboxes of settlements are
// not entered one by one: they follow from their names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "postopolis/dns/name.hpp"
#include "postopolis/mail/address.hpp"
#include "postopolis/nodes/mediation.hpp"
#include "postopolis/nodes/settlement.hpp"

namespace postopolis::nodes {

class Person;

/// What is entered for one mailbox.
struct MailAccount {
    mail::AddressPtr address;
    Person* person = nullptr; ///< whose MUA is told that mail is waiting; null for nobody
    std::optional<std::uint64_t> quota;
    std::shared_ptr<const MailboxRules> rules; ///< null for none
};

/// ASCII case is ignored; what is looked up is not copied.
struct CaselessHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const;
};
struct CaselessEqual {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const { return mail::same_domain(a, b); }
};
template <class T>
using CaselessMap = std::unordered_map<std::string, T, CaselessHash, CaselessEqual>; ///< looked up, never iterated

struct MailDomain {
    std::string name;                   ///< lower case
    std::string mailboxes;              ///< host that has its mailboxes
    CaselessMap<MailAccount> accounts;  ///< by local part
    CaselessMap<MediatorConfig> mediators; ///< likewise; a list under each of its names
    std::optional<MediatorConfig> catch_all;
    std::string detail_separator;
};

/// A mailbox that was looked up, if there is one. Small, and valid as long as the directory.
class Account {
public:
    Account() = default;
    explicit Account(const MailAccount& entered) : entered_(&entered) {}
    Account(Settlement& settlement, std::uint32_t number) : settlement_(&settlement), number_(number) {}

    explicit operator bool() const { return entered_ != nullptr || settlement_ != nullptr; }
    // Of one that there is:
    std::string address() const; ///< as text
    std::optional<std::uint64_t> quota() const;
    Person* person() const; ///< null for nobody
    std::shared_ptr<const MailboxRules> rules() const; ///< null for none
    /// The one that the scenario gives its person; else one is made from the address: what matters in a simulation is
    /// whether they match.
    std::string password() const;

private:
    const MailAccount* entered_ = nullptr;
    Settlement* settlement_ = nullptr;
    std::uint32_t number_ = 0;
};

/// A mail domain that was looked up, if there is one.
class DomainEntry {
public:
    DomainEntry() = default;
    explicit DomainEntry(const MailDomain& entered) : entered_(&entered) {}
    DomainEntry(Settlement& settlement, std::uint32_t number) : settlement_(&settlement), number_(number) {}

    explicit operator bool() const { return entered_ != nullptr || settlement_ != nullptr; }
    // Of one that there is:
    std::string mailboxes() const; ///< name of the host that has its mailboxes
    bool stored_at(const MailHost& host) const;
    Account account(std::string_view local_part) const;

private:
    const MailDomain* entered_ = nullptr;
    Settlement* settlement_ = nullptr;
    std::uint32_t number_ = 0;
};

/// Whose an address is that is no account's own.
struct LocalName {
    Account account;                          ///< of a plus address
    const MediatorConfig* mediator = nullptr; ///< valid as long as the directory
    explicit operator bool() const { return account || mediator != nullptr; }
};

class Directory {
public:
    MailDomain& add_domain(std::string_view name, std::string mailboxes);
    /// False when the domain is not one of the town's mail domains. Any case.
    DomainEntry domain(std::string_view name) const;
    Account account(const mail::Address& address) const;
    /// For addresses that are no account's: a mediator, the account without the detail, or the catch-all.
    LocalName other(const mail::Address& address) const;
    /// Somebody or something takes mail for it.
    bool takes(const mail::Address& address) const { return account(address) || other(address); }
    /// Some mailbox has rules: only then are they looked for.
    bool has_rules() const { return has_rules_; }
    void expect_rules() { has_rules_ = true; }
    /// Its domain must have been added.
    void add_account(MailAccount account);

    void add_settlement(Settlement& settlement) { settlements_.push_back(&settlement); }
    const std::vector<Settlement*>& settlements() const { return settlements_; }

    /// Zone cuts, as the world above the town's zones would delegate them.
    void delegate(const dns::Name& zone, std::vector<std::uint32_t> name_servers);
    /// Those of a settlement's zones.
    void delegate(const Settlement& settlement, std::vector<std::uint32_t> name_servers);
    /// Addresses of the servers of the closest enclosing zone that the town has; null: the name does not exist in this
    /// world.
    const std::vector<std::uint32_t>* name_servers(const dns::Name& name) const;

private:
    bool has_rules_ = false;
    CaselessMap<MailDomain> domains_;
    std::vector<Settlement*> settlements_;
    std::unordered_map<dns::Name, std::vector<std::uint32_t>> delegations_;
    std::vector<std::pair<const Settlement*, std::vector<std::uint32_t>>> settled_zones_;
};

/// `*` in the pattern is any run of characters; ASCII case is ignored.
bool matches_pattern(std::string_view pattern, std::string_view text);

} // namespace postopolis::nodes
