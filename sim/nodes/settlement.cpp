// See settlement.hpp.
#include "postopolis/nodes/settlement.hpp"

#include <algorithm>

#include "postopolis/kernel/check.hpp"
#include "postopolis/nodes/mail_host.hpp"
#include "postopolis/nodes/person.hpp"

namespace postopolis::nodes {
namespace {

template <class T>
std::unique_ptr<std::atomic<T>[]> nobody(std::size_t count) {
    return std::make_unique<std::atomic<T>[]>(count);
}

// The bits of a resident's numbers, above the lowest one.
constexpr int kConnectionBits = 23;
constexpr int kLetterBits = 20;
constexpr int kCopyBits = 20;
static_assert(1 + kConnectionBits + kLetterBits + kCopyBits == 64);

std::uint32_t bits_of(std::uint64_t word, int from, int count) {
    return static_cast<std::uint32_t>(word >> from & ((std::uint64_t{1} << count) - 1));
}

} // namespace

std::uint32_t resident_address(std::uint32_t n) {
    // RFC 6598's shared space, as behind an access provider; then the reserved class E, which clashes with nobody.
    constexpr std::uint32_t kShared = 0x3FFFFE;
    return n < kShared ? 0x64400001U + n : 0xF0000001U + (n - kShared);
}

Settlement::Settlement(World& world, SettlementConfig config)
    : world_(world), config_(std::move(config)), hosts_(nobody<MailHost*>(config_.count)),
      locks_(std::make_unique<std::mutex[]>(kLocks)) {
    kernel::check(config_.before.size() == std::size_t{config_.count} + 1, "a settlement knows who lives where");
    first_host_id_ = world.network->simulation().reserve(config_.count);
}

Settlement::~Settlement() {
    for (std::uint32_t i = 0; residents_ && i < people(); ++i) delete made_person(i);
    for (std::uint32_t i = 0; i < config_.count; ++i) delete made_host(i);
}

void Settlement::settle_people(std::uint32_t first) {
    first_person_ = first;
    first_person_id_ = world_.network->simulation().reserve(people());
    residents_ = nobody<Resident>(people());
}

std::optional<std::uint32_t> Settlement::domain(std::string_view name) const {
    const std::optional<std::uint64_t> index = config_.domains.find(name);
    if (!index || *index >= config_.count) return std::nullopt;
    return static_cast<std::uint32_t>(*index);
}

std::optional<std::uint32_t> Settlement::host(std::string_view name) const {
    const std::size_t prefix = config_.host_prefix.size();
    if (name.size() <= prefix || !mail::same_domain(name.substr(0, prefix), config_.host_prefix)) return std::nullopt;
    return domain(name.substr(prefix));
}

std::optional<std::uint32_t> Settlement::zone(std::string_view name) const {
    for (;;) {
        if (std::optional<std::uint32_t> found = domain(name)) return found;
        const std::size_t dot = name.find('.');
        if (dot == std::string_view::npos) return std::nullopt;
        name.remove_prefix(dot + 1);
    }
}

std::optional<std::uint32_t> Settlement::person(std::uint32_t domain, std::string_view local) const {
    const std::uint32_t first = config_.before[domain];
    const std::uint32_t all = config_.before[domain + 1] - first;
    const auto named = static_cast<std::uint32_t>(config_.named.size());
    for (std::uint32_t i = 0; i < named && i < all; ++i)
        if (mail::same_domain(config_.named[i], local)) return first + i;
    const std::optional<std::uint64_t> index = config_.numbered.find(local);
    if (index && *index + named < all) return first + named + static_cast<std::uint32_t>(*index);
    if (all > 0 && mail::is_postmaster(local)) return first;
    return std::nullopt;
}

std::uint32_t Settlement::domain_of(std::uint32_t person) const {
    auto after = std::upper_bound(config_.before.begin(), config_.before.end(), person);
    return static_cast<std::uint32_t>(after - config_.before.begin()) - 1;
}

mail::Address Settlement::address(std::uint32_t person) const {
    const std::uint32_t d = domain_of(person);
    const std::uint32_t index = person - config_.before[d];
    const std::size_t named = config_.named.size();
    return {index < named ? config_.named[index] : config_.numbered.at(index - named), domain_name(d)};
}

SettlementConfig::Kind Settlement::kind_of(std::uint32_t person) const {
    return config_.all_alike ? config_.kind_of({}) : config_.kind_of(address(person).text());
}

kernel::Partition& Settlement::partition_of(std::uint32_t person) const {
    return world_.network->simulation().home(person_id(person));
}

DomainConfig Settlement::zone_config(std::uint32_t domain) const {
    DomainConfig zone = config_.zone;
    zone.name = domain_name(domain);
    zone.mailboxes = host_name(domain);
    zone.mx = {{zone.mailboxes, 10}};
    return zone;
}

MailHost& Settlement::host_at(std::uint32_t domain) {
    if (MailHost* made = made_host(domain)) return *made;
    const std::scoped_lock lock(lock_for(domain));
    if (MailHost* made = made_host(domain)) return *made;
    auto host = std::make_unique<MailHost>(world_, *this, domain, first_host_id_ + domain);
    hosts_[domain].store(host.get(), std::memory_order_release);
    return *host.release();
}

Person& Settlement::person_at(std::uint32_t person) {
    if (Person* made = made_person(person)) return *made;
    const std::scoped_lock lock(lock_for(person));
    if (Person* made = made_person(person)) return *made;
    const std::string name = address(person).text();
    SettlementConfig::Kind kind = config_.kind_of(name);
    const std::uint64_t before = residents_[person].load(std::memory_order_relaxed) >> 1;
    const Dormant numbers{bits_of(before, 0, kConnectionBits), bits_of(before, kConnectionBits, kLetterBits),
                          bits_of(before, kConnectionBits + kLetterBits, kCopyBits)};
    auto resident = std::make_unique<Person>(world_, std::move(kind.config), name, kind.place,
                                             resident_address(first_person_ + person), *this, person, numbers);
    resident->set_contacts(std::move(kind.contacts));
    residents_[person].store(reinterpret_cast<Resident>(resident.get()), std::memory_order_release); // NOLINT
    return *resident.release();
}

bool Settlement::forget(std::uint32_t person, const Dormant& numbers) {
    if (numbers.connections >> kConnectionBits != 0 || numbers.letters >> kLetterBits != 0 ||
        numbers.copies >> kCopyBits != 0)
        return false;
    const std::uint64_t word = std::uint64_t{numbers.connections} | std::uint64_t{numbers.letters} << kConnectionBits |
                               std::uint64_t{numbers.copies} << (kConnectionBits + kLetterBits);
    const std::unique_ptr<Person> gone(made_person(person));
    residents_[person].store(word << 1 | 1, std::memory_order_release);
    return true;
}

void Settlement::make_all() {
    for (std::uint32_t i = 0; i < domains(); ++i) host_at(i);
    for (std::uint32_t i = 0; i < people(); ++i) person_at(i);
}

} // namespace postopolis::nodes
