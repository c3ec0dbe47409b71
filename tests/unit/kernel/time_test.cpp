// Durations: read and written exactly, refused where they are wrong.
#include "postopolis/kernel/time.hpp"

#include <cmath>
#include <string>

#include <doctest/doctest.h>

#include "postopolis/kernel/random.hpp"

using namespace postopolis::kernel;

namespace {

std::int64_t ns(std::string_view text) {
    std::optional<Duration> d = parse_duration(text);
    REQUIRE_MESSAGE(d.has_value(), text);
    return d->count();
}

} // namespace

TEST_CASE("every unit is read") {
    CHECK(ns("3ns") == 3);
    CHECK(ns("10us") == 10'000);
    CHECK(ns("250ms") == 250'000'000);
    CHECK(ns("90s") == 90'000'000'000);
    CHECK(ns("5m") == 300'000'000'000);
    CHECK(ns("5min") == 300'000'000'000);
    CHECK(ns("4h") == 14'400'000'000'000);
    CHECK(ns("5d") == 432'000'000'000'000);
    CHECK(ns("2w") == 1'209'600'000'000'000);
    CHECK(ns("0s") == 0);
    CHECK(ns("1h30m") == 5'400'000'000'000);
    CHECK(ns("1 h 30 m") == 5'400'000'000'000);
    CHECK(ns("1w1d1h1m1s1ms1us1ns") == 694'861'001'001'001);
}

TEST_CASE("decimals are exact to the nanosecond") {
    CHECK(ns("0.1s") == 100'000'000);
    CHECK(ns("0.3s") == 300'000'000); // 0.3 * 1e9 in doubles is off by one ulp
    CHECK(ns("1.5d") == 129'600'000'000'000);
    CHECK(ns("0.000000001s") == 1);
    CHECK(ns("4.35h") == 15'660'000'000'000);
    CHECK(ns("1.000000001s") == 1'000'000'001);
    CHECK(ns("9007199.254740993s") == 9'007'199'254'740'993); // 2^53 + 1: no double has it
    CHECK(ns("0.4ns") == 0);
    CHECK(ns("0.5ns") == 1);
    CHECK(ns("0.00000000000000000000000000001w") == 0);
    CHECK(ns("0.33333333333333333333333333333s") == 333'333'333);
}

TEST_CASE("what is not a duration is refused") {
    for (std::string_view bad : {"",    " ",     "5",      "s",     "5x",   "5S",   "-5s",    "+5s",  ".5s",
                                 "5.s", "1e3s",  "5s!",    " 5s",   "1m1h", "1s1s", "1m1min", "5,5s", "inf",
                                 "nan", "1..5s", "1.5.5s", "0x10s", "5s5",  "ms",   "5 5s"})
        CHECK_MESSAGE(!parse_duration(bad), bad);
}

TEST_CASE("overflow is refused, the greatest duration is not") {
    CHECK(ns("9223372036854775807ns") == INT64_MAX);
    CHECK(!parse_duration("9223372036854775808ns"));
    CHECK(!parse_duration("99999999999999999999999ns"));
    CHECK(ns("106751d") == 106'751 * 86'400'000'000'000);
    CHECK(!parse_duration("106752d"));
    CHECK(!parse_duration("15251w"));
    CHECK(!parse_duration("106751d23h47m16s854ms775us808ns"));
    CHECK(!parse_duration("9223372036.9s"));
}

TEST_CASE("what is written is read back") {
    CHECK(exact_text(Duration()) == "0s");
    CHECK(exact_text(Duration::minutes(90)) == "1h30m");
    CHECK(exact_text(Duration::milliseconds(250)) == "250ms");
    CHECK(exact_text(Duration::days(14)) == "14d");
    CHECK(exact_text(-Duration::seconds(61)) == "-1m1s");
    CHECK(exact_text(Duration::max()) == "106751d23h47m16s854ms775us807ns");
    CHECK(exact_text(Duration::nanoseconds(INT64_MIN)) == "-106751d23h47m16s854ms775us808ns");
    Stream draws({1, 0}, "durations");
    for (int i = 0; i < 20'000; ++i) {
        Duration d = Duration::nanoseconds(static_cast<std::int64_t>(draws.bits() >> (1 + draws.below(63))));
        std::string text = exact_text(d);
        std::optional<Duration> back = parse_duration(text);
        REQUIRE_MESSAGE(back.has_value(), text);
        REQUIRE(*back == d);
    }
}

TEST_CASE("seconds as doubles are rounded to the nearest nanosecond and saturate") {
    CHECK(Duration::from_seconds(0.1).count() == 100'000'000);
    CHECK(Duration::from_seconds(1e-9 * 0.6).count() == 1);
    CHECK(Duration::from_seconds(-0.25).count() == -250'000'000);
    CHECK(Duration::from_seconds(1e300) == Duration::max());
    CHECK(Duration::from_seconds(-1e300).count() == INT64_MIN);
    CHECK(Duration::from_seconds(std::nan("")) == Duration());
}

TEST_CASE("people read three significant figures") {
    CHECK(human_text(Duration()) == "0 s");
    CHECK(human_text(Duration::nanoseconds(7)) == "7.00 ns");
    CHECK(human_text(Duration::nanoseconds(1'240'000'000)) == "1.24 s");
    CHECK(human_text(Duration::nanoseconds(12'340)) == "12.3 us");
    CHECK(human_text(Duration::nanoseconds(999'900)) == "1.00 ms"); // not "1000 us"
    CHECK(human_text(Duration::milliseconds(999)) == "999 ms");
    CHECK(human_text(Duration::nanoseconds(999'900'000)) == "1.00 s");
    CHECK(human_text(Duration::seconds(312)) == "5 min 12 s");
    CHECK(human_text(Duration::nanoseconds(3'599'700'000'000)) == "1 h");
    CHECK(human_text(Duration::hours(76)) == "3 d 4 h");
    CHECK(human_text(-Duration::seconds(2)) == "-2.00 s");
}
