// See mail_log_lines.hpp.
#include "metrics/mail_log_lines.hpp"

#include "metrics/text.hpp"

namespace postopolis::metrics {

namespace {

constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

void append_two(std::string& out, std::int64_t n, char fill = '0') {
    out += n < 10 ? fill : static_cast<char>('0' + n / 10);
    out += static_cast<char>('0' + n % 10);
}

} // namespace

void append_log_head(std::string& out, std::int64_t unix_seconds, std::string_view host,
                     std::string_view daemon, std::uint64_t pid) {
    const std::string when = calendar_text(unix_seconds); // 2026-01-05T08:00:00Z
    const int month = (when[5] - '0') * 10 + when[6] - '0';
    const int day = (when[8] - '0') * 10 + when[9] - '0';
    out += kMonths[static_cast<std::size_t>(month - 1)];
    out += ' ';
    append_two(out, day, ' ');
    out += ' ';
    out.append(when, 11, 8);
    out += ' ';
    out.append(host).append(" postfix/").append(daemon) += '[';
    append_integer(out, pid);
    out += "]: ";
}

void append_log_text(std::string& out, std::string_view text) {
    std::string scratch;
    for (const char c : utf8(text, scratch)) {
        const auto code = static_cast<unsigned char>(c);
        out += code < 0x20 || code == 0x7f ? '?' : c;
    }
}

void append_log_delay(std::string& out, kernel::Duration d) {
    constexpr std::int64_t kSecond = 1'000'000'000;
    const std::int64_t ns = d.count() > 0 ? d.count() : 0;
    if (ns >= 10 * kSecond) return append_integer(out, (ns + kSecond / 2) / kSecond);
    // One or two decimals, without zeros at their end.
    const std::int64_t unit = ns >= kSecond ? kSecond / 10 : kSecond / 100;
    const std::int64_t units = (ns + unit / 2) / unit;
    const std::int64_t each = kSecond / unit;
    append_integer(out, units / each);
    std::int64_t rest = units % each;
    if (rest == 0) return;
    out += '.';
    if (each == 100 && rest < 10) out += '0';
    if (each == 100 && rest % 10 == 0) rest /= 10;
    append_integer(out, rest);
}

void append_log_delays(std::string& out, const LogDelays& delays) {
    kernel::Duration sum;
    for (const kernel::Duration d : delays)
        sum += d;
    out += "delay=";
    append_log_delay(out, sum);
    out += ", delays=";
    for (std::size_t i = 0; i < delays.size(); ++i) {
        if (i > 0) out += '/';
        append_log_delay(out, delays[i]);
    }
}

} // namespace postopolis::metrics
