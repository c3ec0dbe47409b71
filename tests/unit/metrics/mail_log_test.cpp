// What a mail log is made of: the dialogues that are heard, and the figures of Postfix's lines.
#include <doctest/doctest.h>

#include "metrics/mail_log_lines.hpp"
#include "metrics/smtp_hearing.hpp"

using namespace postopolis;
using namespace postopolis::metrics;
using kernel::Duration;
using kernel::Time;

namespace {

struct Heard {
    void server(std::string_view bytes) {
        hearing.server_says(bytes, [this](const HeardCommand& c) {
            words.push_back(c.verb + " " + std::to_string(c.code) +
                            (c.octets != 0 ? " " + std::to_string(c.octets) : ""));
            replies.push_back(c.reply);
        });
    }
    void client(std::string_view bytes, bool content = false) { hearing.client_says(bytes, content, Time()); }
    SmtpHearing hearing;
    std::vector<std::string> words, replies;
};
using Words = std::vector<std::string>;

} // namespace

TEST_CASE("smtp hearing: commands and replies are paired, pipelined or in pieces") {
    Heard h;
    h.server("220 mx.a.example ESM");
    h.server("TP\r\n");
    h.client("EHLO b.example\r\n");
    h.server("250-mx.a.example\r\n250 PIPELINING\r\n");
    h.client("MAIL FROM:<x@b.example> SIZE=9\r\nRCPT TO:<y@a.example>\r\nRC");
    h.client("PT TO:<z@a.example>\r\nDATA\r\n");
    h.server("250 2.1.0 Ok\r\n550 5.1.1 no\r\n250 Ok\r\n354 go on\r\n");
    CHECK(h.hearing.in_transaction);
    // 9 octets of content with its line ends: the dot that is doubled and the last line are SMTP's.
    h.client("..dot\r\n", true);
    h.client("x\r\n.\r\n", true);
    h.client("QUIT\r\n");
    h.server("250 2.0.0 Ok: queued\r\n221 Bye\r\n");
    CHECK(h.words == Words{"CONNECT 220", "EHLO 250", "MAIL 250", "RCPT 550", "RCPT 250", "DATA 354",
                           "END-OF-MESSAGE 250 9", "QUIT 221"});
    CHECK(h.replies[1] == "mx.a.example PIPELINING");
    CHECK(h.hearing.helo == "b.example");
    CHECK(h.hearing.sender == "x@b.example");
    CHECK(h.hearing.commands == 6);
    CHECK(h.hearing.counts == std::vector<std::pair<std::string, int>>{
                                  {"ehlo", 1}, {"mail", 1}, {"rcpt", 1}, {"data", 1}, {"quit", 1}});
}

TEST_CASE("smtp hearing: the user of AUTH PLAIN, and challenges that are answered") {
    Heard h;
    h.server("220 x\r\n");
    h.client("AUTH PLAIN AGEAYg==\r\n"); // NUL a NUL b
    h.server("235 2.7.0 fine\r\n");
    CHECK(h.hearing.user == "a");
    Heard login;
    login.server("220 x\r\n");
    login.client("AUTH LOGIN\r\n");
    login.server("334 VXNlcm5hbWU6\r\n");
    login.client("YQ==\r\n");
    login.server("334 UGFzc3dvcmQ6\r\n");
    login.client("Yg==\r\n");
    login.server("535 5.7.8 no\r\n");
    login.client("QUIT\r\n");
    login.server("221 bye\r\n");
    CHECK(login.words == Words{"CONNECT 220", "AUTH 334", "AUTH 334", "AUTH 535", "QUIT 221"});
}

TEST_CASE("smtp hearing: content in chunks (RFC 3030)") {
    Heard h;
    h.server("220 x\r\n");
    h.client("BDAT 4\r\n");
    h.client("..\r\n", true);
    h.server("250 4 octets\r\n");
    h.client("BDAT 3 LAST\r\n");
    h.client("end", true);
    h.server("250 Ok\r\n");
    CHECK(h.words == Words{"CONNECT 220", "BDAT 250", "END-OF-MESSAGE 250 7"});
}

TEST_CASE("mail log: the path of a command") {
    CHECK(path_of("FROM:<a@b.example> SIZE=12") == "a@b.example");
    CHECK(path_of("FROM:<>") == "");
    CHECK(path_of("TO:a@b.example X") == "a@b.example");
    CHECK(path_of("TO:<a") == "a");
}

TEST_CASE("mail log: delays have two digits that mean something") {
    auto text = [](double seconds) {
        std::string out;
        append_log_delay(out, Duration::from_seconds(seconds));
        return out;
    };
    CHECK(text(0) == "0");
    CHECK(text(0.004) == "0");
    CHECK(text(0.05) == "0.05");
    CHECK(text(0.1) == "0.1");
    CHECK(text(0.126) == "0.13");
    CHECK(text(0.999) == "1");
    CHECK(text(1.24) == "1.2");
    CHECK(text(9.96) == "10");
    CHECK(text(86'400.4) == "86400");
    CHECK(text(-3) == "0");
    std::string out;
    append_log_delays(
        out, {Duration::milliseconds(500), Duration(), Duration::seconds(2), Duration::milliseconds(30)});
    CHECK(out == "delay=2.5, delays=0.5/0/2/0.03");
}

TEST_CASE("mail log: time stamps, and texts that stay on their line") {
    std::string out;
    append_log_head(out, 1'767'600'000, "mx.a.example", "qmgr", 77);
    CHECK(out == "Jan  5 08:00:00 mx.a.example postfix/qmgr[77]: ");
    out.clear();
    append_log_head(out, 1'798'761'599, "h", "smtpd", 1);
    CHECK(out == "Dec 31 23:59:59 h postfix/smtpd[1]: ");
    out.clear();
    append_log_text(out, "a\r\nb\x1b[2J\xff \xc3\xa9");
    CHECK(out == "a??b?[2J\xef\xbf\xbd \xc3\xa9");
}
