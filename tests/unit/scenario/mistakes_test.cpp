// Every kind of mistake: where it is told to be, and that the message names the repair.
//
// The mark << in a text stands just before the place of the mistake and is taken out before the text is read,
// so the expected line and column come from the text itself.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "postopolis/scenario/load.hpp"

using namespace postopolis::scenario;

namespace {

struct Case {
    std::string_view json; ///< with <<
    std::string_view pointer;
    std::string_view fragment; ///< of the message
    std::string_view suggestion = "";
};

/// A right town, to which the case adds its keys.
std::string town(std::string_view more) {
    return "{ \"postopolis\": 1,\n  \"domains\": { \"a.example\": { \"people\": [\"alice\"] },\n"
           "               \"b.example\": { \"people\": [\"bob\"] } },\n  " +
           std::string(more) + "\n}";
}

void check_text(std::string text, const Case& c) {
    std::size_t mark = text.find("<<");
    REQUIRE(mark != std::string::npos);
    text.erase(mark, 2);
    std::string_view before = std::string_view(text).substr(0, mark);
    auto line = static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1;
    std::size_t start = before.rfind('\n') + 1; // npos + 1 is 0
    int column = 1 + static_cast<int>(std::count_if(
                         before.begin() + static_cast<std::ptrdiff_t>(start), before.end(),
                         [](char x) { return (static_cast<unsigned char>(x) & 0xC0) != 0x80; }));
    CAPTURE(text);
    LoadResult result = load_text(text);
    CHECK_FALSE(result.scenario.has_value());
    std::string all;
    for (const Mistake& m : result.mistakes)
        all += postopolis::scenario::text(m, "x") + "\n";
    CAPTURE(all);
    REQUIRE(result.mistakes.size() == 1);
    const Mistake& m = result.mistakes.front();
    CHECK(m.pointer == c.pointer);
    CHECK(m.line == line);
    CHECK(m.column == column);
    CHECK_MESSAGE(m.message.find(c.fragment) != std::string::npos, m.message);
    CHECK(m.suggestion == c.suggestion);
}

} // namespace

TEST_CASE("mistakes of syntax are told with a repair") {
    const Case cases[] = {
        {"<<", "", "no scenario"},
        {"   \n  <<", "", "no scenario"},
        {"{ \"postopolis\": 1<<", "/postopolis", "never closed; add the missing }"},
        {"{ \"letters\": [ 1, 2<<", "/letters/1", "never closed; add the missing ]"},
        {"{ \"postopolis\": 1<<, }", "/postopolis", "comma after the last entry"},
        {"{ \"letters\": [ 1<<, ] }", "/letters/0", "comma after the last entry"},
        {"{ \"a\": 1,<<, \"b\": 2 }", "/a", "two commas"},
        {"{ \"a\": 1 <<\"b\": 2 }", "/a", "comma is missing"},
        {"{ \"a\": [1 <<2] }", "/a/0", "comma is missing"},
        {"{ \"a\" <<1 }", "/a", "a : is missing"},
        {"{ \"a\" <<= 1 }", "/a", "not by ="},
        {"{ <<a: 1 }", "", "keys stand in double quotes: \"a\""},
        {"{ <<'a': 1 }", "", "double quotes"},
        {"{ \"a\": <<'b' }", "/a", "double quotes"},
        {"{ \"a\": <<\xE2\x80\x9C"
         "b\xE2\x80\x9D }",
         "/a", "typographic"},
        {"{ \"a\": <<5m }", "/a", "unit stands in double quotes: \"5m\""},
        {"{ \"a\": <<+5 }", "/a", "no + in front"},
        {"{ \"a\": <<.5 }", "/a", "0.5"},
        {"{ \"a\": <<007 }", "/a", "doesn't begin with 0"},
        {"{ \"a\": <<0x10 }", "/a", "decimal"},
        {"{ \"a\": <<True }", "/a", "true"},
        {"{ \"a\": <<None }", "/a", "null"},
        {"{ \"a\": <<yes }", "/a", "true"},
        {"{ \"a\": <<NaN }", "/a", "not a number"},
        {"{ \"a\": <<alice }", "/a", "\"alice\""},
        {"{ \"a\": <<\"alice\n }", "/a", "missing \""},
        {"{ \"a\": \"b<<\\x\" }", "/a", "means nothing"},
        {"{ \"a\": \"b<<\\u12\" }", "/a", "four hexadecimal"},
        {"{ \"a\": \"b<<\\ud800\" }", "/a", "surrogate"},
        {"{ \"a\": \"b<<\tc\" }", "/a", "control character"},
        {"{ \"a\": <<\"b", "/a", "closing quote is missing"},
        {"{ \"a\": [1 <<} }", "/a/0", "should be closed with ]"},
        {"{ \"a\": 1 <<] }", "/a", "should be closed with }"},
        {"{ \"a\": <<}", "/a", "value is missing"},
        {"{ \"a\": 1 } <<}", "/a", "after the end"},
        {"{ \"a\": 1 /* open <<", "/a", "close it with */"},
        {"{ \"a\": <<# comment\n 1 }", "/a", "unexpected character"},
        {"\xEF\xBB\xBF{ \"a\": <<+1 }", "/a", "no + in front"},
    };
    for (const Case& c : cases) {
        std::string json(c.json);
        if (json.starts_with("\xEF\xBB\xBF")) { // the mark isn't seen as a column
            LoadResult r = load_text("\xEF\xBB\xBF{ \"a\": +1 }");
            REQUIRE(r.mistakes.size() == 1);
            CHECK(r.mistakes[0].column == 8);
            continue;
        }
        check_text(json, c);
    }
}

TEST_CASE("mistakes of form are told at their place") {
    const Case cases[] = {
        {"<<[]", "", "a scenario is an object"},
        {"<<{ \"domains\": { \"a.example\": {} } }", "", "version of the format is missing"},
        {"{ \"postopolis\": <<2, \"domains\": { \"a.example\": {} } }", "/postopolis", "reads version 1"},
        {"{ \"postopolis\": 1, \"domains\": { \"a.example\": { \"people\": [\"x\"] }, <<\"a.example\": {} } "
         "}",
         "/domains/a.example", "stands twice"},
    };
    for (const Case& c : cases) {
        if (c.fragment == "stands twice") { // the second one makes a second domain as well
            LoadResult r = load_text(
                "{ \"postopolis\": 1, \"seed\": 1, \"seed\": 2, \"domains\": { \"a.example\": {} } }");
            REQUIRE(r.mistakes.size() == 1);
            CHECK(r.mistakes[0].message.find("stands twice") != std::string::npos);
            CHECK(r.mistakes[0].column == 31);
            continue;
        }
        check_text(std::string(c.json), c);
    }
    const Case in_town[] = {
        {"<<\"lettres\": []", "/lettres", "unknown key", "letters"},
        {"<<\"xyzzyplugh\": []", "/xyzzyplugh", "known here"},
        {"\"title\": <<5", "/title", "a text"},
        {"\"seed\": <<-1", "/seed", "whole number"},
        {"\"seed\": <<1.5", "/seed", "whole number"},
        {"\"start\": <<\"yesterday\"", "/start", "calendar"},
        {"\"start\": <<\"2026-02-30\"", "/start", "calendar"},
        {"\"allow_loops\": <<\"yes\"", "/allow_loops", "true or false"},
        {"\"run\": { \"for\": <<\"5 parsecs\" }", "/run/for", "a duration such as"},
        {"\"run\": { \"for\": <<300 }", "/run/for", "needs a unit", "\"300s\""},
        {"\"run\": { \"for\": <<\"300\" }", "/run/for", "needs a unit", "\"300s\""},
        {"\"run\": { \"for\": <<\"-5m\" }", "/run/for", "not negative"},
        {"\"run\": { \"for\": <<0 }", "/run/for", "longer than 0"},
        {"\"run\": { \"limit\": <<\"40000d\" }", "/run/limit", "at most 100 years"},
        {"\"hosts\": <<[]", "/hosts", "hosts by their names"},
        {"\"people\": { \"alice@a.example\": { \"reads\": <<5 } }", "/people/alice@a.example/reads", "a list of these"},
        {"\"people\": { \"alice@a.example\": { \"reads\": <<[] } }", "/people/alice@a.example/reads", "at least one device"},
        {"\"people\": { \"alice@a.example\": { \"reads\": [ \"5m\", <<false ] } }", "/people/alice@a.example/reads/1",
         "a list of these"},
        {"\"people\": { \"alice@a.example\": { \"reads\": { \"by\": <<\"imap4\" } } }", "/people/alice@a.example/reads/by",
         "pop3", "imap"},
        {"\"people\": { \"alice@a.example\": { \"reads\": { \"push\": <<true } } }", "/people/alice@a.example/reads/push",
         "who read by IMAP"},
        {"\"people\": { \"alice@a.example\": { \"reads\": { \"file\": <<\"Read\" } } }", "/people/alice@a.example/reads/file",
         "who read by IMAP"},
        {"\"people\": { \"alice@a.example\": { \"reads\": { \"by\": \"imap\", \"keep\": <<false, \"file\": \"x\" } } }",
         "/people/alice@a.example/reads/keep", "either deleted"},
        {"\"people\": { \"alice@a.example\": { \"reads\": { \"by\": \"imap\", \"push\": <<1 } } }",
         "/people/alice@a.example/reads/push", "true or false"},
        {"\"people\": { \"alice@a.example\": { \"reads\": { \"by\": \"imap\", \"file\": <<1 } } }",
         "/people/alice@a.example/reads/file", "a text"},
        {"\"hosts\": { \"mail.a.example\": { \"imap\": <<5 } }", "/hosts/mail.a.example/imap", "the IMAP server in { }"},
        {"\"hosts\": { \"mail.a.example\": { \"imap\": { \"idle\": <<0 } } }", "/hosts/mail.a.example/imap/idle",
         "true or false"},
        {"\"hosts\": { \"mail.a.example\": { \"imap\": { \"max_sessions\": <<0 } } }",
         "/hosts/mail.a.example/imap/max_sessions", "1"},
        {"\"hosts\": { \"mail.a.example\": <<5 }", "/hosts/mail.a.example", "a host in { }"},
        {"\"hosts\": { \"mail.a.example\": { <<\"smpt\": {} } }", "/hosts/mail.a.example/smpt", "unknown key",
         "smtp"},
        {"\"hosts\": { \"*\": { \"hop_limit\": <<0 } }", "/hosts/*/hop_limit", "whole number from 1"},
        {"\"hosts\": { \"*\": { \"hop_limit\": <<\"5\" } }", "/hosts/*/hop_limit", "without quotes"},
        {"\"hosts\": { \"*\": { \"roles\": [<<\"smpt\"] } }", "/hosts/*/roles/0", "expected submission",
         "smtp"},
        {"\"hosts\": { \"*\": { \"smtp\": { \"max_message_size\": <<\"10 pounds\" } } }",
         "/hosts/*/smtp/max_message_size", "a size such as"},
        {"\"hosts\": { \"*\": { \"smtp\": { \"max_message_size\": <<-1 } } }",
         "/hosts/*/smtp/max_message_size", "not negative"},
        {"\"hosts\": { \"*\": { \"smtp\": { \"extensions\": [<<\"PIPELININ\"] } } }",
         "/hosts/*/smtp/extensions/0", "expected PIPELINING", "PIPELINING"},
        {"\"hosts\": { \"*\": { \"smtp\": { \"ehlo\": <<\"no\" } } }", "/hosts/*/smtp/ehlo", "true or false"},
        {"\"hosts\": { \"*\": { \"smtp\": { \"require_tls\": <<1 } } }", "/hosts/*/smtp/require_tls", "true or false"},
        {"\"hosts\": { \"*\": { \"lmtp\": <<\"yes\" } }", "/hosts/*/lmtp", "true or false"},
        {"\"hosts\": { \"*\": { \"tls\": <<true } }", "/hosts/*/tls", "how it does TLS in { }"},
        {"\"hosts\": { \"*\": { \"tls\": { \"version\": <<\"1.4\" } } }", "/hosts/*/tls/version", "expected 1.2", "1.2"},
        {"\"hosts\": { \"*\": { \"tls\": { \"version\": <<1.3 } } }", "/hosts/*/tls/version", "expected 1.2"},
        {"\"hosts\": { \"*\": { \"tls\": { \"handshake\": <<\"fast\" } } }", "/hosts/*/tls/handshake", "a duration"},
        {"\"hosts\": { \"*\": { \"queue\": { \"tls\": <<\"requird\" } } }", "/hosts/*/queue/tls", "expected off",
         "required"},
        {"\"hosts\": { \"*\": { \"queue\": { \"pipelining\": <<0 } } }", "/hosts/*/queue/pipelining", "true or false"},
        {"\"hosts\": { \"*\": { \"queue\": { \"chunking\": <<\"off\" } } }", "/hosts/*/queue/chunking", "true or false"},
        {"\"hosts\": { \"*\": { \"queue\": { \"chunk_size\": <<\"big\" } } }", "/hosts/*/queue/chunk_size",
         "a size such as"},
        {"\"hosts\": { \"*\": { \"queue\": { \"reuse\": <<0 } } }", "/hosts/*/queue/reuse", "longer than 0"},
        {"\"hosts\": { \"*\": { \"queue\": { \"reuse_limit\": <<0 } } }", "/hosts/*/queue/reuse_limit",
         "whole number from 1"},
        {"\"hosts\": { \"*\": { \"submission\": { \"mechanisms\": [<<\"CRAM-MD6\"] } } }",
         "/hosts/*/submission/mechanisms/0", "expected PLAIN", "CRAM-MD5"},
        {"\"hosts\": { \"*\": { \"submission\": { \"implicit_tls\": <<465 } } }",
         "/hosts/*/submission/implicit_tls", "true or false"},
        {"\"people\": { \"*\": { \"tls\": <<\"always\" } }", "/people/*/tls", "expected off"},
        {"\"hosts\": { \"*\": { \"smtp\": { \"service\": { \"per_message\": { <<\"lognormall\": {} } } } } }",
         "/hosts/*/smtp/service/per_message/lognormall", "unknown distribution", "lognormal"},
        {"\"hosts\": { \"*\": { \"smtp\": { \"service\": { \"per_message\": { \"lognormal\": <<{ \"median\": "
         "\"1s\" } } } } } }",
         "/hosts/*/smtp/service/per_message/lognormal", "\"sigma\" of this distribution is missing"},
        {"\"hosts\": { \"*\": { \"smtp\": { \"service\": { \"per_message\": { \"uniform\": <<{ \"from\": "
         "\"2s\", \"to\": \"1s\" } } } } } }",
         "/hosts/*/smtp/service/per_message/uniform", "can't be"},
        {"\"hosts\": { \"*\": { \"queue\": { \"retry\": <<\"postfxi\" } } }", "/hosts/*/queue/retry",
         "expected postfix", "postfix"},
        {"\"hosts\": { \"*\": { \"queue\": { \"retry\": <<{ \"preset\": \"exim\", \"scan\": \"5m\" } } } }",
         "/hosts/*/queue/retry", "one form"},
        {"\"hosts\": { \"*\": { \"queue\": { \"retry\": <<{ \"minimal\": \"2h\", \"maximal\": \"1h\" } } } }",
         "/hosts/*/queue/retry", "longer than \"maximal\""},
        {"\"hosts\": { \"*\": { \"queue\": { \"retry\": { \"at\": <<[\"5m\", \"1m\"] } } } }",
         "/hosts/*/queue/retry/at", "must rise"},
        {"\"hosts\": { \"*\": { \"queue\": { \"retry\": { \"exim\": <<\"F,2h,15m; Q,1h\" } } } }",
         "/hosts/*/queue/retry/exim", "at character"},
        {"\"network\": { \"internet\": { \"loss\": <<1.5 } }", "/network/internet/loss", "between 0 and 1"},
        {"\"network\": { \"internet\": { \"loss\": <<\"150%\" } }", "/network/internet/loss",
         "between 0 and 1"},
        {"\"network\": { \"internet\": { \"loss\": <<-0.1 } }", "/network/internet/loss", "between 0 and 1"},
        {"\"network\": { \"internet\": { \"bandwidth\": <<\"fast\" } }", "/network/internet/bandwidth",
         "a bandwidth such as"},
        {"\"network\": { \"internet\": { \"bandwidth\": <<\"0bit/s\" } }", "/network/internet/bandwidth",
         "carries nothing"},
        {"\"network\": { \"generate\": { <<\"sta\": {} } }", "/network/generate/sta",
         "unknown kind of network", "star"},
        {"\"network\": { \"generate\": { \"star\": {} }, \"graphml\": <<\"x\" }", "/network/graphml",
         "either"},
        {"\"links\": [ <<{ \"delay\": \"5ms\" } ]", "/links/0", "\"between\""},
        {"\"links\": [ { \"between\": <<[\"x\"] } ]", "/links/0/between", "two ends"},
        {"\"letters\": [ <<5 ]", "/letters/0", "a letter in { }"},
        {"\"traffic\": [ { \"from\": \"*\", \"to\": \"*\", \"limit\": 5, \"arrivals\": <<\"often\" } ]",
         "/traffic/0/arrivals", "a rate such as"},
        {"\"traffic\": [ { \"from\": \"*\", \"to\": \"*\", \"limit\": 5, \"arrivals\": <<\"0/h\" } ]",
         "/traffic/0/arrivals", "rate of zero"},
        {"\"traffic\": [ { \"from\": \"*\", \"to\": \"*\", \"limit\": 5, \"arrivals\": <<{} } ]",
         "/traffic/0/arrivals", "exactly one"},
        {"\"traffic\": [ { \"from\": \"*\", \"to\": \"*\", \"limit\": 5, \"arrivals\": { \"day\": { "
         "\"rate\": \"5/day\", \"shape\": <<[1, 2] } } } ]",
         "/traffic/0/arrivals/day/shape", "24 numbers"},
        {"\"traffic\": [ { \"from\": \"*\", \"to\": \"*\", \"limit\": 5, \"arrivals\": { \"day\": { "
         "\"rate\": \"5/day\", \"shape\": <<\"offize\" } } } ]",
         "/traffic/0/arrivals/day/shape", "expected office", "office"},
        {"\"traffic\": [ { \"from\": \"*\", \"to\": \"*\", \"arrivals\": \"1/h\", \"for\": \"1h\", "
         "\"until\": <<\"2h\" } ]",
         "/traffic/0/until", "not both"},
        {"\"traffic\": [ { \"from\": \"*\", \"to\": \"*\", \"arrivals\": \"1/h\", \"from_time\": \"3h\", "
         "\"until\": <<\"2h\" } ]",
         "/traffic/0/until", "before it begins"},
        {"\"faults\": [ <<{ \"host\": \"mail.a.example\" } ]", "/faults/0", "what happens"},
        {"\"faults\": [ <<{ \"host\": \"mail.a.example\", \"down\": true, \"dns\": \"servfail\" } ]",
         "/faults/0", "one thing"},
        {"\"faults\": [ { \"host\": \"mail.a.example\", \"answers\": { \"code\": <<250 } } ]",
         "/faults/0/answers/code", "from 400 to 599"},
        {"\"faults\": [ { \"host\": \"mail.a.example\", \"answers\": { \"at\": <<\"helo\" } } ]",
         "/faults/0/answers/at", "expected connect", "ehlo"},
        {"\"expect\": [ <<{} ]", "/expect/0", "expects nothing"},
        {"\"expect\": [ { \"fate\": { <<\"delivred\": 1 } } ]", "/expect/0/fate/delivred", "unknown fate",
         "delivered"},
        {"\"expect\": [ { \"fate\": { \"delivered\": <<\"many\" } } ]", "/expect/0/fate/delivered",
         "a comparison such as"},
        {"\"expect\": [ { \"delay\": { \"p95\": <<\"< 10\" } } ]", "/expect/0/delay/p95",
         "comparison with a duration"},
        {"\"expect\": [ { \"delay\": { <<\"p90\": \"< 1s\" } } ]", "/expect/0/delay/p90", "unknown statistic",
         "p50"},
        {"\"expect\": [ { \"event\": <<\"Defered\" } ]", "/expect/0/event", "expected Composed", "Deferred"},
        {"\"expect\": [ { \"letter\": <<3 } ]", "/expect/0/letter", "there is no letter 3"},
        {"\"title\": <<\"${x}\"", "/title", "no parameter is called \"x\""},
        {"\"parameters\": { \"speed\": \"3/h\" }, \"title\": <<\"${sped}\"", "/title", "no parameter",
         "speed"},
        {"\"hosts\": { \"x.example\": { \"template\": <<\"slw\" } }, \"templates\": { \"slow\": {} }",
         "/hosts/x.example/template", "no template", "slow"},
        {"\"generate\": [ <<{ \"name\": \"x{n}.example\" } ]", "/generate/0", "how many"},
        {"\"generate\": [ { \"domains\": 3, \"name\": <<\"x.example\" } ]", "/generate/0/name", "{n}"},
        {"\"generate\": [ { \"domains\": <<0, \"name\": \"x{n}.example\" } ]", "/generate/0/domains",
         "from 1"},
    };
    for (const Case& c : in_town)
        check_text(town(c.json), c);
}

TEST_CASE("mistakes of meaning are told at their place") {
    const Case cases[] = {
        {"\"hosts\": { <<\"out.example\": {\"count\": 3} }", "/hosts/out.example", "needs {n}"},
        {"\"hosts\": { \"mail.a.example\": { \"smart_host\": <<\"mail.b.exmple\" } }",
         "/hosts/mail.a.example/smart_host", "no host", "mail.b.example"},
        {"\"hosts\": { \"mail.a.example\": { \"smart_host\": [<<\"mail.a.example\"] } }",
         "/hosts/mail.a.example/smart_host/0", "its own smart host"},
        {"\"hosts\": { \"mail.a.example\": { \"smart_host\": <<\"mail.b.example\" }, \"mail.b.example\": { "
         "\"smart_host\": \"mail.a.example\" } }",
         "/hosts/mail.a.example/smart_host", "circle: mail.a.example -> mail.b.example -> mail.a.example"},
        {"\"hosts\": { \"mail.a.example\": { \"routes\": <<{ \"x.example\": \"mail.b.example\" } }, "
         "\"mail.b.example\": { \"routes\": { \"x.example\": \"mail.a.example\" } } }",
         "/hosts/mail.a.example/routes", "mail for x.example goes in a circle"},
        {"\"hosts\": { \"mail.a.example\": { \"address\": <<\"192.0.2.256\" } }",
         "/hosts/mail.a.example/address", "no IP address"},
        {"\"hosts\": { \"mail.a.example\": { \"address\": \"192.0.2.7\" }, \"mail.b.example\": { "
         "\"address\": [<<\"192.0.2.7\"] } }",
         "/hosts/mail.b.example/address/0", "belongs to mail.a.example"},
        {"\"hosts\": { \"mail.a.example\": { \"address\": \"2001:db8::1\" }, \"mail.b.example\": { "
         "\"address\": [<<\"2001:DB8:0:0::1\"] } }",
         "/hosts/mail.b.example/address/0", "belongs to mail.a.example"},
        {"\"hosts\": { \"mail.a.example\": { \"at\": <<\"r9\" } }, \"network\": { \"routers\": [\"r1\"] }",
         "/hosts/mail.a.example/at", "no place", "r1"},
        {"\"hosts\": { \"mail.a.example\": { \"resolver\": <<\"nobody.example\" } }",
         "/hosts/mail.a.example/resolver", "no host"},
        {"\"hosts\": { \"mail.a.example\": { \"roles\": [\"smtp\", \"submission\"] } }, \"title\": <<\"\"",
         "", ""},
        {"\"hosts\": { \"mail.a.example\": { \"submission\": { \"trusted\": [<<\"somewhere\"] } } }",
         "/hosts/mail.a.example/submission/trusted/0", "neither a host"},
        {"\"hosts\": { \"mail.a.example\": { \"queue\": { \"retry\": { \"at\": <<[] } } } }",
         "/hosts/mail.a.example/queue/retry", ""},
        {"\"letters\": [ { \"from\": <<\"alicia@a.example\", \"to\": \"bob@b.example\" } ]",
         "/letters/0/from", "no mailbox", "alice@a.example"},
        {"\"letters\": [ { \"from\": <<\"alice@a.exmaple\", \"to\": \"bob@b.example\" } ]", "/letters/0/from",
         "no domain", "alice@a.example"},
        {"\"letters\": [ { \"from\": <<\"alice\", \"to\": \"bob@b.example\" } ]", "/letters/0/from",
         "has an @"},
        {"\"letters\": [ <<{ \"to\": \"bob@b.example\" } ]", "/letters/0", "needs \"from\""},
        {"\"letters\": [ <<{ \"from\": \"alice@a.example\" } ]", "/letters/0", "needs a recipient"},
        {"\"letters\": [ { \"from\": \"alice@a.example\", \"to\": \"bob@b.example\", \"notify\": <<\"sucess\" } ]", "/letters/0/notify", "expected success", "success"},
        {"\"letters\": [ { \"from\": \"alice@a.example\", \"to\": \"bob@b.example\", \"return\": <<\"body\" } ]", "/letters/0/return", "expected full"},
        {"\"letters\": [ { \"from\": \"alice@a.example\", \"to\": \"bob@b.example\", \"notify\": <<[\"never\", \"delay\"] } ]", "/letters/0/notify", "stands alone"},
        {"\"letters\": [ { \"from\": \"alice@a.example\", \"to\": \"bob@b.example\", \"envelope_id\": <<\"\\u00e9\" } ]", "/letters/0/envelope_id", "printable ASCII"},
        {"\"letters\": [ { \"from\": \"alice@a.example\", \"to\": \"bob@b.example\", \"eight_bit\": <<true } ]", "/letters/0/eight_bit", "need a"},
        {"\"hosts\": { \"mail.a.example\": { \"smtp\": { \"require_tls\": <<true } } }",
         "/hosts/mail.a.example/smtp/require_tls", "needs STARTTLS"},
        {"\"hosts\": { \"mail.a.example\": { \"submission\": { \"auth_in_clear\": <<false } } }",
         "/hosts/mail.a.example/submission/auth_in_clear", "needs STARTTLS"},
        {"\"letters\": [ { \"from\": \"alice@a.example\", \"to\": [<<\"bob\"] } ]", "/letters/0/to/0",
         "has an @"},
        {"\"letters\": [ { \"from\": \"alice@a.example\", \"to\": [<<\"b..ob@b.example\"] } ]",
         "/letters/0/to/0", "two in a row"},
        {"\"letters\": [ { \"from\": \"alice@a.example\", \"to\": \"bob@b.example\", \"at\": "
         "<<\"2026-01-01\" } ]",
         "/letters/0/at", "before the scenario's start"},
        {"\"letters\": [ { \"from\": \"alice@a.example\", \"to\": \"bob@b.example\", \"body\": \"x\", "
         "\"size\": <<\"5kB\" } ]",
         "/letters/0/size", "leave one"},
        {"\"people\": { \"carol@a.example\": <<{} }", "/people/carol@a.example", "no mailbox"},
        {"\"people\": { \"*\": { \"contacts\": [<<\"staff\"] } }", "/people/*/contacts/0",
         "neither an address"},
        {"\"people\": { \"*\": { \"submission\": <<\"ns.dns-provider.example\" } }", "/people/*/submission",
         "takes no submissions"},
        {"\"groups\": { \"staff\": <<[] }", "/groups/staff", "no members"},
        {"\"groups\": { \"staff\": [<<\"staff\"] }", "/groups/staff/0", "member of itself"},
        {"\"groups\": { \"a.example\": <<[\"*@a.example\"] }", "/groups/a.example", "means something else"},
        {"\"traffic\": [ { \"from\": \"*\", \"to\": <<\"contacts\", \"arrivals\": \"1/h\", \"for\": \"1h\" } "
         "]",
         "/traffic/0/to", "nobody has any"},
        {"\"traffic\": [ { \"from\": <<\"*@c.example\", \"to\": \"*\", \"arrivals\": \"1/h\", \"for\": "
         "\"1h\" } ]",
         "/traffic/0/from", "nobody's address matches"},
        {"\"traffic\": [ <<{ \"from\": \"*\", \"to\": \"*\", \"for\": \"1h\" } ]", "/traffic/0",
         "rate above zero"},
        {"\"traffic\": [ { \"from\": \"*\", \"to\": <<[], \"arrivals\": \"1/h\", \"for\": \"1h\" } ]",
         "/traffic/0/to", "no recipients"},
        {"\"faults\": [ { \"host\": <<\"mail.c.example\", \"down\": true } ]", "/faults/0/host", "no host",
         "mail.a.example"},
        {"\"faults\": [ { \"host\": <<\"*.org\", \"down\": true } ]", "/faults/0/host", "no host matches"},
        {"\"faults\": [ { \"domain\": <<\"c.example\", \"dns\": \"servfail\" } ]", "/faults/0/domain",
         "no domain", "a.example"},
        {"\"faults\": [ <<{ \"down\": true } ]", "/faults/0", "to strike"},
        {"\"faults\": [ <<{ \"host\": \"mail.a.example\" } ]", "/faults/0", "a fault says what happens"},
        {"\"network\": { \"graphml\": <<\"nowhere.graphml\" }", "/network/graphml", "there is no file"},
        {"\"network\": { \"routers\": [\"r\", <<\"R\"] }", "/network/routers/1", "two routers"},
        {"\"network\": { \"routers\": [<<\"mail.a.example\"] }", "/network/routers/0", "both called"},
        {"\"links\": [ { \"between\": [\"mail.a.example\", <<\"mail.b.exampel\"] } ]", "/links/0/between/1",
         "no host or router", "mail.b.example"},
        {"\"links\": [ { \"between\": <<[\"mail.a.example\", \"mail.a.example\"] } ]", "/links/0/between",
         "itself"},
        {"\"letters\": [ { \"from\": \"alice@a.example\", \"to\": \"bob@b.example\" } ], \"expect\": [ { "
         "\"letter\": 0, \"to\": <<\"carol@b.example\" } ]",
         "/expect/0/to", "doesn't go to", "bob@b.example"},
        {"\"letters\": [ { \"from\": \"alice@a.example\", \"to\": \"bob@b.example\" } ], \"expect\": [ { "
         "\"letter\": 0, \"path\": [<<\"mail.x.example\"] } ]",
         "/expect/0/path/0", "no host", "mail.a.example"},
        {"\"expect\": [ { \"event\": \"Deferred\", \"host\": <<\"mail.x.example\" } ]", "/expect/0/host",
         "no host", "mail.a.example"},
    };
    for (const Case& c : cases)
        if (!c.fragment.empty()) check_text(town(c.json), c);
    const Case domains[] = {
        {"<<{}", "/domains", "at least one domain"},
        {"{ \"-a.example\": <<{} }", "/domains/-a.example", "hyphen"},
        {"{ \"a b.example\": <<{} }", "/domains/a b.example", "a space"},
        {"{ \"b\xC3\xBCro.example\": <<{} }", "/domains/b\xC3\xBCro.example", "beyond ASCII"},
        {"{ \"a.example\": {}, \"A.EXAMPLE\": <<{} }", "/domains/A.EXAMPLE", "already"},
        {"{ \"a.example\": { \"people\": [\"x\", <<\"X\"] } }", "/domains/a.example/people/1", "twice"},
        {"{ \"a.example\": { \"people\": [<<\"x y\"] } }", "/domains/a.example/people/0", "a space"},
        {"{ \"a.example\": { \"people\": [<<\"x@a.example\"] } }", "/domains/a.example/people/0",
         "before the @"},
        {"{ \"a.example\": { \"people\": [<<\"user2\", { \"count\": 3 }] } }", "/domains/a.example/people/0",
         "one of the people counted"},
        {"{ \"a.example\": { \"people\": [{ \"count\": 3, \"name\": <<\"user\" }] } }",
         "/domains/a.example/people/0/name", "{n}"},
        {"{ \"a.example\": { \"people\": <<[{ \"count\": 3 }, { \"count\": 3, \"first\": 2 }] } }",
         "/domains/a.example/people", "overlap"},
        {"{ \"a.example\": <<{ \"people\": [\"x\"], \"submission\": \"mail.a.example\" } }",
         "/domains/a.example", "no server where their mail arrives"},
        {"{ \"a.example\": { \"mx\": [<<\"mx.a.example\"] } }", "/domains/a.example/mx/0", "no host"},
        {"{ \"a.example\": { \"mx\": [<<\"ns.dns-provider.example\"] } }, \"hosts\": { "
         "\"ns.dns-provider.example\": { \"roles\": \"name_server\" } }",
         "/domains/a.example/mx/0", "no SMTP server"},
        {"{ \"a.example\": { \"mx\": \"mail.a.example\", \"quota\": <<-1 } }", "/domains/a.example/quota",
         "not negative"},
        {"{ \"a.example\": { \"mx\": [], \"implicit_mx\": <<true } }", "/domains/a.example/implicit_mx",
         "exactly one host"},
        {"{ \"a.example\": { \"dns\": [ { \"type\": \"A\", \"value\": <<\"here\" } ] } }",
         "/domains/a.example/dns/0/value", "IPv4 address"},
        {"{ \"a.example\": { \"dns\": [ { \"type\": \"MX\", \"value\": <<\"mx.a.example\" } ] } }",
         "/domains/a.example/dns/0/value", "10 mx.example"},
        {"{ \"a.example\": { \"dns\": [ { \"type\": <<\"MZ\", \"value\": \"x\" } ] } }",
         "/domains/a.example/dns/0/type", "expected A", "MX"},
        {"{ \"a.example\": { \"outbound\": <<\"out*.example\", \"mx\": \"mail.a.example\" } }",
         "/domains/a.example/outbound", "no host matches"},
    };
    for (const Case& c : domains)
        check_text("{ \"postopolis\": 1,\n \"domains\": " + std::string(c.json) + " }", c);
}

TEST_CASE("all mistakes are told at once, in the order of the file") {
    LoadResult r = load_text(town("\"seed\": -1, \"letters\": [ { \"from\": \"zed@a.example\", \"to\": "
                                  "\"bob@b.example\" } ], \"lettres\": 1, \"run\": \"fast\""));
    REQUIRE(r.mistakes.size() == 4);
    CHECK(r.mistakes[0].pointer == "/seed");
    CHECK(r.mistakes[1].pointer == "/letters/0/from");
    CHECK(r.mistakes[2].pointer == "/lettres");
    CHECK(r.mistakes[3].pointer == "/run");
}

TEST_CASE("a generator that can't be understood is told once, without echoes of who is missing") {
    LoadResult r = load_text(R"({ "postopolis": 1,
        "generate": [ { "domains": 3, "name": "d{n}.example", "people": { "count": -4 } } ],
        "traffic": [ { "from": "*", "to": "*", "arrivals": "1/s", "for": "1h" } ] })");
    REQUIRE(r.mistakes.size() == 1);
    CHECK(r.mistakes[0].pointer == "/generate/0/people/count");
}

TEST_CASE("a lesson that can't be held") {
    const auto with = [](const std::string& members) {
        return load_text(town("\"lesson\": { \"subject\": \"postal\", \"question\": \"?\", \"reason\": \"!\", " + members + " }")).mistakes;
    };
    CHECK(with(R"("choices": ["a", "b"], "answer": 2, "letter": "x", "try": { "what": "w", "set": "run.for=1h" })").empty());
    const struct {
        std::string members, pointer, text; ///< `pointer` of the mistake, and what it says
    } cases[] = {
        {R"("choices": ["a", "b"], "answer": 3)", "/lesson/answer", "1 to 2"},
        {R"("choices": ["a", "b"], "answer": 0)", "/lesson/answer", "from 1 to 100"},
        {R"("choices": ["a"], "answer": 1)", "/lesson/choices", "at least two"},
        {R"("choices": ["a", "b"])", "/lesson/answer", "1 to 2"},
        {R"("choices": ["a", "b"], "answer": 1, "try": { "set": "run.for=1h" })", "/lesson/try/0", "\"what\""},
        {R"("choices": ["a", "b"], "answer": 1, "try": { "what": "w" })", "/lesson/try/0", "\"set\""},
        {R"("choices": ["a", "b"], "answer": 1, "try": [{ "what": "w", "set": ["a=1", "=2"] }])", "/lesson/try/0/set/1", "PATH=VALUE"},
        {R"("choices": ["a", "b"], "answer": 1, "subject": "cooking")", "/lesson/subject", ""},
        {R"("choices": ["a", "b"], "answer": 1, "hint": "h")", "/lesson/hint", "unknown key"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.members);
        const auto mistakes = with(c.members);
        REQUIRE(!mistakes.empty());
        CHECK(mistakes.front().message.find(c.text) != std::string::npos);
        CHECK(c.pointer.starts_with(mistakes.front().pointer)); // or of what holds it, where it isn't there
    }
    const auto missing = load_text(town("\"lesson\": {}")).mistakes;
    CHECK(missing.size() == 4);
}

TEST_CASE("what may be meant is only warned of") {
    LoadResult r = load_text(town("\"letters\": [ { \"from\": \"alice@a.example\", \"to\": "
                                  "[\"nobody@b.example\", \"x@c.example\"] } ]"));
    CHECK(r.scenario.has_value());
    REQUIRE(r.warnings.size() == 1);
    CHECK(r.warnings[0].pointer == "/letters/0/to/1");
    CHECK(r.warnings[0].suggestion == "x@a.example");
}

TEST_CASE("mistakes about mediators and the looks of letters are told at their place") {
    const auto domain = [](std::string_view more) {
        return "{ \"postopolis\": 1, \"domains\": { \"a.example\": { \"people\": [\"alice\"] }, \"b.example\": { \"people\": "
               "[\"bob\"], " + std::string(more) + " } } }";
    };
    const Case in_domain[] = {
        {"\"aliases\": <<[]", "/domains/b.example/aliases", "aliases in { }"},
        {"\"aliases\": { \"info\": <<5 }", "/domains/b.example/aliases/info", "text"},
        {"\"aliases\": { \"info\": <<[] }", "/domains/b.example/aliases/info", "give an address"},
        {"\"aliases\": { \"bob\": <<\"alice@a.example\" }", "/domains/b.example/aliases/bob", "somebody is called"},
        {"\"aliases\": { \"x y\": <<\"bob\" }", "/domains/b.example/aliases/x y", "can't stand before @"},
        {"\"aliases\": { \"x\": [<<\"a..b@b.example\"] }", "/domains/b.example/aliases/x/0", "is no address"},
        {"\"plus_addresses\": <<\"plus\"", "/domains/b.example/plus_addresses", "one of"},
        {"\"plus_addresses\": <<true", "/domains/b.example/plus_addresses", "a text"},
        {"\"lists\": <<[]", "/domains/b.example/lists", "lists in { }"},
        {"\"lists\": { \"n\": <<5 }", "/domains/b.example/lists/n", "a list in { }"},
        {"\"lists\": { \"n\": <<{} }", "/domains/b.example/lists/n", "no members"},
        {"\"lists\": { \"bob\": <<\"alice@a.example\" }", "/domains/b.example/lists/bob", "somebody is called"},
        {"\"lists\": { \"n\": { \"members\": [<<\"nobody\"] } }", "/domains/b.example/lists/n/members/0", "neither"},
        {"\"lists\": { \"n\": { \"members\": [<<\"@b.example\"] } }", "/domains/b.example/lists/n/members/0", "is no address"},
        {"\"lists\": { \"n\": { <<\"member\": \"bob@b.example\" } }", "/domains/b.example/lists/n/member", "unknown key",
         "members"},
        {"\"lists\": { \"n\": { \"members\": \"bob@b.example\", \"reply_to\": <<\"all\" } }",
         "/domains/b.example/lists/n/reply_to", "expected author"},
        {"\"lists\": { \"n\": { \"members\": \"bob@b.example\", \"posting\": <<\"nobody\" } }",
         "/domains/b.example/lists/n/posting", "expected anybody", "anybody"},
        {"\"lists\": { \"n\": { \"members\": \"bob@b.example\", \"remove_after\": <<-1 } }",
         "/domains/b.example/lists/n/remove_after", "whole number"},
        {"\"lists\": { \"n\": { \"members\": \"bob@b.example\", \"verp\": <<1 } }", "/domains/b.example/lists/n/verp",
         "true or false"},
        {"\"lists\": { \"n\": { \"members\": \"bob@b.example\", \"to_author\": <<1 } }",
         "/domains/b.example/lists/n/to_author", "true or false"},
        {"\"lists\": { \"n\": { \"members\": \"bob@b.example\", \"footer\": <<1 } }", "/domains/b.example/lists/n/footer",
         "a text"},
        {"\"lists\": { \"n\": { \"members\": \"bob@b.example\", \"subject_prefix\": <<\"a\\nb\" } }",
         "/domains/b.example/lists/n/subject_prefix", "one line"},
    };
    for (const Case& c : in_domain)
        check_text(domain(c.json), c);
    const std::string letter = "\"letters\": [ { \"from\": \"alice@a.example\", \"to\": \"bob@b.example\", ";
    const Case in_letter[] = {
        {"\"language\": <<\"tlh\"", "/letters/0/language", "expected en"},
        {"\"language\": <<[\"de\", \"fr\"]", "/letters/0/language", "one letter"},
        {"\"html\": <<\"yes\"", "/letters/0/html", "true or false"},
        {"\"encoding\": <<\"uuencode\"", "/letters/0/encoding", "expected auto"},
        {"\"attachments\": <<5", "/letters/0/attachments", "a file in { }"},
        {"\"attachments\": [ <<{} ]", "/letters/0/attachments/0", "needs a \"name\""},
        {"\"attachments\": [ { \"name\": \"a\", \"size\": <<\"big\" } ]", "/letters/0/attachments/0/size", "a size such as"},
        {"\"attachments\": [ { \"name\": \"a\", \"size\": <<\"3GB\" } ]", "/letters/0/attachments/0/size", "2GB"},
        {"\"attachments\": [ { \"name\": \"a\", \"type\": <<\"pdf\" } ]", "/letters/0/attachments/0/type", "no media type"},
        {"\"attachments\": [ { \"name\": \"a\", \"type\": <<\"message/rfc822\" } ]", "/letters/0/attachments/0/type", "RFC 2045"},
    };
    for (const Case& c : in_letter)
        check_text(town(letter + std::string(c.json) + " } ]"), c);
    const Case in_people[] = {
        {"\"forward\": <<5", "/people/bob@b.example/forward", "where the mail goes"},
        {"\"forward\": <<[]", "/people/bob@b.example/forward", "give an address"},
        {"\"forward\": { \"to\": [<<\"x\"] }", "/people/bob@b.example/forward/to/0", "is no address"},
        {"\"forward\": { \"to\": \"alice@a.example\", \"srs\": <<1 }", "/people/bob@b.example/forward/srs", "true or false"},
        {"\"forward\": { \"to\": \"alice@a.example\", \"keep\": <<1 }", "/people/bob@b.example/forward/keep", "true or false"},
        {"\"vacation\": <<5", "/people/bob@b.example/vacation", "the text of the answer"},
        {"\"vacation\": <<{}", "/people/bob@b.example/vacation", "needs a \"text\""},
        {"\"vacation\": { \"text\": \"x\", \"again_after\": <<7 }", "/people/bob@b.example/vacation/again_after",
         "needs a unit", "\"7s\""},
        {"\"vacation\": { \"text\": \"x\", \"polite\": <<1 }", "/people/bob@b.example/vacation/polite", "true or false"},
        {"\"vacation\": { \"text\": \"x\", \"from\": \"2d\", \"until\": <<\"1d\" }", "/people/bob@b.example/vacation/until",
         "before it begins"},
        {"\"drop_duplicates\": <<0", "/people/bob@b.example/drop_duplicates", "longer than 0"},
        {"\"replies\": { \"probability\": 1, \"to\": <<\"everybody\" }", "/people/bob@b.example/replies/to", "expected author"},
    };
    for (const Case& c : in_people)
        check_text(town("\"people\": { \"bob@b.example\": { " + std::string(c.json) + " } }"), c);
}
