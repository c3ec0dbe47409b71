// See srs.hpp. The forwarder's secret is made from its domain: what matters in a simulation is whether hashes match.
#include "nodes/mediators/srs.hpp"

#include "postopolis/kernel/random.hpp"

namespace postopolis::nodes {
namespace {

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::int64_t kDays = 1024;   // two digits
constexpr std::int64_t kLifetime = 21; // days

std::string lower(std::string_view text) { return mail::to_lower_domain(text); }

/// Without case: some hosts change that of local parts.
std::string hash_of(std::string_view forwarder, std::string_view what) {
    std::uint64_t bits = kernel::hash_combine(kernel::hash_name("srs of " + lower(forwarder)), kernel::hash_name(lower(what)));
    std::string out;
    for (int i = 0; i < 4; ++i, bits >>= 5) out += kDigits[bits & 31U];
    return out;
}

std::string stamp_of(std::int64_t day) {
    const auto n = static_cast<std::size_t>(((day % kDays) + kDays) % kDays);
    return {kDigits[n / 32], kDigits[n % 32]};
}

/// The part before the next "="; nothing if there is none.
std::optional<std::string_view> take(std::string_view& text) {
    const std::size_t end = text.find('=');
    if (end == std::string_view::npos) return std::nullopt;
    std::string_view part = text.substr(0, end);
    text.remove_prefix(end + 1);
    return part;
}

bool starts(std::string_view local, std::string_view tag) {
    return local.size() > tag.size() && mail::same_domain(local.substr(0, tag.size()), tag);
}

} // namespace

bool is_srs(std::string_view local_part) { return starts(local_part, "SRS0=") || starts(local_part, "SRS1="); }

mail::Address srs_forward(const mail::Address& sender, std::string_view forwarder, std::int64_t day) {
    std::string local;
    if (starts(sender.local, "SRS1=")) { // the first forwarder stays the one to which it leads back
        std::string_view rest = std::string_view(sender.local).substr(5);
        static_cast<void>(take(rest));
        local = "SRS1=" + hash_of(forwarder, rest) + "=" + std::string(rest);
    } else if (starts(sender.local, "SRS0=")) {
        const std::string rest = sender.domain + "=" + sender.local.substr(4);
        local = "SRS1=" + hash_of(forwarder, rest) + "=" + rest;
    } else {
        const std::string rest = stamp_of(day) + "=" + sender.domain + "=" + sender.local;
        local = "SRS0=" + hash_of(forwarder, rest) + "=" + rest;
    }
    return {std::move(local), std::string(forwarder)};
}

std::optional<mail::Address> srs_back(const mail::Address& address, std::int64_t day) {
    if (!is_srs(address.local)) return std::nullopt;
    std::string_view rest = std::string_view(address.local).substr(5);
    const std::optional<std::string_view> hash = take(rest);
    if (!hash || !mail::same_domain(*hash, hash_of(address.domain, rest))) return std::nullopt;
    if (starts(address.local, "SRS1=")) {
        const std::optional<std::string_view> forwarder = take(rest);
        if (!forwarder) return std::nullopt;
        return mail::Address{"SRS0" + std::string(rest), std::string(*forwarder)};
    }
    const std::optional<std::string_view> stamp = take(rest);
    const std::optional<std::string_view> domain = take(rest);
    if (!stamp || !domain || rest.empty()) return std::nullopt;
    bool fresh = false;
    for (std::int64_t age = 0; age <= kLifetime; ++age) fresh = fresh || mail::same_domain(*stamp, stamp_of(day - age));
    if (!fresh) return std::nullopt;
    return mail::Address{std::string(rest), std::string(*domain)};
}

} // namespace postopolis::nodes
