// Each command in each state, the example sessions of RFC 3501 and RFC 9051, and what the reader makes of odd
// lines.
#include <algorithm>
#include <map>

#include "imap_fixture.hpp"

using namespace postopolis;
using namespace postopolis::access;

namespace {

void fill(ImapAccount& account, int count) {
    for (int i = 1; i <= count; ++i)
        account.inbox()->add(imap_letter("Subject: number " + std::to_string(i) + "\r\n\r\nbody\r\n"), noon,
                             {});
}

/// RFC 9051 section 8: message 12, whose header has 342 octets there and whose text 3028 in 92 lines. Its
/// other header fields are not shown, so that the size is the one that follows from the example's numbers.
std::string minutes() {
    std::string text = "Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\r\n"
                       "From: Terry Gray <gray@cac.washington.edu>\r\n"
                       "Subject: IMAP4rev2 WG mtg summary and minutes\r\n"
                       "To: imap@cac.washington.edu\r\n"
                       "cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>\r\n"
                       "Message-Id: <B27397-0100000@cac.washington.edu>\r\n"
                       "MIME-Version: 1.0\r\n"
                       "Content-Type: TEXT/PLAIN; CHARSET=US-ASCII\r\n"
                       "\r\n";
    std::string body;
    for (int line = 0; line < 92; ++line)
        body += std::string(line == 91 ? 3028 - 91 * 33 - 2 : 31, 'x') + "\r\n";
    return text + body;
}

} // namespace

TEST_CASE("RFC 9051 section 8: the sample connection, with PLAIN as its mechanism") {
    ImapAccount account(3857529045);
    fill(account, 11);
    ImapFlags seen(ImapFlag::seen);
    const auto date = parse_imap_date_time("17-Jul-1996 02:44:25 -0700");
    REQUIRE(date);
    account.inbox()->add(imap_letter(minutes()), *date, seen);
    fill(account, 6);
    ImapWire client(account, {.starttls = true, .plain_needs_tls = true});
    CHECK(like("\\* OK [CAPABILITY *STARTTLS*LOGINDISABLED*] *\r\n", client.heard()));
    CHECK(like("a000 OK *\r\n", client.ask("a000 starttls")));
    client.ask("A001 AUTHENTICATE PLAIN");
    CHECK(like("A001 OK *\r\n", client.ask("AGFsaWNlAHNlY3JldA==")));
    CHECK(like("\\* ENABLED IMAP4rev2\r\nbabc OK *\r\n", client.ask("babc ENABLE IMAP4rev2")));
    const std::string selected = client.ask("a002 select inbox");
    for (const char* line :
         {"* 18 EXISTS\r\n", "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)\r\n",
          "* OK [UIDVALIDITY 3857529045] UIDs valid\r\n", "\r\na002 OK [READ-WRITE] SELECT completed\r\n"})
        CHECK(selected.find(line) != std::string::npos);
    CHECK(selected.find("RECENT") == std::string::npos);
    const std::size_t octets = imap_letter(minutes()).size();
    CHECK(client.ask("a003 fetch 12 full") ==
          "* 12 FETCH (FLAGS (\\Seen) INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE " +
              std::to_string(octets) +
              " ENVELOPE (\"Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\" \"IMAP4rev2 WG mtg summary and minutes\" "
              "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) ((\"Terry Gray\" NIL \"gray\" "
              "\"cac.washington.edu\")) "
              "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) ((NIL NIL \"imap\" "
              "\"cac.washington.edu\")) "
              "((NIL NIL \"minutes\" \"CNRI.Reston.VA.US\")(\"John Klensin\" NIL \"KLENSIN\" \"MIT.EDU\")) "
              "NIL NIL "
              "\"<B27397-0100000@cac.washington.edu>\") "
              "BODY (\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\") NIL NIL \"7BIT\" 3028 92))\r\n"
              "a003 OK FETCH completed\r\n");
    const std::string header = minutes().substr(0, minutes().find("\r\n\r\n") + 4);
    CHECK(header.size() == 342);
    CHECK(client.ask("a004 fetch 12 body[header]") ==
          "* 12 FETCH (BODY[HEADER] {342}\r\n" + header + ")\r\na004 OK FETCH completed\r\n");
    CHECK(client.ask("a005 store 12 +flags \\deleted") ==
          "* 12 FETCH (UID 12 FLAGS (\\Deleted \\Seen))\r\na005 OK STORE completed\r\n");
    CHECK(like("\\* BYE *\r\na006 OK LOGOUT completed\r\n", client.ask("a006 logout")));
    CHECK(client.server().closed());
}

TEST_CASE("every command in every state") {
    // Columns: not authenticated, authenticated, selected. "-": the connection ends.
    const struct {
        std::string command, before, after, selected;
    } rows[] = {
        {"CAPABILITY", "OK", "OK", "OK"},
        {"NOOP", "OK", "OK", "OK"},
        {"LOGOUT", "OK", "OK", "OK"},
        {"ID NIL", "OK", "OK", "OK"},
        {"ID (\"name\" \"x\" \"os\" NIL)", "OK", "OK", "OK"},
        {"ID (name)", "BAD", "BAD", "BAD"},
        {"STARTTLS", "OK", "BAD", "BAD"},
        {"LOGIN alice secret", "OK", "BAD", "BAD"},
        {"LOGIN alice wrong", "NO", "BAD", "BAD"},
        {"LOGIN alice", "BAD", "BAD", "BAD"},
        {"AUTHENTICATE PLAIN AGFsaWNlAHNlY3JldA==", "OK", "BAD", "BAD"},
        {"AUTHENTICATE PLAIN =", "NO", "BAD", "BAD"},
        {"AUTHENTICATE PLAIN !", "BAD", "BAD", "BAD"},
        {"AUTHENTICATE CRAM-MD5", "NO", "BAD", "BAD"},
        {"ENABLE CONDSTORE", "BAD", "OK", "OK"},
        {"ENABLE", "BAD", "BAD", "BAD"},
        {"SELECT INBOX", "BAD", "OK", "OK"},
        {"SELECT inbox (CONDSTORE)", "BAD", "OK", "OK"},
        {"SELECT INBOX (UNKNOWN)", "BAD", "BAD", "BAD"},
        {"SELECT nowhere", "BAD", "NO", "NO"},
        {"EXAMINE INBOX", "BAD", "OK", "OK"},
        {"CREATE new", "BAD", "OK", "OK"},
        {"CREATE INBOX", "BAD", "NO", "NO"},
        {"CREATE \"a*b\"", "BAD", "NO", "NO"},
        {"CREATE a/b/c", "BAD", "OK", "OK"},
        {"CREATE s (USE (\\Sent))", "BAD", "OK", "OK"},
        {"CREATE", "BAD", "BAD", "BAD"},
        {"DELETE other", "BAD", "OK", "OK"},
        {"DELETE INBOX", "BAD", "NO", "NO"},
        {"DELETE nowhere", "BAD", "NO", "NO"},
        {"RENAME other fresh", "BAD", "OK", "OK"},
        {"RENAME nowhere fresh", "BAD", "NO", "NO"},
        {"RENAME other INBOX", "BAD", "NO", "NO"},
        {"SUBSCRIBE other", "BAD", "OK", "OK"},
        {"SUBSCRIBE nowhere", "BAD", "NO", "NO"},
        {"UNSUBSCRIBE nowhere", "BAD", "OK", "OK"},
        {"LIST \"\" \"*\"", "BAD", "OK", "OK"},
        {"LIST \"\" (a b) RETURN (CHILDREN STATUS (MESSAGES))", "BAD", "OK", "OK"},
        {"LIST (RECURSIVEMATCH) \"\" *", "BAD", "BAD", "BAD"},
        {"LIST", "BAD", "BAD", "BAD"},
        {"LSUB \"\" %", "BAD", "OK", "OK"},
        {"NAMESPACE", "BAD", "OK", "OK"},
        {"STATUS INBOX (MESSAGES)", "BAD", "OK", "OK"},
        {"STATUS nowhere (MESSAGES)", "BAD", "NO", "NO"},
        {"STATUS INBOX ()", "BAD", "BAD", "BAD"},
        {"APPEND INBOX {5+}\r\nhello", "BAD", "OK", "OK"},
        {"APPEND nowhere {5+}\r\nhello", "BAD", "NO", "NO"},
        {"APPEND INBOX (\\Recent) {5+}\r\nhello", "BAD", "BAD", "BAD"},
        {"APPEND INBOX \"32-Jan-2026 00:00:00 +0000\" {5+}\r\nhello", "BAD", "BAD", "BAD"},
        {"APPEND INBOX hello", "BAD", "BAD", "BAD"},
        {"GETQUOTAROOT INBOX", "BAD", "OK", "OK"},
        {"GETQUOTA \"\"", "BAD", "OK", "OK"},
        {"GETQUOTA other", "BAD", "NO", "NO"},
        {"SETQUOTA \"\" (STORAGE 1)", "BAD", "NO", "NO"},
        {"CHECK", "BAD", "BAD", "OK"},
        {"CLOSE", "BAD", "BAD", "OK"},
        {"UNSELECT", "BAD", "BAD", "OK"},
        {"EXPUNGE", "BAD", "BAD", "OK"},
        {"UID EXPUNGE 1:*", "BAD", "BAD", "OK"},
        {"SEARCH ALL", "BAD", "BAD", "OK"},
        {"SEARCH CHARSET KOI8-R TEXT x", "BAD", "BAD", "NO"},
        {"SEARCH RETURN (COUNT) NOT SEEN", "BAD", "BAD", "OK"},
        {"SEARCH", "BAD", "BAD", "BAD"},
        {"SEARCH SINCE yesterday", "BAD", "BAD", "BAD"},
        {"SEARCH (SEEN", "BAD", "BAD", "BAD"},
        {"UID SEARCH UID 1:*", "BAD", "BAD", "OK"},
        {"FETCH 1 FAST", "BAD", "BAD", "OK"},
        {"FETCH 1:* (BODY.PEEK[HEADER.FIELDS (SUBJECT)]<0.9>)", "BAD", "BAD", "OK"},
        {"FETCH 4 FLAGS", "BAD", "BAD", "BAD"},
        {"FETCH 0 FLAGS", "BAD", "BAD", "BAD"},
        {"FETCH 1 COLOUR", "BAD", "BAD", "BAD"},
        {"FETCH 1 BODY[MIME]", "BAD", "BAD", "BAD"},
        {"FETCH 1 BODY[0]", "BAD", "BAD", "BAD"},
        {"UID FETCH 4 FLAGS", "BAD", "BAD", "OK"}, // a UID that is not there is no error (section 6.4.9)
        {"STORE 1 +FLAGS (\\Seen)", "BAD", "BAD", "OK"},
        {"STORE 1 FLAGS ()", "BAD", "BAD", "OK"},
        {"STORE 1 FLAGS (\\Recent)", "BAD", "BAD", "BAD"},
        {"STORE 4 FLAGS (\\Seen)", "BAD", "BAD", "BAD"},
        {"COPY 1 other", "BAD", "BAD", "OK"},
        {"COPY 1 nowhere", "BAD", "BAD", "NO"},
        {"MOVE 1 other", "BAD", "BAD", "OK"},
        {"MOVE 4 other", "BAD", "BAD", "BAD"},
        {"UID NOOP", "BAD", "BAD", "BAD"},
        {"XYZZY", "BAD", "BAD", "BAD"},
        {"NOOP now", "BAD", "BAD", "BAD"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.command);
        for (int state = 0; state < 3; ++state) {
            CAPTURE(state);
            ImapAccount account;
            account.quota = 1'000'000;
            fill(account, 3);
            account.create("other");
            ImapWire client(account, {.starttls = true});
            if (state > 0) client.log_in();
            if (state > 1) client.select();
            CHECK(client.result(row.command) == (state == 0   ? row.before
                                                 : state == 1 ? row.after
                                                              : row.selected));
        }
    }
}

TEST_CASE("a session opened with EXAMINE changes nothing") {
    ImapAccount account;
    fill(account, 2);
    ImapWire client(account);
    client.log_in();
    client.ask("a EXAMINE INBOX");
    for (const char* command : {"STORE 1 +FLAGS (\\Seen)", "EXPUNGE", "MOVE 1 INBOX"}) {
        CAPTURE(command);
        CHECK(client.result(command) == "NO");
    }
    client.ask("b FETCH 1 BODY[]");
    CHECK(account.inbox()->messages().front()->flags == ImapFlags());
    CHECK(client.result("CLOSE") == "OK");
    CHECK(account.inbox()->messages().size() == 2);
}

TEST_CASE("lines that are none: no tag, too long, a literal too large; the session goes on where it can") {
    ImapAccount account;
    ImapWire client(account);
    CHECK(like("\\* BAD *\r\n", client.ask("")));
    CHECK(like("\\* BAD *\r\n", client.ask("(x)")));
    CHECK(like("a BAD *\r\n", client.ask("a")));
    CHECK(like("+ *\r\n", client.ask("a LOGIN {5}")));
    CHECK(like("+ *\r\n", client.ask("alice {6}")));
    CHECK(like("a OK *\r\n", client.ask("secret")));
    CHECK(like("b NO [TOOBIG] *\r\n", client.ask("b APPEND INBOX {100001}")));
    CHECK(
        like("c NO [TOOBIG] *\r\n", client.ask("c APPEND INBOX {100001+}\r\n" + std::string(100'001, 'x'))));
    CHECK(client.result("NOOP") == "OK");
    CHECK(like("\\* BYE *\r\n", client.ask("d " + std::string(10'000, 'x'))));
}

TEST_CASE("names in modified UTF-7 (RFC 3501 section 5.1.3)") {
    const std::map<std::string, std::string> rows = {
        {"~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"}, // the RFC's own example
        {"A & B", "A &- B"},
        {"Grüße", "Gr&APwA3w-e"},
        {"😀", "&2D3eAA-"},
        {"plain", "plain"}};
    for (const auto& [utf8, wire] : rows) {
        CHECK(to_modified_utf7(utf8) == wire);
        CHECK(from_modified_utf7(wire) == utf8);
    }
    for (const char* wrong : {"&", "&AP", "&APw", "caf\xC3\xA9", "&!-", "&2D0-"})
        CHECK_FALSE(from_modified_utf7(wrong));
}

TEST_CASE("LIST patterns: '*' crosses the separator, '%' does not (section 6.3.9)") {
    const struct {
        std::string pattern, name;
        bool matches;
    } rows[] = {{"*", "a/b/c", true},       {"%", "a", true},          {"%", "a/b", false},
                {"a/%", "a/b", true},       {"a/%", "a/b/c", false},   {"a/*", "a/b/c", true},
                {"%/%", "a/b", true},       {"*c", "a/b/c", true},     {"%c", "a/b/c", false},
                {"a*b%c", "axbyc", true},   {"a*b%c", "axb/c", false}, {"", "a", false},
                {"*/b/%", "x/b/b/c", true}, {"%b%", "aabaab", true}};
    for (const auto& row : rows) {
        CAPTURE(row.pattern);
        CAPTURE(row.name);
        CHECK(imap_matches(row.pattern, row.name) == row.matches);
    }
}

TEST_CASE("sequence sets (section 9)") {
    using Ranges = std::vector<ImapSet::Range>;
    CHECK(ImapSet::parse("2,4:7,9,12:*")->resolved(15) == Ranges{{2, 2}, {4, 7}, {9, 9}, {12, 15}});
    CHECK(ImapSet::parse("*:4,5:7")->resolved(10) == Ranges{{4, 10}}); // the RFC's example of an overlap
    CHECK(ImapSet::parse("7:2")->resolved(10) == Ranges{{2, 7}});
    CHECK(ImapSet({1, 2, 3, 7, 9, 10}).text() == "1:3,7,9:10");
    for (const char* wrong : {"", "0", "1,", "1:", ":1", "a", "1:2:3", "4294967296", "-1", "1,,2"})
        CHECK_FALSE(ImapSet::parse(wrong));
}
