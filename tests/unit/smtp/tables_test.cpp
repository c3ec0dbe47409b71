// Every command in every state, for servers with extensions, for LMTP, and for those who want TLS first; server_test.cpp
// has the table of the plain one.
#include <vector>

#include "helpers.hpp"
#include "postopolis/smtp/base64.hpp"

using namespace postopolis;
using namespace postopolis::smtp;
using namespace postopolis::smtp::test;

namespace {

enum class In { connected, greeted, mail, rcpt, chunks, secured, content };

struct Row {
    const char* line;
    std::vector<int> codes; // one for each state of the table
};

ServerConfig rich() {
    ServerConfig config;
    config.host_name = "mx.example";
    config.max_message_size = 1000;
    config.extensions = usual_extensions(1000);
    config.extensions.starttls = config.extensions.dsn = true;
    config.extensions.chunking = config.extensions.binarymime = true;
    config.extensions.auth = {.plain = true, .login = true, .cram_md5 = true};
    return config;
}

int code(Server& server, const std::string& line) { return std::stoi(server.say(line)); }

void bring(Server& server, In state) {
    const std::string hello = server.session.lmtp() ? "LHLO c.example" : "EHLO c.example";
    if (state == In::connected) return;
    REQUIRE(code(server, hello) == 250);
    if (state == In::greeted) return;
    if (state == In::secured) {
        REQUIRE(code(server, "STARTTLS") == 220);
        return;
    }
    REQUIRE(code(server, "MAIL FROM:<a@c.example>") == 250);
    if (state == In::mail) return;
    REQUIRE(code(server, "RCPT TO:<b@mx.example>") == 250);
    if (state == In::chunks) REQUIRE(code(server, "BDAT 3") == 250);
    if (state == In::content) REQUIRE(code(server, "DATA") == 354);
}

void check_table(const ServerConfig& config, const std::vector<In>& states, const std::vector<Row>& rows) {
    for (const Row& row : rows) {
        REQUIRE(row.codes.size() == states.size());
        for (std::size_t i = 0; i < states.size(); ++i) {
            CAPTURE(row.line);
            CAPTURE(i);
            Server server(config);
            bring(server, states[i]);
            CHECK(code(server, row.line) == row.codes[i]);
        }
    }
}

} // namespace

TEST_CASE("SMTP with extensions: every command in every state") {
    check_table(rich(), {In::connected, In::greeted, In::mail, In::rcpt, In::chunks, In::secured, In::content},
                {{"EHLO c.example", {250, 250, 250, 250, 250, 250, 503}},
                 {"HELO c.example", {250, 250, 250, 250, 250, 250, 503}},
                 {"LHLO c.example", {500, 500, 500, 500, 500, 500, 503}},
                 {"MAIL FROM:<>", {503, 250, 503, 503, 503, 503, 503}},
                 {"MAIL FROM:<> BODY=BINARYMIME", {503, 250, 503, 503, 503, 503, 503}},
                 {"RCPT TO:<c@mx.example>", {503, 503, 250, 250, 503, 503, 503}},
                 {"DATA", {503, 503, 503, 354, 503, 503, 503}},
                 {"BDAT 5", {503, 503, 503, 250, 250, 503, 503}},
                 {"BDAT 5 LAST", {503, 503, 503, 250, 250, 503, 503}},
                 {"BDAT 1001 LAST", {503, 503, 503, 552, 552, 503, 503}},
                 {"BDAT", {501, 501, 501, 501, 501, 501, 501}},
                 {"BDAT some", {501, 501, 501, 501, 501, 501, 501}},
                 {"BDAT 5 FIRST", {501, 501, 501, 501, 501, 501, 501}},
                 {"RSET", {250, 250, 250, 250, 250, 250, 503}},
                 {"NOOP", {250, 250, 250, 250, 250, 250, 503}},
                 {"VRFY b", {252, 252, 252, 252, 252, 252, 503}},
                 {"EXPN list", {502, 502, 502, 502, 502, 502, 503}},
                 {"HELP", {214, 214, 214, 214, 214, 214, 503}},
                 {"STARTTLS", {502, 220, 503, 503, 503, 502, 503}},
                 {"AUTH PLAIN", {503, 334, 503, 503, 503, 503, 503}},
                 {"AUTH CRAM-MD5", {503, 334, 503, 503, 503, 503, 503}},
                 {"AUTH CRAM-MD5 dGVzdA==", {503, 501, 503, 503, 503, 503, 503}},
                 {"XYZZY", {500, 500, 500, 500, 500, 500, 503}},
                 {"QUIT", {221, 221, 221, 221, 221, 221, 503}}});
}

TEST_CASE("LMTP (RFC 2033): LHLO instead of EHLO and HELO, and the same else") {
    ServerConfig config = rich();
    config.lmtp = true;
    check_table(config, {In::connected, In::greeted, In::mail, In::rcpt, In::chunks},
                {{"LHLO c.example", {250, 250, 250, 250, 250}},
                 {"LHLO", {501, 501, 501, 501, 501}},
                 {"EHLO c.example", {500, 500, 500, 500, 500}},
                 {"HELO c.example", {500, 500, 500, 500, 500}},
                 {"MAIL FROM:<>", {503, 250, 503, 503, 503}},
                 {"RCPT TO:<c@mx.example>", {503, 503, 250, 250, 503}},
                 {"DATA", {503, 503, 503, 354, 503}},
                 {"BDAT 5 LAST", {503, 503, 503, 250, 250}},
                 {"RSET", {250, 250, 250, 250, 250}},
                 {"NOOP", {250, 250, 250, 250, 250}},
                 {"VRFY b", {252, 252, 252, 252, 252}},
                 {"QUIT", {221, 221, 221, 221, 221}}});
    // Section 4.2: as many replies as there are recipients, also where all of them hear the same.
    for (const std::uint64_t size : {500U, 1001U}) {
        Server server(config);
        bring(server, In::rcpt);
        REQUIRE(code(server, "RCPT TO:<full@mx.example>") == 250);
        server.on_filing = [](const mail::Address& to) {
            return to.local == "full" ? make_reply(452, {4, 2, 2}, "Mailbox full") : ReplyPtr();
        };
        REQUIRE(code(server, "DATA") == 354);
        CHECK(server.content(size) == (size == 500 ? "250 2.0.0 OK\r\n452 4.2.2 Mailbox full\r\n"
                                                   : "552 5.3.4 Message size exceeds the limit\r\n"
                                                     "552 5.3.4 Message size exceeds the limit\r\n"));
        CHECK_FALSE(server.session.in_transaction());
    }
    Server server(config);
    bring(server, In::greeted);
    CHECK(server.session.with_protocol() == mail::Protocol::lmtp);
}

TEST_CASE("a server that requires TLS: 530 to all but EHLO, NOOP, STARTTLS and QUIT (RFC 3207 section 4)") {
    ServerConfig config = rich();
    config.requires_tls = true;
    check_table(config, {In::connected, In::greeted},
                {{"EHLO c.example", {250, 250}},
                 {"HELO c.example", {250, 250}},
                 {"NOOP", {250, 250}},
                 {"STARTTLS", {502, 220}},
                 {"QUIT", {221, 221}},
                 {"MAIL FROM:<>", {530, 530}},
                 {"RCPT TO:<b@mx.example>", {530, 530}},
                 {"DATA", {530, 530}},
                 {"BDAT 1", {530, 530}},
                 {"RSET", {530, 530}},
                 {"VRFY b", {530, 530}},
                 {"HELP", {530, 530}},
                 {"AUTH PLAIN", {530, 530}}});
    Server server(config);
    bring(server, In::secured);
    CHECK(code(server, "EHLO c.example") == 250);
    CHECK(code(server, "MAIL FROM:<>") == 250);
}

TEST_CASE("passwords only under TLS: AUTH is not offered before, and refused with 538 (RFC 4954 section 6)") {
    ServerConfig config = rich();
    config.auth_needs_tls = true;
    Server server(config);
    CHECK(server.say("EHLO c.example").find("AUTH") == std::string::npos);
    CHECK(server.code("AUTH PLAIN") == "538 5.7.1");
    CHECK(code(server, "STARTTLS") == 220);
    CHECK(server.say("EHLO c.example").find("AUTH PLAIN LOGIN CRAM-MD5") != std::string::npos);
    CHECK(code(server, "AUTH PLAIN dGVzdAB0ZXN0ADEyMzQ=") == 235);
    // From the beginning (RFC 8314) likewise.
    ServerSession implicit(profile(config), false, true);
    CHECK(implicit.tls());
    CHECK(bytes(*implicit.on_command({.verb = Verb::ehlo, .argument = "c.example"}).reply).find("STARTTLS") ==
          std::string::npos);
    CHECK(implicit.with_protocol() == mail::Protocol::esmtps);
}

TEST_CASE("an old server: EHLO is no command, and no extension is there after HELO") {
    ServerConfig config = rich();
    config.extended = false;
    Server server(config);
    CHECK(server.say("EHLO c.example") == "500 Command not recognized\r\n");
    CHECK(server.say("HELO c.example") == "250 mx.example\r\n");
    CHECK(code(server, "BDAT 3") == 500);
    CHECK(code(server, "STARTTLS") == 502);
    CHECK(code(server, "AUTH PLAIN") == 502);
    CHECK(code(server, "MAIL FROM:<> SIZE=3") == 555);
    CHECK(code(server, "MAIL FROM:<>") == 250);
    CHECK(server.session.with_protocol() == mail::Protocol::smtp);
}

TEST_CASE("CRAM-MD5: the right digest of this session's challenge, and nothing else (RFC 2195)") {
    const auto challenged = [](Server& server, std::uint64_t nonce) {
        server.on_auth = [](const Credentials& given) {
            return proves(given, "1234") ? ReplyPtr() : make_reply(535, {5, 7, 8}, "no");
        };
        server.session.set_nonce(nonce);
        REQUIRE(code(server, "EHLO c.example") == 250);
        const std::string reply = server.say("AUTH CRAM-MD5");
        const auto challenge = decode_base64(reply.substr(4, reply.size() - 6));
        REQUIRE(challenge);
        return *challenge;
    };
    Server one(rich()), two(rich());
    const std::string first = challenged(one, 1), second = challenged(two, 2);
    CHECK(first != second);
    CHECK(code(one, encode_base64(cram_md5_message({"test", "1234"}, first))) == 235);
    CHECK(code(two, encode_base64(cram_md5_message({"test", "1234"}, first))) == 535);
    CHECK(code(two, "AUTH CRAM-MD5") == 334);
    CHECK(code(two, encode_base64("test nonsense")) == 535);
    CHECK(code(two, "AUTH CRAM-MD5") == 334);
    CHECK(code(two, "*") == 501);
}
