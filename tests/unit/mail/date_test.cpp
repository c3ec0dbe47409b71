// Dates and enhanced status codes. Expected instants were worked out with `date -u -d`.
#include "postopolis/mail/date.hpp"
#include "postopolis/mail/status.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace postopolis::mail;

namespace {
constexpr std::int64_t second = 1'000'000'000;
}

TEST_CASE("dates are written as RFC 5322 section 3.3 has them") {
    CHECK(rfc5322_text({1767600000 * second}) == "Mon, 05 Jan 2026 08:00:00 +0000");
    CHECK(rfc5322_text({1767600000 * second, 90}) == "Mon, 05 Jan 2026 09:30:00 +0130");
    CHECK(rfc5322_text({1767600000 * second, -600}) == "Sun, 04 Jan 2026 22:00:00 -1000");
    CHECK(rfc5322_text({0}) == "Thu, 01 Jan 1970 00:00:00 +0000");
    CHECK(rfc5322_text({-1}) == "Wed, 31 Dec 1969 23:59:59 +0000");
    CHECK(rfc5322_text({1709164800 * second + 999'999'999}) == "Thu, 29 Feb 2024 00:00:00 +0000");
    CHECK(asctime_text({1767600000 * second, 90}) == "Mon Jan  5 08:00:00 2026");
    for (const std::int64_t instant :
         {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()})
        for (const int offset : {-1'000'000, 0, 1'000'000})
            CHECK(rfc5322_text({instant, offset}).size() == rfc5322_date_size);
}

TEST_CASE("dates are read: the examples of RFC 5322 appendix A and the obsolete forms") {
    CHECK(parse_date("Fri, 21 Nov 1997 09:55:06 -0600") == Date{880127706 * second, -360});
    CHECK(parse_date("Tue, 1 Jul 2003 10:52:37 +0200") == Date{1057049557 * second, 120});
    CHECK(parse_date("Thu,\r\n      13\r\n        Feb\r\n          1969\r\n      23:32\r\n"
                     "               -0330 (Newfoundland Time)") == Date{-27723480 * second, -210});
    CHECK(parse_date("21 Nov 97 09:55:06 GMT") == Date{880106106 * second, 0});
    CHECK(parse_date("Fri, 21 Nov 1997 09(comment):   55  :  06 -0600") == Date{880127706 * second, -360});
    CHECK(parse_date("1 Jan 00 00:00 EST") == Date{946702800 * second, -300});
    CHECK(parse_date("1 Jan 100 00:00 +0000") == Date{946684800 * second, 0}); // 1900 + 100
}

TEST_CASE("what is no date gives nothing") {
    for (const char* bad :
         {"", "Mon", "Mon, 05 Jan 2026", "31 Feb 2026 08:00:00 +0000", "05 Jan 2026 24:00:00 +0000",
          "05 Jan 2026 08:60:00 +0000", "05 Foo 2026 08:00:00 +0000", "05 Jan 2026 08:00:00 +00",
          "05 Jan 2026 08:00:00 +0060", "05 Jan 2026 08:00:00 +0000 x", "05 Jan 99999 08:00:00 +0000",
          "1 Jan 1000 00:00:00 +0000", "05 Jan 6 08:00:00 +0000"})
        CHECK_FALSE(parse_date(bad).has_value());
}

TEST_CASE("a written date reads back") {
    for (std::int64_t t = -4'000'000'000; t < 8'000'000'000; t += 123'456'789) {
        const Date date{t * second, static_cast<int>(t % 840)};
        CHECK(parse_date(rfc5322_text(date)) == date);
    }
}

TEST_CASE("enhanced status codes (RFC 3463 section 2)") {
    CHECK(EnhancedStatus{5, 1, 1}.text() == "5.1.1");
    CHECK(parse_enhanced_status("4.2.2") == EnhancedStatus{4, 2, 2});
    CHECK(parse_enhanced_status("2.999.0") == EnhancedStatus{2, 999, 0});
    for (const char* bad :
         {"", "5", "5.1", "5.1.", "3.1.1", "5.01.1", "5.1.1000", "5.1.1 ", "5.1.1.1", "550", "x5.1.1"})
        CHECK_FALSE(parse_enhanced_status(bad).has_value());
    CHECK(leading_enhanced_status("5.1.1 No such user") == EnhancedStatus{5, 1, 1});
    CHECK(leading_enhanced_status("2.0.0") == EnhancedStatus{2, 0, 0});
    CHECK_FALSE(leading_enhanced_status("5.1.1x").has_value());
    CHECK_FALSE(leading_enhanced_status("Mailbox 5.1.1").has_value());
}
