// Commands, replies, EHLO keywords and dot-stuffing: from bytes and back, sizes without rendering, limits to
// the octet.
#include "helpers.hpp"
#include "postopolis/smtp/dot_stuffing.hpp"
#include "postopolis/smtp/timeouts.hpp"

using namespace postopolis;
using namespace postopolis::smtp;
using namespace postopolis::smtp::test;

namespace {

std::string refusal_of(std::string_view line) {
    const auto parsed = parse_command(line);
    const auto* reply = std::get_if<Reply>(&parsed);
    return reply == nullptr ? "accepted" : bytes(*reply).substr(0, 9);
}

std::string unstuffed(std::string_view wire, std::size_t piece) {
    DotUnstuffer unstuffer;
    std::string out;
    for (std::size_t at = 0; at < wire.size() && !unstuffer.done(); at += piece) {
        unstuffer.read(wire.substr(at, piece), out);
    }
    CHECK(unstuffer.done());
    return out;
}

} // namespace

TEST_CASE("commands that are well formed come back as they were") {
    for (const char* line : {"EHLO mail.example.com",
                             "HELO [192.0.2.1]",
                             "EHLO [IPv6:2001:db8::1]",
                             "MAIL FROM:<>",
                             "MAIL FROM:<a@b.example> SIZE=12345 BODY=8BITMIME SMTPUTF8",
                             "MAIL FROM:<a@b.example> AUTH=<>",
                             "MAIL FROM:<\"a b\"@b.example>",
                             "RCPT TO:<Postmaster>",
                             "RCPT TO:<c@[192.0.2.7]> NOTIFY=NEVER",
                             "DATA",
                             "RSET",
                             "NOOP",
                             "NOOP hello there",
                             "QUIT",
                             "AUTH PLAIN",
                             "AUTH PLAIN dGVzdAB0ZXN0ADEyMzQ=",
                             "VRFY Smith",
                             "EXPN staff",
                             "HELP",
                             "HELP MAIL",
                             "STARTTLS",
                             "BDAT 12 LAST"}) {
        CAPTURE(line);
        const auto parsed = parse_command(line);
        REQUIRE(std::holds_alternative<Command>(parsed));
        CHECK(bytes(std::get<Command>(parsed)) == std::string(line) + "\r\n");
    }
    const auto lower = std::get<Command>(parse_command("mail from:<a@b.example> size=7  \r\n"));
    CHECK(bytes(lower) == "MAIL FROM:<a@b.example> SIZE=7\r\n");
    CHECK(bytes(Command{.verb = Verb::response, .argument = "*"}) == "*\r\n");
    CHECK(bytes(Command{.verb = Verb::response}) == "\r\n");
}

TEST_CASE("commands that are not get the reply of RFC 5321, with the reason of RFC 3463") {
    const std::pair<const char*, const char*> rows[] = {
        {"EHLO", "501 Synta"},
        {"EHLO a b", "501 Synta"},
        {"EHLO under_score.example", "501 Synta"},
        {"HELO [300.0.2.1]", "501 Synta"},
        {"MAIL", "501 5.5.2"},
        {"MAIL FROM", "501 5.5.2"},
        {"MAIL FROM :<a@b.example>", "501 5.5.2"},
        {"MAIL FROM: <a@b.example>", "501 5.1.7"},
        {"MAIL FROM:a@b.example", "501 5.1.7"},
        {"MAIL FROM:<a@b.example", "501 5.1.7"},
        {"MAIL FROM:<a@@b.example>", "501 5.1.7"},
        {"MAIL FROM:<a b@c.example>", "501 5.1.7"},
        {"MAIL FROM:<a@b.example>SIZE=3", "501 5.5.4"},
        {"MAIL FROM:<a@b.example> SIZE=", "501 5.5.4"},
        {"MAIL FROM:<a@b.example> SIZE=-1", "501 5.5.4"},
        {"MAIL FROM:<a@b.example> SIZE", "501 5.5.4"},
        {"MAIL FROM:<a@b.example> SIZE=1 SIZE=1", "501 5.5.4"},
        {"MAIL FROM:<a@b.example> BODY=7BIT body=7BIT", "501 5.5.4"},
        {"MAIL FROM:<a@b.example> SIZE=123456789012345678901", "501 5.5.4"},
        {"MAIL FROM:<a@b.example> X=a=b", "501 5.5.4"},
        {"RCPT TO:<>", "501 5.1.3"},
        {"RCPT FROM:<a@b.example>", "501 5.5.2"},
        {"RCPT TO:<a>", "501 5.1.3"},
        {"DATA x", "501 5.5.4"},
        {"RSET x", "501 5.5.4"},
        {"QUIT x", "501 5.5.4"},
        {"VRFY", "501 5.5.4"},
        {"AUTH", "501 5.5.4"},
        {"AUTH PL@IN", "501 5.5.4"},
        {"AUTH PLAIN a b", "501 5.5.4"},
        {"NOOP\rQUIT", "500 5.5.2"},
        {"NOOP\nQUIT", "500 5.5.2"},
        {"NOOP \xC3\xA9", "501 5.5.2"},
        {"\x16\x03\x01", "500 5.5.2"},
    };
    for (const auto& [line, expected] : rows) {
        CAPTURE(line);
        CHECK(refusal_of(line) == expected);
    }
    CHECK(std::get<Command>(parse_command("")).verb == Verb::unknown);
}

TEST_CASE("lines are limited to 512 octets with CRLF, and wider where extensions say so") {
    CHECK(refusal_of("NOOP " + std::string(505, 'x')) == "accepted");
    CHECK(refusal_of("NOOP " + std::string(505, 'x') + "\r\n") == "accepted");
    CHECK(refusal_of("NOOP " + std::string(506, 'x')) == "500 5.5.2");
    CHECK(refusal_of(std::string(511, 'x')) == "500 5.5.2");
    CHECK(refusal_of("MAIL FROM:<a@b.example> ENVID=" + std::string(700, 'x')) == "accepted");
    CHECK(refusal_of("MAIL FROM:<a@b.example> ENVID=" + std::string(1600, 'x')) == "500 5.5.2");
    CHECK(refusal_of("AUTH PLAIN " + std::string(12275, 'x')) == "accepted");
    CHECK(refusal_of("AUTH PLAIN " + std::string(12276, 'x')) == "500 5.5.6");
}

TEST_CASE("replies: rendering, and text that cannot forge a reply") {
    CHECK(bytes(*make_reply(250, "OK")) == "250 OK\r\n");
    CHECK(bytes(*make_reply(250, {2, 1, 5}, "OK")) == "250 2.1.5 OK\r\n");
    CHECK(bytes(*make_reply(250, "")) == "250\r\n");
    CHECK(bytes(*make_reply(334, "")) == "334 \r\n");
    CHECK(bytes(*make_reply(250, {2, 0, 0}, "")) == "250 2.0.0\r\n");
    CHECK(bytes(*make_reply(550, {5, 7, 1}, "one\ntwo\n\nfour")) ==
          "550-5.7.1 one\r\n550-5.7.1 two\r\n550-5.7.1\r\n550 5.7.1 four\r\n");
    CHECK(bytes(*make_reply(550, "bad\r\n250 OK")) == "550-bad\r\n550 250 OK\r\n");
    CHECK(bytes(*make_reply(550, std::string("a\0b\x1B", 4))) == "550 a?b?\r\n");
    CHECK(bytes(*make_reply(550, {5, 999, 999}, std::string(2000, 'x'))).size() <= 512);
    CHECK(to_string(*make_reply(550, {5, 1, 1}, "No such\nuser")) == "550 5.1.1 No such user");
    CHECK(bytes(Reply{.code = 250}) == "250\r\n");
    const auto constant = make_reply(250, {2, 0, 0}, "OK");
    CHECK(bytes(*without_enhanced(constant)) == "250 OK\r\n");
}

TEST_CASE("ReplyParser takes replies in pieces of any size") {
    const std::string wire =
        "220 mx.example ESMTP\r\n250-mx.example\r\n250-SIZE 10\r\n250 HELP\r\n250 2.1.0 OK\r\n"
        "550-5.1.1 one\r\n550 5.1.1 two\r\n550-5.1.1 one\r\n550 5.1.2 two\r\n354\r\n450 2.1.0 odd\n";
    for (std::size_t piece = 1; piece <= wire.size(); ++piece) {
        ReplyParser parser;
        std::vector<Reply> replies;
        for (std::size_t at = 0; at < wire.size(); at += piece) {
            parser.feed(std::string_view(wire).substr(at, piece));
            while (auto reply = parser.next())
                replies.push_back(*reply);
        }
        REQUIRE(replies.size() == 7);
        CHECK(replies[0] == Reply{.code = 220, .lines = {"mx.example ESMTP"}});
        CHECK(replies[1].lines == std::vector<std::string>{"mx.example", "SIZE 10", "HELP"});
        CHECK(replies[2] == Reply{.code = 250, .enhanced = {2, 1, 0}, .lines = {"OK"}});
        CHECK(replies[3] == Reply{.code = 550, .enhanced = {5, 1, 1}, .lines = {"one", "two"}});
        CHECK_FALSE(replies[4].enhanced); // the lines disagree
        CHECK(replies[5].code == 354);
        CHECK(replies[6] == Reply{.code = 450, .lines = {"2.1.0 odd"}}); // the class disagrees
        CHECK(parser.idle());
    }
}

TEST_CASE("ReplyParser fails once and for good on what is no reply") {
    for (const std::string& wire :
         std::vector<std::string>{"hello\r\n", "199 x\r\n", "600 x\r\n", "25 x\r\n", "250_x\r\n", "\r\n",
                                  "250-a\r\n251 b\r\n", "250 " + std::string(5000, 'x')}) {
        CAPTURE(wire);
        ReplyParser parser;
        parser.feed(wire);
        CHECK(parser.failed());
        parser.feed("250 OK\r\n");
        CHECK_FALSE(parser.next().has_value());
    }
    ReplyParser endless;
    for (int i = 0; i < 129; ++i)
        endless.feed("250-x\r\n");
    CHECK(endless.failed());
}

TEST_CASE("EHLO keywords come back; foreign ones are kept") {
    Extensions all;
    all.pipelining = all.eightbitmime = all.enhanced_status_codes = all.starttls = all.dsn = all.smtputf8 =
        true;
    all.chunking = true;
    all.size = 10240000;
    all.auth = {.plain = true, .login = true};
    all.others = {"HELP", "XCLIENT NAME ADDR"};
    CHECK(parse_extensions(ehlo_reply("mx.example", "", all)) == all);
    for (const auto& made : {ehlo_reply("mx.example", "", all), ehlo_reply("mx.example", "", {})})
        CHECK(*made.offered == parse_extensions(made)); // which a client need not do again
    CHECK(parse_extensions(ehlo_reply("mx.example", "hello", {})) == Extensions{});
    const auto odd = parse_extensions(
        Reply{.code = 250, .lines = {"SIZE 5", "size", "auth gssapi plain", "AUTH=LOGIN", "SIZE x"}});
    CHECK(odd.size == 0); // the first line is the host, not a keyword
    CHECK(odd.auth == AuthMechanisms{.plain = true});
    CHECK(odd.others == std::vector<std::string>{"AUTH=LOGIN", "SIZE x"});
}

TEST_CASE("dot-stuffing: in pieces of any size, there and back, with its exact size") {
    for (const std::string& content : std::vector<std::string>{
             "", "\r\n", "a\r\n", ".\r\n", "..\r\n.a\r\n", "a\r\n.\r\nb\r\n", "a", "a\r", ".a",
             "\r\n.\r\n.\r\n", "a\n.\nb\r\n", "a\r.\rb\r\n", "\r\r\n.\r\n", "a\n.\r\nb\r\n"}) {
        CAPTURE(content);
        for (std::size_t piece = 1; piece <= content.size() + 1; ++piece) {
            DotStuffer stuffer;
            std::string wire;
            for (std::size_t at = 0; at < content.size(); at += piece)
                stuffer.write(std::string_view(content).substr(at, piece), wire);
            stuffer.finish(wire);
            CHECK(wire.size() == stuffed_size(content));
            const bool whole = content.empty() || content.ends_with("\r\n");
            CHECK(unstuffed(wire, piece) == content + (whole ? "" : "\r\n"));
        }
    }
    std::string wire;
    DotStuffer stuffer;
    stuffer.write(".\r\n..\r\nx.\r\n", wire);
    stuffer.finish(wire);
    CHECK(wire == "..\r\n...\r\nx.\r\n.\r\n");
}

TEST_CASE("only CRLF.CRLF ends a message: no smuggling by bare line ends (RFC 5321 2.3.8)") {
    for (const std::string& trick : std::vector<std::string>{"a\n.\nMAIL", "a\n.\r\nMAIL", "a\r\n.\nMAIL",
                                                             "a\r.\rMAIL", "a\r.\r\nMAIL", "a\r\n.\rMAIL"}) {
        CAPTURE(trick);
        DotUnstuffer unstuffer;
        std::string out;
        CHECK(unstuffer.read(trick, out) == trick.size());
        CHECK_FALSE(unstuffer.done());
        CHECK(unstuffer.bare_line_end());
    }
    DotUnstuffer unstuffer;
    std::string out;
    CHECK(unstuffer.read("a\r\n.\r\nQUIT\r\n", out) == 6); // what follows is the next command
    CHECK(unstuffer.done());
    CHECK(out == "a\r\n");
    CHECK_FALSE(unstuffer.bare_line_end());
}

TEST_CASE("RFC 5321 4.5.3.2: the table of timeouts") {
    CHECK(timeouts::client_seconds(Stage::greeting) == 300);
    CHECK(timeouts::client_seconds(Stage::mail) == 300);
    CHECK(timeouts::client_seconds(Stage::rcpt) == 300);
    CHECK(timeouts::client_seconds(Stage::data) == 120);
    CHECK(timeouts::client_seconds(Stage::content) == 180);
    CHECK(timeouts::client_seconds(Stage::end_of_data) == 600);
    CHECK(timeouts::server_seconds == 300);
}
