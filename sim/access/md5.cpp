#include "access/md5.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

namespace postopolis::access {
namespace {

using State = std::array<std::uint32_t, 4>;

constexpr std::array<int, 16> shifts = {7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21};

/// RFC 1321 section 3.4: T[i] is the integer part of 2^32 |sin(i)|.
std::array<std::uint32_t, 64> make_table() {
    std::array<std::uint32_t, 64> table{};
    for (std::size_t i = 0; i < table.size(); ++i)
        table[i] = static_cast<std::uint32_t>(
            std::floor(std::abs(std::sin(static_cast<double>(i + 1))) * 4294967296.0));
    return table;
}

void take_block(State& state, std::string_view block) {
    static const auto table = make_table();
    std::array<std::uint32_t, 16> x{};
    for (std::size_t i = 0; i < 64; ++i)
        x[i / 4] |= std::uint32_t{static_cast<unsigned char>(block[i])} << (i % 4 * 8);
    auto [a, b, c, d] = state;
    for (std::size_t i = 0; i < 64; ++i) {
        std::uint32_t f = 0;
        std::size_t k = i;
        switch (i / 16) {
        case 0:
            f = (b & c) | (~b & d);
            break;
        case 1:
            f = (d & b) | (~d & c);
            k = (5 * i + 1) % 16;
            break;
        case 2:
            f = b ^ c ^ d;
            k = (3 * i + 5) % 16;
            break;
        default:
            f = c ^ (b | ~d);
            k = 7 * i % 16;
        }
        const std::uint32_t sum = a + f + x[k] + table[i];
        a = d;
        d = c;
        c = b;
        b += std::rotl(sum, shifts[i / 16 * 4 + i % 4]);
    }
    state = {state[0] + a, state[1] + b, state[2] + c, state[3] + d};
}

} // namespace

std::string md5_hex(std::string_view octets) {
    std::string padded(octets);
    padded += '\x80';
    while (padded.size() % 64 != 56)
        padded += '\0';
    const std::uint64_t bits = std::uint64_t{octets.size()} * 8;
    for (int i = 0; i < 8; ++i)
        padded += static_cast<char>(bits >> (8 * i) & 0xFF);
    State state = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476};
    for (std::size_t at = 0; at < padded.size(); at += 64)
        take_block(state, std::string_view(padded).substr(at, 64));
    std::string hex;
    for (const std::uint32_t word : state)
        for (int i = 0; i < 4; ++i) {
            const std::uint32_t octet = word >> (8 * i) & 0xFF;
            hex += "0123456789abcdef"[octet >> 4];
            hex += "0123456789abcdef"[octet & 15];
        }
    return hex;
}

} // namespace postopolis::access
