// A mail reader's session, against servers that are played by hand: one line said, some lines heard.
#include <doctest/doctest.h>

#include <string>

#include "postopolis/access/imap_client.hpp"

using namespace postopolis;
using namespace postopolis::access;

namespace {

using After = ImapClientConfig::After;

struct Played {
    explicit Played(ImapMemory& memory,
                    ImapClientConfig config = {.user = "bob@b.example", .password = "pa\"ss"})
        : client(std::move(config), memory) {}
    /// What the client says next; "" when it waits, "." when it is done.
    std::string says() {
        const ImapAction action = client.next();
        if (action.kind == ImapAction::Kind::send) return action.output.text();
        return action.kind == ImapAction::Kind::receive ? "" : ".";
    }
    void hears(const std::string& text) {
        reader.feed(text);
        while (reader.next() == ImapReader::Found::line)
            client.on_line(reader.take_line());
    }
    /// Up to what follows the SELECT of a mailbox with this many messages.
    void selects(int exists, const std::string& capabilities = "IMAP4rev1 IDLE MOVE", int validity = 5) {
        CHECK(says().empty());
        hears("* OK [CAPABILITY " + capabilities + "] ready\r\n");
        CHECK(says() == "A0001 LOGIN \"bob@b.example\" \"pa\\\"ss\"\r\n");
        hears("A0001 OK done\r\n");
        CHECK(says() == "A0002 SELECT INBOX\r\n");
        hears("* " + std::to_string(exists) + " EXISTS\r\n* OK [UIDVALIDITY " + std::to_string(validity) +
              "] valid\r\nA0002 OK [READ-WRITE] done\r\n");
    }
    ImapClient client;
    ImapReader reader{ImapReader::Side::client};
};

} // namespace

TEST_CASE("what is new is fetched, also where \"9:*\" names an old message; what another has read is not "
          "marked again") {
    ImapMemory memory{5, 8};
    Played p(memory);
    p.selects(1);
    CHECK(p.says() == "A0003 UID FETCH 9:* (FLAGS RFC822.SIZE)\r\n");
    SUBCASE("an old one") {
        p.hears("* 1 FETCH (UID 8 FLAGS () RFC822.SIZE 4)\r\nA0003 OK done\r\n");
        CHECK(p.says() == "A0004 LOGOUT\r\n");
    }
    SUBCASE("new ones, not in order, with what nobody asked for") {
        p.hears("* 3 FETCH (FLAGS (\\Recent) UID 11 RFC822.SIZE 4)\r\n* 2 FETCH (UID 10 FLAGS (\\Seen $X) "
                "X-ITEM (a \"b)\" "
                "{2}\r\n)) ) RFC822.SIZE 4)\r\n* FLAGS (\\Seen)\r\nA0003 OK done\r\n");
        CHECK(p.says() == "A0004 UID FETCH 10 BODY.PEEK[]\r\n");
        p.hears("* 2 FETCH (UID 10 BODY[] {6}\r\nX: 1\r\n)\r\nA0004 OK done\r\n");
        CHECK(p.says() == "A0005 UID FETCH 11 BODY.PEEK[]\r\n");
        p.hears("* 3 FETCH (BODY[] {6}\r\nX: 2\r\n UID 11)\r\nA0005 OK done\r\n");
        CHECK(p.says() == "A0006 UID STORE 11 +FLAGS.SILENT (\\Seen)\r\n");
        const auto fetched = p.client.take_fetched();
        REQUIRE(fetched.size() == 2);
        CHECK(fetched[0].seen);
        CHECK_FALSE(fetched[1].seen);
        CHECK(fetched[1].message.text() == "X: 2\r\n");
        CHECK(memory.last_uid == 11);
        p.hears("A0006 OK done\r\n");
        CHECK(p.says() == "A0007 LOGOUT\r\n");
        p.hears("* BYE bye\r\nA0007 OK done\r\n");
        CHECK(p.says() == ".");
        CHECK(p.client.result() == ImapClient::Result::done);
    }
}

TEST_CASE("another UIDVALIDITY: all that was known is of another mailbox (RFC 9051 section 2.3.1.1)") {
    ImapMemory memory{5, 8};
    Played p(memory);
    p.selects(1, "IMAP4rev1", 6);
    CHECK(p.says() == "A0003 UID FETCH 1:* (FLAGS RFC822.SIZE)\r\n");
    CHECK(memory.uid_validity == 6);
}

TEST_CASE("IDLE: news ends it, and is fetched; without IDLE the session ends") {
    ImapMemory memory{5, 0};
    Played p(memory, {.user = "bob@b.example", .password = "pa\"ss", .push = true});
    SUBCASE("with") {
        p.selects(0);
        p.says();
        p.hears("A0003 OK done\r\n");
        CHECK(p.says() == "A0004 IDLE\r\n");
        CHECK_FALSE(p.client.idling());
        p.hears("+ idling\r\n");
        CHECK(p.client.idling());
        CHECK(p.says().empty());
        p.hears("* 1 FETCH (FLAGS ())\r\n* 1 EXPUNGE\r\n");
        CHECK(p.says().empty());
        p.hears("* 1 EXISTS\r\n");
        CHECK(p.says() == "DONE\r\n");
        CHECK(p.says().empty());
        p.hears("A0004 OK done\r\n");
        CHECK(p.says() == "A0005 UID FETCH 1:* (FLAGS RFC822.SIZE)\r\n");
        p.hears("A0005 OK done\r\n");
        CHECK(p.says() == "A0006 IDLE\r\n");
        p.hears("+ idling\r\n* BYE the server goes down\r\n");
        CHECK(p.says() == ".");
        CHECK(p.client.result() == ImapClient::Result::refused);
    }
    SUBCASE("without") {
        p.selects(0, "IMAP4rev1");
        p.says();
        p.hears("A0003 OK done\r\n");
        CHECK(p.says() == "A0004 LOGOUT\r\n");
    }
}

TEST_CASE("a folder that is not there is made, once; deletion is EXPUNGE at the end; refusals and lost "
          "connections") {
    ImapMemory memory{5, 0};
    ImapClientConfig config{
        .user = "bob@b.example", .password = "pa\"ss", .after = After::file, .folder = "Grüße"};
    SUBCASE("filed") {
        Played p(memory, config);
        p.selects(1);
        p.says();
        p.hears("* 1 FETCH (UID 3 FLAGS (\\Seen) RFC822.SIZE 1)\r\nA0003 OK done\r\n");
        p.says();
        p.hears("* 1 FETCH (UID 3 BODY[] {1}\r\nx)\r\nA0004 OK done\r\n");
        CHECK(p.says() == "A0005 UID MOVE 3 \"Gr&APwA3w-e\"\r\n");
        p.hears("A0005 NO [TRYCREATE] no\r\n");
        CHECK(p.says() == "A0006 CREATE \"Gr&APwA3w-e\"\r\n");
        p.hears("A0006 NO no\r\n");
        CHECK(p.says() == "A0007 UID MOVE 3 \"Gr&APwA3w-e\"\r\n");
        p.hears("A0007 NO [TRYCREATE] no\r\n");
        CHECK(p.says() == "A0008 LOGOUT\r\n");
    }
    SUBCASE("deleted") {
        config.after = After::remove;
        Played p(memory, config);
        p.selects(1);
        p.says();
        p.hears("* 1 FETCH (UID 3 FLAGS () RFC822.SIZE 1)\r\nA0003 OK done\r\n");
        p.says();
        p.hears("* 1 FETCH (UID 3 BODY[] {1}\r\nx)\r\nA0004 OK done\r\n");
        CHECK(p.says() == "A0005 UID STORE 3 +FLAGS.SILENT (\\Seen \\Deleted)\r\n");
        p.hears("A0005 OK done\r\n");
        CHECK(p.says() == "A0006 EXPUNGE\r\n");
        p.client.on_lost();
        CHECK(p.client.result() == ImapClient::Result::lost);
        CHECK(p.client.take_fetched().size() == 1);
        CHECK(p.says() == ".");
    }
    SUBCASE("refused") {
        Played p(memory, config);
        p.says();
        p.hears("* OK ready\r\n");
        p.says();
        p.hears("A0001 NO [AUTHENTICATIONFAILED] no\r\n");
        CHECK(p.says() == "A0002 LOGOUT\r\n");
        p.hears("A0002 OK bye\r\n");
        CHECK(p.client.result() == ImapClient::Result::refused);
        CHECK(p.client.reason() == "NO [AUTHENTICATIONFAILED] no");
    }
}
