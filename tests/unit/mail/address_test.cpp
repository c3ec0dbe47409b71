// Addresses against RFC 5321 section 4.1.2 and the examples of RFC 5322 appendix A.
#include "postopolis/mail/address_entry.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace postopolis::mail;

namespace {

Address mailbox(std::string_view text) {
    const auto parsed = parse_mailbox(text);
    INFO("mailbox ", text);
    REQUIRE(std::holds_alternative<Address>(parsed));
    return std::get<Address>(parsed);
}

AddressError mailbox_error(std::string_view text) {
    const auto parsed = parse_mailbox(text);
    INFO("mailbox ", text);
    REQUIRE(std::holds_alternative<AddressError>(parsed));
    return std::get<AddressError>(parsed);
}

std::string list_text(std::string_view text) {
    const auto parsed = parse_address_list(text);
    if (const auto* error = std::get_if<AddressError>(&parsed))
        return "error at " + std::to_string(error->position) + ": " + error->expected;
    std::string out;
    for (const auto& entry : std::get<std::vector<HeaderAddress>>(parsed))
        out += entry.display_name + "|" + entry.address.text() + "\n";
    return out;
}

} // namespace

TEST_CASE("mailboxes keep their parts, quoting only where RFC 5321 section 4.1.2 demands it") {
    CHECK(mailbox("smith@foo.example.com").local == "smith");
    CHECK(mailbox("smith@foo.example.com").domain == "foo.example.com");
    CHECK(mailbox("\"Joe Q. Public\"@example.com").local == "Joe Q. Public");
    CHECK(mailbox("\"Joe Q. Public\"@example.com").text() == "\"Joe Q. Public\"@example.com");
    // "quotes are only needed when...": these three are one mailbox.
    CHECK(mailbox("\"joe\"@example.com").text() == "joe@example.com");
    CHECK(mailbox("\"jo\\e\"@example.com") == mailbox("joe@example.com"));
    CHECK(mailbox("\"a\\\"b\\\\c\"@example.com").local == "a\"b\\c");
    CHECK(mailbox("\"a\\\"b\\\\c\"@example.com").text() == "\"a\\\"b\\\\c\"@example.com");
    CHECK(mailbox("\"\"@example.com").text() == "\"\"@example.com");
    CHECK(mailbox("\"a..b\"@example.com").text() == "\"a..b\"@example.com");
    CHECK(mailbox("!#$%&'*+-/=?^_`{|}~@example.com").local == "!#$%&'*+-/=?^_`{|}~");
}

TEST_CASE("address literals of RFC 5321 section 4.1.3") {
    for (const char* good :
         {"a@[192.0.2.1]", "a@[IPv6:2001:db8::1]", "a@[IPv6:::]", "a@[ipv6:1:2:3:4:5:6:7:8]",
          "a@[IPv6:::ffff:192.0.2.1]", "a@[IPv6:1:2:3:4:5:6:192.0.2.1]", "a@[x-tag:anything]"})
        CHECK(mailbox(good).text() == good);
    for (const char* bad : {"a@[192.0.2]", "a@[192.0.2.256]", "a@[192.0.2.1.1]", "a@[IPv6:1:2:3]",
                            "a@[IPv6:1::2::3]", "a@[IPv6:12345::]", "a@[IPv6:1:2:3:4:5:6:7::]", "a@[]",
                            "a@[IPv6:]", "a@[192.0.2.1", "a@[IPv6:192.0.2.1::]"})
        CHECK(mailbox_error(bad).position > 1);
}

TEST_CASE("errors name the place and what was expected") {
    CHECK(mailbox_error("").position == 0);
    CHECK(mailbox_error("alice").position == 5);
    CHECK(mailbox_error("alice").expected == "'@' and a domain");
    CHECK(mailbox_error("a..b@example.com").position == 2);
    CHECK(mailbox_error("a.@example.com").position == 2);
    CHECK(mailbox_error("a@good.-bad.example").position == 7);
    CHECK(mailbox_error("a@example..com").position == 10);
    CHECK(mailbox_error("a@example.com.").position == 14);
    CHECK(mailbox_error("a@example.com x").position == 13);
    CHECK(mailbox_error("a b@example.com").position == 1);
    CHECK(mailbox_error("\"open@example.com").expected == "'\"' at the end of the quoted local part");
    CHECK(mailbox_error("\"a\r\n\"@example.com").position == 2);
    CHECK(mailbox_error("ren\xc3\xa9@example.com").position == 3);
}

TEST_CASE("size limits of RFC 5321 section 4.5.3.1") {
    CHECK(mailbox(std::string(64, 'a') + "@example.com").local.size() == 64);
    CHECK(mailbox_error(std::string(65, 'a') + "@example.com").position == 64);
    const std::string label(63, 'b');
    CHECK(mailbox("a@" + label + ".com").domain.size() == 67);
    CHECK(mailbox_error("a@" + label + "b.com").position == 2);
    const std::string longest = label + '.' + label + '.' + label + '.' + label; // 255
    CHECK(mailbox("a@" + longest).domain.size() == 255);
    CHECK(std::holds_alternative<AddressError>(parse_mailbox("a@" + longest + ".c")));
    CHECK(std::holds_alternative<AddressError>(parse_path("<a@" + longest + ">"))); // 259 > 256
    CHECK(std::holds_alternative<AddressPtr>(parse_path("<a@" + longest.substr(3) + ">")));
}

TEST_CASE("paths: null, source routes, postmaster") {
    CHECK(std::get<AddressPtr>(parse_path("<>")) == nullptr);
    CHECK(path_text(nullptr) == "<>");
    const auto routed = parse_path("<@hosta.int,@jkl.org:userc@d.bar.org>"); // RFC 5321 appendix C
    REQUIRE(std::holds_alternative<AddressPtr>(routed));
    CHECK(path_text(std::get<AddressPtr>(routed)) == "<userc@d.bar.org>");
    const auto master = parse_path("<PostMaster>");
    REQUIRE(std::holds_alternative<AddressPtr>(master));
    CHECK(std::get<AddressPtr>(master)->text() == "PostMaster");
    CHECK(std::get<AddressPtr>(master)->domain.empty());
    CHECK(std::get<AddressError>(parse_path("<alice>")).expected == "'@' and a domain");
    CHECK(std::get<AddressError>(parse_path("alice@example.com")).position == 0);
    CHECK(std::get<AddressError>(parse_path("<a@b.example> x")).position == 13);
    CHECK(std::get<AddressError>(parse_path("<a@b.example")).expected == "'>'");
    CHECK(std::get<AddressError>(parse_path("<@a,b:c@d>")).position == 4);
    const auto leading = parse_leading_path("<\"a>b\"@c.example> SIZE=1000");
    REQUIRE(std::holds_alternative<LeadingPath>(leading));
    CHECK(std::get<LeadingPath>(leading).length == 17);
    CHECK(std::get<LeadingPath>(leading).address->local == "a>b");
}

TEST_CASE("comparison: domains without case, local parts with, except postmaster") {
    CHECK(mailbox("a@Example.COM") == mailbox("a@example.com"));
    CHECK_FALSE(mailbox("A@example.com") == mailbox("a@example.com"));
    CHECK(mailbox("Postmaster@example.com") == mailbox("POSTMASTER@example.com"));
    const AddressHash hash;
    CHECK(hash(mailbox("a@Example.COM")) == hash(mailbox("a@example.com")));
    CHECK(hash(mailbox("Postmaster@a.b")) == hash(mailbox("postmaster@A.b")));
    CHECK(hash(mailbox("A@a.b")) != hash(mailbox("a@a.b")));
    CHECK(to_lower_domain("MX1.Example") == "mx1.example");
}

TEST_CASE("text_size is the size of text, and no address breaks a line") {
    for (const Address& address : {Address{"a", "b"}, Address{"a b", "c"}, Address{"\"\\", "c"},
                                   Address{"", ""}, Address{"a\r\nb", "c\nd"}, Address{".a", "b"},
                                   Address{"caf\xc3\xa9", "b"}, Address{"postmaster", ""}}) {
        CHECK(text_size(address) == address.text().size());
        CHECK(address.text().find_first_of("\r\n") == std::string::npos);
    }
}

TEST_CASE("address lists: the examples of RFC 5322 appendix A") {
    CHECK(list_text("John Doe <jdoe@machine.example>") == "John Doe|jdoe@machine.example\n");
    CHECK(list_text("\"Joe Q. Public\" <john.q.public@example.com>") ==
          "Joe Q. Public|john.q.public@example.com\n");
    CHECK(list_text("Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>") ==
          "Mary Smith|mary@x.test\n|jdoe@example.org\nWho?|one@y.test\n");
    CHECK(list_text("<boss@nil.test>, \"Giant; \\\"Big\\\" Box\" <sysservices@example.net>") ==
          "|boss@nil.test\nGiant; \"Big\" Box|sysservices@example.net\n");
    CHECK(list_text("A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;") ==
          "Ed Jones|c@a.test\n|joe@where.test\nJohn|jdoe@one.test\n");
    CHECK(list_text("Undisclosed recipients:;") == "");
    CHECK(list_text("Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>") ==
          "Pete|pete@silly.test\n");
    CHECK(
        list_text(
            "A Group(Some people)\r\n     :Chris Jones <c@(Chris's host.)public.example>,\r\n"
            "         joe@example.org,\r\n  John <jdoe@one.test> (my dear friend); (the end of the group)") ==
        "Chris Jones|c@public.example\n|joe@example.org\nJohn|jdoe@one.test\n");
    CHECK(list_text("(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;") == "");
    // A.6.1 and A.6.3: obsolete forms
    CHECK(list_text("Joe Q. Public <john.q.public@example.com>") ==
          "Joe Q. Public|john.q.public@example.com\n");
    CHECK(list_text("Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example") ==
          "Mary Smith|mary@example.net\n|jdoe@test.example\n");
    CHECK(list_text("John Doe <jdoe@machine(comment).  example>") == "John Doe|jdoe@machine.example\n");
    CHECK(list_text("Mary Smith\r\n\t \r\n          <mary@example.net>") == "Mary Smith|mary@example.net\n");
    CHECK(list_text("john . doe@example.com") == "|john.doe@example.com\n");
}

TEST_CASE("address lists: what else occurs") {
    CHECK(list_text("") == "");
    CHECK(list_text(" , ,") == "");
    CHECK(list_text("=?utf-8?Q?Ren=C3=A9?= <rene@example.com>") ==
          "=?utf-8?Q?Ren=C3=A9?=|rene@example.com\n");
    CHECK(list_text("a@[192.0.2.1]") == "|a@[192.0.2.1]\n");
    CHECK(list_text("a@b.example c@d.example") == "error at 12: ','");
    CHECK(list_text("just words") == "error at 10: '<' or '@'");
    CHECK(list_text("a <b@c") == "error at 6: '>'");
    CHECK(list_text("group: a@b.example") == "error at 18: ';' at the end of the group");
    CHECK(list_text("a@b (open").substr(0, 10) == "error at 4");
    CHECK(list_text("\"open <a@b>") == "error at 11: '\"' at the end of the quoted string");
}

TEST_CASE("groups keep their names and members") {
    const auto parsed = parse_address_entries("a@b.example, The \"Old\" Town:Ed <c@d.example>, e@f.example;, Nobody:;");
    const auto& list = std::get<std::vector<AddressEntry>>(parsed);
    REQUIRE(list.size() == 3);
    CHECK_FALSE(list[0].is_group);
    CHECK(list[0].mailboxes == std::vector<HeaderAddress>{{"", {"a", "b.example"}}});
    CHECK(list[1].group == "The Old Town");
    CHECK(list[1].mailboxes.size() == 2);
    CHECK(list[2].is_group);
    CHECK(list[2].mailboxes.empty());
    CHECK(text(list) == "a@b.example, \"The Old Town\": Ed <c@d.example>, e@f.example;, Nobody:;");
}

TEST_CASE("address lists: UTF-8 (RFC 6532), domain literals, source routes") {
    CHECK(list_text("Jøran Øygård <jøran@blåbær.example>") == "Jøran Øygård|jøran@blåbær.example\n");
    CHECK(list_text("\"φ χ\"@example.com") == "|\"φ χ\"@example.com\n");
    CHECK(list_text("Ren\xe9 <rene@example.com>") == "Ren\xe9|rene@example.com\n"); // old software's display name
    CHECK(list_text("ren\xe9@example.com") == "error at 0: UTF-8");
    CHECK(list_text("a@b\xc3.example") == "error at 2: UTF-8");
    CHECK(list_text("a@[ 192.0 .2.1 ]") == "|a@[192.0.2.1]\n");
    CHECK(list_text("a@[x\\]y]").substr(0, 7) == "|a@[x\\]");
    CHECK(list_text("A@[ i\\ ]  ") == "|A@[i]\n"); // found by fuzzing
    CHECK(list_text("a@[b[c]") == "error at 4: ']'");
    CHECK(list_text("<@a.example , @b.example,, : c@d.example>") == "|c@d.example\n");
    CHECK(list_text("<,@a.example:c@d.example>") == "|c@d.example\n");
    CHECK(list_text("<@a.example c@d.example>") == "error at 12: ',' or ':' in the source route");
}

TEST_CASE("address lists: why they are refused") {
    CHECK(list_text("a..b@example.com") == "error at 2: a word after the dot");
    CHECK(list_text(".a@example.com") == "error at 0: a word before the dot");
    CHECK(list_text("a.@example.com") == "error at 2: a word after the dot");
    CHECK(list_text("a b@example.com") == "error at 2: '.' or '@'");
    CHECK(list_text("@example.com") == "error at 0: a local part");
    CHECK(list_text("<>") == "error at 1: a local part");
    CHECK(list_text("<a>") == "error at 2: '@' and a domain");
    CHECK(list_text("a@") == "error at 2: a domain");
    CHECK(list_text("a@b..example") == "error at 4: a word after the dot");
    CHECK(list_text("a@[1") == "error at 4: ']' at the end of the domain literal");
    CHECK(list_text("x: y: z@example.com;") == "error at 4: '<' or '@', as groups do not nest");
    CHECK(list_text(". x <a@b>") == "error at 0: a word before the dot");
    CHECK(list_text("a@b.example)") == "error at 11: ','");
    CHECK(list_text("a@b.example;") == "error at 11: ','");
}

TEST_CASE("what an address list says reads back from its text, whatever the octets") {
    std::mt19937 random(11);
    const std::vector<std::string> words{"a",  "b.c", ".",  "@",   "@d.example", "<",     ">",   ",",
                                         ";",  ":",   "\"", "\\", "(",          ")",     "[",   "]",
                                         " ",  "\t",  "é",  "\r\n ", "x@y.example", "Who? <", "\"q s\"", "g:"};
    int read = 0;
    for (int round = 0; round < 20000; ++round) {
        std::string octets;
        for (auto i = random() % 10; i > 0; --i)
            octets += words[random() % words.size()];
        const auto parsed = parse_address_entries(octets);
        INFO(octets);
        if (const auto* error = std::get_if<AddressError>(&parsed)) {
            CHECK(error->position <= octets.size());
            CHECK_FALSE(error->expected.empty());
            continue;
        }
        const auto& list = std::get<std::vector<AddressEntry>>(parsed);
        read += list.empty() ? 0 : 1;
        const auto again = parse_address_entries(text(list));
        REQUIRE(std::holds_alternative<std::vector<AddressEntry>>(again));
        CHECK(std::get<std::vector<AddressEntry>>(again) == list);
    }
    CHECK(read > 100);
}

TEST_CASE("reading takes linear time") {
    std::string dots, comments;
    for (int i = 0; i < 200000; ++i)
        dots += "a. ";
    for (int i = 0; i < 200000; ++i)
        comments += "(";
    CHECK(std::holds_alternative<AddressError>(parse_address_list(dots)));
    CHECK(std::holds_alternative<AddressError>(parse_address_list(comments)));
}
