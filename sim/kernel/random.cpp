// Philox streams and the basic draws. The constants of hash_name are part of the format: never change them.
#include "postopolis/kernel/random.hpp"

#include <Random123/philox.h>

#include <cmath>
#include <numbers>

#include "postopolis/kernel/check.hpp"

namespace postopolis::kernel {
namespace {

__extension__ using Uint128 = unsigned __int128;

std::uint64_t mix(std::uint64_t x) { // splitmix64's finaliser
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9U;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebU;
    return x ^ (x >> 31);
}

std::uint32_t low(std::uint64_t x) { return static_cast<std::uint32_t>(x); }
std::uint32_t high(std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); }

} // namespace

std::uint64_t hash_name(std::string_view name) {
    std::uint64_t h = 0xcbf29ce484222325U;
    for (char c : name) {
        h ^= static_cast<unsigned char>(c);
        h *= 0x100000001b3U;
    }
    return mix(h);
}

std::uint64_t hash_combine(std::uint64_t name_hash, std::uint64_t number) {
    return mix(name_hash ^ mix(number + 0x9e3779b97f4a7c15U));
}

Stream::Stream(RunKey key, std::uint64_t name_hash) : name_(name_hash) {
    std::uint64_t k = hash_combine(key.seed, key.replication);
    key_ = {low(k), high(k)};
}

std::uint64_t Stream::bits() {
    if (left_ == 0) {
        r123::Philox4x32 philox;
        r123::Philox4x32::ctr_type counter{{low(block_), high(block_), low(name_), high(name_)}};
        r123::Philox4x32::key_type key{{key_[0], key_[1]}};
        r123::Philox4x32::ctr_type out = philox(counter, key);
        ++block_;
        buffer_[1] = (static_cast<std::uint64_t>(out[1]) << 32) | out[0];
        buffer_[0] = (static_cast<std::uint64_t>(out[3]) << 32) | out[2];
        left_ = 2;
    }
    return buffer_[static_cast<std::size_t>(--left_)];
}

double Stream::uniform() { return (static_cast<double>(bits() >> 11) + 1.0) * 0x1.0p-53; }

std::uint64_t Stream::below(std::uint64_t n) {
    check(n != 0, "Stream::below needs a positive bound");
    auto product = static_cast<Uint128>(bits()) * n;
    auto fraction = static_cast<std::uint64_t>(product);
    if (fraction < n) {
        std::uint64_t threshold = (0 - n) % n;
        while (fraction < threshold) {
            product = static_cast<Uint128>(bits()) * n;
            fraction = static_cast<std::uint64_t>(product);
        }
    }
    return static_cast<std::uint64_t>(product >> 64);
}

double Stream::exponential(double mean) { return -mean * std::log(uniform()); }

double Stream::normal() {
    double radius = std::sqrt(-2.0 * std::log(uniform()));
    double angle = 2.0 * std::numbers::pi * uniform();
    return radius * std::cos(angle);
}

std::uint64_t Stream::geometric(double probability) {
    check(probability > 0 && probability <= 1, "Stream::geometric needs a probability in (0, 1]");
    if (probability >= 1) return 0;
    double failures = std::floor(std::log(uniform()) / std::log1p(-probability));
    return failures >= 9e18 ? UINT64_MAX / 2 : static_cast<std::uint64_t>(failures);
}

} // namespace postopolis::kernel
