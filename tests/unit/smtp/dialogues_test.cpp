// The dialogues that the extensions' RFCs show: the client has to say its lines, in its groups, when it is given the
// server's; and our server has to answer the lines with the same codes.
#include <sstream>
#include <vector>

#include "helpers.hpp"
#include "postopolis/smtp/dsn_request.hpp"

using namespace postopolis;
using namespace postopolis::smtp;
using namespace postopolis::smtp::test;
using Result = Outcome::Result;

namespace {

struct Line {
    char by; // 'C' or 'S'
    std::string text;
};

std::vector<Line> lines_of(const std::string& dialogue) {
    std::vector<Line> lines;
    std::istringstream in(dialogue);
    for (std::string line; std::getline(in, line);) {
        const auto at = line.find_first_not_of(' ');
        if (at != std::string::npos) lines.push_back({line[at], line.substr(at + 3)});
    }
    return lines;
}

struct Played {
    std::string said; // by both
    int waits = 0;    // for the server: turnarounds
};

// Gives the client the server's lines. `content` stands for the message.
Played play(ClientDialogue& client, const std::string& dialogue, const std::string& content = "") {
    const auto lines = lines_of(dialogue);
    std::size_t next = 0;
    Played played;
    ReplyParser parser;
    bool spoke = true;
    const auto say = [&](const std::string& line) {
        played.said += "C: " + line + "\n";
        spoke = true;
        if (next < lines.size() && lines[next].by == 'C') ++next;
    };
    for (;;) {
        Action action = client.next();
        switch (action.kind) {
        case Action::Kind::send: {
            const auto line = bytes(action.command);
            say(line.substr(0, line.size() - 2));
            break;
        }
        case Action::Kind::content:
            say(content.empty() ? "." : content);
            if (!content.empty()) say(".");
            break;
        case Action::Kind::chunk: {
            const auto line = bytes(action.command);
            say(line.substr(0, line.size() - 2));
            say("(" + std::to_string(*action.command.size) + " octets)");
            break;
        }
        case Action::Kind::start_tls:
            say("(TLS)");
            break;
        case Action::Kind::convert:
            client.converted(content.size());
            break;
        case Action::Kind::receive: {
            if (std::exchange(spoke, false)) ++played.waits;
            auto reply = parser.next();
            while (!reply) {
                REQUIRE_MESSAGE(next < lines.size(), played.said);
                REQUIRE_MESSAGE(lines[next].by == 'S', played.said);
                played.said += "S: " + lines[next].text + "\n";
                parser.feed(lines[next++].text + "\r\n");
                reply = parser.next();
            }
            client.on_reply(std::make_shared<const Reply>(*reply));
            break;
        }
        case Action::Kind::idle:
            client.quit();
            break;
        case Action::Kind::close:
            return played;
        }
    }
}

std::string normalized(const std::string& dialogue) {
    std::string text;
    for (const Line& line : lines_of(dialogue))
        text += std::string(1, line.by) + ": " + line.text + "\n";
    return text;
}

void check(ClientDialogue& client, const std::string& dialogue, const std::string& content = "") {
    CHECK(play(client, dialogue, content).said == normalized(dialogue));
}

Transaction from(mail::AddressPtr sender, std::vector<mail::AddressPtr> recipients) {
    Transaction t;
    t.reverse_path = std::move(sender);
    t.recipients = std::move(recipients);
    return t;
}

const std::string without_pipelining = R"(
    S: 220 Innosoft.com SMTP service ready
    C: HELO dbc.mtview.ca.us
    S: 250 Innosoft.com
    C: MAIL FROM:<mrose@dbc.mtview.ca.us>
    S: 250 sender <mrose@dbc.mtview.ca.us> OK
    C: RCPT TO:<ned@innosoft.com>
    S: 250 recipient <ned@innosoft.com> OK
    C: RCPT TO:<dan@innosoft.com>
    S: 250 recipient <dan@innosoft.com> OK
    C: RCPT TO:<kvc@innosoft.com>
    S: 250 recipient <kvc@innosoft.com> OK
    C: DATA
    S: 354 enter mail, end with line containing only "."
    C: (message)
    C: .
    S: 250 message sent
    C: QUIT
    S: 221 goodbye
)";

} // namespace

TEST_CASE("RFC 2920 section 4: the same message waits nine times without PIPELINING, and five with it") {
    const auto mrose = address("mrose", "dbc.mtview.ca.us");
    const std::vector<mail::AddressPtr> three{address("ned", "innosoft.com"), address("dan", "innosoft.com"),
                                              address("kvc", "innosoft.com")};
    ClientDialogue slow({.helo_name = "dbc.mtview.ca.us"});
    slow.begin(from(mrose, three));
    // Ours says EHLO first; an old server has it say HELO then, as the RFC's client does at once.
    std::string dialogue = without_pipelining;
    dialogue.replace(dialogue.find("    C: HELO"), 0, "    C: EHLO dbc.mtview.ca.us\n    S: 500 what?\n");
    const Played first = play(slow, dialogue, "(message)");
    CHECK(first.said == normalized(dialogue));
    CHECK(first.waits - 1 == 9);

    ClientDialogue fast({.helo_name = "dbc.mtview.ca.us"});
    fast.begin(from(mrose, three));
    const std::string grouped = R"(
        S: 220 innosoft.com SMTP service ready
        C: EHLO dbc.mtview.ca.us
        S: 250-innosoft.com
        S: 250 PIPELINING
        C: MAIL FROM:<mrose@dbc.mtview.ca.us>
        C: RCPT TO:<ned@innosoft.com>
        C: RCPT TO:<dan@innosoft.com>
        C: RCPT TO:<kvc@innosoft.com>
        C: DATA
        S: 250 sender <mrose@dbc.mtview.ca.us> OK
        S: 250 recipient <ned@innosoft.com> OK
        S: 250 recipient <dan@innosoft.com> OK
        S: 250 recipient <kvc@innosoft.com> OK
        S: 354 enter mail, end with line containing only "."
        C: (message)
        C: .
        S: 250 message sent
        C: QUIT
        S: 221 goodbye
    )";
    const Played second = play(fast, grouped, "(message)");
    CHECK(second.said == normalized(grouped));
    CHECK(second.waits == 5); // the RFC's client says QUIT with the final dot, and waits once less
    for (const Outcome& outcome : fast.outcomes())
        CHECK(outcome.result == Result::delivered);
}

TEST_CASE("RFC 2920 section 4: no valid recipients, with and without a 354") {
    const auto mrose = address("mrose", "dbc.mtview.ca.us");
    const std::vector<mail::AddressPtr> two{address("nsb", "thumper.bellcore.com"), address("galvin", "tis.com")};
    const std::string head = R"(
        S: 220 innosoft.com SMTP service ready
        C: EHLO dbc.mtview.ca.us
        S: 250-innosoft.com
        S: 250 PIPELINING
        C: MAIL FROM:<mrose@dbc.mtview.ca.us>
        C: RCPT TO:<nsb@thumper.bellcore.com>
        C: RCPT TO:<galvin@tis.com>
        C: DATA
        S: 250 sender <mrose@dbc.mtview.ca.us> OK
        S: 550 remote mail to <nsb@thumper.bellore.com> not allowed
        S: 550 remote mail to <galvin@tis.com> not allowed
    )";
    for (const bool goes_on : {false, true}) {
        ClientDialogue client({.helo_name = "dbc.mtview.ca.us"});
        client.begin(from(mrose, two));
        check(client, head + (goes_on ? "S: 354 enter mail, end with line containing only \".\"\nC: .\n" : "") +
                          "S: 554 no valid recipients\nC: QUIT\nS: 221 goodbye\n");
        for (const Outcome& outcome : client.outcomes())
            CHECK(outcome.result == Result::failed);
    }
}

TEST_CASE("RFC 3030 section 4.1: a message of 86 octets in one chunk") {
    const std::string content =
        "To: Susan@random.com\r\nFrom: Sam@random.com\r\nSubject: This is a bodyless test message\r\n";
    REQUIRE(content.size() == 86);
    ClientDialogue client({.helo_name = "ymir.claremont.edu"});
    Transaction t = from(address("Sam", "Random.com"), {address("Susan", "Random.com")});
    t.size = content.size();
    client.begin(t);
    check(client, R"(
        S: 220 cnri.reston.va.us SMTP service ready
        C: EHLO ymir.claremont.edu
        S: 250-cnri.reston.va.us says hello
        S: 250 CHUNKING
        C: MAIL FROM:<Sam@Random.com>
        S: 250 <Sam@Random.com> Sender ok
        C: RCPT TO:<Susan@Random.com>
        S: 250 <Susan@random.com> Recipient ok
        C: BDAT 86 LAST
        C: (86 octets)
        S: 250 Message OK, 86 octets received
        C: QUIT
        S: 221 Goodbye
    )");
    CHECK(client.outcomes()[0].result == Result::delivered);
}

TEST_CASE("RFC 3030 section 4.2: a binary message in several chunks, in a group") {
    ClientDialogue client({.helo_name = "ymir.claremont.edu", .chunk_octets = 100000});
    Transaction t = from(address("ned", "ymir.claremont.edu"),
                         {address("gvaudre", "cnri.reston.va.us"), address("jstewart", "cnri.reston.va.us")});
    t.size = 100324;
    t.binary = true;
    client.begin(t);
    check(client, R"(
        S: 220 cnri.reston.va.us SMTP service ready
        C: EHLO ymir.claremont.edu
        S: 250-cnri.reston.va.us says hello
        S: 250-PIPELINING
        S: 250-BINARYMIME
        S: 250 CHUNKING
        C: MAIL FROM:<ned@ymir.claremont.edu> BODY=BINARYMIME
        C: RCPT TO:<gvaudre@cnri.reston.va.us>
        C: RCPT TO:<jstewart@cnri.reston.va.us>
        S: 250 <ned@ymir.claremont.edu>... Sender and BINARYMIME ok
        S: 250 <gvaudre@cnri.reston.va.us>... Recipient ok
        S: 250 <jstewart@cnri.reston.va.us>... Recipient ok
        C: BDAT 100000
        C: (100000 octets)
        C: BDAT 324 LAST
        C: (324 octets)
        S: 250 100000 octets received
        S: 250 Message OK, 100324 octets received
        C: QUIT
        S: 221 Goodbye
    )");
    CHECK(client.outcomes()[1].result == Result::delivered);

    // The RFC's client ends with an empty chunk; our server takes that too.
    ServerConfig config;
    config.host_name = "cnri.reston.va.us";
    config.extensions.pipelining = config.extensions.chunking = config.extensions.binarymime = true;
    config.extensions.eightbitmime = true;
    Server server(config);
    CHECK(server.say("EHLO ymir.claremont.edu").find("BINARYMIME") != std::string::npos);
    CHECK(server.code("MAIL FROM:<ned@ymir.claremont.edu> BODY=BINARYMIME").starts_with("250"));
    CHECK(server.code("RCPT TO:<gvaudre@cnri.reston.va.us>").starts_with("250"));
    CHECK(server.code("DATA").starts_with("503"));
    for (const char* line : {"BDAT 100000", "BDAT 324", "BDAT 0 LAST"})
        CHECK(server.code(line).starts_with("250"));
    CHECK_FALSE(server.session.in_transaction());
}

TEST_CASE("RFC 3207 section 5: STARTTLS, after which all begins anew") {
    ClientDialogue client({.helo_name = "mail.example.com", .tls = tls::Policy::required});
    client.begin(from(nullptr, {address("a", "imc.org")}));
    check(client, R"(
        S: 220 mail.imc.org SMTP service ready
        C: EHLO mail.example.com
        S: 250-mail.imc.org offers a warm hug of welcome
        S: 250-8BITMIME
        S: 250-STARTTLS
        S: 250 DSN
        C: STARTTLS
        S: 220 Go ahead
        C: (TLS)
        C: EHLO mail.example.com
        S: 250-mail.imc.org touches your hand gently for a moment
        S: 250-8BITMIME
        S: 250 DSN
        C: MAIL FROM:<>
        S: 550 no
        C: QUIT
        S: 221 bye
    )");
    CHECK(client.tls());
}

TEST_CASE("RFC 3207 section 4: refused or not offered, a client goes on in the clear, or does not") {
    const std::string offered = "S: 220 a\nC: EHLO c.example\nS: 250-a\nS: 250 STARTTLS\nC: STARTTLS\nS: 454 TLS not "
                                "available due to temporary reason\n";
    const std::string missing = "S: 220 a\nC: EHLO c.example\nS: 250 a\n";
    for (const std::string& head : {offered, missing}) {
        ClientDialogue polite({.helo_name = "c.example", .tls = tls::Policy::opportunistic});
        polite.begin(from(nullptr, {address("a", "a.example")}));
        check(polite, head + "C: MAIL FROM:<>\nS: 550 no\nC: QUIT\nS: 221 bye\n");
        CHECK_FALSE(polite.tls());
        ClientDialogue strict({.helo_name = "c.example", .tls = tls::Policy::required});
        strict.begin(from(nullptr, {address("a", "a.example")}));
        check(strict, head + "C: QUIT\nS: 221 bye\n");
        CHECK(strict.outcomes()[0].result == Result::deferred);
        CHECK(strict.outcomes()[0].stage == Stage::starttls);
    }
}

TEST_CASE("RFC 2033 section 6: after the dot a reply for each recipient that was accepted") {
    ClientDialogue client({.helo_name = "foo.edu", .lmtp = true});
    client.begin(from(address("chris", "bar.com"),
                      {address("pat", "foo.edu"), address("jones", "foo.edu"), address("green", "foo.edu")}));
    check(client, R"(
        S: 220 foo.edu LMTP server ready
        C: LHLO foo.edu
        S: 250-foo.edu
        S: 250 PIPELINING
        C: MAIL FROM:<chris@bar.com>
        C: RCPT TO:<pat@foo.edu>
        C: RCPT TO:<jones@foo.edu>
        C: RCPT TO:<green@foo.edu>
        C: DATA
        S: 250 OK
        S: 250 OK
        S: 550 No such user here
        S: 250 OK
        S: 354 Start mail input; end with <CRLF>.<CRLF>
        C: Blah blah blah...
        C: .
        S: 250 OK
        S: 452 <green@foo.edu> is temporarily over quota
        C: QUIT
        S: 221 foo.edu closing connection
    )",
          "Blah blah blah...");
    CHECK(client.outcomes()[0].result == Result::delivered);
    CHECK(client.outcomes()[1].result == Result::failed);
    CHECK(client.outcomes()[2].result == Result::deferred);
}

TEST_CASE("RFC 3461 section 10.1: the parameters of Alice's submission") {
    const std::pair<mail::AddressPtr, const char*> asked[] = {
        {address("Bob", "Example.COM"), "SUCCESS"},        {address("Carol", "Ivory.EDU"), "FAILURE"},
        {address("Dana", "Ivory.EDU"), "SUCCESS,FAILURE"}, {address("Eric", "Bombs.AF.MIL"), "FAILURE"},
        {address("Fred", "Bombs.AF.MIL"), "NEVER"},        {address("George", "Tax-ME.GOV"), "FAILURE"}};
    Transaction t = from(address("Alice", "Example.ORG"), {});
    for (const auto& [to, notify] : asked) {
        DsnRequest request{.notify = *parse_notify(notify),
                           .original_recipient = "rfc822;" + to->text(),
                           .ret = DsnRequest::Return::headers,
                           .envelope_id = "QQ314159"};
        t.recipients.push_back(to);
        t.mail_parameters = mail_parameters(request);
        t.rcpt_parameters.push_back(rcpt_parameters(request));
        CHECK(dsn_request(t.mail_parameters, t.rcpt_parameters.back()) == request);
    }
    ClientDialogue client({.helo_name = "Example.ORG"});
    client.begin(t);
    check(client, R"(
        S: 220 Example.ORG SMTP server here
        C: EHLO Example.ORG
        S: 250-Example.ORG
        S: 250-DSN
        S: 250 PIPELINING
        C: MAIL FROM:<Alice@Example.ORG> RET=HDRS ENVID=QQ314159
        C: RCPT TO:<Bob@Example.COM> NOTIFY=SUCCESS ORCPT=rfc822;Bob@Example.COM
        C: RCPT TO:<Carol@Ivory.EDU> NOTIFY=FAILURE ORCPT=rfc822;Carol@Ivory.EDU
        C: RCPT TO:<Dana@Ivory.EDU> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;Dana@Ivory.EDU
        C: RCPT TO:<Eric@Bombs.AF.MIL> NOTIFY=FAILURE ORCPT=rfc822;Eric@Bombs.AF.MIL
        C: RCPT TO:<Fred@Bombs.AF.MIL> NOTIFY=NEVER ORCPT=rfc822;Fred@Bombs.AF.MIL
        C: RCPT TO:<George@Tax-ME.GOV> NOTIFY=FAILURE ORCPT=rfc822;George@Tax-ME.GOV
        C: DATA
        S: 250 <Alice@Example.ORG> sender ok
        S: 250 <Bob@Example.COM> recipient ok
        S: 250 <Carol@Ivory.EDU> recipient ok
        S: 250 <Dana@Ivory.EDU> recipient ok
        S: 250 <Eric@Bombs.AF.MIL> recipient ok
        S: 250 <Fred@Bombs.AF.MIL> recipient ok
        S: 250 <George@Tax-ME.GOV> recipient ok
        S: 354 okay, send message
        C: (message goes here)
        C: .
        S: 250 message accepted
        C: QUIT
        S: 221 goodbye
    )",
          "(message goes here)");

    ClientDialogue plain({.helo_name = "Example.ORG"}); // to a server without DSN nothing of it is said
    plain.begin(from(t.reverse_path, {t.recipients.front()}));
    check(plain, "S: 220 a\nC: EHLO Example.ORG\nS: 250 a\nC: MAIL FROM:<Alice@Example.ORG>\nS: 550 no\nC: QUIT\n"
                 "S: 221 bye\n");
}

TEST_CASE("RFC 2195 section 2: the example of CRAM-MD5") {
    const Credentials tim{"tim", "tanstaaftanstaaf"};
    const std::string challenge = "<1896.697170952@postoffice.reston.mci.net>";
    CHECK(cram_md5_message(tim, challenge) == "tim b913a602c7eda7a495b4e6e7334d3890");
    ClientDialogue client({.helo_name = "c.example", .credentials = tim});
    client.begin(from(nullptr, {address("a", "a.example")}));
    check(client, R"(
        S: 220 a
        C: EHLO c.example
        S: 250-a
        S: 250 AUTH PLAIN CRAM-MD5
        C: AUTH CRAM-MD5
        S: 334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+
        C: dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw
        S: 235 ok
        C: MAIL FROM:<>
        S: 550 no
        C: QUIT
        S: 221 bye
    )");
}

TEST_CASE("8-bit content for a server without 8BITMIME is converted, or fails with 5.6.3 (RFC 6152 section 3)") {
    for (const bool can : {false, true}) {
        ServerConfig config;
        config.host_name = "y.example";
        config.extensions.size = 0;
        Server server(config);
        ClientDialogue client({.helo_name = "c.example"});
        Transaction t = from(nullptr, {address("a", "a.example")});
        t.eight_bit = true;
        t.size = 12345;
        client.begin(t);
        Conversation conversation(server, client);
        conversation.converts = can;
        const std::string said = conversation.run("1234567890");
        CHECK((said.find("MAIL FROM:<> SIZE=10\r\n") != std::string::npos) == can);
        CHECK(said.find("BODY") == std::string::npos);
        REQUIRE(client.idle());
        CHECK(client.outcomes()[0].result == (can ? Result::delivered : Result::failed));
        if (!can) CHECK(client.outcomes()[0].reply->enhanced.text() == "5.6.3");
    }
}
