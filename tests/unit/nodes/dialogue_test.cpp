// The dialogue of RFC 5321 appendix D.1, as it comes out of two hosts that are set up like those of the RFC.
#include <doctest/doctest.h>

#include "fixture.hpp"

using namespace postopolis;
using namespace postopolis::nodes;
using namespace postopolis::nodes::test;

TEST_CASE("RFC 5321 D.1: three recipients, one of them unknown") {
    Scene s(all_roles("mail.a.example"), {"alice"});
    HostConfig bar = all_roles("bar.com");
    HostConfig foo = all_roles("foo.com");
    foo.smtp.extensions = plain_extensions();
    foo.smtp.extensions.eightbitmime = true;
    foo.smtp.extensions.size = foo.smtp.max_message_size = 0; // no fixed limit: SIZE without a number
    foo.smtp.extensions.dsn = true;
    foo.smtp.extensions.others = {"HELP"};
    s.town.add_host(std::move(bar));
    s.town.add_host(std::move(foo));
    s.town.add_domain(domain_at("bar.com", "bar.com", {{"bar.com", 10}}, "bar.com"));
    s.town.add_domain(domain_at("foo.com", "foo.com", {{"foo.com", 10}}, "foo.com"));
    for (const char* address : {"Smith@bar.com", "Jones@foo.com", "Brown@foo.com"}) {
        PersonConfig p;
        p.address = address;
        p.submission = {"bar.com"};
        s.town.add_person(std::move(p));
    }
    s.listen_to_talk();
    s.record.talk_with = "foo.com";
    s.town.write("Smith@bar.com", {"Jones@foo.com", "Green@foo.com", "Brown@foo.com"}, "Blah blah blah");
    s.run();
    const std::string& talk = s.record.talk;
    const std::size_t at = talk.find("SIZE=") + 5;
    const std::string size = talk.substr(at, talk.find('\n', at) - at);
    const std::string expected = "S: 220 foo.com ESMTP\n"
                                 "C: EHLO bar.com\n"
                                 "S: 250-foo.com\n"
                                 "S: 250-8BITMIME\n"
                                 "S: 250-DSN\n"
                                 "S: 250-SIZE\n"
                                 "S: 250 HELP\n"
                                 "C: MAIL FROM:<Smith@bar.com> SIZE=" +
                                 size +
                                 "\n"
                                 "S: 250 OK\n"
                                 "C: RCPT TO:<Jones@foo.com>\n"
                                 "S: 250 OK\n"
                                 "C: RCPT TO:<Green@foo.com>\n"
                                 "S: 550 <Green@foo.com>: Recipient address rejected: User unknown\n"
                                 "C: RCPT TO:<Brown@foo.com>\n"
                                 "S: 250 OK\n"
                                 "C: DATA\n"
                                 "S: 354 Start mail input; end with <CRLF>.<CRLF>\n"
                                 "C: Received: from ";
    CHECK(talk.substr(0, expected.size()) == expected);
    const std::string ending =
        "C: .\nS: 250 OK\nC: QUIT\nS: 221 foo.com Service closing transmission channel\n";
    CHECK(talk.ends_with(ending));
    CHECK(s.fate(trace::Fate::delivered) == 3); // two of three, and the report
    CHECK(s.fate(trace::Fate::bounced) == 1);
}
