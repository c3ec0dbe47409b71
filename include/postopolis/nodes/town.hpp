// A town: one run and everything in it. Nothing is global, so many can run side by side.
//
//     nodes::Town town(kernel::RunKey{1, 0});
//     town.add_site("yourcompany.example", {"alice"});
//     town.add_site("yourcustomer.example", {"bob"});
//     town.write("alice@yourcompany.example", {"bob@yourcustomer.example"}, "A brilliant message");
//     town.run_until_quiet();
//     // town.ledger() knows what became of it
//
// Hosts, domains and people are added before the first step; then `open` (or the first step) sets the DNS up. Names
// are compared without case. What the builder is given must be consistent: broken references abort, as the scenario
// reader is the place for friendly errors.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "postopolis/dns/record.hpp"
#include "postopolis/net/internet.hpp"
#include "postopolis/nodes/mail_host.hpp"
#include "postopolis/nodes/person.hpp"
#include "postopolis/nodes/settlement.hpp"
#include "postopolis/nodes/traffic.hpp"
#include "postopolis/trace/fingerprint.hpp"
#include "postopolis/trace/ledger.hpp"

namespace postopolis::nodes {

class Town {
public:
    /// On a plain Internet with plausible delays.
    explicit Town(kernel::RunKey key);
    /// On the network given. Hosts and people are then placed at its vertices.
    Town(kernel::RunKey key, std::unique_ptr<net::PathSource> network, net::TcpOptions tcp = {});
    Town(const Town&) = delete;
    Town& operator=(const Town&) = delete;
    ~Town();

    void set_start(std::int64_t unix_seconds) { world_.start_unix_nanoseconds = unix_seconds * 1'000'000'000; }

    /// An address of 0 is replaced by a free one.
    MailHost& add_host(HostConfig config);
    /// Its hosts must have been added. Mailbox servers take mail for the domain, MX hosts too.
    void add_domain(DomainConfig config);
    Person& add_person(PersonConfig config);
    /// For many people with one configuration, whose address and place are ignored.
    Person& add_person(std::shared_ptr<const PersonConfig> config, mail::AddressPtr address, net::HostRef place);
    /// Its name servers must have been added. Its hosts' ids come after those of the hosts there are; its people's, once
    /// they are settled, after those of the people there are.
    Settlement& add_settlement(SettlementConfig config);
    void settle_people(Settlement& settlement);
    /// Makes all hosts and people of settlements at once when the run is opened: to show that it changes nothing.
    void make_all() { make_all_ = true; }
    TrafficSource& add_traffic(TrafficConfig config);
    /// A domain with one host, mail.<domain>, that plays all its roles, and people who read every five minutes.
    MailHost& add_site(const std::string& domain, const std::vector<std::string>& people, HostConfig config = {});
    /// Before the run: mail for `pattern` goes that way from this host.
    void schedule_outage(MailHost& host, kernel::Time from, kernel::Time until, bool loses_queue);

    /// Null when there is none.
    MailHost* host(std::string_view name) const { return world_.host(name); }
    Person* person(std::string_view address) const;
    /// Those who were added one by one.
    const std::vector<std::unique_ptr<Person>>& people() const { return people_; }
    const std::vector<std::unique_ptr<MailHost>>& hosts() const { return hosts_; }
    const std::vector<std::unique_ptr<Settlement>>& settlements() const { return settlements_; }

    /// A letter from one of the town's people, written at `at` (not in the past). Addresses that cannot be parsed, or
    /// an author who does not live here, abort.
    void write(std::string_view from, const std::vector<std::string>& to, std::string subject,
               kernel::Time at = kernel::Time());

    void open();
    /// Once, before anything has happened: the run is computed by so many threads, and is the same. Hosts, people
    /// and traffic are not added after it.
    void divide(unsigned threads);
    bool step();
    void run_until(kernel::Time until);
    /// True when nothing is left to happen before `limit`.
    bool run_until_quiet(kernel::Time limit = kernel::Time::max());

    kernel::Simulation& simulation() { return simulation_; }
    const kernel::Simulation& simulation() const { return simulation_; }
    trace::Bus& bus() { return bus_; }
    World& world() { return world_; }
    net::PathSource& paths() { return *paths_; }
    const trace::Ledger& ledger() const { return ledger_; }
    const trace::Fingerprint& fingerprint() const { return fingerprint_; }

private:
    void build_zones();
    net::HostRef place_of(const std::string& place, const std::string& name, const std::string& site);
    std::uint32_t next_host_address();
    std::vector<std::uint32_t> servers_of(const DomainConfig& domain) const;

    kernel::Simulation simulation_;
    trace::Bus bus_;
    trace::Ledger ledger_;
    trace::Fingerprint fingerprint_;
    std::unique_ptr<net::PathSource> paths_;
    net::Internet* internet_ = nullptr; ///< paths_, where the town made its own
    net::Network network_;
    World world_;
    kernel::Node fates_; ///< whose occurrences are faults
    std::vector<std::unique_ptr<MailHost>> hosts_;
    std::vector<std::unique_ptr<Person>> people_;
    std::vector<std::unique_ptr<Settlement>> settlements_;
    std::vector<std::unique_ptr<TrafficSource>> traffic_; ///< and then their instances in other partitions
    std::vector<DomainConfig> domains_;
    std::uint32_t host_addresses_ = 0;
    std::uint32_t person_addresses_ = 0;
    bool open_ = false;
    bool make_all_ = false;
};

} // namespace postopolis::nodes
