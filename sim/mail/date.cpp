// Dates: civil calendar arithmetic with integers only, so that every platform writes the same octets.
#include "postopolis/mail/date.hpp"

#include "mail/chars.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>

namespace postopolis::mail {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::array<std::string_view, 7> day_names{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> month_names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr int max_offset = 99 * 60 + 59;

struct Civil {
    int year;
    unsigned month, day, weekday, hour, minute, second;
};

Civil civil_of(Date date, int offset_minutes) {
    std::int64_t seconds = date.unix_nanoseconds / second_ns;
    if (date.unix_nanoseconds % second_ns < 0) --seconds;
    seconds += offset_minutes * 60;
    const std::chrono::sys_seconds instant{std::chrono::seconds{seconds}};
    const auto day = std::chrono::floor<std::chrono::days>(instant);
    const std::chrono::year_month_day ymd{day};
    const auto of_day = static_cast<unsigned>((instant - day).count());
    return {static_cast<int>(ymd.year()),
            static_cast<unsigned>(ymd.month()),
            static_cast<unsigned>(ymd.day()),
            std::chrono::weekday{day}.c_encoding(),
            of_day / 3600,
            of_day / 60 % 60,
            of_day % 60};
}

void append_two(std::string& out, unsigned value, char pad = '0') {
    out += value < 10 ? pad : static_cast<char>('0' + value / 10);
    out += static_cast<char>('0' + value % 10);
}

void append_time(std::string& out, const Civil& civil) {
    append_two(out, civil.hour);
    out += ':';
    append_two(out, civil.minute);
    out += ':';
    append_two(out, civil.second);
}

void append_year(std::string& out, int year) { // 1677 to 2262 is what 64 bits hold: always four digits
    append_two(out, static_cast<unsigned>(year) / 100);
    append_two(out, static_cast<unsigned>(year) % 100);
}

/// Words, numbers and punctuation of a date, with comments and white space passed over.
class DateReader {
public:
    explicit DateReader(std::string_view text) : text_(text) {}

    bool take(char c) {
        skip();
        if (at_ == text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    std::string_view word() {
        skip();
        const std::size_t begin = at_;
        while (at_ < text_.size() && is_alpha(text_[at_]))
            ++at_;
        return text_.substr(begin, at_ - begin);
    }
    /// Digits; at most five, so that the value fits. Empty at anything else.
    std::string_view digits() {
        skip();
        const std::size_t begin = at_;
        while (at_ < text_.size() && is_digit(text_[at_]) && at_ - begin < 5)
            ++at_;
        return text_.substr(begin, at_ - begin);
    }
    bool at_end() {
        skip();
        return at_ == text_.size();
    }

private:
    void skip() {
        int depth = 0;
        for (; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            if (c == '(') ++depth;
            if (depth == 0 && !is_space(c)) return;
            if (c == ')') --depth;
            if (c == '\\' && at_ + 1 < text_.size()) ++at_;
        }
    }
    std::string_view text_;
    std::size_t at_ = 0;
};

int number(std::string_view digits) {
    int value = 0;
    for (const char c : digits)
        value = value * 10 + (c - '0');
    return value;
}

/// RFC 5322 section 4.3: 00 to 49 means 20xx, other two- and three-digit years count from 1900.
int full_year(std::string_view digits) {
    const int year = number(digits);
    if (digits.size() == 2) return year + (year < 50 ? 2000 : 1900);
    return digits.size() == 3 ? year + 1900 : year;
}

/// RFC 5322 section 4.3. Military and unknown zones mean "-0000", an unknown offset.
int named_zone(std::string_view name) {
    constexpr std::array<std::string_view, 8> north_american{"EDT", "EST", "CDT", "CST",
                                                             "MDT", "MST", "PDT", "PST"};
    constexpr std::array<int, 8> hours{-4, -5, -5, -6, -6, -7, -7, -8};
    for (std::size_t i = 0; i < north_american.size(); ++i)
        if (same_text(name, north_american[i])) return hours[i] * 60;
    return 0;
}

std::optional<int> take_zone(DateReader& reader) {
    const bool east = reader.take('+');
    if (!east && !reader.take('-')) {
        const std::string_view name = reader.word();
        return name.empty() && !reader.at_end() ? std::nullopt : std::optional<int>(named_zone(name));
    }
    const std::string_view digits = reader.digits();
    if (digits.size() != 4 || number(digits.substr(2)) > 59) return std::nullopt;
    const int minutes = number(digits.substr(0, 2)) * 60 + number(digits.substr(2));
    return east ? minutes : -minutes;
}

struct TimeOfDay {
    int hour, minute, second;
};

std::optional<TimeOfDay> take_time(DateReader& reader) {
    const std::string_view hour = reader.digits();
    if (hour.empty() || !reader.take(':')) return std::nullopt;
    const std::string_view minute = reader.digits();
    std::string_view second = "0";
    if (reader.take(':')) second = reader.digits();
    if (minute.empty() || second.empty()) return std::nullopt;
    const TimeOfDay time{number(hour), number(minute), number(second)};
    if (time.hour > 23 || time.minute > 59 || time.second > 60) return std::nullopt; // 60: a leap second
    return time;
}

} // namespace

void append_rfc5322_text(std::string& out, Date date) {
    const int offset = std::clamp(date.offset_minutes, -max_offset, max_offset);
    const Civil civil = civil_of(date, offset);
    out += day_names[civil.weekday];
    out += ", ";
    append_two(out, civil.day);
    out += ' ';
    out += month_names[civil.month - 1];
    out += ' ';
    append_year(out, civil.year);
    out += ' ';
    append_time(out, civil);
    out += offset < 0 ? " -" : " +";
    const auto distance = static_cast<unsigned>(offset < 0 ? -offset : offset);
    append_two(out, distance / 60);
    append_two(out, distance % 60);
}

std::string rfc5322_text(Date date) {
    std::string out;
    out.reserve(rfc5322_date_size);
    append_rfc5322_text(out, date);
    return out;
}

std::string asctime_text(Date date) {
    const Civil civil = civil_of(date, 0);
    std::string out(day_names[civil.weekday]);
    out += ' ';
    out += month_names[civil.month - 1];
    out += ' ';
    append_two(out, civil.day, ' ');
    out += ' ';
    append_time(out, civil);
    out += ' ';
    append_year(out, civil.year);
    return out;
}

std::optional<Date> parse_date(std::string_view text) {
    DateReader reader(text);
    if (!reader.word().empty()) reader.take(','); // The day of the week tells nothing new.
    const std::string_view day = reader.digits();
    const std::string_view month_name = reader.word();
    const std::string_view year = reader.digits();
    const auto month = std::find_if(month_names.begin(), month_names.end(),
                                    [&](std::string_view name) { return same_text(name, month_name); });
    if (day.empty() || day.size() > 2 || month == month_names.end() || year.size() < 2) return std::nullopt;
    const auto time = take_time(reader);
    if (!time) return std::nullopt;
    const auto zone = take_zone(reader);
    if (!zone || !reader.at_end()) return std::nullopt;

    const std::chrono::year_month_day ymd{
        std::chrono::year{full_year(year)},
        std::chrono::month{static_cast<unsigned>(month - month_names.begin()) + 1},
        std::chrono::day{static_cast<unsigned>(number(day))}};
    if (!ymd.ok() || full_year(year) > 9999) return std::nullopt;
    const std::int64_t days = std::chrono::sys_days{ymd}.time_since_epoch().count();
    const std::int64_t seconds =
        days * 86400 + time->hour * 3600 + time->minute * 60 + time->second - *zone * 60;
    constexpr std::int64_t limit = std::numeric_limits<std::int64_t>::max() / second_ns;
    if (seconds > limit || seconds < -limit) return std::nullopt;
    return Date{seconds * second_ns, *zone};
}

} // namespace postopolis::mail
