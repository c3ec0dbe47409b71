// Readers by IMAP: told at once or looking from time to time, several devices at one mailbox, POP3 beside
// them, crashes.
#include <doctest/doctest.h>

#include "fixture.hpp"

using namespace postopolis;
using namespace postopolis::nodes;
using namespace postopolis::nodes::test;

namespace {

ReadingConfig imap(bool push) {
    ReadingConfig r;
    r.every = Duration::minutes(10);
    r.phase = Duration::minutes(7);
    r.leave_on_server = true;
    r.imap = true;
    r.push = push;
    return r;
}

ReadingConfig pop(bool leave) {
    return ReadingConfig{Duration::minutes(10), Duration::minutes(9), leave};
}

/// bob@b.example reads as configured; alice writes to him at the given minutes.
struct Mailroom : Scene {
    explicit Mailroom(ReadingConfig reading, std::vector<int> minutes = {0, 15, 95}) {
        town.add_host(all_roles("mail.b.example"));
        town.add_domain(domain_at("b.example", "mail.b.example", {{"mail.b.example", 10}}, "mail.b.example"));
        PersonConfig bob;
        bob.address = "bob@b.example";
        bob.reading = std::move(reading);
        town.add_person(bob);
        for (const int m : minutes)
            town.write("alice@a.example", {"bob@b.example"}, "At " + std::to_string(m),
                       Time::at(Duration::minutes(m)));
        record.talk_with = "bob@b.example";
        listen_to_talk();
    }
    std::size_t waiting() {
        const Mailbox* box = host().store().find("bob@b.example");
        return box == nullptr ? 0 : box->messages.size();
    }
    MailHost& host() { return *town.host("mail.b.example"); }
    /// How long the n-th letter lay in the mailbox until it was fetched, and how much of that was waiting for
    /// the reader.
    Duration lay(std::size_t n) const {
        const trace::CopyRecord copy = town.ledger().copies()[n];
        return copy.read - copy.settled;
    }
    std::size_t times_said(const std::string& text) const {
        std::size_t count = 0;
        for (auto at = record.talk.find(text); at != std::string::npos; at = record.talk.find(text, at + 1))
            ++count;
        return count;
    }
};

} // namespace

TEST_CASE("a device with push is told at once; one that looks comes at its instants") {
    Mailroom pushed(imap(true));
    pushed.run();
    Mailroom looks(imap(false));
    looks.run();
    CHECK(pushed.town.ledger().audit().empty());
    CHECK(looks.town.ledger().audit().empty());
    REQUIRE(pushed.record.fetched.size() == 3);
    REQUIRE(looks.record.fetched.size() == 3);
    for (std::size_t n = 0; n < 3; ++n)
        CHECK(pushed.lay(n) < Duration::seconds(2));
    CHECK(looks.lay(0) / Duration::minutes(1) == 6); // 0 to 7, 15 to 17, 95 to 97
    CHECK(looks.lay(1) / Duration::minutes(1) == 1);
    CHECK(looks.lay(2) / Duration::minutes(1) == 1);
    CHECK(pushed.waiting() == 3);
    // One session for all, that has fetched each letter once.
    CHECK(pushed.times_said("C: A0001 LOGIN \"bob@b.example\"") == 1);
    CHECK(pushed.times_said(" IDLE\n") >= 3);
    CHECK(pushed.times_said("C: DONE\n") == 2);
    CHECK(looks.times_said("C: A0001 LOGIN") == 3);
    CHECK(looks.times_said(" LOGOUT\n") == 3);
    for (const Mailroom* m : {&pushed, &looks}) {
        CHECK(m->times_said(" BODY.PEEK[]\n") == 3);
        CHECK(m->times_said(" +FLAGS.SILENT (\\Seen)\n") == 3);
    }
}

TEST_CASE("the time of what is pushed is transit and service; of the rest, waiting for the reader") {
    Mailroom pushed(imap(true));
    pushed.run();
    const trace::CopyRecord told = pushed.town.ledger().copies()[1];
    CHECK(told.spent.spent(trace::Cause::pickup) == Duration());
    Mailroom looks(imap(false));
    looks.run();
    const trace::CopyRecord waited = looks.town.ledger().copies()[1];
    CHECK(waited.spent.spent(trace::Cause::pickup) > Duration::seconds(110));
    CHECK(waited.spent.spent(trace::Cause::pickup) < Duration::seconds(120));
}

TEST_CASE("what has been read is deleted, or moved to a folder that is made for it") {
    ReadingConfig removes = imap(true);
    removes.leave_on_server = false;
    Mailroom deleted(removes);
    deleted.run();
    CHECK(deleted.record.fetched.size() == 3);
    CHECK(deleted.waiting() == 0);
    CHECK(deleted.host().store().find("bob@b.example") == nullptr); // an empty mailbox costs nothing
    CHECK(deleted.times_said(" EXPUNGE\n") >= 3);

    ReadingConfig files = imap(false);
    files.folder = "Read/Letters";
    Mailroom moved(files);
    moved.run();
    CHECK(moved.record.fetched.size() == 3);
    CHECK(moved.waiting() == 0);
    CHECK(moved.times_said("C: A0007 CREATE \"Read/Letters\"") == 1);
    const Mailbox* box = moved.host().store().find("bob@b.example");
    REQUIRE(box != nullptr); // the folder counts for the quota
    CHECK(box->octets == 0);
    CHECK(box->elsewhere > 0);
}

TEST_CASE("two devices by IMAP are in step: a letter is picked up once, and each has it") {
    ReadingConfig phone = imap(true);
    phone.others.push_back(imap(false));
    Mailroom two(phone);
    two.run();
    CHECK(two.town.ledger().audit().empty());
    CHECK(two.record.fetched.size() == 3);
    CHECK(two.times_said(" BODY.PEEK[]\n") == 6);
    CHECK(two.times_said(" +FLAGS.SILENT (\\Seen)\n") == 3); // the second device sees that it has been read
    CHECK(two.waiting() == 3);
}

TEST_CASE("a POP3 reader that deletes takes the letters away from the telephone") {
    ReadingConfig office = pop(false);
    office.others.push_back(imap(true));
    Mailroom both(office);
    both.run();
    CHECK(both.town.ledger().audit().empty());
    CHECK(both.record.fetched.size() == 3); // by the telephone, at once
    CHECK(both.waiting() == 0);
    CHECK(both.times_said("S: * 1 EXPUNGE\n") ==
          3); // what the telephone is told when the office has been there
    for (std::size_t n = 0; n < 3; ++n)
        CHECK(both.lay(n) < Duration::seconds(2));
}

TEST_CASE("a crash of the server ends a session in IDLE; the next letter is fetched all the same") {
    Mailroom m(imap(true), {0, 30, 60});
    m.run(Duration::minutes(20));
    REQUIRE(m.record.fetched.size() == 1);
    m.host().go_down();
    m.run(Duration::minutes(21));
    m.host().come_up();
    m.run();
    CHECK(m.town.ledger().audit().empty());
    CHECK(m.record.fetched.size() == 3);
    CHECK(m.times_said("C: A0001 LOGIN") == 2);
    CHECK(m.times_said(" BODY.PEEK[]\n") == 3); // flags and UIDs were on disk
    for (std::size_t n = 0; n < 3; ++n)
        CHECK(m.lay(n) < Duration::minutes(11)); // at the next instant of its grid, if not sooner
}

TEST_CASE("a server without IDLE: a device with push looks when there is a letter") {
    ReadingConfig reading = imap(true);
    Scene scene;
    HostConfig config = all_roles("mail.b.example");
    config.imap.idle = false;
    scene.town.add_host(config);
    scene.town.add_domain(
        domain_at("b.example", "mail.b.example", {{"mail.b.example", 10}}, "mail.b.example"));
    PersonConfig bob;
    bob.address = "bob@b.example";
    bob.reading = reading;
    scene.town.add_person(bob);
    scene.write({"bob@b.example"});
    scene.run();
    CHECK(scene.record.fetched.size() == 1);
    CHECK(scene.town.ledger().audit().empty());
}
