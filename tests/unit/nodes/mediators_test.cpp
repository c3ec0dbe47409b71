// Aliases, forwarding, lists and vacation notices: who gets what, in which envelope, and that the ledgers balance.
#include <doctest/doctest.h>

#include "fixture.hpp"
#include "nodes/mediators/srs.hpp"
#include "postopolis/mail/parse.hpp"

using namespace postopolis;
using namespace postopolis::nodes;
using namespace postopolis::nodes::test;

namespace {

mail::AddressPtr address(const std::string& text) {
    return std::make_shared<const mail::Address>(std::get<mail::Address>(mail::parse_mailbox(text)));
}

std::vector<mail::AddressPtr> addresses(const std::vector<std::string>& texts) {
    std::vector<mail::AddressPtr> all;
    for (const std::string& t : texts) all.push_back(address(t));
    return all;
}

/// a.example with alice and anne, b.example with bob and ben; the test adds mediators at b.example.
struct Office : Scene {
    Office() : Scene(all_roles("mail.a.example"), {"alice", "anne"}) {
        add_b();
        town.world().directory.add_domain("b.example", "mail.b.example");
    }
    MailDomain& b() { return town.world().directory.add_domain("b.example", "mail.b.example"); }
    void add_with_rules(const std::string& who, MailboxRules rules) {
        PersonConfig p;
        p.address = who;
        p.submission.push_back("mail." + who.substr(who.find('@') + 1));
        p.rules = std::make_shared<const MailboxRules>(std::move(rules));
        town.add_person(std::move(p));
    }
    /// Whose mailboxes got something, in order of time.
    std::vector<std::string> mailboxes() const {
        std::vector<std::string> all;
        for (const Record::Filing& f : record.delivered) all.push_back(f.mailbox);
        return all;
    }
    std::vector<std::string> sorted_mailboxes() const {
        std::vector<std::string> all = mailboxes();
        std::sort(all.begin(), all.end());
        return all;
    }
    std::string return_path(std::size_t filing) const {
        return mail::parse_message(record.delivered.at(filing).text).value("Return-Path");
    }
    void check_books() const {
        CHECK(town.ledger().audit().empty());
        CHECK(fate(trace::Fate::in_transit) == 0);
    }
};

ListConfig list(std::vector<std::string> members) {
    ListConfig config;
    config.address = address("news@b.example");
    config.members = addresses(members);
    return config;
}

void found(MailDomain& domain, const ListConfig& config) {
    for (const char* name : {"news", "news-bounces", "news-request"}) domain.mediators.emplace(name, config);
}

using Names = std::vector<std::string>;

} // namespace

TEST_CASE("aliases, plus addresses and the catch-all lead to mailboxes; envelope senders stay") {
    Office o;
    o.b().mediators.emplace("info", AliasConfig{addresses({"bob@b.example", "anne@a.example", "BOB@b.example", "bob@b.example"})});
    o.b().detail_separator = "+";
    o.write({"info@b.example"});
    o.run();
    CHECK(o.mailboxes() == Names{"bob@b.example", "bob@b.example", "anne@a.example"}); // BOB may be somebody else
    CHECK(o.return_path(0) == "<alice@a.example>");
    CHECK(contains(o.record.delivered[0].text, "\r\nDelivered-To: info@b.example\r\n"));
    CHECK(o.fate(trace::Fate::expanded) == 1);
    o.check_books();

    Office plus;
    plus.b().detail_separator = "+";
    plus.write({"Bob+shop@b.example"});
    plus.write({"nobody+shop@b.example"});
    plus.run();
    CHECK(plus.sorted_mailboxes() == Names{"alice@a.example", "bob@b.example"}); // the report comes to alice
    CHECK(contains(plus.record.delivered[0].text + plus.record.delivered[1].text, "Delivered-To: Bob+shop@b.example\r\n"));
    CHECK(plus.record.bounced.size() == 1);
    plus.check_books();

    Office all;
    all.b().catch_all = AliasConfig{addresses({"bob@b.example"})};
    all.write({"who.knows@b.example"});
    all.run();
    CHECK(all.mailboxes() == Names{"bob@b.example"});
    all.check_books();
}

TEST_CASE("aliases in a circle end in a bounce") {
    Office o;
    o.b().mediators.emplace("x", AliasConfig{addresses({"y@b.example"})});
    o.b().mediators.emplace("y", AliasConfig{addresses({"x@b.example", "bob@b.example"})});
    o.write({"x@b.example"});
    o.run();
    CHECK(o.sorted_mailboxes() == Names{"alice@a.example", "bob@b.example"});
    REQUIRE(o.record.bounced.size() == 1);
    CHECK(o.record.bounced[0].enhanced == "5.4.6");
    CHECK(contains(o.record.bounced[0].text, "loop for x@b.example"));
    o.check_books();
}

TEST_CASE("forwarding sends on, keeps a copy if asked, and rewrites the sender with SRS") {
    Office o;
    o.add_with_rules("plain@b.example", {{}, Forwarding{addresses({"anne@a.example"}), false, false}, {}});
    o.write({"plain@b.example"});
    o.run();
    CHECK(o.mailboxes() == Names{"anne@a.example"});
    CHECK(o.return_path(0) == "<alice@a.example>");
    o.check_books();

    Office kept;
    kept.add_with_rules("both@b.example", {{}, Forwarding{addresses({"nobody@a.example"}), true, true}, {}});
    kept.write({"both@b.example"});
    kept.run();
    // The bounce of what was sent on comes back over the rewritten address.
    CHECK(kept.mailboxes() == Names{"both@b.example", "alice@a.example"});
    REQUIRE(kept.record.reports.size() == 1);
    CHECK(kept.record.reports[0].to.starts_with("SRS0="));
    CHECK(kept.record.reports[0].to.ends_with("=a.example=alice@b.example"));
    CHECK(kept.fate(trace::Fate::expanded) == 2);
    kept.check_books();
}

TEST_CASE("SRS addresses lead back, for a time, and only those that were made here") {
    const mail::Address alice{"alice", "a.example"};
    const mail::Address first = srs_forward(alice, "b.example", 20000);
    CHECK(first.local.substr(0, 5) == "SRS0=");
    CHECK(first.local.ends_with("=a.example=alice"));
    CHECK(srs_back(first, 20000) == alice);
    CHECK(srs_back(first, 20021) == alice);
    CHECK_FALSE(srs_back(first, 20022));
    CHECK_FALSE(srs_back({first.local, "other.example"}, 20000));
    CHECK_FALSE(srs_back({"SRS0=AAAA=AA=a.example=alice", "b.example"}, 20000));
    CHECK_FALSE(srs_back({"SRS0=", "b.example"}, 20000));
    const mail::Address second = srs_forward(first, "c.example", 20000);
    CHECK(second.local.substr(0, 5) == "SRS1=");
    CHECK(srs_back(second, 20000) == first);
    const mail::Address third = srs_forward(second, "d.example", 20000); // leads to the first forwarder at once
    CHECK(srs_back(third, 20000) == first);
}

TEST_CASE("a list sends each member a copy under its own envelope, with the fields of RFC 2369 and 2919") {
    for (const bool verp : {true, false}) {
        Office o;
        ListConfig config = list({"bob@b.example", "anne@a.example", "alice@a.example"});
        config.verp = verp;
        config.subject_prefix = "[news]";
        config.footer = "-- \nthe news\n";
        config.reply_to_list = true;
        config.to_author = false;
        found(o.b(), config);
        o.write({"news@b.example"}, "Re: Hello");
        o.run();
        CHECK(o.mailboxes() == Names{"bob@b.example", "anne@a.example"});
        CHECK(o.return_path(1) == (verp ? "<news-bounces+anne=a.example@b.example>" : "<news-bounces@b.example>"));
        const mail::ParsedMessage message = mail::parse_message(o.record.delivered[1].text);
        CHECK(message.value("List-Id") == "<news.b.example>");
        CHECK(message.value("List-Post") == "<mailto:news@b.example>");
        CHECK(message.value("List-Unsubscribe") == "<mailto:news-request@b.example?subject=unsubscribe>");
        CHECK(message.value("Reply-To") == "news@b.example");
        CHECK(message.value("Subject") == "Re: [news] Hello");
        CHECK(message.value("To") == "news@b.example");
        CHECK(message.body().ends_with("-- \r\nthe news\r\n"));
        CHECK(o.fate(trace::Fate::expanded) == 1);
        o.check_books();
    }
}

TEST_CASE("a list takes out whose mail bounces, and nobody for an answer by a machine") {
    Office o;
    ListConfig config = list({"bob@b.example", "gone@a.example"});
    config.remove_after = 2;
    found(o.b(), config);
    for (int day = 0; day < 3; ++day)
        o.town.write("alice@a.example", {"news@b.example"}, "Day " + std::to_string(day), Time::at(Duration::days(day)));
    o.run();
    CHECK(o.record.reports.size() == 2);
    CHECK(o.record.reports[0].to == "news-bounces+gone=a.example@b.example");
    CHECK(o.mailboxes() == Names{"bob@b.example", "bob@b.example", "bob@b.example"});
    CHECK(o.fate(trace::Fate::discarded) == 2); // the bounces, which the list's program reads
    o.check_books();
}

TEST_CASE("lists refuse strangers, take requests, and end their own loops") {
    Office o;
    ListConfig config = list({"bob@b.example", "loop@b.example"});
    config.members_only = true;
    config.verp = false;
    found(o.b(), config);
    o.b().mediators.emplace("loop", AliasConfig{addresses({"news@b.example"})});
    o.write({"news@b.example"});
    o.town.write("alice@a.example", {"news-request@b.example"}, "subscribe", Time::at(Duration::hours(1)));
    o.town.write("alice@a.example", {"news@b.example"}, "Now", Time::at(Duration::hours(2)));
    o.town.write("alice@a.example", {"news-request@b.example"}, "unsubscribe", Time::at(Duration::hours(3)));
    o.town.write("alice@a.example", {"news@b.example"}, "Again", Time::at(Duration::hours(4)));
    o.run();
    REQUIRE(o.record.bounced.size() == 2);
    CHECK(o.record.bounced[0].enhanced == "5.7.1");
    // Two reports to alice, and in between the posting to bob and to alice herself; by the alias it comes back once.
    CHECK(o.sorted_mailboxes() == Names{"alice@a.example", "alice@a.example", "alice@a.example", "bob@b.example"});
    CHECK(o.fate(trace::Fate::discarded) == 3);
    o.check_books();
}

TEST_CASE("a vacation notice by the rules answers once, and no machine; the old kind answers everything") {
    Office o;
    o.add_with_rules("bert@b.example", {{}, {}, Vacation{"", "I am away.\n", Duration::days(7), true, Time(), Time::max()}});
    o.write({"bert@b.example"}, "Hello");
    o.town.write("alice@a.example", {"bert@b.example"}, "Again", Time::at(Duration::days(1)));
    o.town.write("alice@a.example", {"bert@b.example"}, "Next week", Time::at(Duration::days(8)));
    o.run(Duration::days(20));
    CHECK(o.mailboxes() == Names{"bert@b.example", "alice@a.example", "bert@b.example", "bert@b.example", "alice@a.example"});
    const mail::ParsedMessage answer = mail::parse_message(o.record.delivered[1].text);
    CHECK(answer.value("Auto-Submitted") == "auto-replied (vacation)");
    CHECK(answer.value("Return-Path") == "<>");
    CHECK(answer.value("Subject") == "Auto: Hello");
    CHECK(answer.value("To") == "alice@a.example");
    CHECK(answer.value("From") == "bert@b.example");
    CHECK(answer.value("In-Reply-To") == answer.value("References"));
    CHECK_FALSE(answer.value("In-Reply-To").empty());
    o.check_books();

    Office loop;
    const Vacation old{"", "Away.\n", Duration::days(7), false, Time(), Time::max()};
    loop.add_with_rules("bert@b.example", {{}, {}, old});
    loop.add_with_rules("anna@a.example", {{}, {}, old});
    loop.town.write("anna@a.example", {"bert@b.example"}, "Hello", Time());
    loop.run(Duration::minutes(10));
    CHECK(loop.record.delivered.size() > 50);
    CHECK(loop.town.ledger().audit().empty());
}

TEST_CASE("a message that has come already is thrown away where the owner wants it") {
    Office o;
    MailboxRules rules;
    rules.drops_duplicates = Duration::hours(1);
    o.add_with_rules("ben@b.example", rules);
    o.b().mediators.emplace("us", AliasConfig{addresses({"ben@b.example", "bob@b.example"})});
    o.write({"ben@b.example", "us@b.example"});
    o.run();
    CHECK(o.sorted_mailboxes() == Names{"ben@b.example", "bob@b.example"});
    CHECK(o.fate(trace::Fate::discarded) == 1);
    o.check_books();
}
