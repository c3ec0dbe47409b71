// RFC 1939 section 10, the three states, and what a client fetches and deletes.
#include <doctest/doctest.h>

#include <string>

#include "postopolis/access/pop3_client.hpp"
#include "postopolis/access/pop3_server.hpp"
#include "postopolis/mail/parse.hpp"

using namespace postopolis;
using namespace postopolis::access;

namespace {

template<class Value>
std::string bytes(const Value& value) {
    std::string out;
    render(value, out);
    CHECK(wire_size(value) == out.size());
    return out;
}

MaildropItem item(std::string uid, const std::string& text) {
    MaildropItem made{.uid = std::move(uid), .message = mail::Message(mail::content_from_bytes(text))};
    made.octets = made.message.size();
    made.leading_dots = leading_dots(made.message.text());
    return made;
}

// A message of exactly this size, with one line that begins with a dot.
std::string letter(std::size_t octets) {
    std::string text = "Subject: x\r\n\r\n.dot\r\n";
    return text + std::string(octets - text.size() - 2, 'x') + "\r\n";
}

struct Session {
    explicit Session(std::vector<MaildropItem> items) : drop(std::move(items)) {}

    Pop3Reply take(Pop3Step step) {
        if (step.kind == Pop3Step::Kind::ask_login) {
            return server.password() == "secret" ? server.admit(drop)
                                                 : server.refuse("[AUTH] invalid password");
        }
        if (step.kind == Pop3Step::Kind::ask_commit) {
            removed = server.deleted();
            return server.committed(removes);
        }
        return step.reply;
    }
    Pop3Reply reply(std::string_view line) {
        auto parsed = parse_pop3_command(line);
        if (auto* refusal = std::get_if<Pop3Reply>(&parsed)) return *refusal;
        const auto& command = std::get<Pop3Command>(parsed);
        return take(server.on_command(command));
    }
    std::string say(std::string_view line) { return bytes(reply(line)); }
    bool refuses(std::string_view line) { return say(line).starts_with("-ERR"); }
    void login() {
        say("USER mrose");
        REQUIRE(say("PASS secret").starts_with("+OK"));
    }

    std::vector<MaildropItem> drop;
    Pop3Server server{"dewey"};
    std::vector<std::size_t> removed;
    bool removes = true;
};

struct Fetch {
    Fetch(Session& session, const SeenUids& seen, bool leave)
        : client({.user = "mrose", .password = "secret", .leave_on_server = leave}, seen) {
        Pop3Reply pending = session.server.greeting();
        for (;;) {
            const auto action = client.next();
            if (action.kind == Pop3Action::Kind::close) break;
            if (action.kind == Pop3Action::Kind::send) {
                const auto line = bytes(action.command);
                said += line;
                pending = session.reply(line);
            } else {
                client.on_reply(pending);
            }
        }
    }
    Pop3Client client;
    std::string said;
};

} // namespace

TEST_CASE("RFC 1939 section 10: the example session") {
    Session session({item("a", letter(120)), item("b", letter(200))});
    CHECK(bytes(session.server.greeting()) == "+OK dewey POP3 server ready\r\n");
    CHECK(session.refuses(
        "APOP mrose c4c9334bac560ecc979e58001b3e22fb")); // no shared secret here: USER and PASS
    session.login();
    CHECK(session.say("STAT") == "+OK 2 320\r\n");
    CHECK(session.say("LIST") == "+OK scan listing follows\r\n1 120\r\n2 200\r\n.\r\n");
    const auto first = session.say("RETR 1");
    CHECK(first.starts_with("+OK 120 octets\r\nSubject: x\r\n\r\n..dot\r\n"));
    CHECK(first.ends_with("x\r\n.\r\n"));
    CHECK(first.size() == 16 + 120 + 1 + 3);
    CHECK(session.say("DELE 1") == "+OK message 1 deleted\r\n");
    CHECK(session.say("RETR 2").starts_with("+OK 200 octets\r\n"));
    CHECK(session.say("DELE 2") == "+OK message 2 deleted\r\n");
    CHECK(session.say("QUIT") == "+OK dewey POP3 server signing off\r\n");
    CHECK(session.removed == std::vector<std::size_t>{0, 1});
    CHECK(session.server.closed());
}

TEST_CASE("every command in AUTHORIZATION and TRANSACTION") {
    const struct {
        const char* line;
        bool authorization, transaction;
    } rows[] = {{"USER x", true, false},
                {"PASS secret", false, false},
                {"APOP x y", false, false},
                {"STAT", false, true},
                {"LIST", false, true},
                {"LIST 1", false, true},
                {"UIDL", false, true},
                {"UIDL 1", false, true},
                {"RETR 1", false, true},
                {"DELE 1", false, true},
                {"NOOP", false, true},
                {"RSET", false, true},
                {"TOP 1 0", false, true},
                {"CAPA", true, true},
                {"QUIT", true, true},
                {"XTND", false, false},
                {"RETR 2", false, false},
                {"STAT 1", false, false},
                {"RETR", false, false},
                {"RETR 0", false, false},
                {"RETR x", false, false},
                {"TOP 1", false, false},
                {"TOP 1 -1", false, false},
                {"USER", false, false},
                {"DELE 4294967296", false, false}};
    for (const auto& row : rows) {
        CAPTURE(row.line);
        Session before({item("a", letter(100))});
        CHECK(before.refuses(row.line) == !row.authorization);
        Session after({item("a", letter(100))});
        after.login();
        CHECK(after.refuses(row.line) == !row.transaction);
    }
}

TEST_CASE("a marked message is gone until RSET; numbers stay; only QUIT removes") {
    Session session({item("a", letter(100)), item("b", letter(50)), item("c", letter(60))});
    session.login();
    session.say("DELE 2");
    for (const char* line : {"RETR 2", "DELE 2", "LIST 2", "UIDL 2", "TOP 2 1"})
        CHECK(session.refuses(line));
    CHECK(session.say("STAT") == "+OK 2 160\r\n");
    CHECK(session.say("LIST") == "+OK scan listing follows\r\n1 100\r\n3 60\r\n.\r\n");
    CHECK(session.say("UIDL") == "+OK unique-id listing follows\r\n1 a\r\n3 c\r\n.\r\n");
    CHECK(session.say("UIDL 3") == "+OK 3 c\r\n");
    CHECK(session.server.deleted() == std::vector<std::size_t>{1});
    CHECK(session.removed.empty());
    session.say("RSET");
    CHECK(session.say("STAT") == "+OK 3 210\r\n");
    session.removes = false;
    session.say("DELE 1");
    CHECK(session.say("QUIT") == "-ERR some deleted messages not removed\r\n");
    Session untouched({item("a", letter(100))});
    CHECK(untouched.say("QUIT").starts_with("+OK"));
    CHECK(untouched.removed.empty());
}

TEST_CASE("a refused password asks for USER again") {
    Session session({});
    CHECK(session.refuses("PASS secret"));
    session.say("USER mrose");
    CHECK(session.say("PASS wrong") == "-ERR [AUTH] invalid password\r\n");
    CHECK(session.refuses("PASS secret"));
    session.login();
    CHECK(session.say("STAT") == "+OK 0 0\r\n");
    CHECK(session.say("LIST") == "+OK scan listing follows\r\n.\r\n");
}

TEST_CASE("TOP gives the header and that many lines; CAPA lists what is there") {
    Session session({item("a", "Subject: x\r\n\r\none\r\n.two\r\nthree\r\n")});
    session.login();
    CHECK(session.say("TOP 1 0") == "+OK top of message follows\r\nSubject: x\r\n\r\n.\r\n");
    CHECK(session.say("TOP 1 2") == "+OK top of message follows\r\nSubject: x\r\n\r\none\r\n..two\r\n.\r\n");
    CHECK(session.say("TOP 1 99").ends_with("three\r\n.\r\n"));
    CHECK(session.say("CAPA") ==
          "+OK capability list follows\r\nTOP\r\nUIDL\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\nPIPELINING\r\n"
          "EXPIRE NEVER\r\nUSER\r\nSASL PLAIN\r\nIMPLEMENTATION Postopolis\r\n.\r\n");
}

TEST_CASE("commands come back from their bytes; passwords keep their blanks; lines are limited") {
    for (const char* line :
         {"USER mrose", "PASS  two  blanks ", "APOP a b", "STAT", "LIST", "LIST 7", "UIDL", "UIDL 7",
          "RETR 1", "DELE 4294967295", "NOOP", "RSET", "TOP 1 0", "CAPA", "QUIT", "XTND x"}) {
        CAPTURE(line);
        const auto parsed = parse_pop3_command(line);
        REQUIRE(std::holds_alternative<Pop3Command>(parsed));
        CHECK(bytes(std::get<Pop3Command>(parsed)) == std::string(line) + "\r\n");
    }
    CHECK(std::holds_alternative<Pop3Command>(parse_pop3_command("PASS " + std::string(248, 'x') + "\r\n")));
    CHECK(std::holds_alternative<Pop3Reply>(parse_pop3_command("PASS " + std::string(249, 'x') + "\r\n")));
    CHECK(std::holds_alternative<Pop3Reply>(parse_pop3_command("USER a\rb")));
    CHECK(bytes(pop3_error("a\r\n+OK")) == "-ERR a??+OK\r\n");
}

TEST_CASE("the client downloads and deletes") {
    Session session({item("a", letter(100)), item("b", letter(50))});
    const SeenUids seen;
    Fetch fetch(session, seen, false);
    CHECK(fetch.said ==
          "USER mrose\r\nPASS secret\r\nSTAT\r\nUIDL\r\nRETR 1\r\nDELE 1\r\nRETR 2\r\nDELE 2\r\nQUIT\r\n");
    CHECK(fetch.client.result() == Pop3Client::Result::done);
    REQUIRE(fetch.client.fetched().size() == 2);
    CHECK(fetch.client.fetched()[1].uid == "b");
    CHECK(fetch.client.fetched()[1].octets == 50);
    CHECK(fetch.client.deleted() == 2);
    CHECK(session.removed.size() == 2);
    CHECK(fetch.client.take_fetched().size() == 2);
    CHECK(fetch.client.fetched().empty());
}

TEST_CASE("the client leaves on the server, and deletes without fetching what it has seen already") {
    const SeenUids seen{"a"};
    Session kept({item("a", letter(100)), item("b", letter(50))});
    Fetch leaving(kept, seen, true);
    CHECK(leaving.said == "USER mrose\r\nPASS secret\r\nSTAT\r\nUIDL\r\nRETR 2\r\nQUIT\r\n");
    CHECK(kept.removed.empty());
    CHECK(leaving.client.listing().size() == 2);
    Session again({item("a", letter(100)), item("b", letter(50))});
    Fetch deleting(again, seen, false);
    CHECK(deleting.said ==
          "USER mrose\r\nPASS secret\r\nSTAT\r\nUIDL\r\nDELE 1\r\nRETR 2\r\nDELE 2\r\nQUIT\r\n");
    CHECK(again.removed.size() == 2);
    Session empty({});
    CHECK(Fetch(empty, seen, false).said == "USER mrose\r\nPASS secret\r\nSTAT\r\nQUIT\r\n");
}

TEST_CASE("the client is refused, or loses the connection") {
    const SeenUids none;
    Pop3Client client({.user = "mrose", .password = "secret"}, none);
    client.on_reply(pop3_ok("ready"));
    client.next();
    client.on_reply(pop3_ok(""));
    client.next();
    client.on_reply(pop3_error("[IN-USE] locked"));
    CHECK(client.next().command.verb == Pop3Verb::quit);
    client.on_reply(pop3_ok("bye"));
    CHECK(client.result() == Pop3Client::Result::refused);
    CHECK(client.reason() == "[IN-USE] locked");
    CHECK(client.next().kind == Pop3Action::Kind::close);

    Pop3Client cut({.user = "mrose", .password = "secret"}, none);
    cut.on_reply(pop3_ok("ready"));
    cut.on_lost();
    CHECK(cut.result() == Pop3Client::Result::lost);
    CHECK(cut.next().kind == Pop3Action::Kind::close);

    for (const bool leave : {false, true}) { // a server without UIDL
        Pop3Client plain({.user = "mrose", .password = "secret", .leave_on_server = leave}, none);
        for (int i = 0; i < 3; ++i)
            plain.on_reply(pop3_ok(""));
        plain.on_reply({.ok = true, .body = Pop3Stat{1, 10}});
        plain.on_reply(pop3_error("unknown command"));
        CHECK(plain.next().command.verb == (leave ? Pop3Verb::quit : Pop3Verb::retr));
    }
}

TEST_CASE("RFC 1939 section 10: the example session, with APOP and the RFC's own secret") {
    const std::string stamp = "<1896.697170952@dbc.mtview.ca.us>";
    Pop3Server server("dewey", {.apop_stamp = stamp});
    CHECK(bytes(server.greeting()) == "+OK dewey POP3 server ready " + stamp + "\r\n");
    REQUIRE(server.on_line("APOP mrose c4c9334bac560ecc979e58001b3e22fb\r\n").kind ==
            Pop3Step::Kind::ask_login);
    CHECK(server.user() == "mrose");
    CHECK_FALSE(server.proves("tanstaff"));
    CHECK(server.proves("tanstaaf"));
    CHECK(server.admit({item("a", letter(120)), item("b", letter(200))}).ok);
    const char* const lines[][2] = {{"STAT", "+OK 2 320\r\n"},
                                    {"LIST", "+OK scan listing follows\r\n1 120\r\n2 200\r\n.\r\n"},
                                    {"DELE 1", "+OK message 1 deleted\r\n"},
                                    {"DELE 2", "+OK message 2 deleted\r\n"}};
    for (const auto& [line, reply] : lines)
        CHECK(bytes(server.on_line(std::string(line) + "\r\n").reply) == reply);
    CHECK(server.on_line("QUIT\r\n").kind == Pop3Step::Kind::ask_commit);
}

TEST_CASE("STLS and AUTH PLAIN: no password in the clear where TLS is wanted (RFC 2595, RFC 5034)") {
    Pop3Server server("dewey", {.stls = true, .plain_needs_tls = true});
    const std::string plain = "AUTH PLAIN AG1yb3NlAHNlY3JldA=="; // NUL mrose NUL secret
    const auto before = bytes(server.on_line("CAPA").reply);
    CHECK(before.find("STLS\r\n") != std::string::npos);
    CHECK(before.find("USER") == std::string::npos);
    CHECK(before.find("SASL") == std::string::npos);
    CHECK_FALSE(server.on_line("USER mrose").reply.ok);
    CHECK_FALSE(server.on_line(plain).reply.ok);
    CHECK(server.on_line("STLS").kind == Pop3Step::Kind::start_tls);
    server.secured();
    CHECK_FALSE(server.on_line("STLS").reply.ok);
    const auto after = bytes(server.on_line("CAPA").reply);
    CHECK(after.find("STLS") == std::string::npos);
    CHECK(after.find("USER\r\nSASL PLAIN\r\n") != std::string::npos);
    CHECK_FALSE(server.on_line("AUTH CRAM-MD5").reply.ok);
    CHECK(bytes(server.on_line("AUTH").reply) == "+OK mechanisms follow\r\nPLAIN\r\n.\r\n");
    CHECK(bytes(server.on_line("AUTH plain").reply) == "+ \r\n");
    CHECK_FALSE(server.on_line("*").reply.ok);
    CHECK_FALSE(server.on_line("AUTH PLAIN !").reply.ok);
    CHECK(server.on_line(plain).kind == Pop3Step::Kind::ask_login);
    CHECK(server.user() == "mrose");
    CHECK(server.proves("secret"));
    CHECK_FALSE(server.refuse("[AUTH] no").ok);
    CHECK(server.state() == Pop3Server::State::authorization);
    CHECK(server.on_line(plain).kind == Pop3Step::Kind::ask_login);
    CHECK(server.admit({}).ok);
    CHECK_FALSE(server.on_line("STLS").reply.ok);
    CHECK_FALSE(server.on_line(plain).reply.ok);
}

TEST_CASE("TOP of a message that has no header") {
    Session session({item("a", "\r\none\r\ntwo\r\n")});
    session.login();
    CHECK(session.say("TOP 1 0") == "+OK top of message follows\r\n\r\n.\r\n");
    CHECK(session.say("TOP 1 1") == "+OK top of message follows\r\n\r\none\r\n.\r\n");
}
