// The dialogues of RFC 5321 appendix D, byte for byte but for two things the RFC leaves open: the order of
// EHLO keywords (4.1.1.1) is ours, and the content is given without its "C: ".
#include "helpers.hpp"

using namespace postopolis;
using namespace postopolis::smtp;
using namespace postopolis::smtp::test;

namespace {

ServerConfig rfc_server(std::string host) {
    ServerConfig config;
    config.host_name = std::move(host);
    config.greeting = "Simple Mail Transfer Service Ready";
    config.greets_client = true;
    config.extensions.eightbitmime = true;
    config.extensions.size = 0;
    config.extensions.dsn = true;
    config.extensions.others = {"HELP"};
    return config;
}

ReplyPtr green_is_unknown(const mail::Address& recipient) {
    return recipient.local == "Green" ? make_reply(550, "No such user here") : ReplyPtr();
}

const std::string opening = "S: 220 foo.com Simple Mail Transfer Service Ready\r\n"
                            "C: EHLO bar.com\r\n"
                            "S: 250-foo.com greets bar.com\r\n"
                            "S: 250-8BITMIME\r\n"
                            "S: 250-DSN\r\n"
                            "S: 250-SIZE\r\n"
                            "S: 250 HELP\r\n";
const std::string closing = "C: QUIT\r\n"
                            "S: 221 foo.com Service closing transmission channel\r\n";

} // namespace

TEST_CASE("RFC 5321 D.1: a typical transaction, one of three recipients refused") {
    Server server(rfc_server("foo.com"));
    server.on_rcpt = green_is_unknown;
    ClientDialogue client({.helo_name = "bar.com"});
    client.begin({.reverse_path = address("Smith", "bar.com"),
                  .recipients = {address("Jones", "foo.com"), address("Green", "foo.com"),
                                 address("Brown", "foo.com")},
                  .size = 38});
    Conversation conversation(server, client);
    const auto transaction = conversation.run();
    client.quit();
    CHECK(transaction + conversation.run() == opening +
                                                  "C: MAIL FROM:<Smith@bar.com> SIZE=38\r\n"
                                                  "S: 250 OK\r\n"
                                                  "C: RCPT TO:<Jones@foo.com>\r\n"
                                                  "S: 250 OK\r\n"
                                                  "C: RCPT TO:<Green@foo.com>\r\n"
                                                  "S: 550 No such user here\r\n"
                                                  "C: RCPT TO:<Brown@foo.com>\r\n"
                                                  "S: 250 OK\r\n"
                                                  "C: DATA\r\n"
                                                  "S: 354 Start mail input; end with <CRLF>.<CRLF>\r\n"
                                                  "Blah blah blah...\r\n"
                                                  "...etc. etc. etc.\r\n"
                                                  ".\r\n"
                                                  "S: 250 OK\r\n" +
                                                  closing);
    REQUIRE(client.outcomes().size() == 3);
    CHECK(client.outcomes()[0].result == Outcome::Result::delivered);
    CHECK(client.outcomes()[0].stage == Stage::end_of_data);
    CHECK(client.outcomes()[1].result == Outcome::Result::failed);
    CHECK(client.outcomes()[1].stage == Stage::rcpt);
    CHECK(to_string(*client.outcomes()[1].reply) == "550 No such user here");
    CHECK(client.outcomes()[2].result == Outcome::Result::delivered);
    CHECK(client.closed());
}

TEST_CASE("RFC 5321 D.2: a transaction aborted with RSET") {
    Server server(rfc_server("foo.com"));
    server.on_rcpt = green_is_unknown;
    CHECK(bytes(*server.session.greeting()) == "220 foo.com Simple Mail Transfer Service Ready\r\n");
    server.say("EHLO bar.com");
    CHECK(server.say("MAIL FROM:<Smith@bar.com>") == "250 OK\r\n");
    CHECK(server.say("RCPT TO:<Jones@foo.com>") == "250 OK\r\n");
    CHECK(server.say("RCPT TO:<Green@foo.com>") == "550 No such user here\r\n");
    CHECK(server.session.recipients().size() == 1);
    CHECK(server.say("RSET") == "250 OK\r\n");
    CHECK_FALSE(server.session.in_transaction());
    CHECK(server.session.recipients().empty());
    CHECK(server.say("QUIT") == "221 foo.com Service closing transmission channel\r\n");
    CHECK(server.session.closed());
}

TEST_CASE("RFC 5321 D.3: relayed mail; the source route is read and ignored") {
    // Step 1: source host to relay host. MAIL and RCPT as the appendix has them.
    Server relay(rfc_server("foo.com"));
    relay.say("EHLO bar.com");
    CHECK(relay.say("MAIL FROM:<JQP@bar.com>") == "250 OK\r\n");
    CHECK(relay.say("RCPT TO:<@foo.com:Jones@XYZ.COM>") == "250 OK\r\n");
    REQUIRE(relay.session.recipients().size() == 1);
    CHECK(*relay.session.recipients()[0] == mail::Address{"Jones", "XYZ.COM"});
    // Step 2: relay host to destination host.
    Server destination(rfc_server("xyz.com"));
    ClientDialogue client({.helo_name = "foo.com"});
    client.begin(
        {.reverse_path = relay.session.reverse_path(), .recipients = relay.session.recipients(), .size = 38});
    const auto transcript = Conversation(destination, client).run();
    CHECK(transcript.find("C: EHLO foo.com\r\nS: 250-xyz.com greets foo.com\r\n") != std::string::npos);
    CHECK(transcript.find("C: RCPT TO:<Jones@XYZ.COM>\r\nS: 250 OK\r\n") != std::string::npos);
    CHECK(client.outcomes()[0].result == Outcome::Result::delivered);
}

TEST_CASE("RFC 5321 D.4: VRFY and a posting") {
    auto config = rfc_server("foo.com");
    Server server(config);
    server.say("EHLO bar.com");
    // The appendix verifies; RFC 5321 section 7.3 allows 252 to servers that would rather not tell.
    CHECK(server.code("VRFY Crispin") == "252 Canno");
    CHECK(server.say("MAIL FROM:<EAK@bar.com>") == "250 OK\r\n");
    CHECK(server.say("RCPT TO:<Admin.MRC@foo.com>") == "250 OK\r\n");
    CHECK(server.code("DATA") == "354 Start");
    CHECK(server.content(10) == "250 OK\r\n");

    config.vrfy = true;
    Server open(config);
    open.say("EHLO bar.com");
    const Step step = open.session.on_command({.verb = Verb::vrfy, .argument = "Crispin"});
    CHECK(step.kind == Step::Kind::ask_vrfy);
    CHECK(open.session.who_is_asked_for() == "Crispin");
    CHECK(bytes(*open.session.answer(make_reply(250, "Mark Crispin <Admin.MRC@foo.com>"))) ==
          "250 Mark Crispin <Admin.MRC@foo.com>\r\n");
    CHECK(open.say("MAIL FROM:<EAK@bar.com>") == "250 OK\r\n");
}
