// JSON by hand, against the function that goes octet by octet.
#include "metrics/json_block.hpp"

#include <doctest/doctest.h>

using namespace postopolis;
using metrics::JsonBlock;

TEST_CASE("a text of every octet, at every place, is escaped as one by one") {
    for (std::size_t length : {1U, 8U, 17U, 40U})
        for (std::size_t place = 0; place < length; ++place)
            for (int octet = 0; octet < 256; ++octet) {
                std::string text(length, 'a');
                text[place] = static_cast<char>(octet);
                std::string expected;
                metrics::append_json_string(expected, text);
                JsonBlock block(64);
                block.string(text);
                CHECK(block.text() == expected);
            }
}

TEST_CASE("a block grows with what is put into it, and is used again") {
    JsonBlock block(1);
    for (int round = 0; round < 2; ++round) {
        block.raw('{');
        block.string("a");
        block.raw(":");
        block.integer(std::int64_t{INT64_MIN});
        block.member("b");
        block.string("");
        block.member("c");
        block.string(std::string_view());
        block.member("d");
        block.string(std::string(1000, 'x'));
        block.member("e");
        block.integer(UINT64_MAX);
        block.raw(std::string_view());
        block.raw('}');
        CHECK(block.text() == "{\"a\":-9223372036854775808,\"b\":\"\",\"c\":\"\",\"d\":\"" +
                                  std::string(1000, 'x') + "\",\"e\":18446744073709551615}");
        block.clear();
        CHECK(block.text().empty());
    }
}

TEST_CASE("seconds have nine decimals, exactly") {
    const auto seconds = [](std::int64_t ns) {
        std::string out;
        metrics::append_seconds(out, kernel::Duration::nanoseconds(ns));
        return out;
    };
    CHECK(seconds(0) == "0.000000000");
    CHECK(seconds(1) == "0.000000001");
    CHECK(seconds(-1) == "-0.000000001");
    CHECK(seconds(999'999'999) == "0.999999999");
    CHECK(seconds(1'000'000'000) == "1.000000000");
    CHECK(seconds(-12'345'678'901'234) == "-12345.678901234");
}
