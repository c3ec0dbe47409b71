// The fingerprint: every field of every kind counts, what does not belong to the run does not.
#include "postopolis/trace/fingerprint.hpp"

#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace postopolis;
using namespace postopolis::trace;

namespace {

mail::AddressPtr address(std::string local) {
    return std::make_shared<mail::Address>(mail::Address{std::move(local), "a.example"});
}

const std::vector<CopyId> one{1}, two{1, 2}, other{3};
const std::vector<mail::AddressPtr> ann{address("ann")}, bob{address("bob")};
const std::vector<RecipientKind> to{RecipientKind::to}, cc{RecipientKind::cc};
const mail::AddressPtr ann_address = ann.front();

Time at(std::int64_t ms) {
    return Time::at(Duration::milliseconds(ms));
}
Account spent(Cause cause) {
    Account a;
    a.add(cause, Duration::seconds(1));
    return a;
}

std::uint64_t print(const What& what, Time time = at(5), NodeId node = 3, EventId id = 1, EventId cause = 0) {
    Fingerprint f;
    f.on_event(Event{time, node, id, cause, what});
    return f.value();
}

/// `base` with each of the changes by itself: all of them must differ from it and from one another.
template<class T, class... Change>
void all_differ(const T& base, Change... changes) {
    CAPTURE(T::kName);
    std::set<std::uint64_t> seen{print(base)};
    CHECK(print(base) == *seen.begin());
    int number = 0;
    auto apply = [&](auto change) {
        T changed = base;
        change(changed);
        CAPTURE(++number);
        CHECK(seen.insert(print(changed)).second);
    };
    (apply(changes), ...);
}

} // namespace

#define SET(field, value) [](auto& e) { e.field = value; }

TEST_CASE("a change of any field of any kind changes the fingerprint") {
    Composed composed;
    composed.recipients = ann;
    composed.kinds = to;
    composed.copies = one;
    all_differ(composed, SET(letter, 9), SET(kind, LetterKind::bounce), SET(about, 9),
               SET(sender, ann_address), SET(subject, "s"), SET(message_id, "m"), SET(size, 9),
               SET(recipients, bob), SET(kinds, cc), SET(copies, two), SET(copies, other));
    all_differ(Passed{Passed::Stage::waiting, one, at(1), spent(Cause::dns), "", ""},
               SET(stage, Passed::Stage::filing), SET(copies, two), SET(begin, at(2)),
               SET(spent, spent(Cause::queue)), SET(from, "x"), SET(to, "x"));
    all_differ(Accepted{}, SET(letter, 9), SET(copies, one), SET(host, "x"), SET(queue_id, "x"),
               SET(from_host, "x"), SET(connection, 9), SET(hops, 9));
    all_differ(Deferred{}, SET(letter, 9), SET(copies, one), SET(host, "x"), SET(remote, "x"),
               SET(reason.code, 450), SET(reason.enhanced, "x"), SET(reason.text, "x"),
               SET(backoff, Cause::backoff_dns), SET(next_try, at(9)), SET(attempts, 9));
    all_differ(Delivered{}, SET(letter, 9), SET(copy, 9), SET(junk, true), SET(host, "x"), SET(mailbox, "x"));
    all_differ(Fetched{}, SET(letter, 9), SET(copy, 9), SET(mailbox, "x"), SET(left_on_server, true));
    all_differ(Bounced{}, SET(letter, 9), SET(copies, one), SET(host, "x"), SET(reason.code, 550),
               SET(reason.enhanced, "x"), SET(reason.text, "x"), SET(report, 9));
    all_differ(Warned{}, SET(letter, 9), SET(copies, one), SET(host, "x"), SET(report, 9));
    all_differ(Rejected{}, SET(letter, 9), SET(copies, one), SET(by, "x"), SET(reason.code, 550),
               SET(reason.enhanced, "x"), SET(reason.text, "x"));
    all_differ(Discarded{}, SET(letter, 9), SET(copies, one), SET(by, "x"), SET(why, "x"));
    all_differ(Lost{}, SET(letter, 9), SET(copies, one), SET(by, "x"), SET(why, "x"));
    all_differ(Expanded{}, SET(letter, 9), SET(copy, 9), SET(by, "x"), SET(into, one), SET(recipients, ann));
    all_differ(Doubted{}, SET(letter, 9), SET(copies, one), SET(renamed, one), SET(begin, at(9)),
               SET(host, "x"), SET(remote, "x"));
    all_differ(Connected{}, SET(connection, 9), SET(client, "x"), SET(server, "x"), SET(client_address, 9U),
               SET(server_address, 9U), SET(client_port, 9), SET(server_port, 9),
               SET(took, Duration::seconds(9)));
    all_differ(ConnectFailed{}, SET(connection, 9), SET(client, "x"), SET(server, "x"), SET(server_port, 9),
               SET(why, "x"), SET(took, Duration::seconds(9)));
    all_differ(Disconnected{}, SET(connection, 9), SET(how, "x"));
    all_differ(LookedUp{}, SET(host, "x"), SET(resolver, "x"), SET(question, "x"), SET(type, "x"),
               SET(result, "x"), SET(from_cache, true), SET(took, Duration::seconds(9)));
    all_differ(HostWentDown{}, SET(host, "x"), SET(queue_lost, true));
    all_differ(HostCameUp{}, SET(host, "x"));
}

TEST_CASE("time, node, kind and order count, too") {
    const HostCameUp up{"x"};
    CHECK(print(up) != print(up, at(6)));
    CHECK(print(up) != print(up, at(5), 4));
    CHECK(print(HostCameUp{}) != print(HostWentDown{}));
    CHECK(print(Discarded{}) != print(Lost{}));
    Fingerprint ab, ba, aa;
    const Event a{at(1), 0, 1, 0, HostCameUp{"a"}}, b{at(1), 0, 1, 0, HostCameUp{"b"}};
    ab.on_event(a), ab.on_event(b);
    ba.on_event(b), ba.on_event(a);
    aa.on_event(a), aa.on_event(a);
    CHECK(std::set<std::uint64_t>{ab.value(), ba.value(), aa.value()}.size() == 3);
}

TEST_CASE("how the nodes' events are interleaved does not count") {
    std::vector<Event> events;
    for (std::int64_t i = 0; i < 30; ++i)
        events.push_back(Event{at(i), static_cast<NodeId>(i % 3), 0, 0,
                               LookedUp{"h", "r", "q", "A", "NOERROR", i % 2 == 0, {}}});
    Fingerprint by_time, by_node, backwards;
    for (const Event& e : events)
        by_time.on_event(e);
    for (NodeId node = 0; node < 3; ++node)
        for (const Event& e : events)
            if (e.node == node) by_node.on_event(e);
    for (NodeId node = 3; node-- > 0;)
        for (const Event& e : events)
            if (e.node == node) backwards.on_event(e);
    CHECK(by_time.value() == by_node.value());
    CHECK(by_time.value() == backwards.value());
    CHECK(by_time.text().size() == 16);
    CHECK(by_time.text() == backwards.text());
}

TEST_CASE("Spoke is not listened for") {
    CHECK((Fingerprint().listens_for() & kinds<Spoke>()) == 0);
}
