#include <doctest/doctest.h>

#include <algorithm>

#include "postopolis/policy/routing.hpp"

using namespace postopolis::policy;

namespace {
Relay relay(std::string host) {
    return {{{std::move(host), 0, 25}}};
}
const std::string& host_of(const RouteAction& action) {
    return std::get<Relay>(action).hops.at(0).host;
}
} // namespace

TEST_CASE("the most specific pattern wins, whatever the order of adding") {
    RouteTable table;
    CHECK(std::holds_alternative<MxLookup>(table.find("example.org")));
    CHECK_FALSE(table.add("*", relay("smart")));
    CHECK_FALSE(table.add(".example", relay("below")));
    CHECK_FALSE(table.add(".dept.example", relay("dept")));
    CHECK_FALSE(table.add("Mail.Dept.Example", LocalDelivery{}));
    CHECK_FALSE(table.add("gone.example", RouteError{}));
    CHECK(host_of(table.find("example.org")) == "smart");
    CHECK(host_of(table.find("example")) == "smart"); // ".example" is for what lies below it
    CHECK(host_of(table.find("a.example")) == "below");
    CHECK(host_of(table.find("dept.example")) == "below");
    CHECK(host_of(table.find("A.B.DEPT.example")) == "dept");
    CHECK(host_of(table.find("notdept.example")) == "below");
    CHECK(std::holds_alternative<LocalDelivery>(table.find("mail.dept.example")));
    CHECK(host_of(table.find("x.mail.dept.example")) == "dept");
    CHECK(std::get<RouteError>(table.find("gone.example")).enhanced == "5.1.2");
    CHECK(table.size() == 5);
}

TEST_CASE("bad patterns and routes are refused with a place") {
    RouteTable table;
    CHECK(table.add("", MxLookup{})->position == 0);
    CHECK(table.add("a..b", MxLookup{})->position == 2);
    CHECK(table.add(".a..b", MxLookup{})->position == 3);
    CHECK(table.add("*.example", MxLookup{})->position == 0);
    CHECK(table.add("example.", MxLookup{})->position == 7);
    CHECK(table.add("example", Relay{}));
    CHECK(table.add("example", RouteError{450, "4.1.2", "later"}));
    CHECK_FALSE(table.add("example", MxLookup{}));
    CHECK(table.add("EXAMPLE", MxLookup{}));
    CHECK(table.size() == 1);
}

TEST_CASE("hosts of a route: in order of preference, equals shuffled") {
    const Relay banks{{{"c", 20, 25}, {"a", 10, 25}, {"b", 10, 2525}, {"d", 30, 25}}};
    int calls = 0;
    const auto hops = order_hops(banks, [&](std::span<NextHop> equals) {
        ++calls;
        std::reverse(equals.begin(), equals.end());
    });
    CHECK(calls == 1);
    CHECK(hops == std::vector<NextHop>{{"b", 10, 2525}, {"a", 10, 25}, {"c", 20, 25}, {"d", 30, 25}});
    CHECK(order_hops(banks, {})[0].host == "a");
}
