// A settlement: very many domains that are alike, each with one host that plays all its roles, and numbered people.
//
// A domain or a person that nobody has had to do with costs a pointer each: names, addresses and node ids follow from
// their numbers, and a host or a person is made when it is first needed. What is made is a pure function of the
// settlement and the number, so that it does not matter when that is; it may be asked for by several threads at once.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "postopolis/net/network.hpp"
#include "postopolis/nodes/config.hpp"
#include "postopolis/nodes/numbered_name.hpp"

namespace postopolis::nodes {

class Contacts;
class MailHost;
class Person;
struct World;

struct SettlementConfig {
    NumberedName domains; ///< their names, in lower case
    std::uint32_t count = 0;
    std::string host_prefix = "mail."; ///< before the domain's name: the name of its host
    /// Of all hosts; name, place and address are not used.
    std::shared_ptr<const HostConfig> host;
    net::HostRef first_place = 0; ///< host i stands at first_place + i
    /// IPv4 address of host i, and the reverse; a bijection on 0 .. count-1.
    std::function<std::uint32_t(std::uint32_t)> address_of;
    std::function<std::optional<std::uint32_t>(std::uint32_t)> host_with;
    /// What the zones of the domains have in common: name servers and times to live.
    DomainConfig zone;

    std::vector<std::string> named; ///< local parts that every domain has, before the numbered ones
    NumberedName numbered;
    /// How many people live before domain i, for i = 0 .. count: the last is the number of all.
    std::vector<std::uint32_t> before;
    struct Kind {
        std::shared_ptr<const PersonConfig> config;
        net::HostRef place = 0;
        std::shared_ptr<const Contacts> contacts; ///< null for none
    };
    /// For an address of the settlement. Called by several threads at once.
    std::function<Kind(std::string_view)> kind_of;
    bool all_alike = false; ///< it gives the same for every address
};

/// What is kept of a resident while nothing of theirs goes on: how many of each they have numbered so far.
struct Dormant {
    std::uint32_t connections = 0, letters = 0, copies = 0;
};

/// IPv4 address of the computer of the town's person with this number, from 0.
std::uint32_t resident_address(std::uint32_t number);

class Settlement {
public:
    /// Reserves node ids: those of its hosts, and once `settle_people` is called those of its people.
    Settlement(World& world, SettlementConfig config);
    Settlement(const Settlement&) = delete;
    Settlement& operator=(const Settlement&) = delete;
    ~Settlement();
    /// The first of them is the town's person number `first`, from 0, which decides the addresses of their computers.
    void settle_people(std::uint32_t first);

    kernel::NodeId host_id(std::uint32_t domain) const { return first_host_id_ + domain; }
    kernel::NodeId person_id(std::uint32_t person) const { return first_person_id_ + person; }
    std::uint32_t domains() const { return config_.count; }
    std::uint32_t people() const { return config_.before.back(); }
    const SettlementConfig& config() const { return config_; }

    /// By name, in any case; nothing when it is not one of these.
    std::optional<std::uint32_t> domain(std::string_view name) const;
    std::optional<std::uint32_t> host(std::string_view name) const;
    /// The domain that the name is, or lies in.
    std::optional<std::uint32_t> zone(std::string_view name) const;
    std::optional<std::uint32_t> host_with(std::uint32_t address) const { return config_.host_with(address); }
    /// A local part, in any case; "postmaster" is the first inhabitant where nobody is called so (RFC 5321 4.5.1).
    std::optional<std::uint32_t> person(std::uint32_t domain, std::string_view local) const;

    std::string domain_name(std::uint32_t domain) const { return config_.domains.at(domain); }
    std::string host_name(std::uint32_t domain) const { return config_.host_prefix + domain_name(domain); }
    std::uint32_t first_person(std::uint32_t domain) const { return config_.before[domain]; }
    std::uint32_t domain_of(std::uint32_t person) const;
    mail::Address address(std::uint32_t person) const;
    SettlementConfig::Kind kind_of(std::uint32_t person) const;
    DomainConfig zone_config(std::uint32_t domain) const;
    /// Where it is, or will be when it is made.
    kernel::Partition& partition_of(std::uint32_t person) const;

    /// Made when first asked for. A person may be made more than once: one of whose doings nothing is left is forgotten,
    /// but for a few numbers. Only their own partition asks for people while the run goes on.
    MailHost& host_at(std::uint32_t domain);
    Person& person_at(std::uint32_t person);
    /// Destroys a person nobody refers to. Returns false if the numbers are too great to be kept.
    bool forget(std::uint32_t person, const Dormant& numbers);
    /// Null when it has not been made.
    MailHost* made_host(std::uint32_t domain) const { return hosts_[domain].load(std::memory_order_acquire); }
    Person* made_person(std::uint32_t person) const { return made(residents_[person].load(std::memory_order_acquire)); }
    /// As if everybody had been needed.
    void make_all();

private:
    /// A pointer to one who has been made, or an odd number: that of Dormant in a few bits each. 0: neither.
    using Resident = std::uintptr_t;
    static Person* made(Resident r) { return (r & 1) != 0 ? nullptr : reinterpret_cast<Person*>(r); } // NOLINT
    std::mutex& lock_for(std::uint32_t number) { return locks_[number % kLocks]; }
    static constexpr std::size_t kLocks = 64;

    World& world_;
    SettlementConfig config_;
    kernel::NodeId first_host_id_ = 0;
    kernel::NodeId first_person_id_ = 0;
    std::uint32_t first_person_ = 0;
    std::unique_ptr<std::atomic<MailHost*>[]> hosts_;
    std::unique_ptr<std::atomic<Resident>[]> residents_;
    std::unique_ptr<std::mutex[]> locks_; ///< by number modulo kLocks: two threads never make the same
};

} // namespace postopolis::nodes
