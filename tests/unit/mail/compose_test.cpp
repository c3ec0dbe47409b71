// Letters: exact sizes, encodings, folding, and that nothing can be smuggled into the header. Whether
// strangers read them without defects is in python_test.cpp.
#include "postopolis/mail/compose.hpp"
#include "postopolis/mail/parse.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace postopolis::mail;

namespace {

AddressPtr address(std::string local, std::string domain) {
    return std::make_shared<const Address>(Address{std::move(local), std::move(domain)});
}

LetterSpec basic_spec() {
    LetterSpec spec;
    spec.from = {address("alice", "yourcompany.example"), "Alice Miller"};
    spec.to = {{address("bob", "yourcustomer.example"), ""}};
    spec.subject = "A brilliant message";
    spec.date = {1767600000LL * 1'000'000'000};
    spec.message_id = "1.1@yourcompany.example";
    return spec;
}

std::string rendered(const ContentPtr& content) {
    std::string text;
    content->render(text);
    REQUIRE(text.size() == content->size());
    return text;
}

std::string generated(std::uint64_t seed, std::uint64_t size) {
    LetterSpec spec = basic_spec();
    spec.body = GeneratedBody{seed, size};
    return rendered(compose(spec));
}

std::string written(std::string text) {
    LetterSpec spec = basic_spec();
    spec.body = std::move(text);
    return rendered(compose(spec));
}

std::string decoded_text(const std::string& text) {
    const ParsedMessage message = parse_message(text);
    return decoded_body(message, parse_parts(message));
}

} // namespace

TEST_CASE("a letter as it is written") {
    CHECK(written("Hello, Bob.\n") == "Date: Mon, 05 Jan 2026 08:00:00 +0000\r\n"
                                      "From: Alice Miller <alice@yourcompany.example>\r\n"
                                      "To: bob@yourcustomer.example\r\n"
                                      "Subject: A brilliant message\r\n"
                                      "Message-ID: <1.1@yourcompany.example>\r\n"
                                      "MIME-Version: 1.0\r\n"
                                      "Content-Type: text/plain; charset=us-ascii\r\n"
                                      "Content-Transfer-Encoding: 7bit\r\n"
                                      "\r\n"
                                      "Hello, Bob.\r\n");
}

TEST_CASE("generated bodies have exactly the size asked for, in lines of at most 72 characters") {
    for (std::uint64_t size = 0; size < 1500; ++size) {
        const std::string text = generated(size * 7 + 1, size);
        const std::string_view body = std::string_view(text).substr(text.find("\r\n\r\n") + 4);
        REQUIRE(body.size() == std::max<std::uint64_t>(size, minimum_body_size));
        REQUIRE(body.ends_with("\r\n"));
        for (std::size_t at = 0; at < body.size();) {
            const std::size_t end = body.find("\r\n", at);
            REQUIRE(end - at <= 72);
            at = end + 2;
        }
    }
    for (const std::uint64_t size : {5000U, 20000U, 32768U})
        for (std::uint64_t seed = 0; seed < 50; ++seed)
            REQUIRE(decoded_text(generated(seed, size)).size() == size);
}

TEST_CASE("generated text reads like a letter and depends on the seed only") {
    const std::string text = decoded_text(generated(42, 1200));
    CHECK(text.starts_with("Dear Bob,\r\n\r\n"));
    CHECK(text.ends_with("\r\n\r\nBest regards,\r\nAlice\r\n"));
    CHECK(text == decoded_text(generated(42, 1200)));
    std::set<std::string> texts, subjects;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        texts.insert(decoded_text(generated(seed, 600)));
        subjects.insert(generated_subject(seed));
    }
    CHECK(texts.size() == 100);
    CHECK(subjects.size() > 60);
}

TEST_CASE("large bodies are a short text and an attachment that base64 lengthens by a third") {
    for (const std::uint64_t size : {32769U, 40000U, 1000000U, 1000001U, 1000002U}) {
        const std::string text = generated(size, size);
        const ParsedMessage message = parse_message(text);
        const Part root = parse_parts(message);
        REQUIRE(root.type == "multipart/mixed");
        REQUIRE(root.parts.size() == 2);
        CHECK(root.parts[1].type == "application/octet-stream");
        CHECK(decoded_body(message, root.parts[0]).size() + decoded_body(message, root.parts[1]).size() ==
              size);
        // 76 characters and CRLF for each 57 octets: 78/57 = 1.368
        CHECK(static_cast<double>(text.size()) / static_cast<double>(size) < 1.40);
        if (size > 900000) CHECK(static_cast<double>(text.size()) / static_cast<double>(size) > 1.36);
    }
}

TEST_CASE("header injection is impossible") {
    LetterSpec spec = basic_spec();
    const std::string evil = "x\r\nBcc: victim@example.com\r\n\r\nbody\n\rX: y\x01\x7f";
    spec.subject = evil;
    spec.from.name = evil;
    spec.to.push_back({address(evil, evil), evil});
    spec.cc.push_back({address("c", "c.example"), "\xc3\xa9" + evil});
    spec.message_id = evil;
    spec.in_reply_to = evil;
    spec.references = {evil, evil};
    spec.quote = Quote{evil, {}, std::make_shared<const std::string>(evil), 0, 0, evil, evil};
    for (const std::uint64_t size : {2U, 800U, 40000U}) {
        spec.body = GeneratedBody{1, size};
        const ParsedMessage message = parse_message(rendered(compose(spec)));
        std::string names;
        for (const HeaderField& field : message.fields)
            names += field.name + ' ';
        const std::string last = size < 40000 ? "Content-Transfer-Encoding " : "";
        CHECK(names ==
              "Date From To Cc Subject Message-ID In-Reply-To References MIME-Version Content-Type " + last);
    }
    CHECK(parse_message(rendered(compose(spec))).value("Subject").find("Bcc: victim") !=
          std::string::npos); // as text
}

TEST_CASE("non-ASCII text and subjects come back as they were") {
    const std::string german =
        "Gr\xc3\xbc\xc3\x9f Gott, sch\xc3\xb6ne W\xc3\xb6rter = viele Umlaute \xe2\x82\xac 5 \n";
    CHECK(written(german).find("Content-Transfer-Encoding: quoted-printable\r\n") != std::string::npos);
    CHECK(decoded_text(written(german)) == german.substr(0, german.size() - 1) + "\r\n");
    std::string japanese;
    for (int i = 0; i < 100; ++i)
        japanese += "\xe6\x97\xa5\xe6\x9c\xac";
    CHECK(written(japanese).find("Content-Transfer-Encoding: base64\r\n") != std::string::npos);
    CHECK(decoded_text(written(japanese)) == japanese + "\r\n");
    CHECK(decoded_text(written("bad \xff\xc0\x80 octets")) ==
          "bad \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd octets\r\n");
    const std::string long_line(5000, 'x'); // over 998: must be encoded
    CHECK(decoded_text(written(long_line)) == long_line + "\r\n");
    for (const std::string& subject : {german.substr(0, 60), japanese, std::string("=?utf-8?Q?tricky?="),
                                       long_line, std::string("two  spaces")}) {
        LetterSpec spec = basic_spec();
        spec.subject = subject;
        spec.body = std::string("x");
        const ParsedMessage message = parse_message(rendered(compose(spec)));
        const std::string expected = subject.substr(0, subject.find_last_not_of(" \n") + 1);
        CHECK(decode_rfc2047(message.value("Subject")) == expected);
        for (const HeaderField& field : message.fields)
            CHECK(field.body.find('\n') != 0);
    }
}

TEST_CASE("replies thread and quote") {
    LetterSpec first = basic_spec();
    first.body = GeneratedBody{3, 900};
    const ContentPtr original = compose(first);
    LetterSpec reply = basic_spec();
    std::swap(reply.from, reply.to[0]);
    reply.subject = reply_subject(first.subject);
    reply.message_id = "2@yourcustomer.example";
    reply.in_reply_to = original->message_id();
    reply.references = original->references();
    reply.quote = original->quote();
    reply.body = GeneratedBody{4, 1000};
    const ContentPtr answer = compose(reply);
    const std::string text = rendered(answer);
    const std::string body = decoded_text(text);
    CHECK(body.size() == 1000);
    CHECK(body.starts_with(
        "On Mon, 05 Jan 2026 08:00:00 +0000, Alice Miller wrote:\r\n> Dear Bob,\r\n>\r\n> "));
    CHECK(body.ends_with("Best regards,\r\nBob\r\n"));
    const std::string first_line =
        decoded_text(rendered(original)).substr(13, 30); // after "Dear Bob," and a line
    CHECK(body.find("> " + first_line) != std::string::npos);
    CHECK(parse_message(text).value("References") == "<1.1@yourcompany.example>");
    CHECK(parse_message(text).value("In-Reply-To") == "<1.1@yourcompany.example>");
    CHECK(answer->references() ==
          std::vector<std::string>{"1.1@yourcompany.example", "2@yourcustomer.example"});
    CHECK(reply_subject("Re: x") == "Re: x");
    CHECK(reply_subject("RE: x") == "RE: x");
    CHECK(reply_subject("x") == "Re: x");

    // What an answer quotes of the answer is what its author wrote, not quotes of quotes.
    reply.quote = answer->quote();
    reply.body = std::string("Fine.\n");
    const std::string third = decoded_text(rendered(compose(reply)));
    CHECK(third.find("> >") == std::string::npos);
    CHECK(third.find("> Best regards,\r\n> Bob\r\n\r\nFine.\r\n") != std::string::npos);
    reply.quote = compose(reply)->quote();
    reply.body = std::string("Really.");
    CHECK(decoded_text(rendered(compose(reply))).find("wrote:\r\n> Fine.\r\n\r\nReally.\r\n") !=
          std::string::npos);
}

TEST_CASE("long threads keep the first reference and the latest") {
    LetterSpec spec = basic_spec();
    for (int i = 0; i < 30; ++i)
        spec.references.push_back(std::to_string(i) + "@x");
    const auto references = compose(spec)->references();
    REQUIRE(references.size() == 10);
    CHECK(references.front() == "0@x");
    CHECK(references[1] == "22@x");
    CHECK(references.back() == spec.message_id);
}

TEST_CASE("a letter with nothing special has the octets of one with all its texts") {
    const std::vector<AddressPtr> people{address("alice", "yourcompany.example"),
                                         address("bob.b+x", "d7.example"),
                                         address("a b", "x.example"),
                                         address("..odd", "x.example"),
                                         address("long", std::string(60, 'd') + '.' + std::string(30, 'e')),
                                         address("ip", "[192.0.2.7]"),
                                         address("local", "")};
    const std::vector<std::string> subjects{
        "Letter 7", "", " ", "two  spaces", "=?utf-8?Q?x?=", "Gr\xc3\xbc\xc3\x9f" "e", "a\r\nBcc: eve@evil.example",
        std::string(66, 'x'), std::string(67, 'x'), "many words " + std::string(50, 'y') + " and more of them"};
    const std::vector<std::string> names{"",      "Alice",     "User 1", " a", "a  b", "b ", "=?x", "Dr. Who", "\"q\"",
                                         "J\xc3\xb6", "a\r\nb", std::string(44, 'n'), std::string(45, 'n'), "n n " + std::string(300, 'n')};
    std::size_t turn = 0;
    for (const AddressPtr& from : people)
        for (const std::string& subject : subjects)
            for (const std::uint64_t size : {0U, 2U, 300U, 2000U, 40'000U}) {
                const AddressPtr to = people[(size + subject.size()) % people.size()];
                const std::string& name = names[++turn % names.size()];
                const Date date{1767600000LL * 1'000'000'000 + 999'999'999};
                const std::uint64_t number = size * size;
                const ContentPtr plain =
                    compose(PlainSpec{from, name, to, subject, date.unix_nanoseconds, number, {size + 3, size}});
                LetterSpec spec;
                spec.from = {from, name};
                spec.to = {{to, ""}};
                spec.subject = subject;
                spec.date = date;
                spec.message_id = generated_message_id(date, number, *from);
                spec.body = GeneratedBody{size + 3, size};
                const ContentPtr full = compose(spec);
                CAPTURE(subject);
                CAPTURE(name);
                CHECK(rendered(plain) == rendered(full));
                CHECK(plain->message_id() == full->message_id());
                CHECK(plain->subject() == full->subject());
                CHECK(plain->references() == full->references());
                CHECK(plain->quote()->author == full->quote()->author);
                std::string plain_header, full_header;
                plain->render_headers(plain_header);
                full->render_headers(full_header);
                CHECK(plain_header == full_header);
            }
    CHECK(generated_message_id({1767600000LL * 1'000'000'000 + 5}, 7, *people[2]) ==
          "1767600000.7.\"a_b\"@x.example");
}
