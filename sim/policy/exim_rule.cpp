// Exim's notation for retry rules: the Exim specification, chapter "Retry configuration".
#include <charconv>

#include "postopolis/policy/retry.hpp"

namespace postopolis::policy {
namespace {

constexpr std::int64_t longest_seconds = 10LL * 365 * 86400;

class RuleParser {
public:
    explicit RuleParser(std::string_view text) : text_(text) {}

    std::optional<EximRule> parse() {
        EximRule rule;
        skip_spaces();
        while (at_ < text_.size() && ok()) {
            const std::size_t start = at_;
            rule.segments.push_back(segment());
            if (!ok()) break;
            if (rule.segments.size() > 1 && rule.segments.back().until <= rule.segments.end()[-2].until)
                fail(start, "this rule ends before the one in front of it, so it would never apply");
            skip_spaces();
            if (at_ < text_.size() && !accept(';')) fail(at_, "expected \";\" between rules");
            skip_spaces();
        }
        if (ok() && rule.segments.empty()) fail(0, "expected a rule such as F,2h,15m");
        return ok() ? std::optional(std::move(rule)) : std::nullopt;
    }
    const RuleError& error() const { return error_; }

private:
    bool ok() const { return error_.what.empty(); }
    void fail(std::size_t position, std::string what) {
        if (ok()) error_ = {position, std::move(what)};
    }
    bool accept(char wanted) {
        if (at_ >= text_.size() || text_[at_] != wanted) return false;
        ++at_;
        return true;
    }
    void skip_spaces() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t'))
            ++at_;
    }
    void comma() {
        skip_spaces();
        if (!accept(',')) fail(at_, "expected \",\"");
        skip_spaces();
    }

    EximSegment segment() {
        EximSegment segment;
        if (accept('F'))
            segment.kind = 'F';
        else if (accept('G'))
            segment.kind = 'G';
        else
            fail(at_, "expected F (fixed intervals) or G (growing intervals)");
        comma();
        segment.until = duration();
        comma();
        segment.interval = duration();
        if (segment.kind == 'G') {
            comma();
            segment.factor_thousandths = factor();
        }
        return segment;
    }

    std::optional<std::int64_t> number() {
        std::int64_t value = 0;
        const auto [end, code] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
        const bool digit = at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9';
        if (!digit || code != std::errc{}) {
            fail(at_, digit ? "this number is too large" : "expected a number");
            return std::nullopt;
        }
        at_ = static_cast<std::size_t>(end - text_.data());
        return value;
    }

    /// "1w2d3h4m5s"; a number without a unit is refused, as Exim does.
    std::chrono::seconds duration() {
        const std::size_t start = at_;
        std::int64_t total = 0;
        do {
            const std::optional<std::int64_t> value = ok() ? number() : std::nullopt;
            if (!value) return {};
            const std::int64_t unit = this->unit();
            if (unit == 0) {
                fail(at_, "expected a unit: s, m, h, d or w");
                return {};
            }
            if (*value > longest_seconds / unit || (total += *value * unit) > longest_seconds) {
                fail(start, "a time longer than ten years");
                return {};
            }
        } while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9');
        if (total == 0) fail(start, "a time must be longer than zero");
        return std::chrono::seconds(total);
    }

    std::int64_t unit() {
        for (const auto& [letter, length] :
             {std::pair{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}}) {
            if (accept(letter)) return length;
        }
        return 0;
    }

    /// "1.5" in thousandths; further decimals are dropped, as Exim does.
    std::int64_t factor() {
        const std::size_t start = at_;
        const std::optional<std::int64_t> whole = ok() ? number() : std::nullopt;
        if (!whole) return 1000;
        std::int64_t thousandths = 0;
        if (accept('.')) {
            std::int64_t place = 100;
            for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_, place /= 10)
                thousandths += (text_[at_] - '0') * place;
        }
        if (*whole < 1 || *whole > 1000) fail(start, "the factor must be between 1 and 1000");
        return ok() ? *whole * 1000 + thousandths : 1000;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    RuleError error_;
};

} // namespace

std::optional<RetrySchedule> parse_exim_rule(std::string_view text, RuleError* error) {
    RuleParser parser(text);
    std::optional<EximRule> rule = parser.parse();
    if (!rule) {
        if (error) *error = parser.error();
        return std::nullopt;
    }
    RetrySchedule schedule;
    schedule.lifetime = schedule.bounce_lifetime = rule->segments.back().until;
    schedule.backoff = std::move(*rule);
    return schedule;
}

} // namespace postopolis::policy
