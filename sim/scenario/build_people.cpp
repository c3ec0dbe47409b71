// See build_people.hpp.
#include "scenario/build_people.hpp"

#include <algorithm>
#include <set>

#include "postopolis/scenario/spelling.hpp"
#include "scenario/fields.hpp"
#include "scenario/units.hpp"

namespace postopolis::scenario {
namespace {

constexpr int kDeepestGroup = 16;

mail::AddressPtr shared_address(const std::string& text) {
    auto parsed = mail::parse_mailbox(text);
    if (auto* address = std::get_if<mail::Address>(&parsed))
        return std::make_shared<const mail::Address>(std::move(*address));
    return nullptr;
}

smtp::DsnRequest dsn_request(const Letter& l) {
    smtp::DsnRequest asked;
    for (const std::string& word : l.notify) {
        asked.notify.never = asked.notify.never || word == "never";
        asked.notify.success = asked.notify.success || word == "success";
        asked.notify.failure = asked.notify.failure || word == "failure";
        asked.notify.delay = asked.notify.delay || word == "delay";
    }
    if (l.returns == "full") asked.ret = smtp::DsnRequest::Return::full;
    if (l.returns == "headers") asked.ret = smtp::DsnRequest::Return::headers;
    asked.envelope_id = l.envelope_id;
    return asked;
}

std::shared_ptr<const mail::Presentation> presentation(const Look& look, const std::string& language) {
    mail::Presentation made;
    made.language = mail::parse_language(language).value_or(mail::Language::english);
    made.html = look.html;
    for (const AttachedFile& file : look.attachments)
        made.attachments.push_back({file.name, file.type, file.size});
    for (std::size_t i = 0; i < encoding_words.size(); ++i)
        if (look.encoding == encoding_words[i]) made.encoding = static_cast<mail::TextEncoding>(i);
    return std::make_shared<const mail::Presentation>(std::move(made));
}

/// One for each language; none for plain English text.
std::vector<std::shared_ptr<const mail::Presentation>> presentations(const Look& look) {
    std::vector<std::shared_ptr<const mail::Presentation>> all;
    for (const std::string& language : look.languages)
        all.push_back(presentation(look, language));
    if (all.empty() && !look.plain()) all.push_back(presentation(look, "en"));
    return all;
}

std::shared_ptr<const nodes::MailboxRules> mailbox_rules(const PersonSettings& p) {
    if (!p.forward && !p.vacation && !p.drop_duplicates) return nullptr;
    nodes::MailboxRules rules;
    rules.drops_duplicates = p.drop_duplicates;
    if (p.forward) {
        rules.forwarding.emplace();
        for (const std::string& to : p.forward->to)
            if (mail::AddressPtr address = shared_address(to)) rules.forwarding->to.push_back(std::move(address));
        rules.forwarding->keep = p.forward->keep;
        rules.forwarding->srs = p.forward->srs;
    }
    if (p.vacation) {
        const VacationNotice& notice = *p.vacation;
        nodes::Vacation vacation{notice.subject, notice.text, notice.again_after, notice.polite,
                                 kernel::Time::at(notice.when.from)};
        if (notice.when.until) vacation.until = kernel::Time::at(*notice.when.until);
        rules.vacation = std::move(vacation);
    }
    return std::make_shared<const nodes::MailboxRules>(std::move(rules));
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
    for (const DomainSeries& series : s.series)
        plan_series(series, rules, network);
}

void PeoplePlan::plan_series(const DomainSeries& series, const PeopleRules& rules, TownNetwork& network) {
    auto kinds = std::make_shared<SeriesKinds>(scenario_.people);
    std::set<std::vector<std::size_t>> combinations;
    const std::vector<std::uint32_t> before = series.before();
    // The rule for everybody alone is soon seen; else everybody is asked for once which rules apply.
    if (scenario_.people.size() == 1) {
        combinations.insert({0});
    } else {
        for (std::uint32_t i = 0; i < series.count; ++i) {
            const std::string domain = "@" + series.name(i);
            for (std::uint64_t k = 0; k < before[i + 1] - before[i]; ++k)
                combinations.insert(rules.applying(series.domain.people.name(k) + domain));
        }
    }
    for (const std::vector<std::size_t>& applying : combinations) {
        const PersonSettings settings = rules.settings(applying);
        Domain domain = series.domain;
        domain.submission.clear();
        domain.mailboxes.clear();
        const Kind& kind = kinds_[kind_of(domain, settings, network)];
        auto config = std::make_shared<nodes::PersonConfig>(*kind.config);
        config->submits_at_home = config->submission.empty();
        kinds->plans.emplace(applying, Kind{config, kind.place, kind.contacts, kind.contact_graph});
    }
    series_.push_back(std::move(kinds));
}

std::function<nodes::SettlementConfig::Kind(std::string_view)> PeoplePlan::kinds_of(std::size_t series) const {
    // Only `settle` writes to it, before the run.
    std::shared_ptr<const SeriesKinds> kinds = series_[series];
    if (kinds->plans.size() == 1)
        return [kinds](std::string_view) { return kinds->by_rules.begin()->second; };
    return [kinds](std::string_view address) { return kinds->by_rules.at(kinds->rules.applying(address)); };
}

namespace {

nodes::ReadingConfig device(const Reading& r) {
    nodes::ReadingConfig config;
    config.every = r.every;
    config.phase = r.phase;
    config.leave_on_server = r.keep;
    config.imap = r.by == "imap";
    config.push = r.push;
    config.folder = r.file;
    return config;
}

} // namespace

std::size_t PeoplePlan::kind_of(const Domain& domain, const PersonSettings& p, TownNetwork& network) {
    auto config = std::make_shared<nodes::PersonConfig>();
    config->named_after_address = true;
    config->submission = domain.submission;
    if (p.submission && !p.submission->empty()) config->submission = {*p.submission};
    config->authenticates = p.authenticates.value_or(true);
    config->password = p.password.value_or(std::string());
    config->wrong_password = p.wrong_password.value_or(false);
    const std::string tls = p.tls.value_or("off");
    config->implicit_tls = tls == "implicit";
    if (tls == "opportunistic") config->tls = smtp::tls::Policy::opportunistic;
    if (tls == "required") config->tls = smtp::tls::Policy::required;
    if (p.reads.value_or(true)) {
        const Reading reading = p.reading.value_or(Reading{});
        config->reading = device(reading);
        for (const Reading& other : reading.others)
            config->reading->others.push_back(device(other));
    }
    if (p.replies) config->replies = {p.replies->probability, p.replies->to == "all", p.replies->delay};
    config->rules = mailbox_rules(p);
    const std::uint64_t quota = p.quota.value_or(0);
    if (quota > 0)
        config->quota = quota;
    else
        config->quota = domain.quota;
    Kind kind;
    kind.place =
        network.person_place(p, config->submission.empty() ? domain.mailboxes : config->submission.front());
    kind.contacts = p.contacts.value_or(std::vector<std::string>());
    kind.contact_graph = p.contact_graph;
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
        auto& range = ranges_.try_emplace(lower(domain.name), people_.size(), people_.size()).first->second;
        people_.push_back(&person);
        range.second = people_.size();
    }
    for (std::size_t i = 0; i < series_.size(); ++i) {
        for (const auto& [applying, plan] : series_[i]->plans) {
            if (plan.config->rules) town.world().directory.expect_rules();
            series_[i]->by_rules[applying] = {plan.config, *town.paths().find(plan.place), nullptr};
        }
        town.settle_people(*town.settlements()[i]);
    }
    for (std::size_t i = 0; i < residents_.size(); ++i)
        people_[i]->set_contacts(contacts_of(kinds_[residents_[i].kind]));
    for (const auto& kinds : series_)
        for (const auto& [applying, plan] : kinds->plans) kinds->by_rules[applying].contacts = contacts_of(plan);
}

nodes::Person::ContactsPtr PeoplePlan::contacts_of(const Kind& kind) {
    if (!kind.contact_graph) {
        if (kind.contacts.empty()) return nullptr;
        nodes::Person::ContactsPtr& list = lists_[kind.contacts];
        if (!list) list = std::make_shared<const nodes::ListedContacts>(recipients(kind.contacts));
        return list;
    }
    const ContactGraph& graph = *kind.contact_graph;
    std::vector<std::string> key{"{}", number_text(graph.mean), number_text(graph.sigma), number_text(graph.within)};
    key.insert(key.end(), graph.among.begin(), graph.among.end());
    nodes::Person::ContactsPtr& made = lists_[key];
    if (made) return made;
    nodes::Crowd among = recipients(graph.among);
    if (among.empty()) return nullptr;
    nodes::CaselessMap<nodes::Crowd> neighbours;
    for (const auto& [domain, range] : ranges_)
        for (std::size_t i = range.first; i < range.second; ++i) neighbours[domain].add(*people_[i]);
    const nodes::Acquaintances law{graph.mean, graph.sigma, graph.within};
    made = std::make_shared<const nodes::GeneratedContacts>(town_->simulation().key(), law, std::move(among),
                                                            std::move(neighbours), town_->world().directory);
    return made;
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

void PeoplePlan::add_matching(nodes::Crowd& crowd, const std::string& pattern) const {
    for (nodes::Person* p : people_)
        if (matches(pattern, p->name())) crowd.add(*p);
    // "*" and "*@..." say nothing of the name before the @.
    const bool all = pattern == "*";
    const bool by_domain = all || pattern.starts_with("*@");
    for (const auto& s : town_->settlements()) {
        if (all) {
            crowd.add(*s, 0, s->people());
            continue;
        }
        for (std::uint32_t d = 0; d < s->domains(); ++d) {
            const std::uint32_t first = s->first_person(d);
            const std::uint32_t end = s->first_person(d + 1);
            if (by_domain) {
                if (matches(std::string_view(pattern).substr(2), s->domain_name(d))) crowd.add(*s, first, end - first);
                continue;
            }
            for (std::uint32_t k = first; k < end; ++k)
                if (matches(pattern, s->address(k).text())) crowd.add(*s, k, 1);
        }
    }
}

nodes::Crowd PeoplePlan::authors(const std::vector<std::string>& items) const {
    nodes::Crowd found;
    for (const std::string& written : items) {
        for (const std::string& item : members(written, 0)) {
            if (auto range = ranges_.find(lower(item)); range != ranges_.end()) {
                for (std::size_t i = range->second.first; i < range->second.second; ++i)
                    found.add(*people_[i]);
            } else if (item.find('*') != std::string::npos) {
                add_matching(found, item);
            } else if (item.find('@') != std::string::npos) {
                add_one(found, item);
            } else {
                for (const auto& s : town_->settlements())
                    if (auto d = s->domain(item)) found.add(*s, s->first_person(*d), s->first_person(*d + 1) - s->first_person(*d));
            }
        }
    }
    return found.each_once();
}

void PeoplePlan::add_one(nodes::Crowd& crowd, const std::string& address) const {
    const std::size_t at = address.rfind('@');
    for (const auto& s : town_->settlements())
        if (auto d = s->domain(std::string_view(address).substr(at + 1))) {
            if (auto k = s->person(*d, std::string_view(address).substr(0, at))) crowd.add(*s, *k, 1);
            return;
        }
    if (nodes::Person* p = town_->person(address)) crowd.add(*p);
}

nodes::Crowd PeoplePlan::recipients(const std::vector<std::string>& items) const {
    nodes::Crowd found = authors(items);
    // Addresses that nobody has are written to all the same.
    for (const std::string& written : items)
        for (const std::string& item : members(written, 0)) {
            if (item.find('@') == std::string::npos || item.find('*') != std::string::npos) continue;
            nodes::Crowd known;
            add_one(known, item);
            if (!known.empty()) continue;
            if (mail::AddressPtr address = shared_address(item)) found.add(std::move(address));
        }
    return found;
}

void PeoplePlan::add_mediators(nodes::Town& town) {
    for (const Domain& d : scenario_.domains) {
        if (d.aliases.empty() && d.lists.empty() && d.plus_addresses.empty()) continue;
        const nodes::MailHost* store = town.host(d.mailboxes);
        if (store == nullptr) continue; // validation has told
        nodes::MailDomain& domain = town.world().directory.add_domain(d.name, store->name());
        domain.detail_separator = d.plus_addresses;
        for (const Alias& alias : d.aliases) {
            nodes::AliasConfig config;
            for (const std::string& to : alias.to)
                if (mail::AddressPtr address = shared_address(to)) config.to.push_back(std::move(address));
            if (alias.name == "*")
                domain.catch_all = std::move(config);
            else
                domain.mediators.insert_or_assign(alias.name, std::move(config));
        }
        for (const MailingList& l : d.lists) {
            nodes::ListConfig config;
            config.address = std::make_shared<const mail::Address>(mail::Address{l.name, d.name});
            const nodes::Crowd members = recipients(l.members);
            for (std::uint64_t i = 0; i < members.size(); ++i)
                config.members.push_back(members.address(i));
            config.subject_prefix = l.subject_prefix;
            config.reply_to_list = l.reply_to == "list";
            config.footer = l.footer;
            config.members_only = l.posting == "members";
            config.to_author = l.to_author;
            config.verp = l.verp;
            config.remove_after = l.remove_after;
            for (const char* name : {"", "-bounces", "-request"})
                domain.mediators.insert_or_assign(l.name + name, config);
        }
    }
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
        plan.dsn = dsn_request(l);
        plan.eight_bit = l.eight_bit;
        const auto looks = presentations(l.look);
        if (!looks.empty()) plan.presentation = looks.front();
        const mail::Language language = plan.presentation ? plan.presentation->language : mail::Language::english;
        plan.subject = l.subject.empty() ? mail::generated_subject(seed, language) : l.subject;
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
        c.presentations = presentations(t.look);
        c.from = kernel::Time::at(t.when.from);
        c.until = t.when.until ? kernel::Time::at(*t.when.until) : end;
        c.limit = t.limit;
        town.add_traffic(std::move(c));
    }
}

} // namespace postopolis::scenario
