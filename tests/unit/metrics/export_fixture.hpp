// A town of five letters, told by hand: each figure of it can be worked out on paper.
//
//   letter 1, to bob and carol at 0 s: bob's copy is greylisted, filed at 303.5 s, read at 363.5 s; carol's
//   is
//             bounced at 2 s by letter 2, which alice's mailbox gets at 4 s;
//   letter 3, a reply with a subject that is not UTF-8, is in transit when the clock stops at 800 s;
//   letter 4, at 400 s: the peer's 250 gets lost, so that bob has it at 402 s and again at 702 s.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "postopolis/kernel/node.hpp"
#include "postopolis/mail/compose.hpp"
#include "postopolis/metrics/exporter.hpp"

namespace export_test {

namespace fs = std::filesystem;
using namespace postopolis;
using kernel::Duration;
using kernel::Time;
using trace::Cause;
using Stage = trace::Passed::Stage;

/// A fresh directory that goes away with it.
struct Folder {
    Folder() {
        std::string name = (fs::temp_directory_path() / "postopolis-export-XXXXXX").string();
        path = ::mkdtemp(name.data());
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
    fs::path path;
};

inline std::string contents(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// The way of a stage: its causes in seconds.
using Spent = std::vector<std::pair<Cause, double>>;

struct Town {
    explicit Town(metrics::ExportSet* exports = nullptr) {
        bus.add(ledger);
        bus.add(counts);
        if (exports != nullptr) exports->listen(bus);
    }

    void at(double seconds) { simulation.run_until(Time::at(Duration::from_seconds(seconds))); }
    void tell(const trace::What& what) { bus.tell(node, 0, what); }

    void compose(trace::LetterId letter, trace::LetterKind kind, trace::LetterId about,
                 const mail::AddressPtr& sender, std::string_view subject,
                 const std::vector<mail::AddressPtr>& to, const std::vector<trace::CopyId>& copies) {
        const std::vector<trace::RecipientKind> kinds(to.size(), trace::RecipientKind::to);
        trace::Composed c;
        c.letter = letter;
        c.kind = kind;
        c.about = about;
        c.sender = sender;
        c.subject = subject;
        c.message_id = "m@yourcompany.example";
        c.size = 1234;
        c.recipients = to;
        c.kinds = kinds;
        c.copies = copies;
        tell(c);
    }
    /// A stage that ends now.
    void pass(Stage stage, const std::vector<trace::CopyId>& copies, double begin, const Spent& spent) {
        trace::Passed p;
        p.stage = stage;
        p.copies = copies;
        p.begin = Time::at(Duration::from_seconds(begin));
        for (const auto& [cause, seconds] : spent)
            p.spent.add(cause, Duration::from_seconds(seconds));
        p.from = "here";
        p.to = "there";
        tell(p);
    }
    void accept(trace::LetterId letter, const std::vector<trace::CopyId>& copies, std::string_view host) {
        trace::Accepted a;
        a.letter = letter;
        a.copies = copies;
        a.host = host;
        a.connection = 77;
        tell(a);
    }
    void deliver(trace::LetterId letter, trace::CopyId copy, std::string_view mailbox) {
        trace::Delivered d;
        d.letter = letter;
        d.copy = copy;
        d.host = "mx.yourcustomer.example";
        d.mailbox = mailbox;
        d.message = &message;
        tell(d);
    }
    void talk() {
        trace::Connected c;
        c.connection = 77;
        c.client = "mail.yourcompany.example";
        c.server = "mx.yourcustomer.example";
        c.client_address = 0xc0000201;
        c.server_address = 0xc6336419;
        c.client_port = 49152;
        c.server_port = 25;
        c.took = Duration::milliseconds(80);
        tell(c);
        say(false, "220 mx.yourcustomer.example ESMTP\r\n", false);
        say(true, "DATA\r\n", false);
        say(true, "Subject: x\r\n\r\nsplit ", true);
        say(true, "line\x1b[2J\r\n.\r\n", true);
        say(false, "250-two\r\n250 lines\r\n", false);
        trace::Disconnected d;
        d.connection = 77;
        d.how = "closed";
        tell(d);
    }
    void say(bool client, std::string_view bytes, bool data) {
        trace::Spoke s;
        s.connection = 77;
        s.by_client = client;
        s.bytes = bytes;
        s.data = data;
        tell(s);
    }

    void first_letter() {
        compose(1, trace::LetterKind::letter, 0, alice, "Hello, \"world\" \xc3\xa9", {bob, carol}, {11, 12});
        at(1);
        pass(Stage::submission, {11, 12}, 0, {{Cause::transit, 0.25}, {Cause::service, 0.75}});
        accept(1, {11, 12}, "mail.yourcompany.example");
        talk();
        at(2);
        pass(Stage::transfer, {11, 12}, 1, {{Cause::transit, 0.5}, {Cause::dns, 0.5}});
        defer();
        bounce();
    }
    void defer() {
        const std::vector<trace::CopyId> copies{11};
        trace::Deferred d;
        d.letter = 1;
        d.copies = copies;
        d.host = "mail.yourcompany.example";
        d.remote = "mx.yourcustomer.example";
        d.reason = {451, "4.7.1", "Greylisted"};
        d.backoff = Cause::backoff_greylisted;
        d.next_try = Time::at(Duration::seconds(302));
        d.attempts = 1;
        tell(d);
    }
    void bounce() {
        const std::vector<trace::CopyId> copies{12};
        compose(2, trace::LetterKind::bounce, 1, nullptr, "Undelivered Mail", {alice}, {13});
        trace::Bounced b;
        b.letter = 1;
        b.copies = copies;
        b.host = "mail.yourcompany.example";
        b.reason = {550, "5.1.1", "No such user"};
        b.report = 2;
        tell(b);
        at(4);
        pass(Stage::filing, {13}, 2, {{Cause::service, 2}});
        deliver(2, 13, "alice@yourcompany.example");
    }
    void second_try() {
        at(302);
        pass(Stage::waiting, {11}, 2, {{Cause::backoff_greylisted, 299}, {Cause::queue, 1}});
        at(303);
        pass(Stage::transfer, {11}, 302, {{Cause::transit, 1}});
        accept(1, {11}, "mx.yourcustomer.example");
        at(303.5);
        pass(Stage::filing, {11}, 303, {{Cause::service, 0.5}});
        deliver(1, 11, "bob@yourcustomer.example");
        at(363.5);
        pass(Stage::pickup, {11}, 303.5, {{Cause::pickup, 60}});
        tell(trace::Fetched{1, 11, "bob@yourcustomer.example", false});
        compose(3, trace::LetterKind::reply, 1, bob, "bad \xff\xc3 byte", {alice}, {14});
    }
    void duplicate() {
        at(400);
        compose(4, trace::LetterKind::letter, 0, alice, "twice", {bob}, {15});
        at(401);
        pass(Stage::submission, {15}, 400, {{Cause::transit, 1}});
        accept(4, {15}, "mail.yourcompany.example");
        at(402);
        pass(Stage::transfer, {15}, 401, {{Cause::transit, 1}});
        accept(4, {15}, "mx.yourcustomer.example");
        deliver(4, 15, "bob@yourcustomer.example");
        at(701);
        const std::vector<trace::CopyId> old{15}, renamed{16};
        trace::Doubted d;
        d.letter = 4;
        d.copies = old;
        d.renamed = renamed;
        d.begin = Time::at(Duration::seconds(401));
        d.host = "mail.yourcompany.example";
        d.remote = "mx.yourcustomer.example";
        tell(d);
        pass(Stage::transfer, {16}, 401, {{Cause::timeout, 300}});
        at(702);
        pass(Stage::transfer, {16}, 701, {{Cause::transit, 1}});
        accept(4, {16}, "mx.yourcustomer.example");
        deliver(4, 16, "bob@yourcustomer.example");
    }
    /// At 800 s and after: letter 5 to a list of two, expanded at 803 s; one has it at 804 s, the other is
    /// lost.
    void expand() {
        compose(5, trace::LetterKind::letter, 0, alice, "to all", {carol}, {17});
        at(801);
        pass(Stage::submission, {17}, 800, {{Cause::transit, 1}});
        accept(5, {17}, "mail.yourcompany.example");
        at(803);
        pass(Stage::transfer, {17}, 801, {{Cause::transit, 2}});
        const std::vector<trace::CopyId> into{18, 19};
        const std::vector<mail::AddressPtr> members{bob, alice};
        tell(trace::Expanded{5, 17, "mx.yourcustomer.example", into, members});
        at(804);
        pass(Stage::filing, {18, 19}, 803, {{Cause::service, 1}});
        deliver(5, 18, "bob@yourcustomer.example");
        const std::vector<trace::CopyId> lost{19};
        tell(trace::Lost{5, lost, "mx.yourcustomer.example", "crash"});
    }
    void live() {
        first_letter();
        second_try();
        duplicate();
        tell(trace::LookedUp{"mail.yourcompany.example", "dns.yourcompany.example", "yourcustomer.example",
                             "MX", "NOERROR", true, Duration::milliseconds(3)});
        at(800);
    }
    metrics::RunFacts facts() const {
        metrics::RunFacts f;
        f.scenario = "by hand";
        f.seed = 7;
        f.replication = 3;
        f.fingerprint = "0123456789abcdef";
        f.start_unix_seconds = 1'767'600'000;
        f.end = simulation.now();
        f.events = 42;
        f.counts = &counts;
        return f;
    }

    static mail::AddressPtr address(std::string local, std::string domain) {
        return std::make_shared<const mail::Address>(mail::Address{std::move(local), std::move(domain)});
    }
    static mail::Message make_message() {
        mail::LetterSpec spec;
        spec.from = {address("alice", "yourcompany.example"), "Alice"};
        spec.to = {{address("bob", "yourcustomer.example"), "Bob"}};
        spec.subject = "A brilliant message";
        spec.date = {1'767'600'000'000'000'000, 0};
        spec.message_id = "m@yourcompany.example";
        spec.body = std::string("From here to there\n>From quoted\nThe end.\n");
        return mail::Message(mail::compose(std::move(spec)))
            .prepended(mail::ReturnPath{address("alice", "yourcompany.example")});
    }

    kernel::Simulation simulation{kernel::RunKey{}};
    kernel::Node node{simulation, "town hall"};
    trace::Bus bus;
    trace::Ledger ledger;
    metrics::EventCounts counts;
    mail::AddressPtr alice = address("alice", "yourcompany.example");
    mail::AddressPtr bob = address("bob", "yourcustomer.example");
    mail::AddressPtr carol = address("carol", "yourcustomer.example");
    mail::Message message = make_message();
};

} // namespace export_test
