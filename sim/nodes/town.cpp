// Putting a town together.
#include "postopolis/nodes/town.hpp"

#include <unordered_map>

#include "nodes/zones.hpp"
#include "postopolis/kernel/check.hpp"

namespace postopolis::nodes {
namespace {

class Outage final : public kernel::Occurrence {
public:
    Outage(MailHost& host, bool begins, bool loses_queue) : host_(host), begins_(begins), loses_queue_(loses_queue) {}
    void happen() override {
        std::unique_ptr<Outage> self(this);
        if (!begins_) return host_.come_up();
        if (loses_queue_) host_.lose_queue_at_next_crash();
        host_.go_down();
    }
    kernel::Node* node() const override { return &host_; }
    void drop() noexcept override { delete this; }

private:
    MailHost& host_;
    bool begins_;
    bool loses_queue_;
};

mail::AddressPtr parse(std::string_view text) {
    auto parsed = mail::parse_mailbox(text);
    kernel::check(std::holds_alternative<mail::Address>(parsed), "not a mail address");
    return std::make_shared<const mail::Address>(std::get<mail::Address>(std::move(parsed)));
}

} // namespace

Town::Town(kernel::RunKey key) : Town(key, std::make_unique<net::Internet>()) {
    internet_ = static_cast<net::Internet*>(paths_.get());
}

Town::Town(kernel::RunKey key, std::unique_ptr<net::PathSource> network, net::TcpOptions tcp)
    : simulation_(key), paths_(std::move(network)), network_(simulation_, bus_, *paths_, tcp),
      fates_(simulation_, "fates") {
    world_.network = &network_;
    bus_.add(ledger_);
    bus_.add(fingerprint_);
}

Town::~Town() { simulation_.shut_down(); }

net::HostRef Town::place_of(const std::string& place, const std::string& name, const std::string& site) {
    if (internet_ != nullptr) return internet_->add_host(name, place.empty() ? site : place);
    std::optional<net::HostRef> found = paths_->find(place.empty() ? name : place);
    kernel::check(found.has_value(), "a host or person stands at a place that the network does not have");
    return *found;
}

std::uint32_t Town::next_host_address() {
    // RFC 5737's documentation network, then RFC 2544's benchmarking network, then 10/8.
    const std::uint32_t n = host_addresses_++;
    if (n < 254) return 0xC0000201U + n;
    if (n < 254 + 131070) return 0xC6120001U + (n - 254);
    return 0x0A000001U + (n - 254 - 131070);
}

MailHost& Town::add_host(HostConfig config) {
    kernel::check(!open_, "hosts are added before the run");
    while (config.address == 0 || network_.at(config.address) != nullptr) config.address = next_host_address();
    const std::size_t dot = config.name.find('.');
    const std::string site = dot == std::string::npos ? config.name : config.name.substr(dot + 1);
    const net::HostRef place = place_of(config.place, config.name, site);
    hosts_.push_back(std::make_unique<MailHost>(world_, std::move(config), place));
    return *hosts_.back();
}

void Town::add_domain(DomainConfig config) {
    kernel::check(!open_, "domains are added before the run");
    config.name = mail::to_lower_domain(config.name);
    if (!config.mailboxes.empty()) {
        MailHost* store = world_.host(config.mailboxes);
        kernel::check(store != nullptr && store->config().mailboxes, "a domain's mailboxes need a mailbox host");
        MailDomain& domain = world_.directory.add_domain(config.name, store->name());
        domain.mediators.insert(config.mediators.begin(), config.mediators.end());
        if (config.catch_all) domain.catch_all = *config.catch_all;
        domain.detail_separator = config.detail_separator;
    }
    for (const DomainConfig::Mx& mx : config.mx)
        if (MailHost* host = world_.host(mx.host)) host->take_mail_for(config.name);
    domains_.push_back(std::move(config));
}

Person& Town::add_person(PersonConfig config) {
    mail::AddressPtr address = parse(config.address);
    const net::HostRef place = place_of(config.place, config.address, mail::to_lower_domain(address->domain));
    return add_person(std::make_shared<const PersonConfig>(std::move(config)), std::move(address), place);
}

Person& Town::add_person(std::shared_ptr<const PersonConfig> config, mail::AddressPtr address, net::HostRef place) {
    kernel::check(!open_, "people are added before the run");
    std::uint32_t ip = resident_address(person_addresses_++);
    while (network_.at(ip) != nullptr) ip = resident_address(person_addresses_++);
    kernel::check(bool(world_.directory.domain(address->domain)), "a person lives in a domain that has mailboxes");
    std::optional<std::uint64_t> quota = config->quota;
    std::shared_ptr<const MailboxRules> rules = config->rules;
    people_.push_back(std::make_unique<Person>(world_, std::move(config), address->text(), place, ip));
    world_.directory.add_account(MailAccount{std::move(address), people_.back().get(), quota, std::move(rules)});
    return *people_.back();
}

Person* Town::person(std::string_view address) const {
    auto parsed = mail::parse_mailbox(address);
    const auto* a = std::get_if<mail::Address>(&parsed);
    const Account account = a != nullptr ? world_.directory.account(*a) : Account();
    return account ? account.person() : nullptr;
}

Settlement& Town::add_settlement(SettlementConfig config) {
    kernel::check(!open_, "settlements are founded before the run");
    settlements_.push_back(std::make_unique<Settlement>(world_, std::move(config)));
    world_.directory.add_settlement(*settlements_.back());
    network_.set_finder([this](std::uint32_t address) -> net::Host* {
        for (const auto& s : settlements_)
            if (std::optional<std::uint32_t> domain = s->host_with(address)) return &s->host_at(*domain);
        return nullptr;
    });
    return *settlements_.back();
}

void Town::settle_people(Settlement& settlement) {
    // After all who are listed, one after another.
    settlement.settle_people(person_addresses_);
    person_addresses_ += settlement.people();
}

TrafficSource& Town::add_traffic(TrafficConfig config) {
    traffic_.push_back(std::make_unique<TrafficSource>(world_, std::move(config)));
    return *traffic_.back();
}

MailHost& Town::add_site(const std::string& domain, const std::vector<std::string>& people, HostConfig config) {
    if (config.name.empty()) config.name = "mail." + domain;
    config.submission = config.relay = config.mailboxes = config.resolver = config.name_server = true;
    config.asks_resolver = config.name;
    MailHost& host = add_host(std::move(config));
    DomainConfig d;
    d.name = domain;
    d.mailboxes = host.name();
    d.mx.push_back({host.name(), 10});
    d.name_servers.push_back(host.name());
    add_domain(std::move(d));
    for (const std::string& name : people) {
        PersonConfig p;
        p.address = name + "@" + domain;
        p.submission.push_back(host.name());
        p.reading = ReadingConfig{};
        add_person(std::move(p));
    }
    return host;
}

void Town::schedule_outage(MailHost& host, Time from, Time until, bool loses_queue) {
    kernel::check(!open_, "outages are planned before the run");
    fates_.schedule(from, new Outage(host, true, loses_queue));
    host.plan_change(from);
    if (until == Time::max()) return;
    fates_.schedule(until, new Outage(host, false, false));
    host.plan_change(until);
}

void Town::write(std::string_view from, const std::vector<std::string>& to, std::string subject, Time at) {
    Person* author = person(from);
    kernel::check(author != nullptr, "the author of a letter lives in the town");
    LetterPlan plan;
    for (const std::string& recipient : to) plan.to.push_back(parse(recipient));
    plan.subject = std::move(subject);
    constexpr std::uint64_t kBody = 600;
    plan.body = mail::GeneratedBody{kernel::hash_name(plan.subject), kBody};
    author->write_at(at, std::move(plan));
}

void Town::open() {
    if (open_) return;
    open_ = true;
    build_zones();
    if (make_all_)
        for (const auto& s : settlements_) s->make_all();
}

bool Town::step() {
    open();
    return simulation_.step();
}

void Town::run_until(Time until) {
    open();
    simulation_.run_until(until);
}

bool Town::run_until_quiet(Time limit) {
    open();
    return simulation_.run_until_quiet(limit);
}

void Town::build_zones() {
    // Hosts by the zone that their name lies in; those outside all domains get a zone of their parent domain.
    std::unordered_map<std::string, std::vector<ZoneMember>> members;
    std::unordered_map<std::string, bool> known;
    for (const DomainConfig& d : domains_) known[d.name] = true;
    std::vector<DomainConfig> zones = domains_;
    MailHost* any_server = nullptr;
    for (const auto& host : hosts_)
        if (any_server == nullptr && host->config().name_server) any_server = host.get();
    for (const auto& host : hosts_) {
        std::string name = mail::to_lower_domain(host->name());
        std::string zone = name;
        while (!zone.empty() && !known.contains(zone)) {
            const std::size_t dot = zone.find('.');
            zone = dot == std::string::npos ? std::string() : zone.substr(dot + 1);
        }
        if (zone.empty()) {
            const std::size_t dot = name.find('.');
            const bool has_parent = dot != std::string::npos && name.find('.', dot + 1) != std::string::npos;
            zone = has_parent ? name.substr(dot + 1) : name;
            known[zone] = true;
            DomainConfig made;
            made.name = zone;
            if (any_server != nullptr) made.name_servers.push_back(any_server->name());
            zones.push_back(std::move(made));
        }
        members[zone].push_back({host->name(), host->address()});
    }
    for (const DomainConfig& d : zones) {
        const dns::Zone zone = make_zone(d, members[d.name], world_);
        world_.directory.delegate(zone.origin(), servers_of(d));
        for (const std::string& server : d.name_servers) world_.host(server)->serve_zone(zone);
    }
    for (const auto& s : settlements_) world_.directory.delegate(*s, servers_of(s->config().zone));
}

std::vector<std::uint32_t> Town::servers_of(const DomainConfig& domain) const {
    std::vector<std::uint32_t> servers;
    for (const std::string& server : domain.name_servers) {
        const MailHost* host = world_.host(server);
        kernel::check(host != nullptr && host->config().name_server, "a zone's name server is one of the town");
        servers.push_back(host->address());
    }
    return servers;
}

} // namespace postopolis::nodes
