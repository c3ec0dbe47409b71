// Choosing what to tell, and joining stages to the events that end them.
#include "metrics/story_way.hpp"

#include <algorithm>
#include <tuple>

namespace postopolis::metrics {

using trace::CopyRecord;
using trace::Event;
using trace::Fate;

namespace {

constexpr std::size_t kToldInFull = 6;
constexpr std::size_t kFollowed = 3;

trace::Duration delay(const CopyRecord& c) {
    return c.accounted - c.composed;
}

bool ends_a_hop(const trace::What& what) {
    using namespace trace;
    return (kinds<Accepted, Deferred, Delivered, Fetched, Bounced, Rejected, Discarded, Lost, Expanded>() &
            (KindMask{1} << what.index())) != 0;
}

/// Everything that was told of the letter, its hosts' outages among it, in the order of telling.
std::vector<Told> in_order(const StoryRecord& record, const Tale& tale) {
    std::vector<Told> events = tale.events;
    std::set<std::string_view> hosts;
    Time first = tale.composed.event().time, last = first;
    for (const Told& t : events) {
        last = std::max(last, t.event().time);
        std::visit(
            [&](const auto& w) {
                if constexpr (requires { w.host; }) hosts.insert(w.host);
                if constexpr (requires { w.remote; }) hosts.insert(w.remote);
                if constexpr (requires { w.server; }) hosts.insert(w.server);
                if constexpr (requires { w.by; }) hosts.insert(w.by);
            },
            t.event().what);
    }
    for (const Told& t : record.outages) {
        const auto* down = std::get_if<trace::HostWentDown>(&t.event().what);
        const std::string_view host =
            down != nullptr ? down->host : std::get<trace::HostCameUp>(t.event().what).host;
        if (hosts.contains(host) && t.event().time >= first && t.event().time <= last) events.push_back(t);
    }
    std::sort(events.begin(), events.end(), [](const Told& a, const Told& b) { return a.order < b.order; });
    events.erase(std::unique(events.begin(), events.end(),
                             [](const Told& a, const Told& b) { return a.order == b.order; }),
                 events.end());
    return events;
}

} // namespace

Way::Way(const StoryRecord& record, const Tale& tale) {
    choose(record, tale);
    lay_out(record, tale);
}

void Way::choose(const StoryRecord& record, const Tale& tale) {
    const std::vector<CopyId> copies = record.ledger.letter(tale.id)->copies;
    abridged_ = copies.size() > kToldInFull;
    if (!abridged_) {
        followed_ = copies;
    } else {
        struct Group {
            CopyRecord slowest;
            std::size_t n;
        };
        std::map<std::tuple<Fate, std::uint32_t, std::uint32_t>, Group> groups;
        for (CopyId id : copies) {
            const CopyRecord c = *record.ledger.copy(id);
            Group& g = groups.try_emplace({c.fate, c.place, c.reason}, Group{c, 0}).first->second;
            ++g.n;
            if (delay(c) > delay(g.slowest)) g.slowest = c;
        }
        std::vector<Group> ranked;
        for (const auto& [key, group] : groups)
            ranked.push_back(group);
        std::stable_sort(ranked.begin(), ranked.end(), [](const Group& a, const Group& b) {
            const bool arrived_a = a.slowest.fate == Fate::delivered,
                       arrived_b = b.slowest.fate == Fate::delivered;
            return arrived_a != arrived_b ? arrived_b : a.n > b.n;
        });
        if (ranked.size() > kFollowed) {
            // One that arrived belongs to the story, however many kinds of failure there are.
            const auto arrived = std::find_if(ranked.begin(), ranked.end(), [](const Group& g) {
                return g.slowest.fate == Fate::delivered;
            });
            if (arrived - ranked.begin() >= static_cast<std::ptrdiff_t>(kFollowed) && arrived != ranked.end())
                std::swap(ranked[kFollowed - 1], *arrived);
            ranked.resize(kFollowed);
        }
        for (const Group& g : ranked)
            followed_.push_back(g.slowest.id);
    }
    names_.insert(followed_.begin(), followed_.end());
    // Backwards, so that an id which was changed twice is found.
    for (auto t = tale.events.rbegin(); t != tale.events.rend(); ++t) {
        const Event& e = t->event();
        if (const auto* d = std::get_if<trace::Doubted>(&e.what))
            for (std::size_t i = 0; i < d->renamed.size() && i < d->copies.size(); ++i)
                if (names_.contains(d->renamed[i])) names_.insert(d->copies[i]);
        if (const auto* x = std::get_if<trace::Expanded>(&e.what))
            for (CopyId id : x->into)
                if (names_.contains(id)) names_.insert(x->copy);
    }
}

void Way::lay_out(const StoryRecord& record, const Tale& tale) {
    std::vector<Step> waiting; // stages whose ending event has not come
    const auto flush = [&] {
        for (Step& s : waiting)
            steps_.push_back(std::move(s));
        waiting.clear();
    };
    const std::size_t all = names_.size();
    for (const Told& t : in_order(record, tale)) {
        const Event& e = t.event();
        Step step;
        step.event = &e;
        const std::span<const CopyId> about = copies_of(e.what);
        for (CopyId id : about)
            if (names_.contains(id)) step.copies.push_back(id);
        if (!about.empty() && step.copies.empty()) continue;
        step.whole =
            about.empty() || step.copies.size() == all || std::holds_alternative<trace::Composed>(e.what);
        // A fate of one copy names its mailbox; where all copies have one recipient there is nothing to tell
        // apart.
        if (std::holds_alternative<trace::Delivered>(e.what) ||
            std::holds_alternative<trace::Fetched>(e.what))
            step.whole = true;
        step.milestone = ends_a_hop(e.what);
        if (!waiting.empty() && waiting.front().event->time != e.time) flush();
        if (const auto* p = std::get_if<trace::Passed>(&e.what)) {
            if (p->stage == trace::Passed::Stage::waiting) {
                // The end of a wait is followed by the next try, not by what becomes of it.
                steps_.push_back(std::move(step));
                continue;
            }
            waiting.push_back(std::move(step));
            continue;
        }
        if (step.milestone) {
            for (auto w = waiting.begin(); w != waiting.end();) {
                const bool shared = std::any_of(w->copies.begin(), w->copies.end(), [&](CopyId id) {
                    return std::find(step.copies.begin(), step.copies.end(), id) != step.copies.end();
                });
                if (!shared) {
                    ++w;
                    continue;
                }
                step.stages.push_back(&std::get<trace::Passed>(w->event->what));
                w = waiting.erase(w);
            }
        }
        steps_.push_back(std::move(step));
    }
    flush();
}

} // namespace postopolis::metrics
