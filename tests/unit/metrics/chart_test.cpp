// Bar charts: proportion, alignment, and never wider than asked.
#include "postopolis/metrics/chart.hpp"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "metrics/layout.hpp"

using namespace postopolis::metrics;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> out;
    std::string line;
    for (char c : text) {
        if (c == '\n') {
            out.push_back(line);
            line.clear();
        } else {
            line += c;
        }
    }
    CHECK(line.empty());
    return out;
}

} // namespace

TEST_CASE("a bar is as long as its share, to an eighth of a column") {
    CHECK(bar(1.0, 10, true) == "██████████");
    CHECK(bar(0.5, 10, true) == "█████");
    CHECK(bar(0.5, 5, true) == "██▌");
    CHECK(bar(1.0 / 8, 1, true) == "▏");
    CHECK(bar(7.0 / 8, 1, true) == "▉");
    CHECK(bar(0.5, 10, false) == "#####");
    CHECK(bar(2.0, 4, true) == "████");
}

TEST_CASE("a value above zero shows, zero and nonsense do not") {
    CHECK(bar(1e-9, 10, true) == "▏");
    CHECK(bar(1e-9, 10, false) == ".");
    CHECK(bar(0, 10, true).empty());
    CHECK(bar(-1, 10, true).empty());
    CHECK(bar(std::nan(""), 10, true).empty());
    CHECK(bar(std::numeric_limits<double>::infinity(), 10, true).empty());
}

TEST_CASE("labels, values and bars stand in columns") {
    const std::string chart = bar_chart({{"transit", 4, "4 s"}, {"queue", 2, "2.00 s"}, {"dns", 0, "0 s"}},
                                        {.width = 33, .indent = 2});
    CHECK(chart == "  transit     4 s  ██████████████\n"
                   "  queue    2.00 s  ███████\n"
                   "  dns         0 s\n");
    const std::string ascii =
        bar_chart({{"größe", 4, "4 s"}, {"x", 1, "1 s"}}, {.width = 22, .unicode = false});
    CHECK(ascii == "  gr??e  4 s  ########\n"
                   "  x      1 s  ##\n");
}

TEST_CASE("no line is wider than asked") {
    const std::vector<ChartRow> rows{{"backoff: waiting for a server that does not answer", 1, "4 d 23 h"},
                                     {"a", 0.001, "1 s"},
                                     {"日本語の件名", 0.7, "3.00 s"}};
    for (int width = 1; width < 130; ++width)
        for (const bool unicode : {true, false})
            for (const std::string& line : lines_of(bar_chart(rows, {.width = width, .unicode = unicode}))) {
                CAPTURE(width);
                CAPTURE(line);
                CHECK(layout::display_width(line) <= width);
            }
}

TEST_CASE("colour adds no column") {
    const std::string plain = bar_chart({{"a", 1, "1"}}, {.width = 20});
    std::string coloured = bar_chart({{"a", 1, "1"}}, {.width = 20, .colour = true});
    CHECK(coloured != plain);
    for (const std::string code : {"\x1b[36m", "\x1b[0m"})
        coloured.erase(coloured.find(code), code.size());
    CHECK(coloured == plain);
}

TEST_CASE("text is wrapped, cut and counted by columns") {
    using namespace layout;
    CHECK(display_width("größe") == 5);
    CHECK(display_width("日本") == 4);
    CHECK(fit("größeres", 5) == "größ…");
    CHECK(fit("größeres", 5, false) == "größ~");
    CHECK(fit("abc", 3) == "abc");
    CHECK(wrapped("one two three", 8, "> ", "  ") == "> one\n  two\n  three\n");
    CHECK(wrapped("one two three", 9, "> ", "  ") == "> one two\n  three\n");
    CHECK(count(1234567) == "1,234,567");
    CHECK(count(999) == "999");
    CHECK(count(1, "copy", "copies") == "1 copy");
    CHECK(size_text(999) == "999 octets");
    CHECK(size_text(1240) == "1.2 kB");
    CHECK(size_text(10'240'000) == "10 MB");
    CHECK(ascii_only("“a” – b…") == "\"a\" - b...");
    CHECK(printable("a\x1b[2Jb\r\n") == "a [2Jb  ");
}

TEST_CASE("the calendar is that of the proleptic Gregorian calendar in UTC") {
    // 1767600000 is 2026-01-05T08:00:00Z, a Monday (date -u -d @1767600000).
    const layout::Calendar c(1'767'600'000);
    using postopolis::kernel::Duration;
    using postopolis::kernel::Time;
    CHECK(c.date(Time::start()) == "Monday 5 January 2026");
    CHECK(c.clock(Time::at(Duration::nanoseconds(1'234'999'999))) == "08:00:01.234");
    CHECK(c.date_and_clock(Time::at(Duration::days(55))) == "2026-03-01 08:00:00");
    CHECK(c.day(Time::at(Duration::hours(15))) == c.day(Time::start()));
    CHECK(c.day(Time::at(Duration::hours(16))) == c.day(Time::start()) + 1);
}
