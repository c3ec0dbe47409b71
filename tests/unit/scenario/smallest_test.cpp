// The smallest scenario and what its defaults become.
#include <doctest/doctest.h>

#include "postopolis/scenario/load.hpp"

using namespace postopolis::scenario;

namespace {

// As the design states it, character for character.
constexpr std::string_view smallest = R"(    { "postopolis": 1,
      "domains": { "yourcompany.example": { "people": ["alice"] },
                   "yourcustomer.example": { "people": ["bob"] } },
      "letters": [ { "from": "alice@yourcompany.example", "to": "bob@yourcustomer.example",
                     "subject": "A brilliant message" } ] }
)";

} // namespace

TEST_CASE("the smallest scenario loads, and its defaults are filled in") {
    LoadResult result = load_text(smallest);
    for (const Mistake& m : result.mistakes)
        MESSAGE(text(m, "smallest.json"));
    REQUIRE(result.scenario);
    CHECK(result.warnings.empty());
    const Scenario& s = *result.scenario;
    REQUIRE(s.domains.size() == 2);
    REQUIRE(s.hosts.size() == 3);
    const Host* mail = s.find_host("mail.yourcompany.example");
    REQUIRE(mail != nullptr);
    CHECK(mail->roles.submission);
    CHECK(mail->roles.smtp);
    CHECK(mail->roles.mailboxes);
    CHECK(mail->roles.resolver);
    CHECK_FALSE(mail->roles.name_server);
    CHECK(mail->addresses == std::vector<std::string>{"192.0.2.1"});
    CHECK(s.domains[0].mx.at(0).host == "mail.yourcompany.example");
    CHECK(s.domains[0].name_servers.at(0) == "ns.dns-provider.example");
    CHECK(s.letters.at(0).id == "A brilliant message");
    CHECK(s.start == 1767600000); // date -u -d 2026-01-05T08:00:00Z +%s
    CHECK(s.run.limit == Duration::days(10));
}

TEST_CASE("the effective form of the smallest scenario is a fixed point") {
    LoadResult first = load_text(smallest);
    REQUIRE(first.scenario);
    std::string once = effective_json(*first.scenario);
    LoadResult second = load_text(once);
    for (const Mistake& m : second.mistakes)
        MESSAGE(text(m, "effective.json"));
    REQUIRE(second.scenario);
    CHECK(effective_json(*second.scenario) == once);
}
