// See build_people.hpp.
#include "scenario/build_people.hpp"

#include <algorithm>
#include <set>

#include "postopolis/scenario/spelling.hpp"
#include "scenario/units.hpp"

namespace postopolis::scenario {
namespace {

constexpr int kDeepestGroup = 16;

std::string display_name(const std::string& local) {
    std::string name = local;
    bool start = true;
    for (char& c : name) {
        if (c == '.' || c == '_' || c == '-') c = ' ';
        if (start && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        start = c == ' ';
    }
    return name;
}

mail::AddressPtr shared_address(const std::string& text) {
    auto parsed = mail::parse_mailbox(text);
    if (auto* address = std::get_if<mail::Address>(&parsed))
        return std::make_shared<const mail::Address>(std::move(*address));
    return nullptr;
}

nodes::ArrivalProcess process(const Arrivals& arrivals) {
    if (const auto* p = std::get_if<PoissonArrivals>(&arrivals)) return nodes::PoissonProcess{p->per_second};
    if (const auto* p = std::get_if<PeriodicArrivals>(&arrivals))
        return nodes::PeriodicProcess{p->every, p->phase};
    if (const auto* p = std::get_if<DayArrivals>(&arrivals)) return nodes::DayProcess{p->per_day, p->shape};
    return nodes::ListedInstants{std::get<ListedArrivals>(arrivals).at};
}

} // namespace

PeoplePlan::PeoplePlan(const Scenario& s, TownNetwork& network) : scenario_(s) {
    const PeopleRules rules(s.people);
    for (std::size_t d = 0; d < s.domains.size(); ++d) {
        const Domain& domain = s.domains[d];
        const std::uint64_t count = domain.people.count();
        std::optional<std::size_t> same;
        if (s.people.size() == 1 && count > 0) same = kind_of(domain, s.people.front().settings, network);
        for (std::uint64_t i = 0; i < count; ++i) {
            std::size_t kind = same.value_or(0);
            if (!same)
                kind =
                    kind_of(domain, rules.settings_for(domain.people.name(i) + "@" + domain.name), network);
            residents_.push_back({d, i, kind});
        }
    }
}

std::size_t PeoplePlan::kind_of(const Domain& domain, const PersonSettings& p, TownNetwork& network) {
    auto config = std::make_shared<nodes::PersonConfig>();
    config->submission = domain.submission;
    if (p.submission && !p.submission->empty()) config->submission = {*p.submission};
    config->authenticates = p.authenticates.value_or(true);
    config->password = p.password.value_or(std::string());
    config->wrong_password = p.wrong_password.value_or(false);
    if (p.reads.value_or(true)) {
        const Reading reading = p.reading.value_or(Reading{});
        config->reading = nodes::ReadingConfig{reading.every, reading.phase, reading.keep};
    }
    if (p.replies) config->replies = {p.replies->probability, p.replies->delay};
    const std::uint64_t quota = p.quota.value_or(0);
    if (quota > 0)
        config->quota = quota;
    else
        config->quota = domain.quota;
    Kind kind;
    kind.place =
        network.person_place(p, config->submission.empty() ? domain.mailboxes : config->submission.front());
    kind.contacts = p.contacts.value_or(std::vector<std::string>());
    kind.config = std::move(config);
    kinds_.push_back(std::move(kind));
    return kinds_.size() - 1;
}

void PeoplePlan::settle(nodes::Town& town) {
    town_ = &town;
    people_.reserve(residents_.size());
    std::vector<net::HostRef> places(kinds_.size());
    for (std::size_t i = 0; i < kinds_.size(); ++i)
        places[i] = *town.paths().find(kinds_[i].place);
    for (const Resident& r : residents_) {
        const Domain& domain = scenario_.domains[r.domain];
        const std::string local = domain.people.name(r.index);
        auto address = std::make_shared<const mail::Address>(mail::Address{local, domain.name});
        nodes::Person& person = town.add_person(kinds_[r.kind].config, std::move(address), places[r.kind]);
        person.set_display_name(display_name(local));
        auto& range = ranges_.try_emplace(lower(domain.name), people_.size(), people_.size()).first->second;
        people_.push_back(&person);
        range.second = people_.size();
    }
    std::map<std::vector<std::string>, nodes::Person::Contacts> lists;
    for (std::size_t i = 0; i < residents_.size(); ++i) {
        const std::vector<std::string>& contacts = kinds_[residents_[i].kind].contacts;
        if (contacts.empty()) continue;
        nodes::Person::Contacts& list = lists[contacts];
        if (!list) list = std::make_shared<const std::vector<mail::AddressPtr>>(recipients(contacts));
        people_[i]->set_contacts(list);
    }
}

std::vector<std::string> PeoplePlan::members(const std::string& item, int depth) const {
    for (const Group& g : scenario_.groups) {
        if (!same_name(g.name, item) || depth >= kDeepestGroup) continue;
        std::vector<std::string> all;
        for (const std::string& m : g.members)
            for (std::string& name : members(m, depth + 1))
                all.push_back(std::move(name));
        return all;
    }
    return {item};
}

std::vector<nodes::Person*> PeoplePlan::authors(const std::vector<std::string>& items) const {
    std::vector<nodes::Person*> found;
    std::set<const nodes::Person*> known;
    auto add = [&](nodes::Person* p) {
        if (p != nullptr && known.insert(p).second) found.push_back(p);
    };
    for (const std::string& written : items) {
        for (const std::string& item : members(written, 0)) {
            if (auto range = ranges_.find(lower(item)); range != ranges_.end()) {
                for (std::size_t i = range->second.first; i < range->second.second; ++i)
                    add(people_[i]);
            } else if (item.find('*') != std::string::npos) {
                for (nodes::Person* p : people_)
                    if (matches(item, p->name())) add(p);
            } else {
                add(town_->person(item));
            }
        }
    }
    return found;
}

std::vector<mail::AddressPtr> PeoplePlan::recipients(const std::vector<std::string>& items) const {
    std::vector<mail::AddressPtr> found;
    for (nodes::Person* p : authors(items))
        found.push_back(p->mailbox());
    // Addresses that nobody has are written to all the same.
    for (const std::string& written : items)
        for (const std::string& item : members(written, 0))
            if (item.find('@') != std::string::npos && item.find('*') == std::string::npos &&
                town_->person(item) == nullptr)
                if (mail::AddressPtr address = shared_address(item)) found.push_back(std::move(address));
    return found;
}

void PeoplePlan::write_letters(nodes::Town& town, std::vector<trace::LetterId>& ids) {
    for (std::size_t i = 0; i < scenario_.letters.size(); ++i) {
        const Letter& l = scenario_.letters[i];
        nodes::Person* author = town.person(l.from);
        if (author == nullptr) continue; // validation has told
        nodes::LetterPlan plan;
        auto fill = [&](std::vector<mail::AddressPtr>& to, const std::vector<std::string>& from) {
            for (const std::string& text : from) {
                nodes::Person* known = town.person(text);
                mail::AddressPtr address = known != nullptr ? known->mailbox() : shared_address(text);
                if (address) to.push_back(std::move(address));
            }
        };
        fill(plan.to, l.to);
        fill(plan.cc, l.cc);
        fill(plan.bcc, l.bcc);
        const std::uint64_t seed = kernel::hash_combine(kernel::hash_name("letter"), i);
        plan.subject = l.subject.empty() ? mail::generated_subject(seed) : l.subject;
        constexpr std::uint64_t kUsualSize = 600;
        if (!l.body.empty())
            plan.body = l.body;
        else
            plan.body = mail::GeneratedBody{seed, l.size.value_or(kUsualSize)};
        author->write_at(kernel::Time::at(l.at), std::move(plan),
                         [&ids, i](trace::LetterId id) { ids[i] = id; });
    }
}

void PeoplePlan::add_traffic(nodes::Town& town, kernel::Time end) {
    for (const Traffic& t : scenario_.traffic) {
        nodes::TrafficConfig c;
        c.name = t.name;
        c.authors = authors(t.from);
        if (c.authors.empty()) continue; // validation has told
        c.to_contacts = t.to_contacts;
        if (!t.to_contacts) c.recipients = recipients(t.to);
        c.arrivals = process(t.arrivals);
        c.each = t.each;
        c.size = t.size;
        c.recipient_count = t.recipients;
        c.subject = t.subject;
        c.from = kernel::Time::at(t.when.from);
        c.until = t.when.until ? kernel::Time::at(*t.when.until) : end;
        c.limit = t.limit;
        town.add_traffic(std::move(c));
    }
}

} // namespace postopolis::scenario
