// Who has a mailbox where: what the administrators of a town have entered on their servers.
//
// Built before the run and read-only in it, so that all nodes may share it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "postopolis/dns/name.hpp"
#include "postopolis/mail/address.hpp"

namespace postopolis::nodes {

class Person;

struct MailAccount {
    mail::AddressPtr address;
    Person* person = nullptr; ///< whose MUA is told that mail is waiting; null for nobody
    std::optional<std::uint64_t> quota;
};

struct MailDomain {
    std::string name;      ///< lower case
    std::string mailboxes; ///< host that has its mailboxes
    /// By lower-cased local part. Looked up, never iterated.
    std::unordered_map<std::string, MailAccount> accounts;

    const MailAccount* find(std::string_view local_part) const;
};

class Directory {
public:
    MailDomain& add_domain(std::string_view name, std::string mailboxes);
    /// Null when the domain is not one of the town's mail domains. Any case.
    const MailDomain* domain(std::string_view name) const;
    const MailAccount* account(const mail::Address& address) const;
    /// Its domain must have been added.
    void add_account(MailAccount account);
    /// The one that the scenario gives its person; else one is made from the address: what matters in a simulation is
    /// whether they match.
    static std::string password(const MailAccount& account);

    /// Zone cuts, as the world above the town's zones would delegate them.
    void delegate(const dns::Name& zone, std::vector<std::uint32_t> name_servers);
    struct Delegation {
        dns::Name zone;
        std::vector<std::uint32_t> name_servers;
    };
    /// The closest enclosing zone that the town has; null: the name does not exist in this world.
    const Delegation* delegation(const dns::Name& name) const;

private:
    std::unordered_map<std::string, MailDomain> domains_;
    std::unordered_map<dns::Name, Delegation> delegations_;
};

/// `*` in the pattern is any run of characters; ASCII case is ignored.
bool matches_pattern(std::string_view pattern, std::string_view text);

} // namespace postopolis::nodes
