// The state tables of RFC 5321 sections 4.1.4 and 4.3.2, with enhanced codes.
#include "helpers.hpp"

using namespace postopolis;
using namespace postopolis::smtp;
using namespace postopolis::smtp::test;

namespace {

ServerConfig usual() {
    ServerConfig config;
    config.host_name = "mx.example";
    config.max_message_size = 1000;
    config.extensions = usual_extensions(1000);
    config.extensions.dsn = true;
    config.extensions.auth = {.plain = true, .login = true};
    return config;
}

enum class In { connected, greeted, mail, mail_refused_rcpt, rcpt };

void bring(Server& server, In state) {
    if (state == In::connected) return;
    server.say("EHLO client.example");
    if (state == In::greeted) return;
    REQUIRE(server.code("MAIL FROM:<a@client.example>") == "250 2.1.0");
    if (state == In::mail) return;
    if (state == In::mail_refused_rcpt) {
        server.on_rcpt = [](const mail::Address&) { return make_reply(550, {5, 1, 1}, "No such user"); };
        REQUIRE(server.code("RCPT TO:<nobody@mx.example>") == "550 5.1.1");
        server.on_rcpt = [](const mail::Address&) { return ReplyPtr(); };
        return;
    }
    REQUIRE(server.code("RCPT TO:<b@mx.example>") == "250 2.1.5");
}

} // namespace

TEST_CASE("every command in every state") {
    struct Row {
        const char* line;
        const char* expected[5]; // connected, greeted, mail, mail with a refused recipient, rcpt
    };
    const Row rows[] = {
        {"EHLO c.example", {"250-mx.ex", "250-mx.ex", "250-mx.ex", "250-mx.ex", "250-mx.ex"}},
        {"HELO c.example", {"250 mx.ex", "250 mx.ex", "250 mx.ex", "250 mx.ex", "250 mx.ex"}},
        {"MAIL FROM:<>", {"503 5.5.1", "250 2.1.0", "503 5.5.1", "503 5.5.1", "503 5.5.1"}},
        {"RCPT TO:<c@mx.example>", {"503 5.5.1", "503 5.5.1", "250 2.1.5", "250 2.1.5", "250 2.1.5"}},
        {"DATA", {"503 5.5.1", "503 5.5.1", "503 5.5.1", "554 5.5.1", "354 Start"}},
        {"RSET", {"250 2.0.0", "250 2.0.0", "250 2.0.0", "250 2.0.0", "250 2.0.0"}},
        {"NOOP anything", {"250 2.0.0", "250 2.0.0", "250 2.0.0", "250 2.0.0", "250 2.0.0"}},
        {"QUIT", {"221 2.0.0", "221 2.0.0", "221 2.0.0", "221 2.0.0", "221 2.0.0"}},
        {"VRFY b", {"252 2.0.0", "252 2.0.0", "252 2.0.0", "252 2.0.0", "252 2.0.0"}},
        {"EXPN list", {"502 5.5.1", "502 5.5.1", "502 5.5.1", "502 5.5.1", "502 5.5.1"}},
        {"HELP", {"214 2.0.0", "214 2.0.0", "214 2.0.0", "214 2.0.0", "214 2.0.0"}},
        {"AUTH PLAIN", {"503 5.5.1", "334 \r\n", "503 5.5.1", "503 5.5.1", "503 5.5.1"}},
        {"AUTH CRAM-MD5", {"503 5.5.1", "504 5.5.4", "503 5.5.1", "503 5.5.1", "503 5.5.1"}},
        {"STARTTLS", {"502 5.5.1", "502 5.5.1", "502 5.5.1", "502 5.5.1", "502 5.5.1"}},
        {"XYZZY", {"500 5.5.2", "500 5.5.2", "500 5.5.2", "500 5.5.2", "500 5.5.2"}},
        {"DATA now", {"501 5.5.4", "501 5.5.4", "501 5.5.4", "501 5.5.4", "501 5.5.4"}},
    };
    for (const auto& row : rows) {
        for (int state = 0; state < 5; ++state) {
            CAPTURE(row.line);
            CAPTURE(state);
            Server server(usual());
            bring(server, static_cast<In>(state));
            CHECK(server.code(row.line) == row.expected[state]);
        }
    }
}

TEST_CASE("EHLO, HELO, RSET and the end of data clear the transaction; a refusal does not begin one") {
    for (const char* line : {"EHLO c.example", "HELO c.example", "RSET"}) {
        Server server(usual());
        bring(server, In::rcpt);
        server.say(line);
        CHECK_FALSE(server.session.in_transaction());
        CHECK(server.session.recipients().empty());
        CHECK(server.session.reverse_path() == nullptr);
        CHECK(server.code("DATA") == "503 5.5.1");
    }
    Server server(usual());
    bring(server, In::rcpt);
    server.say("DATA");
    CHECK(server.session.receiving());
    CHECK(server.content(500) == "250 2.0.0 OK\r\n");
    CHECK(server.code("DATA") == "503 5.5.1");
    server.on_mail = make_reply(451, {4, 7, 1}, "Greylisted");
    CHECK(server.code("MAIL FROM:<a@b.example>") == "451 4.7.1");
    CHECK(server.code("RCPT TO:<b@mx.example>") == "503 5.5.1");
}

TEST_CASE("a refused DATA leaves the transaction open; 421 from the owner closes the session") {
    Server server(usual());
    bring(server, In::rcpt);
    server.on_data = make_reply(451, {4, 3, 0}, "Try later");
    CHECK(server.code("DATA") == "451 4.3.0");
    CHECK(server.session.recipients().size() == 1);
    server.on_data = make_reply(421, {4, 3, 2}, "Going down");
    CHECK(server.code("DATA") == "421 4.3.2");
    CHECK(server.session.closed());
}

TEST_CASE("recipient limit: exactly the configured number, then 452 4.5.3") {
    auto config = usual();
    config.max_recipients = 100;
    Server server(config);
    bring(server, In::mail);
    for (int i = 0; i < 100; ++i) {
        CHECK(server.code("RCPT TO:<u" + std::to_string(i) + "@mx.example>") == "250 2.1.5");
    }
    CHECK(server.code("RCPT TO:<one-more@mx.example>") == "452 4.5.3");
    CHECK(server.session.recipients().size() == 100);
    CHECK(server.code("DATA") == "354 Start");
}

TEST_CASE("size limit, at MAIL and at the end of data") {
    Server server(usual());
    server.say("EHLO c.example");
    CHECK(server.code("MAIL FROM:<a@b.example> SIZE=1001") == "552 5.3.4");
    CHECK(server.code("MAIL FROM:<a@b.example> SIZE=18446744073709551615") == "552 5.3.4");
    CHECK(server.code("MAIL FROM:<a@b.example> SIZE=99999999999999999999") == "552 5.3.4");
    CHECK(server.code("MAIL FROM:<a@b.example> SIZE=1000") == "250 2.1.0");
    CHECK(server.session.declared_size() == 1000);
    server.say("RCPT TO:<b@mx.example>");
    server.say("DATA");
    CHECK(server.content(1001).substr(0, 9) == "552 5.3.4");
    CHECK_FALSE(server.session.in_transaction());
    bring(server, In::rcpt);
    server.say("DATA");
    CHECK(server.content(1000).substr(0, 9) == "250 2.0.0");
}

TEST_CASE("parameters: offered ones with good values only") {
    const std::pair<const char*, const char*> rows[] = {
        {"MAIL FROM:<a@b.example> BODY=8BITMIME", "250 2.1.0"},
        {"MAIL FROM:<a@b.example> body=7bit", "250 2.1.0"},
        {"MAIL FROM:<a@b.example> BODY=BINARYMIME", "501 5.5.4"},
        {"MAIL FROM:<a@b.example> BODY", "501 5.5.4"},
        {"MAIL FROM:<a@b.example> SMTPUTF8", "555 5.5.4"},
        {"MAIL FROM:<a@b.example> RET=HDRS", "250 2.1.0"},
        {"MAIL FROM:<a@b.example> RET=ALL", "501 5.5.4"},
        {"MAIL FROM:<a@b.example> ENVID=QQ+2B1", "250 2.1.0"},
        {"MAIL FROM:<a@b.example> ENVID=QQ+2", "501 5.5.4"},
        {"MAIL FROM:<a@b.example> AUTH=<>", "250 2.1.0"},
        {"MAIL FROM:<a@b.example> NOTIFY=NEVER", "555 5.5.4"},
        {"MAIL FROM:<a@b.example> FOO=BAR", "555 5.5.4"},
    };
    for (const auto& [line, expected] : rows) {
        CAPTURE(line);
        Server server(usual());
        server.say("EHLO c.example");
        CHECK(server.code(line) == expected);
    }
    const std::pair<const char*, const char*> rcpt_rows[] = {
        {"NOTIFY=NEVER", "250 2.1.5"},
        {"NOTIFY=SUCCESS,DELAY", "250 2.1.5"},
        {"NOTIFY=SUCCESS,SUCCESS", "501 5.5.4"},
        {"NOTIFY=NEVER,DELAY", "501 5.5.4"},
        {"ORCPT=rfc822;b+2Bc@x.example", "250 2.1.5"},
        {"ORCPT=b@x.example", "501 5.5.4"},
        {"SIZE=3", "555 5.5.4"},
        {"RET=FULL", "555 5.5.4"},
    };
    for (const auto& [text, expected] : rcpt_rows) {
        CAPTURE(text);
        Server server(usual());
        bring(server, In::mail);
        CHECK(server.code(std::string("RCPT TO:<b@mx.example> ") + text) == expected);
    }
    Server old(usual());
    old.say("HELO c.example"); // no extension was negotiated
    CHECK(old.code("MAIL FROM:<a@b.example> SIZE=3") == "555 5.5.4");
}

TEST_CASE("the with clause (RFC 3848) and STARTTLS, which forgets what was said before (RFC 3207)") {
    auto config = usual();
    config.extensions.starttls = true;
    Server server(config);
    server.say("HELO c.example");
    CHECK(server.session.with_protocol() == mail::Protocol::smtp);
    CHECK(server.say("EHLO c.example").find("STARTTLS") != std::string::npos);
    CHECK(server.session.with_protocol() == mail::Protocol::esmtp);
    CHECK(server.code("STARTTLS") == "220 2.0.0");
    CHECK_FALSE(server.session.greeted());
    CHECK(server.code("MAIL FROM:<>") == "503 5.5.1");
    CHECK(server.say("EHLO c.example").find("STARTTLS") == std::string::npos);
    CHECK(server.session.with_protocol() == mail::Protocol::esmtps);
    CHECK(server.code("STARTTLS") == "503 5.5.1");
    CHECK(server.code("AUTH PLAIN dGVzdAB0ZXN0ADEyMzQ=") == "235 2.7.0");
    CHECK(server.session.with_protocol() == mail::Protocol::esmtpsa);
}

TEST_CASE("a typed command that no line could carry is refused like its line") {
    Server server(usual());
    CHECK(server.reply(server.session.on_command({.verb = Verb::ehlo, .argument = "a b"})).substr(0, 3) ==
          "501");
    bring(server, In::mail);
    CHECK(server.reply(server.session.on_command({.verb = Verb::rcpt})).substr(0, 9) == "501 5.1.3");
    CHECK(server.reply(server.session.on_command({.verb = Verb::response, .argument = "x"})).substr(0, 9) ==
          "500 5.5.2");
}
