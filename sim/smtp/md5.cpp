// See md5.hpp. The names of the steps are those of RFC 1321 section 3.
#include "postopolis/smtp/md5.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

namespace postopolis::smtp {
namespace {

using Digest = std::array<unsigned char, 16>;

// T[i] = floor(2^32 * abs(sin(i + 1))), RFC 1321 section 3.4.
const std::array<std::uint32_t, 64>& table() {
    static const auto made = [] {
        std::array<std::uint32_t, 64> t{};
        for (std::size_t i = 0; i < t.size(); ++i)
            t[i] = static_cast<std::uint32_t>(std::floor(std::abs(std::sin(static_cast<double>(i + 1))) * 4294967296.0));
        return t;
    }();
    return made;
}

constexpr int shifts[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

void take_block(std::string_view block, std::array<std::uint32_t, 4>& state) {
    std::array<std::uint32_t, 16> x{};
    for (std::size_t i = 0; i < 64; ++i)
        x[i / 4] |= std::uint32_t{static_cast<unsigned char>(block[i])} << (8 * (i % 4));
    auto [a, b, c, d] = state;
    for (std::uint32_t i = 0; i < 64; ++i) {
        std::uint32_t f = 0, k = 0;
        switch (i / 16) {
        case 0:
            f = (b & c) | (~b & d), k = i;
            break;
        case 1:
            f = (b & d) | (c & ~d), k = 5 * i + 1;
            break;
        case 2:
            f = b ^ c ^ d, k = 3 * i + 5;
            break;
        default:
            f = c ^ (b | ~d), k = 7 * i;
        }
        const std::uint32_t turned = std::rotl(a + f + x[k % 16] + table()[i], shifts[i / 16][i % 4]);
        a = d, d = c, c = b, b += turned;
    }
    state = {state[0] + a, state[1] + b, state[2] + c, state[3] + d};
}

Digest digest(std::string octets) {
    const std::uint64_t bits = octets.size() * 8;
    octets += '\x80';
    octets.resize((octets.size() + 8 + 63) / 64 * 64 - 8, '\0');
    for (int i = 0; i < 8; ++i) octets += static_cast<char>(bits >> (8 * i) & 0xFFU);
    std::array<std::uint32_t, 4> state{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    for (std::size_t at = 0; at < octets.size(); at += 64) take_block(std::string_view(octets).substr(at, 64), state);
    Digest out{};
    for (std::size_t i = 0; i < 16; ++i) out[i] = static_cast<unsigned char>(state[i / 4] >> (8 * (i % 4)) & 0xFFU);
    return out;
}

std::string hexadecimal(const Digest& d) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const unsigned char octet : d) {
        out += digits[octet >> 4];
        out += digits[octet & 15];
    }
    return out;
}

std::string raw(const Digest& d) {
    return {d.begin(), d.end()};
}

} // namespace

std::string md5(std::string_view octets) {
    return hexadecimal(digest(std::string(octets)));
}

std::string hmac_md5(std::string_view key, std::string_view octets) {
    std::string inner = key.size() > 64 ? raw(digest(std::string(key))) : std::string(key);
    inner.resize(64, '\0');
    std::string outer = inner;
    for (char& c : inner) c = static_cast<char>(c ^ 0x36);
    for (char& c : outer) c = static_cast<char>(c ^ 0x5c);
    inner += octets;
    return hexadecimal(digest(outer + raw(digest(std::move(inner)))));
}

} // namespace postopolis::smtp
