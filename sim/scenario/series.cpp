// See series.hpp.
#include "postopolis/scenario/series.hpp"

#include <array>
#include <cmath>

namespace postopolis::scenario {

std::vector<std::uint32_t> people_before(const ZipfSizes& sizes, std::uint32_t domains) {
    auto weight = [&](std::uint32_t n) { return std::pow(static_cast<double>(n), -sizes.exponent); };
    double all = 0;
    for (std::uint32_t n = 1; n <= domains; ++n) all += weight(n);
    const auto rest = static_cast<double>(sizes.total - domains);
    std::vector<std::uint32_t> before(std::size_t{domains} + 1);
    double sum = 0;
    for (std::uint32_t n = 1; n <= domains; ++n) {
        sum += weight(n);
        before[n] = n + static_cast<std::uint32_t>(rest * (sum / all));
    }
    before[domains] = static_cast<std::uint32_t>(sizes.total);
    return before;
}

namespace {

std::optional<std::uint32_t> within(std::optional<std::uint64_t> index, std::uint32_t count) {
    if (!index || *index >= count) return std::nullopt;
    return static_cast<std::uint32_t>(*index);
}

} // namespace

std::optional<std::uint32_t> DomainSeries::find(std::string_view name) const {
    return within(names().find(name), count);
}

std::optional<std::uint32_t> DomainSeries::find_host(std::string_view name) const {
    return within(nodes::NumberedName(std::string(own_host_prefix) + pattern, first).find(name), count);
}

std::optional<std::uint32_t> DomainSeries::find_zone(std::string_view name) const {
    for (;;) {
        if (auto found = find(name)) return found;
        const std::size_t dot = name.find('.');
        if (dot == std::string_view::npos) return std::nullopt;
        name.remove_prefix(dot + 1);
    }
}

std::vector<std::uint32_t> DomainSeries::before() const {
    if (sizes) return people_before(*sizes, count);
    const std::uint64_t each = domain.people.count();
    std::vector<std::uint32_t> all(std::size_t{count} + 1);
    for (std::uint32_t i = 0; i <= count; ++i) all[i] = static_cast<std::uint32_t>(each * i);
    return all;
}

std::uint64_t DomainSeries::mailbox_count() const {
    return sizes ? sizes->total : domain.people.count() * count;
}

People DomainSeries::people(std::uint32_t index) const {
    People result = domain.people;
    if (!sizes) return result;
    const std::vector<std::uint32_t> all = before();
    result.numbered.back().count = all[index + 1] - all[index];
    return result;
}

namespace {

constexpr std::array<std::uint32_t, 3> documentation{0xC0000200U, 0xC6336400U, 0xCB007100U};
constexpr std::uint32_t hosts_in_a_net = 254;

} // namespace

std::uint32_t numbered_address(std::uint64_t n) {
    constexpr std::uint64_t nets_in_one = 256;
    if (n < documentation.size() * hosts_in_a_net)
        return documentation[n / hosts_in_a_net] + static_cast<std::uint32_t>(n % hosts_in_a_net) + 1;
    n -= documentation.size() * hosts_in_a_net;
    const std::uint64_t net = n / hosts_in_a_net % (nets_in_one * nets_in_one);
    return 0x0A000000U + static_cast<std::uint32_t>(net << 8U) + static_cast<std::uint32_t>(n % hosts_in_a_net) + 1;
}

std::optional<std::uint64_t> number_of_address(std::uint32_t address) {
    const std::uint32_t last = address & 0xFFU;
    if (last == 0 || last == 0xFFU) return std::nullopt;
    for (std::size_t i = 0; i < documentation.size(); ++i)
        if ((address & ~0xFFU) == documentation[i]) return i * hosts_in_a_net + last - 1;
    if (address >> 24U != 10) return std::nullopt;
    const std::uint64_t net = (address >> 8U) & 0xFFFFU;
    return documentation.size() * hosts_in_a_net + net * hosts_in_a_net + last - 1;
}

} // namespace postopolis::scenario
