#include <doctest/doctest.h>

#include <algorithm>

#include "postopolis/dns/mx.hpp"

using namespace postopolis::dns;

namespace {
const Name domain = Name::literal("example.org");
Name n(std::string_view text) {
    return Name::literal(text);
}

Response mx_answer(std::initializer_list<std::pair<std::uint16_t, const char*>> hosts) {
    Response response;
    for (const auto& [preference, host] : hosts)
        response.answers.push_back(Record::mx(domain, preference, n(host)));
    return response;
}

std::vector<std::string> names(const MxTargets& targets) {
    std::vector<std::string> hosts;
    for (const MxTarget& target : targets.targets)
        hosts.emplace_back(target.host.text());
    return hosts;
}
using Strings_ = std::vector<std::string>;
} // namespace

TEST_CASE("hosts in order of preference, equals shuffled, one call per group in ascending order") {
    const Response response =
        mx_answer({{20, "d.test"}, {10, "b.test"}, {20, "c.test"}, {5, "e.test"}, {10, "a.test"}});
    std::vector<std::uint16_t> calls;
    const Shuffle reverse = [&](std::span<MxTarget> group) {
        calls.push_back(group.front().preference);
        std::reverse(group.begin(), group.end());
    };
    const MxTargets targets = select_mx(domain, &response, {}, reverse);
    CHECK(names(targets) == Strings_{"e.test", "b.test", "a.test", "d.test", "c.test"});
    CHECK(calls == std::vector<std::uint16_t>{10, 20});
    CHECK_FALSE(targets.implicit);
    Response other_order = response;
    std::reverse(other_order.answers.begin(), other_order.answers.end());
    CHECK(names(select_mx(domain, &other_order, {}, reverse)) == names(targets));
}

TEST_CASE("no MX: the domain itself with preference 0 (RFC 5321 section 5.1)") {
    const Response none;
    MxTargets targets = select_mx(domain, &none, {}, {});
    CHECK(targets.implicit);
    CHECK(targets.targets == std::vector<MxTarget>{{0, domain}});
    CHECK(no_usable_host(domain, targets, false).enhanced == "5.1.2");
    CHECK_FALSE(no_usable_host(domain, targets, true).permanent);
    Response alias;
    alias.answers = {Record::cname(domain, n("real.example"))};
    CHECK(names(select_mx(domain, &alias, {}, {})) == Strings_{"real.example"});
}

TEST_CASE("null MX (RFC 7505): 556 5.1.10; beside others it does not count") {
    const Response null = mx_answer({{0, "."}});
    const MxTargets targets = select_mx(domain, &null, {}, {});
    REQUIRE(targets.failure);
    CHECK(targets.failure->permanent);
    CHECK(targets.failure->reply_code == 556);
    CHECK(targets.failure->enhanced == "5.1.10");
    CHECK(targets.targets.empty());
    const Response mixed = mx_answer({{0, "."}, {10, "a.test"}});
    CHECK(names(select_mx(domain, &mixed, {}, {})) == Strings_{"a.test"});
}

TEST_CASE("failed look-ups: NXDOMAIN is for good, SERVFAIL and silence are not") {
    Response response;
    response.rcode = Rcode::nxdomain;
    MxTargets targets = select_mx(domain, &response, {}, {});
    CHECK(targets.failure->permanent);
    CHECK(targets.failure->enhanced == "5.1.2");
    for (const Rcode rcode : {Rcode::servfail, Rcode::refused}) {
        response.rcode = rcode;
        targets = select_mx(domain, &response, {}, {});
        CHECK_FALSE(targets.failure->permanent);
        CHECK(targets.failure->reply_code == 451);
        CHECK(targets.failure->enhanced == "4.4.3");
    }
    CHECK(select_mx(domain, nullptr, {}, {}).failure->enhanced == "4.4.3");
}

TEST_CASE("a backup MX sends only to hosts preferred to itself") {
    const Response response = mx_answer({{10, "a.test"}, {20, "me.test"}, {20, "c.test"}, {30, "d.test"}});
    const Name own[] = {n("ME.test")};
    CHECK(names(select_mx(domain, &response, own, {})) == Strings_{"a.test"});
    const Response only = mx_answer({{20, "me.test"}, {20, "c.test"}, {30, "d.test"}});
    const MxTargets targets = select_mx(domain, &only, own, {});
    REQUIRE(targets.failure);
    CHECK(targets.failure->permanent);
    CHECK(targets.failure->enhanced == "5.4.6");
    const Response none;
    const Name self[] = {domain};
    CHECK(select_mx(domain, &none, self, {}).failure->enhanced == "5.4.6");
}

TEST_CASE("MX behind an alias, hosts named twice, MX of other names") {
    Response response;
    response.answers = {
        Record::cname(domain, n("real.example")), Record::mx(n("real.example"), 20, n("a.test")),
        Record::mx(n("real.example"), 10, n("b.test")), Record::mx(n("real.example"), 5, n("a.test")),
        Record::mx(n("stranger.example"), 1, n("evil.test"))};
    CHECK(names(select_mx(domain, &response, {}, {})) == Strings_{"a.test", "b.test"});
}

TEST_CASE("addresses: an alias is tolerated, none means the next host, silence means later") {
    const Question question{n("mx.example"), Type::a};
    Response response;
    CHECK(judge_address(question, &response) == AddressVerdict::none);
    response.answers = {Record::cname(n("mx.example"), n("host.example")),
                        Record::address(n("host.example"), *Ipv4::parse("192.0.2.1"))};
    CHECK(judge_address(question, &response) == AddressVerdict::usable);
    response.rcode = Rcode::servfail;
    CHECK(judge_address(question, &response) == AddressVerdict::temporary);
    CHECK(judge_address(question, nullptr) == AddressVerdict::temporary);
    response = {};
    response.rcode = Rcode::nxdomain;
    CHECK(judge_address(question, &response) == AddressVerdict::none);
    CHECK(combine(AddressVerdict::usable, AddressVerdict::temporary) == AddressVerdict::usable);
    CHECK(combine(AddressVerdict::none, AddressVerdict::temporary) == AddressVerdict::temporary);
    CHECK(combine(AddressVerdict::none, AddressVerdict::none) == AddressVerdict::none);
    const Response listed = mx_answer({{10, "a.test"}});
    CHECK(no_usable_host(domain, select_mx(domain, &listed, {}, {}), false).enhanced == "5.4.4");
}
