// Letters in several languages, with HTML and attachments: what they promise of sizes and encodings, read back by our
// own reader here and by Python's in python_test.cpp.
#include "postopolis/mail/compose.hpp"
#include "postopolis/mail/parse.hpp"

#include <doctest/doctest.h>

using namespace postopolis::mail;

namespace {

LetterSpec letter(Presentation presentation, std::uint64_t size, std::uint64_t seed = 1) {
    LetterSpec spec;
    const auto address = [](const char* local) { return std::make_shared<const Address>(Address{local, "a.example"}); };
    spec.from = {address("alice"), "Alice"};
    spec.to = {{address("bob"), ""}};
    spec.subject = generated_subject(seed, presentation.language);
    spec.message_id = "1@a.example";
    spec.body = GeneratedBody{seed, size};
    spec.presentation = std::make_shared<const Presentation>(std::move(presentation));
    return spec;
}

std::string rendered(const ContentPtr& content) {
    std::string out;
    content->render(out);
    return out;
}

} // namespace

TEST_CASE("texts of every language have exactly the size asked for, before encoding") {
    for (std::size_t language = 0; language < language_count; ++language) {
        for (const std::uint64_t size : {2U, 3U, 5U, 61U, 62U, 63U, 100U, 250U, 999U, 1000U, 1001U, 20000U}) {
            Presentation look;
            look.language = static_cast<Language>(language);
            const ContentPtr content = compose(letter(look, size, size));
            const ParsedMessage message = parse_message(rendered(content));
            CHECK(content->size() == message.source.size());
            const Part root = parse_parts(message);
            INFO(language_tag(look.language), " ", size);
            CHECK(message.value("Content-Language") == language_tag(look.language));
            CHECK(decoded_body(message, root).size() == size);
            CHECK(decoded_text(message, root) == decoded_body(message, root)); // whole UTF-8 characters
            CHECK(decoded_body(message, root).ends_with("\r\n"));
            CHECK_FALSE(content->eight_bit());
        }
    }
    CHECK(parse_language("JA") == Language::japanese);
    CHECK_FALSE(parse_language("tlh"));
}

TEST_CASE("a text says the same whenever it is rendered, and another one for another seed") {
    for (std::size_t language = 0; language < language_count; ++language) {
        Presentation look;
        look.language = static_cast<Language>(language);
        const ContentPtr content = compose(letter(look, 900));
        CHECK(rendered(content) == rendered(content));
        CHECK(rendered(content) != rendered(compose(letter(look, 900, 2))));
        std::string header;
        content->render_headers(header);
        CHECK(rendered(content).starts_with(header + "\r\n"));
    }
}

TEST_CASE("HTML says what the plain text says") {
    Presentation look;
    look.language = Language::german;
    look.html = true;
    LetterSpec spec = letter(look, 0);
    spec.body = "Grüße & <Küsse>\n\nzwei\nZeilen\n";
    const ContentPtr content = compose(spec);
    const ParsedMessage message = parse_message(rendered(content));
    CHECK(content->size() == message.source.size());
    const Part root = parse_parts(message);
    CHECK(root.type == "multipart/alternative");
    REQUIRE(root.parts.size() == 2);
    CHECK(decoded_text(message, root.parts[0]) == "Grüße & <Küsse>\r\n\r\nzwei\r\nZeilen\r\n");
    CHECK(root.parts[1].type == "text/html");
    const std::string html = decoded_text(message, root.parts[1]);
    CHECK(html.find("<p>Grüße &amp; &lt;Küsse&gt;</p>\r\n<p>zwei<br>\r\nZeilen</p>\r\n") != std::string::npos);
    CHECK(html.find("<html lang=\"de\">") != std::string::npos);
}

TEST_CASE("attachments have name, type and size, and grow by base64") {
    Presentation look;
    look.attachments = {{"Überblick 2026 — Größen und Maße aller Gebäude des Hafens.pdf", "", 5700},
                        {"plain name.csv", "", 100},
                        {"日本語.bin", "application/x-thing", 0}};
    const ContentPtr content = compose(letter(look, 500));
    const ParsedMessage message = parse_message(rendered(content));
    CHECK(content->size() == message.source.size());
    const Part root = parse_parts(message);
    REQUIRE(root.parts.size() == 4);
    CHECK(decoded_body(message, root.parts[0]).size() == 500);
    for (std::size_t i = 0; i < 3; ++i) {
        const Part& part = root.parts[i + 1];
        CHECK(part.filename() == look.attachments[i].name);
        CHECK(part.parameter("name") == look.attachments[i].name);
        CHECK(part.disposition == "attachment");
        CHECK(decoded_body(message, part).size() == look.attachments[i].size);
    }
    CHECK(root.parts[1].type == "application/pdf");
    CHECK(root.parts[2].type == "text/csv");
    CHECK(root.parts[3].type == "application/x-thing");
    CHECK(root.parts[1].end - root.parts[1].body == 100 * 78); // 5700 octets are 100 lines of 76 characters and CRLF
    for (std::size_t at = 0, end = 0; end < root.body; at = end + 2) { // the header and those of parts are folded
        end = message.source.find("\r\n", at);
        CHECK(end - at <= 78);
    }
}

TEST_CASE("a large text without attachments becomes a short one with an attachment, as ever") {
    Presentation look;
    look.language = Language::russian;
    const ContentPtr content = compose(letter(look, 100000));
    const ParsedMessage message = parse_message(rendered(content));
    CHECK(content->size() == message.source.size());
    const Part root = parse_parts(message);
    REQUIRE(root.parts.size() == 2);
    CHECK(decoded_body(message, root.parts[0]).size() + decoded_body(message, root.parts[1]).size() == 100000);
}

TEST_CASE("encodings as asked for; UTF-8 in headers is 8bit content") {
    LetterSpec spec = letter({}, 0);
    spec.subject = "Prüfung";
    spec.body = "Größe = 5\n";
    const auto encoding_for = [&](TextEncoding wanted) {
        Presentation look;
        look.encoding = wanted;
        spec.presentation = std::make_shared<const Presentation>(look);
        const ContentPtr content = compose(spec);
        const ParsedMessage message = parse_message(rendered(content));
        CHECK(decoded_text(message, parse_parts(message)) == "Größe = 5\r\n");
        CHECK(message.decoded_value("Subject") == "Prüfung");
        CHECK(content->eight_bit() == (wanted == TextEncoding::eight_bit));
        return message.value("Content-Transfer-Encoding");
    };
    CHECK(encoding_for(TextEncoding::automatic) == "quoted-printable");
    CHECK(encoding_for(TextEncoding::quoted_printable) == "quoted-printable");
    CHECK(encoding_for(TextEncoding::base64) == "base64");
    CHECK(encoding_for(TextEncoding::eight_bit) == "8bit");
    Presentation look;
    look.utf8_headers = true;
    spec.presentation = std::make_shared<const Presentation>(look);
    const std::string octets = rendered(compose(spec));
    CHECK(octets.find("Subject: Prüfung\r\n") != std::string::npos);
    CHECK(compose(spec)->eight_bit());
}

TEST_CASE("a reply quotes what was written, in its own language") {
    Presentation look;
    look.language = Language::french;
    const ContentPtr first = compose(letter(look, 800));
    REQUIRE(first->quote());
    const ParsedMessage original = parse_message(rendered(first));
    CHECK(*first->quote()->text == decoded_text(original, parse_parts(original)));
    LetterSpec answer = letter(look, 1500, 9);
    answer.quote = first->quote();
    const ParsedMessage message = parse_message(rendered(compose(answer)));
    const std::string text = decoded_text(message, parse_parts(message));
    CHECK(text.size() == 1500);
    CHECK(text.find("\r\n> Bonjour ") != std::string::npos);
    CHECK(text.find("Alice wrote:") != std::string::npos);
}
