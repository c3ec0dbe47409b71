// Texts that no author meant: cut off, huge, deep, not UTF-8.
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "postopolis/scenario/load.hpp"

using namespace postopolis::scenario;

namespace {

std::string everything() {
    std::ifstream file(POSTOPOLIS_SOURCE_DIR "/tests/unit/scenario/everything.json", std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace

TEST_CASE("a text cut off at any byte is a mistake with a place") {
    std::string whole = everything();
    while (!whole.empty() && whole.back() != '}')
        whole.pop_back();
    REQUIRE(whole.size() > 1000);
    for (std::size_t n = 0; n < whole.size(); ++n) {
        LoadResult r = load_text(std::string_view(whole).substr(0, n));
        CAPTURE(n);
        REQUIRE_FALSE(r.scenario.has_value());
        REQUIRE(r.mistakes.size() >= 1);
        REQUIRE(r.mistakes[0].line >= 1);
        REQUIRE(r.mistakes[0].column >= 1);
        REQUIRE_FALSE(r.mistakes[0].message.empty());
    }
    CHECK(load_text(whole).scenario.has_value());
}

TEST_CASE("a text with any one byte changed never breaks the reader") {
    std::string whole = everything();
    for (std::size_t n = 0; n < whole.size(); n += 3) {
        std::string changed = whole;
        changed[n] = static_cast<char>(changed[n] ^ (n % 2 == 0 ? 0x01 : 0x12));
        LoadResult r = load_text(changed);
        CHECK(r.scenario.has_value() == r.mistakes.empty());
    }
}

TEST_CASE("deep nesting is refused where it begins, without using up the stack") {
    for (std::size_t depth : {65UL, 1000UL, 1000000UL}) {
        LoadResult r = load_text("{ \"title\":\n" + std::string(depth, '['));
        REQUIRE(r.mistakes.size() == 1);
        CHECK(r.mistakes[0].message.find("64 levels") != std::string::npos);
        CHECK(r.mistakes[0].line == 2);
        CHECK(r.mistakes[0].column == 64); // the object is the first level
    }
    // 63 lists in the object are no syntax mistake: only the form is wrong.
    LoadResult r = load_text("{ \"title\":" + std::string(63, '[') + std::string(63, ']') + "}");
    CHECK(r.mistakes[0].message.find("levels") == std::string::npos);
}

TEST_CASE("what is not UTF-8 is told with its byte") {
    // RFC 3629: a lone continuation byte, overlong "/", a surrogate, beyond U+10FFFF, a cut sequence,
    // Latin-1.
    for (std::string_view bad :
         {"\x80", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82", "\xFC"}) {
        LoadResult r = load_text("{ \"title\": \"ab" + std::string(bad) + "\" }");
        REQUIRE(r.mistakes.size() == 1);
        CHECK(r.mistakes[0].message.find("byte 14") != std::string::npos);
        CHECK(r.mistakes[0].line == 1);
        CHECK(r.mistakes[0].column == 15);
    }
    CHECK(load_text(
              "{ \"postopolis\": 1, \"title\": \"\xF4\x8F\xBF\xBF\", \"domains\": { \"a.example\": {} } }")
              .scenario);
}

TEST_CASE("a text beyond the limit is refused before it is read") {
    std::string huge(256'000'001, ' ');
    LoadResult r = load_text(huge);
    REQUIRE(r.mistakes.size() == 1);
    CHECK(r.mistakes[0].message.find("at most 256000000") != std::string::npos);
}

TEST_CASE("a long text in any place is no danger") {
    std::string text = "{ \"postopolis\": 1, \"run\": \"" + std::string(2'000'000, '9') +
                       "\", \"start\": \"" + std::string(2'000'000, 'x') + "\", \"domains\": { \"" +
                       std::string(2'000'000, 'a') + "\": {} } }";
    LoadResult r = load_text(text);
    CHECK(r.mistakes.size() >= 3);
    for (const Mistake& m : r.mistakes)
        CHECK(m.line == 1);
}

TEST_CASE("many mistakes are told without end, but not without measure") {
    std::string text = "{ \"postopolis\": 1, \"domains\": { \"a.example\": { \"people\": [0";
    for (int i = 0; i < 5000; ++i)
        text += ", 0";
    LoadResult r = load_text(text + "] } } }");
    CHECK(r.mistakes.size() == 1000);
    CHECK(r.mistakes.back().message.find("4001 more") != std::string::npos);
}

TEST_CASE("files that can't be read are told") {
    CHECK(load_file("/nowhere/at/all.json").mistakes.at(0).message.find("there is no file") !=
          std::string::npos);
    CHECK(load_file(POSTOPOLIS_SOURCE_DIR).mistakes.at(0).message.find("folder") != std::string::npos);
}
