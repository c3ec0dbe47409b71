// The example messages of RFC 5322 appendix A and RFC 3464 appendix E, in rfc/ as they are printed (without page breaks;
// "__" of A.6.3 as the two blanks that it stands for, a stray blank before a delimiter in E taken out).
#include "postopolis/mail/address_entry.hpp"
#include "postopolis/mail/date.hpp"
#include "postopolis/mail/dsn.hpp"
#include "postopolis/mail/edit.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

using namespace postopolis::mail;

namespace {

ParsedMessage golden(const std::string& name) {
    std::ifstream file(std::string(POSTOPOLIS_SOURCE_DIR) + "/tests/unit/mail/rfc/" + name + ".eml", std::ios::binary);
    std::ostringstream octets;
    octets << file.rdbuf();
    INFO(name);
    REQUIRE_FALSE(octets.str().empty());
    ParsedMessage message = parse_message(octets.str());
    CHECK(print(message) == octets.str());
    return message;
}

std::string addresses(const ParsedMessage& message, std::string_view field) {
    const auto parsed = parse_address_entries(message.value(field));
    REQUIRE(std::holds_alternative<std::vector<AddressEntry>>(parsed));
    return text(std::get<std::vector<AddressEntry>>(parsed));
}

std::string date(const ParsedMessage& message) {
    const auto parsed = parse_date(message.value("Date"));
    REQUIRE(parsed);
    return rfc5322_text(*parsed);
}

ParsedReport report(const ParsedMessage& message) {
    const auto parsed = parse_report(message);
    REQUIRE(parsed);
    return *parsed;
}

} // namespace

TEST_CASE("RFC 5322 appendix A: every example") {
    struct Case {
        const char* name;
        const char* from;
        const char* to;
        const char* date;
    };
    const char* const monday = "Fri, 21 Nov 1997 09:55:06 -0600";
    const char* const john = "\"John Doe\" <jdoe@machine.example>";
    const char* const mary = "\"Mary Smith\" <mary@example.net>";
    const Case cases[] = {
        {"5322-A.1.1-1", john, mary, monday},
        {"5322-A.1.1-2", john, mary, monday},
        {"5322-A.1.2-1", "\"Joe Q. Public\" <john.q.public@example.com>",
         "\"Mary Smith\" <mary@x.test>, jdoe@example.org, \"Who?\" <one@y.test>", "Tue, 01 Jul 2003 10:52:37 +0200"},
        {"5322-A.1.3-1", "Pete <pete@silly.example>",
         "\"A Group\": \"Ed Jones\" <c@a.test>, joe@where.test, John <jdoe@one.test>;", "Thu, 13 Feb 1969 23:32:54 -0330"},
        {"5322-A.2-1", john, mary, monday},
        {"5322-A.2-2", mary, john, "Fri, 21 Nov 1997 10:01:10 -0600"},
        {"5322-A.2-3", john, "\"Mary Smith: Personal Account\" <smith@home.example>", "Fri, 21 Nov 1997 11:00:00 -0600"},
        {"5322-A.3-1", john, mary, monday},
        {"5322-A.3-2", john, mary, monday},
        {"5322-A.4-1", "\"John Doe\" <jdoe@node.example>", mary, monday},
        {"5322-A.5-1", "Pete <pete@silly.test>",
         "\"A Group\": \"Chris Jones\" <c@public.example>, joe@example.org, John <jdoe@one.test>;",
         "Thu, 13 Feb 1969 23:32:00 -0330"},
        {"5322-A.6.1-1", "\"Joe Q. Public\" <john.q.public@example.com>", "\"Mary Smith\" <mary@example.net>, jdoe@test.example",
         "Tue, 01 Jul 2003 10:52:37 +0200"},
        {"5322-A.6.2-1", john, mary, "Fri, 21 Nov 1997 09:55:06 +0000"},
        {"5322-A.6.3-1", john, mary, monday},
    };
    for (const Case& c : cases) {
        const ParsedMessage message = golden(c.name);
        INFO(std::string(c.name));
        std::string to = addresses(message, "To");
        std::string from = addresses(message, "From");
        // An atom needs no quotes where this table has some.
        const auto bare = [](std::string text) {
            std::erase(text, '"');
            return text;
        };
        CHECK(bare(from) == bare(c.from));
        CHECK(bare(to) == bare(c.to));
        CHECK(date(message) == c.date);
        CHECK(message.body().substr(0, 3).find_first_of("THT") == 0);
    }
    CHECK(addresses(golden("5322-A.1.3-1"), "Cc") == "\"Undisclosed recipients\":;");
    CHECK(addresses(golden("5322-A.5-1"), "Cc") == "\"Hidden recipients\":;");
    CHECK(addresses(golden("5322-A.1.2-1"), "Cc") ==
          "boss@nil.test, \"Giant; \\\"Big\\\" Box\" <sysservices@example.net>");
    CHECK(golden("5322-A.4-1").count("Received") == 2);
    CHECK(golden("5322-A.3-2").value("Resent-Message-ID") == "<78910@example.net>");
}

TEST_CASE("RFC 3464 appendix E: reports about several recipients, from a gateway, about a delay") {
    const ParsedReport several = report(golden("3464-E-several"));
    REQUIRE(several.recipients.size() == 3);
    CHECK(several.reporting_mta == "cs.utk.edu");
    CHECK(several.recipients[0].action == Action::failed);
    CHECK(several.recipients[0].status == EnhancedStatus{5, 0, 0});
    CHECK(several.recipients[0].remote_mta == "vnet.ibm.com");
    CHECK(several.recipients[0].diagnostic_code == "smtp;  550 'arathib@vnet.IBM.COM' is not a registered gateway user");
    CHECK(several.recipients[1].action == Action::delayed);
    CHECK(several.recipients[1].final_recipient->text() == "johnh@hpnjld.njd.hp.com");
    CHECK(several.recipients[2].diagnostic_code == "smtp; 550 user unknown");

    const ParsedReport gateway = report(golden("3464-E-gateway"));
    REQUIRE(gateway.recipients.size() == 1);
    CHECK(gateway.reporting_mta == "SYS30");
    CHECK(gateway.recipients[0].final_recipient->local == "nair_s");
    CHECK(gateway.recipients[0].action == Action::failed);

    const ParsedReport delayed = report(golden("3464-E-delayed"));
    REQUIRE(delayed.recipients.size() == 1);
    CHECK(delayed.recipients[0].action == Action::delayed);
    CHECK(delayed.recipients[0].status == EnhancedStatus{4, 0, 0});
    CHECK(delayed.recipients[0].final_recipient->text() == "thomas@de-montfort.ac.uk");
}
