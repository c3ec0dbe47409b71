// Everything that a scenario can say, read, written and read again; and the schema agrees.
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "postopolis/scenario/load.hpp"

using namespace postopolis::scenario;

namespace {

const std::string folder = POSTOPOLIS_SOURCE_DIR "/tests/unit/scenario/";

Scenario everything() {
    LoadResult r = load_file(folder + "everything.json");
    for (const Mistake& m : r.mistakes)
        MESSAGE(text(m, "everything.json"));
    REQUIRE(r.scenario);
    return *r.scenario;
}

/// Runs a few lines of Python; the exit code.
int python(const std::string& code) {
    std::string command = std::string(POSTOPOLIS_PYTHON) + " -W ignore -c '" + code + "'";
    return std::system(command.c_str()); // NOLINT(cert-env33-c): a test that asks another program
}

} // namespace

TEST_CASE("what is said comes to mean what was meant") {
    Scenario s = everything();
    CHECK(s.title == "Rich \xC3\xA9");
    CHECK(s.seed == 18446744073709551615ULL);
    CHECK(s.start == 1772323200); // date -u -d 2026-03-01 +%s
    const Host& out = *s.find_host("out3.a.example");
    CHECK(out.smart_host == std::vector<std::string>{"relay1.isp.example", "relay2.isp.example"});
    CHECK_FALSE(out.queue.delay_warning);
    CHECK(out.queue.retry.form == RetrySpec::Form::Ages);
    CHECK(out.queue.retry.at == std::vector<Duration>{Duration::minutes(5), Duration::minutes(10)});
    CHECK(out.hop_limit == 30);
    CHECK(out.line.delay.mean() == doctest::Approx(0.003));
    CHECK(s.find_host("relay2.isp.example")->smtp.max_sessions == 7);
    CHECK(s.find_host("mx.a.example")->smtp.service.per_message.mean() ==
          doctest::Approx(0.2 * 1.1331484530668263)); // median * exp(sigma^2 / 2)
    const Domain& a = *s.find_domain("a.example");
    CHECK(a.mx.at(1).preference == 50);
    CHECK(a.outbound.size() == 4);
    CHECK(a.people.count() == 7);
    CHECK(a.people.find("P7") == 6);
    CHECK_FALSE(a.people.contains("p8"));
    CHECK(s.find_domain("null.example")->mx_kind == Domain::Mx::Null);
    CHECK(s.find_domain("none.example")->mx_kind == Domain::Mx::Absent);
    CHECK(s.find_domain("implicit.example")->mx_kind == Domain::Mx::Implicit);
    CHECK(s.find_domain("d2.example")->mx.at(0).host == "mx2.d2.example");
    CHECK(s.find_host("mail.b.example")->smart_host == std::vector<std::string>{"relay1.isp.example"});
    CHECK(s.network.internet.loss == 0.05);
    const Reading alices = *PeopleRules(s.people).settings_for("alice@a.example").reading;
    CHECK(alices.by == "imap");
    CHECK(alices.push);
    CHECK(alices.keep);
    REQUIRE(alices.others.size() == 3);
    CHECK(alices.others[0].file == "Read");
    CHECK(alices.others[0].phase == Duration::minutes(1));
    CHECK_FALSE(alices.others[1].keep);
    CHECK(alices.others[2].by == "pop3");
    CHECK(alices.others[2].every == Duration::hours(1));
    CHECK_FALSE(s.find_host("store.a.example")->imap.idle);
    CHECK(s.find_host("store.a.example")->imap.max_sessions == 9);
    CHECK(s.letters.at(0).at == Duration::minutes(10));
    CHECK(s.letters.at(1).id == "#1");
    CHECK(std::get<PoissonArrivals>(s.traffic.at(0).arrivals).per_second == 3.0 / 3600);
    CHECK(s.traffic.at(0).when.until == Duration::days(1));
    CHECK(s.faults.at(0).when.until == Duration::hours(3));
    CHECK(std::get<SmtpAnswer>(s.faults.at(1).what).probability == doctest::Approx(0.3));
    PeopleRules rules(s.people);
    CHECK(rules.settings_for("CAROL@a.example").reads == false);
    CHECK(rules.settings_for("carol@a.example").reading->every == Duration::minutes(10));
    CHECK(rules.settings_for("user1@d1.example").replies->probability == 0.5);
    CHECK(s.expect.size() == 7);
    const Domain& b = *s.find_domain("b.example");
    REQUIRE(b.aliases.size() == 2);
    CHECK(b.aliases[0].to == std::vector<std::string>{"bob@b.example", "alice@a.example"});
    CHECK(b.plus_addresses == "+");
    REQUIRE(b.lists.size() == 2);
    CHECK(b.lists[0].reply_to == "list");
    CHECK(b.lists[0].remove_after == 3);
    CHECK_FALSE(b.lists[0].verp);
    CHECK(b.lists[1].members == std::vector<std::string>{"bob@b.example"});
    const PersonSettings bob = rules.settings_for("bob@b.example");
    CHECK(bob.forward->srs);
    CHECK(bob.vacation->when.until == Duration::days(2));
    CHECK_FALSE(bob.vacation->polite);
    CHECK(bob.drop_duplicates == Duration::days(1));
    const PersonSettings p3 = rules.settings_for("p3@a.example");
    CHECK(p3.forward->to == std::vector<std::string>{"alice@a.example"});
    CHECK(p3.vacation->text == "Gone");
    CHECK(p3.replies->to == "all");
    CHECK(s.letters.at(0).look.html);
    CHECK(s.letters.at(0).look.attachments.at(1).type == "image/png");
    CHECK(s.traffic.at(1).look.languages == std::vector<std::string>{"ru", "ja"});
    CHECK(s.expect[3].written == "{ \"cause\": { \"backoff\": \"> 1h\" }, \"of\": \"total\" }");
}

TEST_CASE("the effective form is a fixed point and says the same") {
    Scenario s = everything();
    std::string once = effective_json(s);
    LoadResult again = load_text(once);
    for (const Mistake& m : again.mistakes)
        MESSAGE(text(m, "effective"));
    REQUIRE(again.scenario);
    CHECK(effective_json(*again.scenario) == once);
    CHECK(again.scenario->hosts.size() == s.hosts.size());
    CHECK(again.scenario->seed == s.seed);
}

TEST_CASE("a scenario built in C++ is completed and checked like one that was read") {
    Scenario s;
    Domain& a = s.domains.emplace_back();
    a.name = "a.example";
    a.people.names = {"alice"};
    LoadResult good = complete(s);
    REQUIRE(good.scenario);
    CHECK(good.scenario->find_host("mail.a.example") != nullptr);
    CHECK(good.scenario->people.at(0).settings.reading.has_value());
    s.letters.push_back({"bob@a.example", {"alice@a.example"}, {}, {}, "x", "", {}, {}, {}, ""});
    LoadResult bad = complete(s);
    CHECK_FALSE(bad.scenario);
    REQUIRE(bad.mistakes.size() == 1);
    CHECK(bad.mistakes[0].pointer == "/letters/0/from");
}

TEST_CASE("--set reaches parameters, pointers and dotted paths; names with dots are found") {
    LoadOptions options;
    options.sets = {
        {"loss", "10%"},    {"/seed", "7"},      {"domains.b.example.people", "[\"bob\", \"bert\"]"},
        {"hosts.zzz", "x"}, {"run.limit", "3d"}, {"letters.0.subject", "Two"}};
    LoadResult r = load_file(folder + "everything.json", options);
    for (const Mistake& m : r.mistakes)
        CAPTURE(text(m, "set"));
    REQUIRE(r.mistakes.size() == 1);
    CHECK(r.mistakes[0].line == 0);
    CHECK(r.mistakes[0].message.find("--set hosts.zzz") != std::string::npos);
    options.sets.erase(options.sets.begin() + 3);
    r = load_file(folder + "everything.json", options);
    for (const Mistake& m : r.mistakes)
        MESSAGE(text(m, "set"));
    REQUIRE(r.scenario);
    CHECK(r.scenario->network.internet.loss == doctest::Approx(0.1));
    CHECK(r.scenario->seed == 7);
    CHECK(r.scenario->find_domain("b.example")->people.count() == 2);
    CHECK(r.scenario->run.limit == Duration::days(3));
    CHECK(r.scenario->letters[0].subject == "Two");
}

TEST_CASE("a --set that leads nowhere, or to a wrong value, is told with its own name") {
    LoadOptions options;
    options.sets = {{"letters.7.subject", "x"}, {"run.limt", "3d"}, {"seed", "many"}};
    LoadResult r = load_file(folder + "everything.json", options);
    REQUIRE(r.mistakes.size() == 3);
    CHECK(r.mistakes[0].message.find("--set letters.7.subject") != std::string::npos);
    CHECK(r.mistakes[1].suggestion == "limit");
    CHECK(r.mistakes[2].message.find("--set seed: expected a whole number") != std::string::npos);
}

TEST_CASE("templates are merged, and their mistakes are told where they stand in the template") {
    LoadResult r = load_text(
        "{ \"postopolis\": 1,\n \"templates\": { \"office\": { \"people\": 3, \"tll\": \"1h\" } },\n"
        " \"generate\": { \"domains\": 2, \"name\": \"d{n}.example\", \"template\": \"office\" } }");
    REQUIRE(r.mistakes.size() == 1);
    CHECK(r.mistakes[0].pointer == "/templates/office/tll");
    CHECK(r.mistakes[0].line == 2);
    CHECK(r.mistakes[0].suggestion == "ttl");
}

TEST_CASE("a parameter that nothing uses is warned of") {
    LoadResult r =
        load_text("{ \"postopolis\": 1, \"parameters\": { \"x\": 1 }, \"domains\": { \"a.example\": {} } }");
    REQUIRE(r.scenario);
    REQUIRE(r.warnings.size() == 1);
    CHECK(r.warnings[0].pointer == "/parameters/x");
    CHECK(r.scenario->parameters.at(0).second == "1");
}

TEST_CASE("python3-jsonschema finds the schema valid, and the effective form valid by it") {
    if (python("import jsonschema") != 0) {
        MESSAGE("python3-jsonschema is not installed: not checked");
        return;
    }
    std::string path = (std::filesystem::temp_directory_path() /
                        ("postopolis-effective-" + std::to_string(std::rand()) + ".json"))
                           .string();
    std::ofstream(path) << effective_json(everything());
    std::string code =
        "import json,jsonschema; s=json.load(open(\"" POSTOPOLIS_SOURCE_DIR
        "/scenarios/schema/postopolis-1.schema.json\")); "
        "jsonschema.Draft7Validator.check_schema(s); v=jsonschema.Draft7Validator(s); "
        "v.validate(json.load(open(\"" +
        path +
        "\"))); "
        "bad=[{}, {\"postopolis\":2}, {\"postopolis\":1,\"lettres\":[]}, {\"postopolis\":1,\"seed\":\"x\"}, "
        "{\"postopolis\":1,\"hosts\":{\"a\":{\"hop_limit\":0}}}, {\"postopolis\":1,\"run\":{\"for\":300}}, "
        "{\"postopolis\":1,\"network\":{\"internet\":{\"loss\":2}}}]; "
        "assert not any(v.is_valid(b) for b in bad)";
    CHECK(python(code) == 0);
    std::filesystem::remove(path);
}
