// Printing what was read, and changing some of it: what is not touched keeps its octets.
#include "postopolis/mail/edit.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace postopolis::mail;

namespace {

std::string printed(const std::string& octets) {
    return print(parse_message(octets));
}

const std::string in_parts = "From a@b Mon Jan  5 08:00:00 2026\nA: 1\r\nContent-Type: multipart/mixed; boundary=x\r\n"
                             "\r\npreamble\r\n--x\r\n\r\none\r\n--x  \nContent-Type: message/rfc822\n\nSubject: in\n"
                             "Content-Type: multipart/alternative; boundary=xy\n\n--xy\n\ntwo\n--xy--\nlater\n--x--\n"
                             "epilogue without an end";

} // namespace

TEST_CASE("a message that was read prints as the same octets") {
    for (const std::string& octets :
         {std::string(), std::string("no header"), std::string("A: b"), std::string("A: b\n"), std::string("\r\nbody"),
          std::string("A : b\r\n\tc\r\n \r\nD:\r\n\r\n\r\n"), std::string("From x\nA: b\n\nc"), std::string("From x\n\n"),
          std::string("A: b\nno header\nC: d\n"), std::string("\0\r\0\n", 4), in_parts,
          in_parts.substr(0, 150), in_parts.substr(60)})
        CHECK(printed(octets) == octets);
}

TEST_CASE("random octets print as the same octets, and the parts lie within each other") {
    std::mt19937 random(5);
    const std::vector<std::string> words{"Content-Type: multipart/mixed; boundary=x\r\n",
                                         "Content-Type: multipart/digest; boundary=\"x y\"\n",
                                         "Content-Type: message/rfc822\r\n",
                                         "Content-Transfer-Encoding: base64\r\n",
                                         "--x\r\n",
                                         "--x--\n",
                                         "--x y\r\n",
                                         "\r\n",
                                         "\n",
                                         " ",
                                         "A: b\r\n",
                                         "From ",
                                         ":",
                                         "text\r"};
    for (int round = 0; round < 5000; ++round) {
        std::string octets;
        for (auto i = random() % 30; i > 0; --i)
            octets += random() % 8 ? words[random() % words.size()] : std::string(1, static_cast<char>(random() % 256));
        REQUIRE(printed(octets) == octets);
        CHECK(EditedMessage(parse_message(octets)).print() == octets);
        const auto check = [](const auto& self, const Part& part) -> void {
            std::size_t at = part.body;
            CHECK((part.begin <= part.body && part.body <= part.end));
            for (const Part& inner : part.parts) {
                CHECK((at <= inner.begin && inner.end <= part.end));
                at = inner.end;
                self(self, inner);
            }
        };
        check(check, parse_parts(parse_message(octets)));
    }
}

TEST_CASE("fields are taken out, put in and replaced; all else stays") {
    const std::string octets = "Received: a\r\nSubject:  odd   spaces\r\n\tfolded \r\nX: 1\r\nx: 2\r\nTo: b@c.example\r\n\r\nbody\r\n";
    EditedMessage message(parse_message(octets));
    message.remove("X");
    message.replace("to", "To: d@e.example\r\n");
    message.replace("Reply-To", "Reply-To: f@g.example\r\n");
    message.prepend("Received: b\r\n");
    CHECK(message.print() == "Received: b\r\nReceived: a\r\nSubject:  odd   spaces\r\n\tfolded \r\n"
                             "To: d@e.example\r\nReply-To: f@g.example\r\n\r\nbody\r\n");
    EditedMessage headless(parse_message("just text\n"));
    headless.append("A: b\r\n");
    CHECK(headless.print() == "A: b\r\n\r\njust text\n");
    EditedMessage bodiless(parse_message("A: b"));
    bodiless.append("C: d\r\n");
    CHECK(bodiless.print() == "A: b\r\nC: d\r\n\r\n");
}

TEST_CASE("a footer goes below the text, in the text's own encoding or as a part of its own") {
    const auto with_footer = [](const std::string& octets, std::string_view footer) {
        EditedMessage message(parse_message(octets));
        append_footer(message, footer);
        return parse_message(message.print());
    };
    const std::string footer = "--\nUnsubscribe\n";
    CHECK(with_footer("A: b\r\n\r\nHello\r\n", footer).body() == "Hello\r\n--\r\nUnsubscribe\r\n");
    const std::string utf8 = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: ";
    for (const std::string& body : {std::string("quoted-printable\r\n\r\nGr=C3=BC=C3=9Fe\r\n"),
                                    std::string("base64\r\n\r\nR3LDvMOfZQ==\r\n"), std::string("8bit\r\n\r\nGrüße\r\n")}) {
        const ParsedMessage message = with_footer(utf8 + body, "Süd\n");
        const Part root = parse_parts(message);
        CHECK(root.parts.empty());
        CHECK(decoded_text(message, root) == "Grüße\r\nSüd\r\n");
    }
    // Latin-1 cannot take it: two parts, and the first is as it was.
    const std::string latin = "Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n";
    const ParsedMessage wrapped = with_footer("Subject: s\r\n" + latin + "\r\nGr\xfc\xdf\r\n", "Süd\n");
    const Part root = parse_parts(wrapped);
    REQUIRE(root.parts.size() == 2);
    CHECK(wrapped.value("Subject") == "s");
    CHECK(decoded_body(wrapped, root.parts[0]) == "Gr\xfc\xdf\r\n");
    CHECK(decoded_text(wrapped, root.parts[1]) == "Süd\r\n");
    // In parts already: one more.
    const ParsedMessage mixed = with_footer(
        "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\none\r\n--x\r\n\r\ntwo\r\n--x--\r\n", footer);
    const Part tree = parse_parts(mixed);
    REQUIRE(tree.parts.size() == 3);
    CHECK(decoded_body(mixed, tree.parts[1]) == "two");
    CHECK(decoded_text(mixed, tree.parts[2]) == "--\r\nUnsubscribe\r\n");
}
