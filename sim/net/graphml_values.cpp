#include "net/graphml_values.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "postopolis/kernel/time.hpp"
#include "postopolis/net/graphml.hpp"

namespace postopolis::net::graphml {

namespace {

constexpr double longest_delay = 100.0 * 365.25 * 86400;
constexpr double greatest_rate = 1e18;

struct Attribute {
    std::string_view name;
    Meaning meaning;
};
constexpr std::array attributes{
    Attribute{"name", {Property::Name}},
    Attribute{"label", {Property::Label}},
    Attribute{"kind", {Property::Kind}},
    Attribute{"type", {Property::Kind}},
    Attribute{"delay", {Property::Delay}},
    Attribute{"delay_s", {Property::Delay}},
    Attribute{"delay_ms", {Property::Delay, 1e-3}},
    Attribute{"delay_us", {Property::Delay, 1e-6}},
    Attribute{"latency", {Property::Delay}},
    Attribute{"latency_s", {Property::Delay}},
    Attribute{"latency_ms", {Property::Delay, 1e-3}},
    Attribute{"latency_us", {Property::Delay, 1e-6}},
    Attribute{"bandwidth", {Property::Bandwidth}},
    Attribute{"bandwidth_bps", {Property::Bandwidth}},
    Attribute{"bandwidth_kbps", {Property::Bandwidth, 1e3}},
    Attribute{"bandwidth_mbps", {Property::Bandwidth, 1e6}},
    Attribute{"bandwidth_gbps", {Property::Bandwidth, 1e9}},
    Attribute{"linkspeedraw", {Property::Bandwidth}},
    Attribute{"loss", {Property::Loss}},
    Attribute{"loss_percent", {Property::Loss, 1e-2}},
};

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lowered(std::string_view text) {
    std::string result(text);
    for (char& c : result)
        c = lower(c);
    return result;
}

/// The number that `text` begins with, and what follows it.
std::optional<std::pair<double, std::string_view>> leading_number(std::string_view text) {
    text = trimmed(text);
    double value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || !std::isfinite(value) || value < 0) return std::nullopt;
    return std::pair{value, trimmed(text.substr(static_cast<std::size_t>(end - text.data())))};
}

std::optional<std::uint64_t> whole_rate(double bits_per_second) {
    // Zero would mean unlimited, which nobody who writes 0 means.
    if (!(bits_per_second >= 1 && bits_per_second <= greatest_rate)) return std::nullopt;
    return static_cast<std::uint64_t>(std::llround(bits_per_second));
}

} // namespace

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

Meaning meaning_of(std::string_view name) {
    std::string wanted = lowered(trimmed(name));
    for (const Attribute& attribute : attributes)
        if (attribute.name == wanted) return attribute.meaning;
    return {};
}

std::optional<double> read_delay(std::string_view text, double unit) {
    auto number = leading_number(text);
    if (!number) return std::nullopt;
    double seconds = number->first * unit;
    if (!number->second.empty()) {
        auto duration = kernel::parse_duration(trimmed(text));
        if (!duration) return std::nullopt;
        seconds = duration->to_seconds();
    }
    return seconds <= longest_delay ? std::optional(seconds) : std::nullopt;
}

std::optional<std::uint64_t> read_bandwidth(std::string_view text, double unit) {
    auto number = leading_number(text);
    if (number && number->second.empty()) return whole_rate(number->first * unit);
    return parse_bandwidth(text);
}

std::optional<double> read_loss(std::string_view text, double unit) {
    auto number = leading_number(text);
    if (!number) return std::nullopt;
    if (number->second == "%")
        unit = 1e-2;
    else if (!number->second.empty())
        return std::nullopt;
    double loss = number->first * unit;
    return loss <= 1 ? std::optional(loss) : std::nullopt;
}

} // namespace postopolis::net::graphml

namespace postopolis::net {

std::optional<std::uint64_t> parse_bandwidth(std::string_view text) {
    using namespace graphml;
    auto number = leading_number(text);
    if (!number) return std::nullopt;
    std::string unit = lowered(number->second);
    for (std::string_view ending : {"bit/s", "bits/s", "bps", "b/s"})
        if (unit.ends_with(ending)) {
            unit.resize(unit.size() - ending.size());
            break;
        }
    constexpr std::string_view prefixes = "kmgt";
    double factor = 1;
    if (unit.size() == 1 && prefixes.find(unit[0]) != std::string_view::npos)
        factor = std::pow(10.0, 3.0 * static_cast<double>(prefixes.find(unit[0]) + 1));
    else if (!unit.empty())
        return std::nullopt;
    return whole_rate(number->first * factor);
}

} // namespace postopolis::net
