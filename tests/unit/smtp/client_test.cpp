// The client meets servers that refuse, vanish and misbehave: every recipient gets exactly one outcome.
#include "helpers.hpp"

using namespace postopolis;
using namespace postopolis::smtp;
using namespace postopolis::smtp::test;

namespace {

using Result = Outcome::Result;

Transaction two_recipients(std::uint64_t size = 10) {
    return {.reverse_path = address("a", "x.example"),
            .recipients = {address("b", "y.example"), address("c", "y.example")},
            .size = size};
}

// Plays the server by hand: feeds the replies one after the other and notes the commands sent.
struct Script {
    explicit Script(ClientConfig config = {.helo_name = "c.example"}) : client(std::move(config)) {
        client.begin(two_recipients());
    }
    // Advances until the client waits (or is done), then gives it the reply.
    Script& reply(std::uint16_t code, std::string_view text = "") {
        advance();
        client.on_reply(make_reply(code, text));
        return *this;
    }
    void advance() {
        for (;;) {
            const auto action = client.next();
            last = action.kind;
            if (action.kind == Action::Kind::send)
                sent += std::string(to_string(action.command.verb)) + " ";
            else if (action.kind == Action::Kind::content)
                sent += action.empty ? "empty " : "content ";
            else
                return;
        }
    }
    void expect(Result first, Result second, Stage stage) {
        advance();
        REQUIRE(client.outcomes().size() == 2);
        CHECK(client.outcomes()[0].result == first);
        CHECK(client.outcomes()[1].result == second);
        CHECK(client.outcomes()[0].stage == stage);
    }
    ClientDialogue client;
    std::string sent;
    Action::Kind last = Action::Kind::send;
};

} // namespace

TEST_CASE("refused at each stage: 4yz defers, 5yz fails, and the stage is told") {
    struct Row {
        int positives; // replies that go well before the refusal
        Stage stage;
        const char* sent;
    };
    const Row rows[] = {{0, Stage::greeting, "QUIT "},
                        {2, Stage::mail, "EHLO MAIL "},
                        {5, Stage::data, "EHLO MAIL RCPT RCPT DATA "},
                        {6, Stage::end_of_data, "EHLO MAIL RCPT RCPT DATA content "}};
    const std::uint16_t good[] = {220, 250, 250, 250, 250, 354};
    for (const auto& row : rows) {
        for (const std::uint16_t code : {std::uint16_t{451}, std::uint16_t{554}}) {
            CAPTURE(row.sent);
            Script script;
            for (int i = 0; i < row.positives; ++i)
                script.reply(good[i]);
            script.reply(code, "no");
            const auto result = code == 451 ? Result::deferred : Result::failed;
            script.expect(result, result, row.stage);
            CHECK(script.sent == row.sent);
            CHECK(script.client.outcomes()[0].reply->code == code);
            CHECK(script.client.session_failure().result == (row.positives == 0 ? result : Result::pending));
        }
    }
}

TEST_CASE("EHLO refused with 5yz falls back to HELO; with 4yz it does not") {
    Script old;
    old.reply(220).reply(502).reply(250).reply(250).reply(250).reply(250).reply(354).reply(250);
    old.expect(Result::delivered, Result::delivered, Stage::end_of_data);
    CHECK(old.sent == "EHLO HELO MAIL RCPT RCPT DATA content ");
    CHECK_FALSE(old.client.extended());
    Script both;
    both.reply(220).reply(550).reply(550);
    both.expect(Result::failed, Result::failed, Stage::ehlo);
    Script busy;
    busy.reply(220).reply(451);
    busy.expect(Result::deferred, Result::deferred, Stage::ehlo);
    CHECK(busy.sent == "EHLO QUIT ");
}

TEST_CASE("421 ends the session wherever it comes") {
    const std::uint16_t good[] = {220, 250, 250, 250, 250, 354};
    const Stage stages[] = {Stage::greeting, Stage::ehlo, Stage::mail,       Stage::rcpt,
                            Stage::rcpt,     Stage::data, Stage::end_of_data};
    for (std::size_t before = 0; before < 7; ++before) {
        CAPTURE(before);
        Script script;
        for (std::size_t i = 0; i < before; ++i)
            script.reply(good[i]);
        script.reply(421, "bye");
        script.expect(Result::deferred, Result::deferred, stages[before]);
        CHECK(script.last == Action::Kind::close);
        CHECK(script.client.session_failure().result == Result::deferred);
    }
}

TEST_CASE("a lost connection defers what is not decided and keeps what is") {
    Script script;
    script.reply(220).reply(250).reply(250).reply(550).reply(250);
    script.advance();
    CHECK(script.client.stage() == Stage::data);
    script.client.on_lost(make_reply(451, {4, 4, 2}, "connection lost"));
    script.expect(Result::failed, Result::deferred, Stage::rcpt);
    CHECK(script.client.outcomes()[1].stage == Stage::data);
    CHECK(script.client.outcomes()[1].local);
    CHECK(script.last == Action::Kind::close);

    Script sending;
    sending.reply(220).reply(250).reply(250).reply(250).reply(250).reply(354);
    CHECK(sending.client.next().kind == Action::Kind::content);
    CHECK(sending.client.stage() == Stage::content); // until the owner comes back, having sent it
    CHECK(sending.client.next().kind == Action::Kind::receive);
    CHECK(sending.client.stage() == Stage::end_of_data);
}

TEST_CASE(
    "partial acceptance; 552 to RCPT means 452 (RFC 5321 4.5.3.1.10); replies that make no sense defer") {
    Script script;
    script.reply(220).reply(250).reply(250).reply(552, "too many").reply(250).reply(354).reply(250);
    script.expect(Result::deferred, Result::delivered, Stage::rcpt);
    Script nobody;
    nobody.reply(220).reply(250).reply(250).reply(550).reply(450);
    nobody.expect(Result::failed, Result::deferred, Stage::rcpt);
    CHECK(nobody.sent == "EHLO MAIL RCPT RCPT ");
    nobody.client.begin(two_recipients()); // the server still holds the transaction
    nobody.advance();
    CHECK(nobody.sent == "EHLO MAIL RCPT RCPT RSET ");
    Script odd;
    odd.reply(220).reply(250).reply(250).reply(250).reply(250).reply(250, "to DATA?");
    odd.expect(Result::deferred, Result::deferred, Stage::data);
}

TEST_CASE("PIPELINING sends the envelope as one group, and copes when the group fails half way (RFC 2920)") {
    const auto piped = [](Script& script) -> Script& {
        return script.reply(220).reply(250, "y.example\nPIPELINING");
    };
    Script good;
    piped(good).advance();
    CHECK(good.sent == "EHLO MAIL RCPT RCPT DATA ");
    good.reply(250).reply(550).reply(251).reply(354).reply(250);
    good.expect(Result::failed, Result::delivered, Stage::rcpt);

    Script refused;
    piped(refused).reply(451).reply(503).reply(503).reply(503);
    refused.expect(Result::deferred, Result::deferred, Stage::mail);
    CHECK(refused.client.outcomes()[1].reply->code == 451);
    CHECK(refused.client.idle());

    Script empty;
    piped(empty).reply(250).reply(550).reply(550).reply(354).reply(554);
    empty.expect(Result::failed, Result::failed, Stage::rcpt);
    CHECK(empty.sent == "EHLO MAIL RCPT RCPT DATA empty ");
    CHECK(empty.client.outcomes()[1].reply->code == 550);
}

TEST_CASE(
    "the server's size limit is checked before MAIL (RFC 1870), SIZE= and BODY= are sent when offered") {
    ServerConfig config;
    config.host_name = "y.example";
    config.max_message_size = 100;
    config.extensions = usual_extensions(100);
    Server server(config);
    ClientDialogue client({.helo_name = "c.example", .pipelining = false});
    client.begin(two_recipients(101));
    Conversation conversation(server, client);
    CHECK(conversation.run().find("MAIL") == std::string::npos);
    CHECK(client.outcomes()[1].result == Result::failed);
    CHECK(client.outcomes()[1].local);
    CHECK(client.outcomes()[1].reply->enhanced == mail::EnhancedStatus{5, 3, 4});
    auto next = two_recipients(100);
    next.eight_bit = true;
    client.begin(next);
    const auto transcript = conversation.run();
    CHECK(transcript.find("C: MAIL FROM:<a@x.example> SIZE=100 BODY=8BITMIME\r\nS: 250 2.1.0 OK\r\n") !=
          std::string::npos);
    CHECK(client.outcomes()[1].result == Result::delivered);
}

TEST_CASE("all or nothing: RSET takes back who was accepted, and the session goes on (RFC 5321 D.2)") {
    for (const bool pipelining : {false, true}) {
        Script script({.helo_name = "c.example", .pipelining = pipelining, .all_or_nothing = true});
        script.reply(220).reply(250, "y.example\nPIPELINING").reply(250).reply(250).reply(550, "No such user here");
        script.expect(Result::failed, Result::failed, Stage::rcpt);
        CHECK(script.client.outcomes()[0].local);
        CHECK(to_string(*script.client.outcomes()[0].reply) ==
              "554 5.0.0 Not sent, as another recipient was refused: 550 No such user here");
        CHECK_FALSE(script.client.outcomes()[1].local);
        script.client.begin(two_recipients());
        script.reply(250).reply(250).reply(450).reply(250); // RSET, MAIL, two RCPT
        script.expect(Result::deferred, Result::deferred, Stage::rcpt);
        script.client.quit();
        script.reply(250).reply(221);
        CHECK(script.client.closed());
        CHECK(script.sent == "EHLO MAIL RCPT RCPT RSET MAIL RCPT RCPT RSET QUIT ");
    }
}

TEST_CASE("VRFY about each recipient, last of its group; RCPT decides (RFC 5321 D.4)") {
    Script script({.helo_name = "c.example", .pipelining = true, .verifies = true});
    script.reply(220).reply(250, "y.example\nPIPELINING");
    script.advance();
    CHECK(script.sent == "EHLO VRFY ");
    script.reply(550);
    script.advance();
    CHECK(script.sent == "EHLO VRFY VRFY ");
    script.reply(252);
    script.advance();
    CHECK(script.sent == "EHLO VRFY VRFY MAIL RCPT RCPT DATA ");
    script.reply(250).reply(250).reply(250).reply(354).reply(250);
    script.expect(Result::delivered, Result::delivered, Stage::end_of_data);
}

TEST_CASE("several transactions share a connection; STARTTLS is used where offered") {
    ServerConfig config;
    config.host_name = "y.example";
    config.extensions = usual_extensions(0);
    config.extensions.starttls = true;
    Server server(config);
    server.on_rcpt = [](const mail::Address& who) {
        return who.local == "b" ? make_reply(450, {4, 2, 1}, "later") : ReplyPtr();
    };
    ClientDialogue client({.helo_name = "c.example", .tls = tls::Policy::opportunistic});
    Conversation conversation(server, client);
    CHECK(conversation.run() ==
          "S: 220 y.example ESMTP\r\nC: EHLO c.example\r\nS: 250-y.example\r\n"
          "S: 250-PIPELINING\r\nS: 250-STARTTLS\r\nS: 250-ENHANCEDSTATUSCODES\r\n"
          "S: 250-8BITMIME\r\nS: 250 SIZE\r\nC: STARTTLS\r\nS: 220 2.0.0 Ready to start TLS\r\n"
          "C: EHLO c.example\r\nS: 250-y.example\r\nS: 250-PIPELINING\r\n"
          "S: 250-ENHANCEDSTATUSCODES\r\nS: 250-8BITMIME\r\nS: 250 SIZE\r\n");
    CHECK(client.idle());
    for (int i = 0; i < 3; ++i) {
        client.begin(two_recipients());
        conversation.run();
        CHECK(client.outcomes()[0].result == Result::deferred);
        CHECK(client.outcomes()[1].result == Result::delivered);
        CHECK(server.session.with_protocol() == mail::Protocol::esmtps);
    }
    client.quit();
    CHECK(conversation.run() == "C: QUIT\r\nS: 221 2.0.0 y.example Service closing transmission channel\r\n");
    client.begin(two_recipients()); // too late: deferred at once
    CHECK(client.outcomes()[0].result == Result::deferred);
}

TEST_CASE("whatever the replies, the dialogue ends and decides everybody") {
    // All sequences of these replies of length 9, for a client with and without pipelining.
    const std::uint16_t codes[] = {250, 354, 450, 550};
    const ClientConfig configs[] = {
        {.helo_name = "c.example", .pipelining = false},
        {.helo_name = "c.example", .pipelining = true},
        {.helo_name = "c.example", .pipelining = false, .verifies = true, .all_or_nothing = true},
        {.helo_name = "c.example", .pipelining = true, .verifies = true, .all_or_nothing = true}};
    for (const ClientConfig& config : configs) {
        for (unsigned sequence = 0; sequence < 1U << 18; sequence += 1) {
            Script script(config);
            script.reply(220).reply(250, "y.example\nPIPELINING");
            for (unsigned i = 0; i < 9 && !script.client.idle(); ++i)
                script.reply(codes[sequence >> (2 * i) & 3]);
            bool decided = script.client.idle();
            for (const auto& outcome : script.client.outcomes()) {
                decided = decided && outcome.result != Result::pending && outcome.reply != nullptr;
            }
            if (!decided) FAIL("sequence ", sequence);
            if (script.sent.size() > 64) FAIL("endless: ", script.sent);
            if (!config.all_or_nothing) continue;
            // Both got it, or neither did.
            const bool first = script.client.outcomes()[0].result == Result::delivered;
            const bool second = script.client.outcomes()[1].result == Result::delivered;
            if (first != second) FAIL("one without the other: ", sequence);
        }
    }
}
