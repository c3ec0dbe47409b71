// Dispatch and numbers of events, and the account that follows the clock.
#include "postopolis/trace/bus.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "postopolis/kernel/node.hpp"

using namespace postopolis;
using namespace postopolis::trace;

namespace {

struct Ear final : Observer {
    explicit Ear(KindMask mask_of, std::string name_of, std::vector<std::string>& log_of)
        : mask(mask_of), name(std::move(name_of)), log(log_of) {}
    KindMask listens_for() const override { return mask; }
    void on_event(const Event& e) override {
        log.push_back(name + ":" + std::string(kind_name(e.what)));
        ids.push_back(e.id);
        causes.push_back(e.cause);
    }
    KindMask mask;
    std::string name;
    std::vector<std::string>& log;
    std::vector<EventId> ids, causes;
};

struct World {
    kernel::Simulation simulation{kernel::RunKey{}};
    kernel::Node a{simulation, "a"}, b{simulation, "b"};
    Bus bus;
    std::vector<std::string> log;
};

} // namespace

TEST_CASE("observers hear what they listen for, in the order in which they were added") {
    World w;
    Ear hosts(kinds<HostWentDown, HostCameUp>(), "hosts", w.log), all(kAllKinds, "all", w.log),
        spoke(kinds<Spoke>(), "spoke", w.log);
    w.bus.add(hosts);
    CHECK(w.bus.wants<HostCameUp>());
    CHECK(!w.bus.wants<Spoke>());
    w.bus.tell(w.a, 0, Spoke{});
    w.bus.tell(w.a, 0, HostCameUp{"a"});
    w.bus.add(all);
    w.bus.add(spoke);
    CHECK(w.bus.wants<Spoke>());
    w.bus.tell(w.a, 0, HostWentDown{"a"});
    w.bus.tell(w.a, 0, Spoke{});
    w.bus.remove(all);
    w.bus.remove(spoke);
    CHECK(!w.bus.wants<Spoke>());
    CHECK(w.bus.wants<HostCameUp>());
    w.bus.tell(w.a, 0, Fetched{});
    CHECK(w.log == std::vector<std::string>{"hosts:HostCameUp", "hosts:HostWentDown", "all:HostWentDown",
                                            "all:Spoke", "spoke:Spoke"});
}

TEST_CASE("events are numbered per node from 1, whether or not anybody listens; Spoke has no number") {
    World w;
    CHECK(w.bus.tell(w.b, 0, HostCameUp{"b"}) == make_id(w.b.id(), 1));
    CHECK(w.bus.tell(w.a, 0, HostCameUp{"a"}) == make_id(w.a.id(), 1));
    CHECK(w.bus.tell(w.a, 0, Spoke{}) == 0);
    Ear ear(kAllKinds, "ear", w.log);
    w.bus.add(ear);
    CHECK(w.bus.tell(w.a, 77, HostCameUp{"a"}) == make_id(w.a.id(), 2));
    CHECK(w.bus.tell(w.a, 78, Spoke{}) == 0);
    CHECK(w.bus.tell(w.b, 0, HostCameUp{"b"}) == make_id(w.b.id(), 2));
    CHECK(ear.ids == std::vector<EventId>{make_id(w.a.id(), 2), 0, make_id(w.b.id(), 2)});
    CHECK(ear.causes == std::vector<EventId>{77, 78, 0});
    CHECK(node_of(make_id(5, 9)) == 5);
    CHECK(count_of(make_id(5, 9)) == 9);
}

TEST_CASE("every kind has a bit of its own, and mail level is all but what is said and its packets") {
    CHECK(kAllKinds == (KindMask{1} << std::variant_size_v<What>)-1);
    CHECK((kMailLevel | kinds<Spoke, Transmitted, SentDatagram>()) == kAllKinds);
    CHECK((kMailLevel & kinds<Spoke>()) == 0);
    CHECK((kMailLevel & kinds<Transmitted, SentDatagram>()) == 0);
    CHECK((kinds<Composed>() & kinds<HostCameUp>()) == 0);
}

TEST_CASE("a meter gives every instant to exactly one cause") {
    auto at = [](std::int64_t ms) { return Time::at(Duration::milliseconds(ms)); };
    auto ms = [](std::int64_t n) { return Duration::milliseconds(n); };
    Meter meter(at(100), Cause::queue);
    meter.turn(at(130), Cause::transit);
    meter.settle_reply(at(200), ms(20), ms(10)); // 70 ms, 30 of them at the server
    meter.settle_as(at(250), Cause::timeout);
    meter.settle_reply(at(260), ms(50), ms(50)); // the server says more than has passed: it is cut
    meter.turn(at(265), Cause::dns);
    meter.settle(at(300));
    const Account& a = meter.account();
    CHECK(a.spent(Cause::queue) == ms(30 + 10));
    CHECK(a.spent(Cause::service) == ms(20 + 10));
    CHECK(a.spent(Cause::transit) == ms(40 + 5));
    CHECK(a.spent(Cause::timeout) == ms(50));
    CHECK(a.spent(Cause::dns) == ms(35));
    CHECK(a.total() == ms(200));
    CHECK(meter.start() == at(100));
    CHECK(meter.last() == at(300));
}

TEST_CASE("causes have names, and back-offs a family") {
    for (std::size_t i = 0; i < kCauses; ++i) {
        const auto cause = static_cast<Cause>(i);
        CHECK(!name(cause).empty());
        CHECK(is_backoff(cause) == name(cause).starts_with("backoff: "));
        CHECK(family(cause) == (is_backoff(cause) ? "backoff" : name(cause)));
    }
}
