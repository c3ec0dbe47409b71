// The reader: RFC 5322 appendix A, MIME, encoded words, and octets that are no message.
#include "postopolis/mail/parse.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace postopolis::mail;

TEST_CASE("header fields, folding and body (RFC 5322 appendix A.1.1, A.6)") {
    const std::string text = "From: John Doe <jdoe@machine.example>\r\n"
                             "To: Mary Smith\r\n \r\n          <mary@example.net>\r\n"
                             "Subject     : Saying Hello\r\n"
                             "Date: Fri, 21 Nov 1997 09:55:06 -0600\r\n"
                             "\r\n"
                             "This is a message just to say hello.\r\nSo, \"Hello\".\r\n";
    const ParsedMessage message = parse_message(text);
    CHECK(message.source == text);
    REQUIRE(message.fields.size() == 4);
    CHECK(message.fields[2].name == "Subject");
    CHECK(message.value("SUBJECT") == "Saying Hello");
    CHECK(message.value("to") == "Mary Smith           <mary@example.net>");
    CHECK(message.value("Cc").empty());
    CHECK(text.substr(message.fields[1].offset, message.fields[1].length) ==
          "To: Mary Smith\r\n \r\n          <mary@example.net>\r\n");
    CHECK(message.body() == "This is a message just to say hello.\r\nSo, \"Hello\".\r\n");
}

TEST_CASE("what is no header begins the body; any octets are taken") {
    CHECK(parse_message("").fields.empty());
    CHECK(parse_message("no header at all\n").body() == "no header at all\n");
    CHECK(parse_message("A: b\nno header\nC: d\n").body() == "no header\nC: d\n");
    CHECK(parse_message("\r\nbody").body() == "body");
    CHECK(parse_message("A: b").body().empty());
    CHECK(parse_message(" leading fold: x\nA: b\n").fields.empty());
    CHECK(parse_message("From a@b Mon Jan  5 08:00:00 2026\nA: b\n\nc").value("A") == "b");
    CHECK(parse_message("From  : a@b.example\n\nc").value("From") == "a@b.example"); // obsolete, and no From_ line
    CHECK(parse_message(": nameless\n").fields.empty());
}

TEST_CASE("random octets: nothing crashes and everything is kept") {
    std::mt19937 random(7);
    constexpr std::string_view alphabet =
        "A:b \t\r\n\"=?;-<>@()[]\\Content-Type: multipart/mixed; boundary=x\r\n--x\r\n";
    for (int round = 0; round < 3000; ++round) {
        std::string text;
        for (auto i = random() % 200; i > 0; --i)
            text += random() % 9 ? alphabet[random() % alphabet.size()] : static_cast<char>(random() % 256);
        const ParsedMessage message = parse_message(text);
        CHECK(message.source == text);
        std::size_t at = 0;
        for (const HeaderField& field : message.fields) {
            CHECK(field.offset >= at);
            at = field.offset + field.length;
        }
        CHECK(at <= message.body_offset);
        CHECK(decoded_body(message, parse_parts(message)).size() <= text.size());
        static_cast<void>(decode_rfc2047(text));
        static_cast<void>(parse_address_list(text));
        const ContentPtr content = content_from_bytes(text);
        std::string rendered;
        content->render(rendered);
        CHECK(content->size() == rendered.size());
    }
}

TEST_CASE("encoded words (the examples of RFC 2047 section 8)") {
    CHECK(decode_rfc2047("=?US-ASCII?Q?Keith_Moore?= <moore@cs.utk.edu>") ==
          "Keith Moore <moore@cs.utk.edu>");
    CHECK(decode_rfc2047("=?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?=") == "Keld J\xc3\xb8rn Simonsen");
    CHECK(decode_rfc2047("=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=") == "If you can read this yo");
    CHECK(decode_rfc2047("(=?ISO-8859-1?Q?a?=)") == "(a)");
    CHECK(decode_rfc2047("(=?ISO-8859-1?Q?a?= b)") == "(a b)");
    CHECK(decode_rfc2047("=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=") == "ab");
    CHECK(decode_rfc2047("=?ISO-8859-1?Q?a_b?=") == "a b");
    CHECK(decode_rfc2047("=?ISO-8859-2?Q?=B1?=") == "\xc4\x85"); // U+0105
    CHECK(decode_rfc2047("=?X-unknown?Q?a?=") == "=?X-unknown?Q?a?="); // left as it is
    CHECK(decode_rfc2047("=?utf-8?X?a?= =?utf-8?Q?a b?= =?") == "=?utf-8?X?a?= =?utf-8?Q?a b?= =?");
}

TEST_CASE("transfer encodings are undone") {
    CHECK(decode_base64("Zm9v\r\nYmFy\r\n") == "foobar"); // RFC 4648 section 10
    CHECK(decode_base64("Zg==") == "f");
    CHECK(decode_base64("Zm8=") == "fo");
    CHECK(decode_quoted_printable(
              "Now's the time =\r\nfor all folk to come=\r\n to the aid of their country.") ==
          "Now's the time for all folk to come to the aid of their country."); // RFC 2045 section 6.7
    CHECK(decode_quoted_printable("=C3=A9=3D=zz= \r\n=") == "\xc3\xa9==zz");
}

TEST_CASE("the tree of parts (RFC 2046 section 5.1.1)") {
    const ParsedMessage message = parse_message(
        "MIME-Version: 1.0\r\nContent-type: multipart/mixed; boundary=\"simple boundary\"\r\n\r\n"
        "This is the preamble.\r\n\r\n--simple boundary\r\n\r\n"
        "This is implicitly typed plain US-ASCII text.\r\nIt does NOT end with a linebreak.\r\n"
        "--simple boundary\r\nContent-type: text/plain; charset=us-ascii\r\n\r\n"
        "This is explicitly typed.\r\n\r\n--simple boundary--\r\n\r\nThis is the epilogue.\r\n");
    const Part root = parse_parts(message);
    CHECK(root.type == "multipart/mixed");
    CHECK(root.parameter("boundary") == "simple boundary");
    REQUIRE(root.parts.size() == 2);
    CHECK(decoded_body(message, root.parts[0]) ==
          "This is implicitly typed plain US-ASCII text.\r\nIt does NOT end with a linebreak.");
    CHECK(root.parts[1].parameter("charset") == "us-ascii");
    CHECK(decoded_body(message, root.parts[1]) == "This is explicitly typed.\r\n");
}

TEST_CASE("nesting is bounded") {
    std::string text;
    for (int i = 0; i < 5000; ++i)
        text += "Content-Type: message/rfc822\n\n";
    const ParsedMessage message = parse_message(text);
    const Part root = parse_parts(message, 16);
    int depth = 0;
    for (const Part* part = &root; !part->parts.empty(); part = &part->parts[0])
        ++depth;
    CHECK(depth == 16);
}

TEST_CASE("content from octets: line ends are repaired, the header is understood") {
    const ContentPtr content =
        content_from_bytes("Message-ID: <a@b>\nReferences: <x@y>\n <z@y>\nSubject: =?utf-8?Q?=C3=A9?=\n"
                           "Auto-Submitted: auto-generated\nFrom: A B <a@b.example>\n\nh\xc3\xa9\rllo");
    std::string text;
    content->render(text);
    CHECK(text.ends_with("\r\n\r\nh\xc3\xa9\r\nllo\r\n"));
    CHECK(content->message_id() == "a@b");
    CHECK(content->references() == std::vector<std::string>{"x@y", "z@y", "a@b"});
    CHECK(content->subject() == "\xc3\xa9");
    CHECK(content->eight_bit());
    CHECK(content->auto_submitted());
    REQUIRE(content->quote().has_value());
    CHECK(content->quote()->author == "A B");
    CHECK(*content->quote()->text == "h\xc3\xa9\r\nllo\r\n");
}
