// Several sessions at one mailbox: numbers, EXPUNGE and its order, flags that the other sets, UIDs that stay.
#include "imap_fixture.hpp"

using namespace postopolis;
using namespace postopolis::access;

namespace {

ImapAccount& filled(ImapAccount& account, int count) {
    account.create("Archive", ImapUse::archive);
    for (int i = 1; i <= count; ++i)
        account.inbox()->add(imap_letter("Subject: " + std::to_string(i) + "\r\n\r\nx\r\n"), noon, {});
    return account;
}

// What SELECT says is tried elsewhere.
const char* const both_select = R"(1> a SELECT INBOX
1< \* FLAGS *
1< \* OK [PERMANENTFLAGS *
1< \* 4 EXISTS
1< \* 4 RECENT
1< \* OK [UNSEEN 1] *
1< \* OK [UIDVALIDITY *
1< \* OK [UIDNEXT 5] *
1< \* OK [HIGHESTMODSEQ *
1< a OK [READ-WRITE] *
2> a SELECT INBOX
2< \* FLAGS *
2< \* OK [PERMANENTFLAGS *
2< \* 4 EXISTS
2< \* 0 RECENT
2< \* OK [UNSEEN 1] *
2< \* OK [UIDVALIDITY *
2< \* OK [UIDNEXT 5] *
2< \* OK [HIGHESTMODSEQ *
2< a OK [READ-WRITE] *
)";

void play_after_select(const std::string& script) {
    ImapAccount account;
    play(filled(account, 4), both_select + script);
}

} // namespace

TEST_CASE("EXPUNGE: each takes its number away; the other hears of it when it may") {
    play_after_select(R"(1> b STORE 1,3 +FLAGS.SILENT (\Deleted)
1< b OK *
2> b NOOP
2< \* 1 FETCH (FLAGS (\Deleted))
2< \* 3 FETCH (FLAGS (\Deleted))
2< b OK *
1> c EXPUNGE
1< \* 1 EXPUNGE
1< \* 2 EXPUNGE
1< c OK *
1> d FETCH 1:* UID
1< \* 1 FETCH (UID 2)
1< \* 2 FETCH (UID 4)
1< d OK *
2> c FETCH 1:4 UID
2< \* 1 FETCH (UID 1)
2< \* 2 FETCH (UID 2)
2< \* 3 FETCH (UID 3)
2< \* 4 FETCH (UID 4)
2< c OK *
2> d SEARCH ALL
2< \* SEARCH 1 2 3 4
2< d OK *
2> e STORE 2 +FLAGS (\Flagged)
2< \* 2 FETCH (FLAGS (\Flagged))
2< e OK *
2> f STORE 1 +FLAGS (\Flagged)
2< f NO [EXPUNGEISSUED] *
2> g COPY 1 Archive
2< \* 1 EXPUNGE
2< \* 2 EXPUNGE
2< g NO [EXPUNGEISSUED] *
2> h UID FETCH 1:* FLAGS
2< \* 1 FETCH (UID 2 FLAGS (\Flagged))
2< \* 2 FETCH (UID 4 FLAGS ())
2< h OK *
1> e NOOP
1< \* 1 FETCH (FLAGS (\Flagged \Recent))
1< e OK *
)");
}

TEST_CASE("UID commands may tell EXPUNGE; FETCH of what is gone still answers") {
    play_after_select(R"(1> b UID STORE 2 +FLAGS.SILENT (\Deleted)
1< b OK *
1> c UID EXPUNGE 1:2
1< \* 2 EXPUNGE
1< c OK *
2> b FETCH 2 BODY.PEEK[TEXT]
2< \* 2 FETCH (BODY[TEXT] {3}
2< x
2< )
2< b OK *
2> c UID FETCH 4 UID
2< \* 4 FETCH (UID 4)
2< \* 2 EXPUNGE
2< c OK *
2> d FETCH 4 UID
2< d BAD *
)");
}

TEST_CASE("what arrives is told after what has gone; UIDs are never given twice") {
    play_after_select(R"(1> b STORE 4 +FLAGS.SILENT (\Deleted)
1< b OK *
1> c EXPUNGE
1< \* 4 EXPUNGE
1< c OK *
1> d APPEND INBOX {5+}
1> hello
1< \* 4 EXISTS
1< \* 4 RECENT
1< d OK [APPENDUID 1 5] *
2> b FETCH 1 UID
2< \* 1 FETCH (UID 1)
2< \* 5 EXISTS
2< \* 0 RECENT
2< b OK *
2> c NOOP
2< \* 4 EXPUNGE
2< c OK *
2> d FETCH 4 UID
2< \* 4 FETCH (UID 5)
2< d OK *
)");
}

TEST_CASE("IDLE: news is pushed, nothing else; DONE ends it (RFC 2177)") {
    play_after_select(R"(2> b IDLE
2< + idling
1> b STORE 1 FLAGS (\Deleted $Later)
1< \* FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Later)
1< \* 1 FETCH (FLAGS (\Deleted $Later \Recent))
1< b OK *
2~
2< \* FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Later)
2< \* 1 FETCH (FLAGS (\Deleted $Later))
1> c EXPUNGE
1< \* 1 EXPUNGE
1< c OK *
2~
2< \* 1 EXPUNGE
2~
2> DONE
2< b OK *
2> c IDLE
2< + idling
2> x NOOP
2< c BAD *
)");
}

TEST_CASE("MOVE: COPYUID before EXPUNGE (RFC 6851), for both sessions") {
    play_after_select(R"(1> b MOVE 2:3 Archive
1< \* OK [COPYUID 2 2:3 1:2] *
1< \* 2 EXPUNGE
1< \* 2 EXPUNGE
1< b OK *
2> b NOOP
2< \* 2 EXPUNGE
2< \* 2 EXPUNGE
2< b OK *
1> c STATUS Archive (MESSAGES RECENT UIDNEXT)
1< \* STATUS "Archive" (MESSAGES 2 RECENT 2 UIDNEXT 3)
1< c OK *
1> d UID COPY 1,99 Archive
1< d OK [COPYUID 2 1 3] *
)");
}

TEST_CASE("a mailbox that another deletes empties; one of the same name is another one") {
    ImapAccount account;
    play(filled(account, 1), R"(1> a COPY 1 Archive
1< a BAD *
1> b SELECT Archive
1< \* FLAGS *
1< \* OK [PERMANENTFLAGS *
1< \* 0 EXISTS
1< \* 0 RECENT
1< \* OK [UIDVALIDITY 2] *
1< \* OK [UIDNEXT 1] *
1< \* OK [HIGHESTMODSEQ *
1< b OK *
2> a APPEND Archive (\Seen) {2+}
2> xx
2< a OK *
2> b DELETE Archive
2< b OK *
2> c CREATE Archive
2< c OK *
2> d STATUS Archive (UIDVALIDITY UIDNEXT)
2< \* STATUS "Archive" (UIDVALIDITY 3 UIDNEXT 1)
2< d OK *
1> c NOOP
1< c OK *
1> d FETCH 1 UID
1< d BAD *
)");
}

TEST_CASE("conditional STORE and CHANGEDSINCE (RFC 7162)") {
    play_after_select(R"(1> b ENABLE CONDSTORE
1< \* ENABLED CONDSTORE
1< b OK *
2> b STORE 1 +FLAGS (\Flagged)
2< \* 1 FETCH (FLAGS (\Flagged))
2< b OK *
1> c STORE 1:2 (UNCHANGEDSINCE 5) +FLAGS.SILENT (\Seen)
1< \* 2 FETCH (UID 2 MODSEQ (7))
1< \* 1 FETCH (FLAGS (\Flagged \Recent) MODSEQ (6))
1< c OK [MODIFIED 1] *
1> d FETCH 1:4 (FLAGS) (CHANGEDSINCE 6)
1< \* 2 FETCH (FLAGS (\Seen \Recent) MODSEQ (7))
1< d OK *
1> e SEARCH MODSEQ 6
1< \* SEARCH 1 2 (MODSEQ 7)
1< e OK *
1> f STATUS INBOX (HIGHESTMODSEQ)
1< \* STATUS "INBOX" (HIGHESTMODSEQ 7)
1< f OK *
2> c NOOP
2< \* 2 FETCH (FLAGS (\Seen))
2< c OK *
)");
}

TEST_CASE("SEARCH: RETURN, SAVE and \"$\" (RFC 9051 section 6.4.4)") {
    play_after_select(R"(1> b SEARCH RETURN (MIN MAX COUNT ALL) 2:4
1< \* ESEARCH (TAG "b") MIN 2 MAX 4 ALL 2:4 COUNT 3
1< b OK *
1> c SEARCH RETURN (SAVE) SUBJECT 3
1< c OK *
1> d FETCH $ UID
1< \* 3 FETCH (UID 3)
1< d OK *
1> e STORE $ FLAGS (\Seen)
1< \* 3 FETCH (FLAGS (\Seen \Recent))
1< e OK *
1> f UID SEARCH NOT $
1< \* SEARCH 1 2 4
1< f OK *
1> g SEARCH RETURN () UNSEEN
1< \* ESEARCH (TAG "g") ALL 1:2,4
1< g OK *
1> h SEARCH RETURN (COUNT) ANSWERED
1< \* ESEARCH (TAG "h") COUNT 0
1< h OK *
1> i SEARCH NEW OR 1 4
1< \* SEARCH 1 4
1< i OK *
1> j SEARCH ON 5-Jan-2026 NOT BEFORE 5-Jan-2026 SINCE 5-Jan-2026
1< \* SEARCH 1 2 3 4
1< j OK *
)");
}

TEST_CASE("subscriptions, children and special uses (RFC 3501 6.3.9, RFC 9051 6.3.9, RFC 6154)") {
    ImapAccount account;
    play(filled(account, 0), R"(1> a CREATE Work/Old/2024
1< a OK *
1> b SUBSCRIBE Work/Old/2024
1< b OK *
1> c LSUB "" Work/%
1< \* LSUB (\Noselect) "/" "Work/Old"
1< c OK *
1> d LSUB "" *
1< \* LSUB () "/" "Work/Old/2024"
1< d OK *
1> e LIST "" %
1< \* LIST (\HasNoChildren \Archive) "/" "Archive"
1< \* LIST (\HasNoChildren) "/" "INBOX"
1< \* LIST (\HasChildren) "/" "Work"
1< e OK *
1> f LIST (SPECIAL-USE) "" *
1< \* LIST (\HasNoChildren \Archive) "/" "Archive"
1< f OK *
1> g LIST (SUBSCRIBED) "" * RETURN (STATUS (MESSAGES))
1< \* LIST (\HasNoChildren \Subscribed) "/" "Work/Old/2024"
1< \* STATUS "Work/Old/2024" (MESSAGES 0)
1< g OK *
1> h DELETE Work/Old/2024
1< h OK *
1> i LIST (SUBSCRIBED RECURSIVEMATCH) "" Work/*
1< \* LIST (\HasNoChildren) "/" "Work/Old" ("CHILDINFO" ("SUBSCRIBED"))
1< \* LIST (\NonExistent \HasNoChildren \Subscribed) "/" "Work/Old/2024"
1< i OK *
1> j DELETE Work
1< j OK *
1> k LIST "" Work
1< \* LIST (\Noselect \HasChildren) "/" "Work"
1< k OK *
1> l SELECT Work
1< l NO [NONEXISTENT] *
1> m LIST "" ""
1< \* LIST (\Noselect) "/" ""
1< m OK *
)");
}

TEST_CASE("quota: what does not fit is refused, by APPEND and COPY (RFC 9208)") {
    ImapAccount account;
    filled(account, 1);
    account.quota = 3000;
    play(account, R"(1> a GETQUOTAROOT INBOX
1< \* QUOTAROOT "INBOX" ""
1< \* QUOTA "" (STORAGE 1 2)
1< a OK *
1> b APPEND INBOX {3000+}
1> )" + std::string(3000, 'x') +
                      R"(
1< b NO [OVERQUOTA] *
1> c APPEND INBOX {2+}
1> xx
1< c OK *
)");
}
