#include <doctest/doctest.h>

#include <numeric>

#include "postopolis/policy/recipients.hpp"

using namespace postopolis::policy;

TEST_CASE("one group per domain, in order of appearance, without regard to case") {
    const std::string_view domains[] = {"b.example", "a.example", "B.EXAMPLE", "c.example", "a.Example"};
    CHECK(split_recipients(domains, 100) ==
          std::vector<RecipientGroup>{{"b.example", {0, 2}}, {"a.example", {1, 4}}, {"c.example", {3}}});
    CHECK(split_recipients(std::span<const std::string_view>(), 100).empty());
}

TEST_CASE("no group is larger than the limit, and none is lost") {
    const std::vector<std::string_view> domains(250, "example");
    const auto groups = split_recipients(domains, 100);
    REQUIRE(groups.size() == 3);
    CHECK(groups[0].index.size() == 100);
    CHECK(groups[1].index.front() == 100);
    CHECK(groups[2].index.size() == 50);
    CHECK(groups[2].index.back() == 249);
    CHECK(split_recipients(domains, 0).size() == 1);
    CHECK(split_recipients(domains, 250).size() == 1);
}

TEST_CASE("mail addresses are split by their domain") {
    const std::vector<postopolis::mail::Address> to{{"alice", "example.org"}, {"bob", "Example.ORG"}};
    CHECK(split_recipients(to, 100) == std::vector<RecipientGroup>{{"example.org", {0, 1}}});
}
