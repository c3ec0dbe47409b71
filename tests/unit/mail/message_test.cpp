// Messages: trace fields, sizes without rendering, sharing; Received fields read back; mbox.
#include "postopolis/mail/compose.hpp"
#include "postopolis/mail/mbox.hpp"
#include "postopolis/mail/parse.hpp"
#include "postopolis/mail/received.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace postopolis::mail;

namespace {

SharedText share(std::string text) {
    return std::make_shared<const std::string>(std::move(text));
}
AddressPtr address(std::string local, std::string domain) {
    return std::make_shared<const Address>(Address{std::move(local), std::move(domain)});
}
constexpr Date new_year{1767600000LL * 1'000'000'000};

Received full_received() {
    Received field;
    field.from_helo = share("client.example");
    field.from_name = share("client.example");
    field.from_ip = share("192.0.2.10");
    field.by = share("mx.example");
    field.with = Protocol::esmtp;
    field.id = "4ABC";
    field.recipient = address("bob", "example.com");
    field.date = new_year;
    return field;
}

ContentPtr plain_content() {
    return content_from_bytes("Subject: x\r\n\r\nbody\r\n");
}

TraceField random_field(std::mt19937& random) {
    const auto maybe = [&](std::string text) { return random() % 3 ? share(std::move(text)) : nullptr; };
    const auto some_address = [&]() -> AddressPtr {
        if (random() % 3 == 0) return nullptr;
        return random() % 2 ? address("a b\"c", "x.example") : address("bob", "[192.0.2.7]");
    };
    switch (random() % 4) {
    case 0:
        return ReturnPath{some_address()};
    case 1:
        return DeliveredTo{some_address()};
    case 2:
        return ExtraField{"X-Note", random() % 2 ? "plain" : "a\r\nBcc: evil@example.com\n\x01"};
    default:
        break;
    }
    Received field;
    field.from_helo = maybe("helo\nhost");
    field.from_name = maybe("name.example");
    field.from_ip = maybe(random() % 2 ? "2001:db8::1" : "192.0.2.1");
    field.by = maybe("by.example");
    field.with = static_cast<Protocol>(random() % 10);
    field.id = random() % 2 ? "" : "7F3A";
    field.recipient = some_address();
    field.date = {static_cast<std::int64_t>(random()) * 1'000'000'000,
                  static_cast<int>(random() % 1000) - 500};
    return field;
}

} // namespace

TEST_CASE("trace fields are written as RFC 5321 section 4.4 has them, topmost last") {
    const Message bare(plain_content());
    const Message received = bare.prepended(full_received());
    const Message final_copy = received.prepended(DeliveredTo{address("bob", "example.com")})
                                   .prepended(ReturnPath{address("alice", "example.org")});
    CHECK(received.text() == "Received: from client.example (client.example [192.0.2.10])\r\n"
                             "\tby mx.example with ESMTP id 4ABC\r\n"
                             "\tfor <bob@example.com>; Mon, 05 Jan 2026 08:00:00 +0000\r\n"
                             "Subject: x\r\n\r\nbody\r\n");
    CHECK(final_copy.text() ==
          "Return-Path: <alice@example.org>\r\nDelivered-To: bob@example.com\r\n" + received.text());
    CHECK(bare.text() == "Subject: x\r\n\r\nbody\r\n"); // others' fields do not show in shared content
    CHECK(bare.prepended(ReturnPath{}).render_headers() == "Return-Path: <>\r\nSubject: x\r\n");
    CHECK(final_copy.trace().size() == 3);
    CHECK(std::holds_alternative<ReturnPath>(final_copy.trace()[0]));
    CHECK(final_copy.received_count() == 1);
}

TEST_CASE("size is that of the rendered text, for random trace fields, and each field stays one field") {
    std::mt19937 random(1);
    for (int round = 0; round < 500; ++round) {
        Message message(plain_content());
        int received = 0;
        std::size_t fields = 1;
        for (auto i = random() % 12; i > 0; --i) {
            const TraceField field = random_field(random);
            received += std::holds_alternative<Received>(field);
            message = message.prepended(field);
            ++fields;
        }
        const std::string text = message.text();
        REQUIRE(message.size() == text.size());
        const ParsedMessage parsed = parse_message(text);
        CHECK(parsed.fields.size() == fields);
        CHECK(parsed.count("Received") == received);
        CHECK(message.received_count() == received);
        CHECK(parsed.body() == "body\r\n");
        CHECK_FALSE(parsed.first("Bcc"));
    }
}

TEST_CASE("hops and filing are the fields that they stand for, in any order") {
    std::mt19937 random(2);
    const auto passage = std::make_shared<const Passage>(Passage{share("relay.example"), share("mx.example")});
    const auto nameless = std::make_shared<const Passage>(Passage{nullptr, share("msa.example")});
    const std::vector<AddressPtr> people{address("bob", "example.com"), address("bob", "example.com"),
                                         address("a b\"c", "x.example"), nullptr};
    for (int round = 0; round < 500; ++round) {
        Message brief(plain_content()), full(plain_content());
        for (auto i = random() % 9; i > 0; --i) {
            const AddressPtr& who = people[random() % people.size()];
            if (const auto kind = random() % 4; kind == 0) {
                const TraceField field = random_field(random);
                brief = brief.prepended(field);
                full = full.prepended(field);
            } else if (kind == 1) {
                const AddressPtr& author = people[random() % people.size()];
                brief = brief.filed(who, author);
                full = full.prepended(DeliveredTo{who}).prepended(ReturnPath{author});
            } else {
                const Hop hop{random() % 2 ? passage : nameless, static_cast<std::uint32_t>(random()),
                              Protocol::esmtp,                   random() & 0xffffffffffU,
                              who,                               new_year.unix_nanoseconds + round};
                brief = brief.passed(hop);
                full = full.prepended(received(hop));
            }
            REQUIRE(brief.size() == full.size());
        }
        CHECK(brief.text() == full.text());
        CHECK(brief.render_headers() == full.render_headers());
        CHECK(brief.size() == brief.text().size());
        CHECK(brief.received_count() == full.received_count());
        CHECK(brief.trace().size() == full.trace().size());
    }
    const Hop hop{passage, 0xc000020aU, Protocol::esmtp, 0x4abc, people[0], new_year.unix_nanoseconds};
    CHECK(Message(plain_content()).passed(hop).render_headers() ==
          "Received: from relay.example (relay.example [192.0.2.10])\r\n"
          "\tby mx.example with ESMTP id 0000004ABC\r\n"
          "\tfor <bob@example.com>; Mon, 05 Jan 2026 08:00:00 +0000\r\nSubject: x\r\n");
    const Hop first{nameless, 0xc000020aU, Protocol::unsaid, 1, nullptr, new_year.unix_nanoseconds};
    CHECK(Message(plain_content()).passed(first).render_headers() ==
          "Received: from [192.0.2.10] ([192.0.2.10])\r\n\tby msa.example id 0000000001;\r\n"
          "\tMon, 05 Jan 2026 08:00:00 +0000\r\nSubject: x\r\n");
}

TEST_CASE("Received fields in foreign content are counted") {
    const ContentPtr content =
        content_from_bytes("Received: by a; x\nRECEIVED: by b\n folded\nSubject: y\n\nReceived: no\n");
    CHECK(content->received_count() == 2);
    CHECK(Message(content).prepended(full_received()).received_count() == 3);
}

TEST_CASE("a Received field reads back what was written") {
    const Message message = Message(plain_content()).prepended(full_received());
    const auto field = parse_received(parse_message(message.text()).first("Received")->body);
    REQUIRE(field.has_value());
    CHECK(*field->from_helo == "client.example");
    CHECK(*field->from_name == "client.example");
    CHECK(*field->from_ip == "192.0.2.10");
    CHECK(*field->by == "mx.example");
    CHECK(field->with == Protocol::esmtp);
    CHECK(field->id == "4ABC");
    CHECK(field->recipient->text() == "bob@example.com");
    CHECK(field->date == new_year);
}

TEST_CASE("Received fields of others") {
    // RFC 5321 appendix D.3
    const auto relayed = parse_received(" from bar.com by foo.com ; Thu, 21 May 1998\r\n    05:33:29 -0700");
    REQUIRE(relayed.has_value());
    CHECK(*relayed->from_helo == "bar.com");
    CHECK(*relayed->by == "foo.com");
    CHECK(relayed->date == Date{895754009LL * 1'000'000'000, -420});
    // RFC 5322 appendix A.4
    const auto traced =
        parse_received(" from x.y.test\r\n   by example.net\r\n   via TCP\r\n   with ESMTP\r\n"
                       "   id ABC12345\r\n   for <mary@example.net>;  21 Nov 1997 10:05:43 -0600");
    REQUIRE(traced.has_value());
    CHECK(traced->id == "ABC12345");
    CHECK(traced->recipient->text() == "mary@example.net");
    CHECK(traced->with == Protocol::esmtp);
    const auto ipv6 =
        parse_received("from [IPv6:2001:db8::9] (unknown [IPv6:2001:db8::9]) (using TLSv1.3; x)\r\n"
                       "\tby mx (Postfix) with ESMTPSA id <77>; 21 Nov 1997 10:05:43 -0600");
    REQUIRE(ipv6.has_value());
    CHECK(*ipv6->from_ip == "2001:db8::9");
    CHECK(*ipv6->from_name == "unknown");
    CHECK(*ipv6->by == "mx");
    CHECK(ipv6->with == Protocol::esmtpsa);
    CHECK(ipv6->id == "77");
    for (const char* bad :
         {"", "from a by b", "from a by b; yesterday", "; 21 Nov 1997 10:05:43 -0600", "(((", "from"})
        CHECK_FALSE(parse_received(bad).has_value());
}

TEST_CASE("mboxrd: From_ line, quoting, LF") {
    const Message message(
        content_from_bytes("Subject: x\r\n\r\nFrom here\r\n>From there\r\n>>From\r\n From no\r\n"));
    std::string out;
    append_mbox(out, message, address("alice", "example.org"), new_year);
    append_mbox(out, message, nullptr, new_year);
    const std::string body = "Subject: x\n\n>From here\n>>From there\n>>From\n From no\n\n";
    CHECK(out == "From alice@example.org Mon Jan  5 08:00:00 2026\n" + body +
                     "From MAILER-DAEMON Mon Jan  5 08:00:00 2026\n" + body);
}
