// Authoritative lookup over one sorted array. The canonical order of names puts everything below a name right
// behind it, so that "does anything exist at or below it" is one binary search.
#include "postopolis/dns/zone.hpp"

#include <algorithm>
#include <numeric>

#include "dns/alias_chain.hpp"

namespace postopolis::dns {
namespace {

bool before(const Record& a, const Record& b) {
    const auto order = a.name <=> b.name;
    return order != 0 ? order < 0 : a.type < b.type;
}

bool same_data(const Record& a, const Record& b) {
    Record copy = b;
    copy.ttl = a.ttl; // RFC 2181 section 5.2: a record with another TTL is still the same record
    return a == copy;
}

/// Why `record` cannot stand beside those in [first, last) that have its name.
std::optional<std::string> conflict(const Record& record, std::span<const Record> there) {
    for (const Record& other : there) {
        if (record.type != other.type && (record.type == Type::cname || other.type == Type::cname))
            return std::string(record.name.text()) + " has a CNAME record, which allows no other data";
        if (record.type == Type::cname && !same_data(record, other))
            return std::string(record.name.text()) + " has a CNAME record already";
    }
    return std::nullopt;
}

std::optional<std::string> out_of_place(const Record& record, const Name& origin) {
    if (!record.name.is_subdomain_of(origin))
        return std::string(record.name.text()) + " is not in the zone " + std::string(origin.text());
    if (record.type == Type::soa) return "the zone has its SOA record already";
    if (!fits(record.type, record.data))
        return "the data does not fit a record of type " + to_string(record.type);
    if (record.type == Type::cname && record.name == origin)
        return "the origin of a zone has SOA and NS records, which forbid a CNAME there";
    return std::nullopt;
}

} // namespace

Zone::Zone(Name origin, Soa soa, std::uint32_t ttl)
    : soa_(Record::soa(std::move(origin), std::move(soa), ttl)) {}

std::optional<std::string> Zone::add(Record record) {
    if (auto problem = out_of_place(record, origin())) return problem;
    const std::span<const Record> there = at(record.name);
    if (auto problem = conflict(record, there)) return problem;
    for (const Record& other : there) {
        if (same_data(record, other)) return std::nullopt;
    }
    const auto place = std::upper_bound(records_.begin(), records_.end(), record, before);
    records_.insert(place, std::move(record));
    return std::nullopt;
}

std::optional<std::pair<std::size_t, std::string>> Zone::add(std::vector<Record> records) {
    std::vector<std::size_t> order(records.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return before(records[a], records[b]); });
    records_.reserve(records_.size() + records.size());
    for (const std::size_t i : order) { // ascending: each goes to the end, if the zone was empty
        if (auto problem = add(std::move(records[i]))) return std::pair{i, std::move(*problem)};
    }
    return std::nullopt;
}

std::size_t Zone::remove(const Name& name, Type type) {
    return std::erase_if(records_,
                         [&](const Record& record) { return record.type == type && record.name == name; });
}

std::span<const Record> Zone::at(const Name& name) const {
    const auto first =
        std::lower_bound(records_.begin(), records_.end(), name,
                         [](const Record& record, const Name& wanted) { return record.name < wanted; });
    auto last = first;
    while (last != records_.end() && last->name == name)
        ++last;
    return {first, last};
}

/// True for names with records and for those that merely have such names below (RFC 4592 section 2.2.2).
bool Zone::exists(const Name& name) const {
    const auto first =
        std::lower_bound(records_.begin(), records_.end(), name,
                         [](const Record& record, const Name& wanted) { return record.name < wanted; });
    return name == origin() || (first != records_.end() && first->name.is_subdomain_of(name));
}

/// The NS record at the topmost zone cut at or above `name`; what lies below it is another's to tell.
const Record* Zone::find_cut(const Name& name) const {
    const Record* cut = nullptr;
    for (Name node = name; node != origin(); node = node.parent()) {
        for (const Record& record : at(node)) {
            if (record.type == Type::ns) {
                cut = &record;
                break;
            }
        }
    }
    return cut;
}

/// The wildcard that stands for `name`, which does not exist: the one at its closest encloser, if any
/// (RFC 4592 section 3.3.1).
std::optional<Name> Zone::wildcard_for(const Name& name) const {
    Name encloser = name.parent();
    while (!exists(encloser))
        encloser = encloser.parent();
    const std::optional<Name> wildcard = encloser.child("*");
    return wildcard && exists(*wildcard) ? wildcard : std::nullopt;
}

void Zone::negative(Answer& answer, Outcome outcome) const {
    const auto& soa = *std::get<std::shared_ptr<const Soa>>(soa_.data);
    answer.outcome = outcome;
    answer.response.rcode = outcome == Outcome::nxdomain ? Rcode::nxdomain : Rcode::noerror;
    answer.response.authority = {soa_};
    answer.response.authority[0].ttl = std::min(soa_.ttl, soa.minimum); // RFC 2308 section 3
}

void Zone::add_addresses(Response& response, std::span<const Record> pointing) const {
    std::vector<Name> done;
    for (const Record& record : pointing) {
        const Name* target = record.target();
        if (!target || record.type == Type::cname ||
            std::find(done.begin(), done.end(), *target) != done.end())
            continue;
        done.push_back(*target);
        for (const Record& address : at(*target)) {
            if (address.type == Type::a || address.type == Type::aaaa) response.additional.push_back(address);
        }
    }
}

void Zone::refer(Answer& answer, const Name& cut) const {
    answer.outcome = Outcome::delegation;
    answer.response.authoritative = !answer.response.answers.empty(); // the aliases before it are ours
    for (const Record& record : at(cut)) {
        if (record.type == Type::ns) answer.response.authority.push_back(record);
    }
    add_addresses(answer.response, answer.response.authority);
}

Answer Zone::lookup(const Name& name, Type type) const {
    Answer answer;
    Response& response = answer.response;
    if (!name.is_subdomain_of(origin())) {
        response.rcode = Rcode::refused;
        return answer;
    }
    response.authoritative = true;
    Name node = name;
    for (int hop = 0; hop <= longest_alias_chain; ++hop) {
        if (const Record* cut = find_cut(node)) {
            refer(answer, cut->name);
            return answer;
        }
        if (type == Type::soa && node == origin()) {
            answer.outcome = Outcome::answer;
            response.answers.push_back(soa_);
            return answer;
        }
        std::span<const Record> records = at(node);
        const bool known = !records.empty() || exists(node);
        const std::optional<Name> wildcard = known ? std::nullopt : wildcard_for(node);
        if (wildcard) records = at(*wildcard);
        if (records.empty()) {
            negative(answer, known || wildcard ? Outcome::nodata : Outcome::nxdomain);
            return answer;
        }
        const std::size_t before_this = response.answers.size();
        for (const Record& record : records) {
            if (record.type == type || record.type == Type::cname) {
                response.answers.push_back(record);
                response.answers.back().name = node; // a wildcard's records take the name asked for
            }
        }
        if (response.answers.size() == before_this) {
            negative(answer, Outcome::nodata);
            return answer;
        }
        if (type == Type::cname || records[0].type != Type::cname) {
            answer.outcome = Outcome::answer;
            add_addresses(response, std::span(response.answers).subspan(before_this));
            return answer;
        }
        node = *records[0].target();
        if (!node.is_subdomain_of(origin())) {
            answer.outcome = Outcome::alias_out;
            return answer;
        }
    }
    answer.outcome = Outcome::alias_loop;
    response = {};
    response.rcode = Rcode::servfail;
    return answer;
}

} // namespace postopolis::dns
