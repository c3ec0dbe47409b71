// The ledgers: what is right adds up, and every breach of a law is found.
#include "postopolis/trace/ledger.hpp"

#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#if defined(__unix__)
#include <sys/wait.h>
#include <unistd.h>
#endif

using namespace postopolis;
using namespace postopolis::trace;

namespace {

using Copies = std::vector<CopyId>;
using Stage = Passed::Stage;

mail::AddressPtr address(std::string local) {
    return std::make_shared<mail::Address>(mail::Address{std::move(local), "a.example"});
}
Time s(std::int64_t seconds) {
    return Time::at(Duration::seconds(seconds));
}

/// Tells a ledger what happens at given seconds.
struct Book {
    explicit Book(Ledger::Mode mode = Ledger::Mode::collect) : ledger(mode) {}

    void tell(std::int64_t at, const What& what) { ledger.on_event(Event{s(at), 0, 0, 0, what}); }
    void compose(std::int64_t at, LetterId letter, const Copies& copies) {
        std::vector<mail::AddressPtr> recipients;
        for (CopyId c : copies)
            recipients.push_back(address("r" + std::to_string(c)));
        Composed e;
        e.letter = letter;
        e.subject = "subject";
        e.recipients = recipients;
        e.copies = copies;
        tell(at, e);
    }
    void pass(std::int64_t begin, std::int64_t end, Stage stage, const Copies& copies,
              Cause cause = Cause::transit) {
        Passed e{stage, copies, s(begin), {}, "", ""};
        e.spent.add(cause, Duration::seconds(end - begin));
        tell(end, e);
    }
    void accept(std::int64_t at, const Copies& copies, std::string_view host) {
        Accepted e;
        e.copies = copies;
        e.host = host;
        tell(at, e);
    }
    void deliver(std::int64_t at, CopyId copy) {
        Delivered e;
        e.copy = copy;
        e.host = "mx";
        tell(at, e);
    }
    void doubt(std::int64_t at, std::int64_t begin, const Copies& copies, const Copies& renamed) {
        Doubted e{1, copies, renamed, s(begin), "msa", "mx"};
        tell(at, e);
    }
    /// A letter with one copy, taken by the host "msa" at 10 s.
    void submitted() {
        compose(0, 1, {1});
        pass(0, 10, Stage::submission, {1});
        accept(10, {1}, "msa");
    }
    bool breached(std::string_view text) const {
        for (const std::string& b : ledger.breaches())
            if (b.find(text) != std::string::npos) return true;
        return false;
    }
    bool clean() const { return ledger.breaches().empty() && ledger.audit().empty(); }
    std::uint64_t fate(Fate f) const { return ledger.fates()[static_cast<std::size_t>(f)]; }

    Ledger ledger;
};

} // namespace

TEST_CASE("a letter's way adds up from the click to the reader") {
    Book book;
    book.submitted();
    book.pass(10, 15, Stage::waiting, {1}, Cause::queue);
    Deferred deferred;
    const Copies copies{1};
    deferred.copies = copies;
    deferred.reason = {450, "4.7.1", "Greylisted"};
    book.tell(15, deferred);
    book.pass(15, 100, Stage::waiting, {1}, Cause::backoff_greylisted);
    book.pass(100, 103, Stage::transfer, {1});
    book.accept(103, {1}, "mx");
    book.pass(103, 104, Stage::filing, {1}, Cause::service);
    book.deliver(104, 1);
    CHECK(book.fate(Fate::delivered) == 1);
    book.pass(104, 200, Stage::pickup, {1}, Cause::pickup);
    Fetched fetched;
    fetched.copy = 1;
    book.tell(200, fetched);
    CHECK(book.clean());
    const CopyRecord c = *book.ledger.copy(1);
    CHECK(c.spent_to_fate.total() == Duration::seconds(104));
    CHECK(c.spent.total() == Duration::seconds(200));
    CHECK(c.spent.spent(Cause::backoff_greylisted) == Duration::seconds(85));
    CHECK(c.settled == s(104));
    CHECK(c.read == s(200));
    CHECK(c.fetched);
    CHECK(c.transfers == 2);
    CHECK(c.deferrals == 1);
    CHECK(c.code == 450);
    CHECK(book.ledger.text(c.reason) == "Greylisted");
    CHECK(book.ledger.text(c.place) == "mx");
    CHECK(book.ledger.letter(1)->subject == "subject");
    CHECK(book.ledger.copy(9) == nullptr);
    CHECK(book.ledger.letter(9) == nullptr);
}

TEST_CASE("every fate is counted") {
    Book book;
    book.compose(0, 1, {1, 2, 3, 4, 5, 6, 7});
    const Copies bounced{2}, rejected{3}, discarded{4}, lost{5};
    book.deliver(0, 1);
    book.tell(0, Bounced{1, bounced, "mx", {550, "5.1.1", "No such user"}, 44});
    book.tell(0, Rejected{1, rejected, "msa", {}});
    book.tell(0, Discarded{1, discarded, "filter", "spam"});
    book.tell(0, Lost{1, lost, "mx", "crash"});
    Delivered junk;
    junk.copy = 6;
    junk.junk = true;
    book.tell(0, junk);
    CHECK(book.ledger.fates() == std::array<std::uint64_t, kFates>{1, 1, 1, 1, 1, 1, 1, 0});
    CHECK(book.ledger.copy(2)->report == 44);
    CHECK(book.ledger.text(book.ledger.copy(5)->reason) == "crash");
    CHECK(book.clean());
}

TEST_CASE("breaches of the mail ledger are found") {
    const Copies copies{1};
    SUBCASE("a letter composed twice") {
        Book book;
        book.compose(0, 1, {1});
        book.compose(0, 1, {2});
        CHECK(book.breached("letter 0.1 composed twice"));
    }
    SUBCASE("a copy composed twice") {
        Book book;
        book.compose(0, 1, {1});
        book.compose(0, 2, {1});
        CHECK(book.breached("copy 0.1 composed twice"));
    }
    SUBCASE("two fates") {
        Book book;
        book.submitted();
        book.tell(10, Bounced{1, copies, "mx", {}, 0});
        book.deliver(10, 1);
        CHECK(book.breached("has met its fate (bounced) already"));
    }
    SUBCASE("delivered twice") {
        Book book;
        book.submitted();
        book.deliver(10, 1);
        book.deliver(10, 1);
        CHECK(book.breached("has met its fate (delivered) already"));
        CHECK(book.fate(Fate::delivered) == 1);
    }
    SUBCASE("moved after its fate") {
        Book book;
        book.submitted();
        book.tell(10, Discarded{1, copies, "x", "y"});
        book.pass(10, 20, Stage::transfer, {1});
        CHECK(book.breached("has met its fate (discarded) already"));
    }
    SUBCASE("moved after it was filed") {
        Book book;
        book.submitted();
        book.deliver(10, 1);
        book.pass(10, 20, Stage::transfer, {1});
        CHECK(book.breached("goes on after it was filed"));
    }
    SUBCASE("accepted or deferred after it was filed") {
        Book book;
        book.submitted();
        book.deliver(10, 1);
        book.accept(10, {1}, "elsewhere");
        CHECK(book.ledger.breaches().size() == 1);
        Deferred deferred;
        deferred.copies = copies;
        book.tell(10, deferred);
        CHECK(book.ledger.breaches().size() == 2);
    }
    SUBCASE("an unknown copy") {
        Book book;
        book.pass(0, 1, Stage::transfer, {77});
        CHECK(book.breached("copy 0.77 was never composed"));
        book.doubt(1, 0, {78}, {79});
        CHECK(book.breached("0.78 is doubted but unknown"));
    }
    SUBCASE("fetched before it was filed") {
        Book book;
        book.submitted();
        Fetched fetched;
        fetched.copy = 1;
        book.tell(10, fetched);
        CHECK(book.breached("fetched before it was filed"));
    }
}

TEST_CASE("breaches of the time ledger are found") {
    SUBCASE("a gap between stages") {
        Book book;
        book.submitted();
        book.pass(11, 20, Stage::transfer, {1});
        CHECK(book.breached("begins at 11s, the last one ended at 10s"));
        CHECK(book.ledger.audit().size() > book.ledger.breaches().size()); // and the sum is off
    }
    SUBCASE("stages that overlap") {
        Book book;
        book.submitted();
        book.pass(9, 20, Stage::transfer, {1});
        CHECK(book.breached("begins at 9s"));
    }
    SUBCASE("causes that do not add up, by a nanosecond") {
        Book book;
        book.submitted();
        const Copies copies{1};
        Passed e{Stage::transfer, copies, s(10), {}, "", ""};
        e.spent.add(Cause::transit, Duration::nanoseconds(9'999'999'999));
        book.tell(20, e);
        CHECK(book.breached("add up to 9s999ms999us999ns and not to 10s"));
    }
    SUBCASE("a fate, an acceptance, a fetch with time unaccounted for") {
        Book book;
        book.compose(0, 1, {1, 2});
        book.accept(1, {1}, "x");
        CHECK(book.breached("accepted with time unaccounted for"));
        book.deliver(2, 1);
        CHECK(book.breached("meets its fate with time unaccounted for since 0s"));
        Fetched fetched;
        fetched.copy = 1;
        book.tell(3, fetched);
        CHECK(book.breached("fetched with time unaccounted for"));
    }
}

TEST_CASE("a doubted copy that the peer did not take only changes its name") {
    Book book;
    book.submitted();
    book.doubt(40, 10, {1}, {2});
    CHECK(book.ledger.copy(1) == nullptr);
    REQUIRE(book.ledger.copy(2) != nullptr);
    book.pass(10, 40, Stage::waiting, {2}, Cause::timeout); // the client's stage goes on from its beginning
    book.pass(40, 50, Stage::transfer, {2});
    book.accept(50, {2}, "mx");
    book.deliver(50, 2);
    CHECK(book.clean());
    CHECK(book.ledger.copies().size() == 1);
    CHECK(!book.ledger.copy(2)->duplicate);
    CHECK(book.ledger.letter(1)->copies == Copies{2});
}

TEST_CASE("a doubted copy that the peer takes later is a second copy (RFC 1047)") {
    Book book;
    book.submitted();
    book.doubt(40, 10, {1}, {2});
    book.pass(10, 41, Stage::transfer, {1}); // the data was on its way all the time
    book.accept(41, {1}, "mx");
    book.deliver(41, 1);
    book.pass(10, 60, Stage::transfer, {2});
    book.accept(60, {2}, "mx");
    book.deliver(60, 2);
    CHECK(book.clean());
    CHECK(book.fate(Fate::delivered) == 2);
    CHECK(book.ledger.copy(1)->duplicate);
    CHECK(!book.ledger.copy(2)->duplicate);
    CHECK(book.ledger.copy(1)->spent_to_fate.total() == Duration::seconds(41));
    CHECK(book.ledger.copy(2)->spent_to_fate.total() == Duration::seconds(60));
}

TEST_CASE("a copy that the peer had taken before the doubt: the client's goes on as a duplicate") {
    for (bool handed_on : {false, true}) {
        Book book;
        book.submitted();
        book.pass(10, 20, Stage::transfer, {1});
        book.accept(20, {1}, "mx");
        if (handed_on) {
            book.pass(20, 30, Stage::transfer, {1});
            book.accept(30, {1}, "store");
            book.deliver(30, 1);
        }
        book.doubt(40, 10, {1}, {2});
        if (!handed_on) book.deliver(20, 1);
        REQUIRE(book.ledger.copy(2) != nullptr);
        CHECK(book.ledger.copy(2)->duplicate);
        CHECK(book.ledger.copy(2)->fate == Fate::in_transit);
        book.pass(10, 40, Stage::waiting, {2}, Cause::timeout);
        book.pass(40, 50, Stage::transfer, {2});
        book.accept(50, {2}, "mx");
        book.deliver(50, 2);
        CHECK(book.clean());
        CHECK(book.fate(Fate::delivered) == 2);
        CHECK(book.ledger.copy(2)->spent_to_fate.total() == Duration::seconds(50));
    }
}

TEST_CASE("a copy may be doubted again and again, and every id that was taken counts") {
    Book book;
    book.submitted();
    book.doubt(40, 10, {1}, {2});
    book.pass(10, 50, Stage::waiting, {2}, Cause::timeout);
    book.doubt(90, 50, {2}, {3});
    book.pass(50, 95, Stage::transfer, {2});
    book.accept(95, {2}, "mx");
    book.deliver(95, 2);
    book.pass(50, 100, Stage::waiting, {3}, Cause::timeout);
    const Copies copies{3};
    book.tell(100, Bounced{1, copies, "msa", {}, 0});
    CHECK(book.clean());
    CHECK(book.fate(Fate::delivered) == 1);
    CHECK(book.fate(Fate::bounced) == 1);
}

TEST_CASE("an expanded copy meets its fate, those that it becomes go on with its account") {
    Book book;
    book.submitted();
    const Copies into{5, 6};
    const std::vector<mail::AddressPtr> recipients{address("ann"), address("bob")};
    book.tell(10, Expanded{1, 1, "list", into, recipients});
    CHECK(book.fate(Fate::expanded) == 1);
    CHECK(book.fate(Fate::in_transit) == 2);
    book.pass(10, 20, Stage::transfer, {5, 6});
    book.deliver(20, 5);
    book.deliver(20, 6);
    CHECK(book.clean());
    CHECK(book.ledger.copy(6)->recipient->local == "bob");
    CHECK(book.ledger.copy(6)->spent_to_fate.total() == Duration::seconds(20));
    CHECK(book.ledger.letter(1)->copies == Copies{1, 5, 6});
    Book twice;
    twice.submitted();
    twice.tell(10, Expanded{1, 1, "list", into, recipients});
    twice.tell(10, Expanded{1, 1, "list", into, recipients});
    CHECK(twice.breached("has met its fate (expanded) already"));
    CHECK(twice.ledger.copies().size() == 3);
    Book filed;
    filed.submitted();
    filed.deliver(10, 1);
    filed.tell(10, Expanded{1, 1, "list", into, recipients});
    CHECK(filed.breached("has met its fate (delivered) already"));
    CHECK(filed.ledger.copies().size() == 1); // nothing comes out of a copy that is filed
}

TEST_CASE("what is read is what was told, whatever packs well and whatever does not") {
    Book book;
    const mail::AddressPtr ann = address("ann"), odd = address("an n");
    const std::vector<std::string> subjects{"",  "7", "007", "Letter 1",   "Letter 12", "Letter 012",
                                            "a", "0", "10",  "no. 99999999999999999999", std::string(70'000, 's')};
    struct Told {
        LetterId id;
        std::string subject, message_id;
        mail::AddressPtr sender;
        Time composed;
    };
    std::vector<Told> told;
    for (std::uint64_t i = 0; i < 6000; ++i) {
        const mail::AddressPtr sender = i % 5 == 0 ? nullptr : i % 7 == 0 ? odd : ann;
        const std::int64_t at = static_cast<std::int64_t>(i * i % 1000);
        std::string subject = subjects[i % (i < 100 ? subjects.size() : 7)];
        if (i % 3 == 0) subject = "stem " + std::to_string(i) + " of many";
        std::string id = std::to_string(1'767'600'000 + at) + "." + std::to_string(i) + ".ann@a.example";
        if (i % 11 == 0) id = "0" + id;
        if (i % 13 == 0) id = "4ABC" + std::to_string(i) + "@mx.example";
        if (i % 17 == 0) id.clear();
        const LetterId letter = make_id(static_cast<NodeId>(i % 50), i + 1);
        const std::vector<mail::AddressPtr> recipients{ann};
        const Copies copies{letter};
        Composed e;
        e.letter = letter;
        e.kind = static_cast<LetterKind>(i % 4);
        e.about = i % 4 == 0 ? 0 : letter - 1;
        e.sender = sender;
        e.subject = subject;
        e.message_id = id;
        e.size = i * 1000;
        e.recipients = recipients;
        e.copies = copies;
        book.tell(at, e);
        told.push_back({letter, subject, id, sender, s(at)});
    }
    REQUIRE(book.ledger.letters().size() == told.size());
    std::uint64_t number = 0;
    for (const Told& t : told) {
        const LetterRecord r = *book.ledger.letter(t.id);
        REQUIRE(r.subject == t.subject);
        REQUIRE(r.message_id == t.message_id);
        CHECK((r.sender ? r.sender->text() : "") == (t.sender ? t.sender->text() : ""));
        CHECK(r.composed == t.composed);
        CHECK(r.kind == static_cast<LetterKind>(number % 4));
        CHECK(r.about == (number % 4 == 0 ? 0 : t.id - 1));
        CHECK(r.size == number * 1000);
        CHECK(r.copies == Copies{t.id});
        CHECK(book.ledger.letter_number(t.id) == ++number);
        CHECK(*book.ledger.copies()[number - 1].recipient == *ann);
    }
    CHECK(book.ledger.letter_kinds() == std::array<std::uint64_t, kLetterKinds>{1500, 1500, 1500, 1500});
    CHECK(book.clean());
}

TEST_CASE("what a settled copy took is read to the nanosecond, also where laws were broken") {
    for (bool broken : {false, true}) {
        Book book;
        book.submitted();
        const Copies copies{1};
        Account all;
        Passed e{Stage::transfer, copies, s(10), {}, "", ""};
        for (std::size_t i = 0; i < kCauses; ++i)
            e.spent.add(static_cast<Cause>(i), Duration::nanoseconds(static_cast<std::int64_t>(1) << (2 * i)));
        const Time end = s(10) + e.spent.total() + Duration::nanoseconds(broken ? 5 : 0);
        book.ledger.on_event(Event{end, 0, 0, 0, e});
        Deferred d;
        d.copies = copies;
        d.reason = {452, "4.2.2", "mailbox full"};
        book.ledger.on_event(Event{end, 0, 0, 0, d});
        Delivered filed;
        filed.copy = 1;
        filed.host = "mx";
        const Time late = end + Duration::nanoseconds(broken ? 7 : 0);
        book.ledger.on_event(Event{late, 0, 0, 0, filed});
        const CopyRecord c = *book.ledger.copy(1);
        CHECK(c.fate == Fate::delivered);
        CHECK(c.settled == late);
        CHECK(c.accounted == end);
        CHECK(c.offered == s(10));
        CHECK(c.spent_when_offered.total() == Duration::seconds(10));
        CHECK(c.spent == c.spent_to_fate);
        CHECK(c.spent.spent(Cause::transit) == Duration::seconds(10) + Duration::nanoseconds(1));
        for (std::size_t i = 1; i < kCauses; ++i)
            CHECK(c.spent.spent(static_cast<Cause>(i)).count() == static_cast<std::int64_t>(1) << (2 * i));
        CHECK(c.code == 452);
        CHECK(c.deferrals == 1);
        CHECK(c.transfers == 1);
        CHECK(book.ledger.text(c.reason) == "mailbox full");
        CHECK(book.clean() == !broken);
        CHECK(book.ledger.audit().size() == book.ledger.breaches().size() + (broken ? 2 : 0));
    }
}

TEST_CASE("copies that change their names again and again are found under the last one only") {
    Book book;
    Copies names;
    for (CopyId id = 1; id <= 500; ++id) names.push_back(id);
    book.compose(0, 1, names);
    for (CopyId round = 1; round <= 20; ++round) {
        for (std::size_t i = round % 3; i < names.size(); i += 3) {
            const CopyId renamed = make_id(static_cast<NodeId>(round), i + 1);
            book.doubt(0, 0, {names[i]}, {renamed});
            names[i] = renamed;
        }
    }
    CHECK(book.ledger.copies().size() == 500);
    CHECK(book.ledger.letter(1)->copies == names);
    for (std::size_t i = 0; i < names.size(); ++i) REQUIRE(book.ledger.copies()[i].id == names[i]);
    for (CopyId id : names) CHECK(book.ledger.has_copy(id));
    CHECK(!book.ledger.has_copy(1));
    CHECK(!book.ledger.has_copy(make_id(1, 2)));
    CHECK(book.clean());
}

#if defined(__unix__)
TEST_CASE("a strict ledger aborts") {
    const pid_t child = fork();
    if (child == 0) {
        std::signal(SIGABRT, SIG_DFL);
        if (std::freopen("/dev/null", "w", stderr) == nullptr) _exit(2);
        Book book(Ledger::Mode::strict);
        book.deliver(0, 1);
        _exit(0);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGABRT);
}
#endif
