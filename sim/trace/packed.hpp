// Numbers in as few octets as they need, and a place where such records are kept for good.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "postopolis/kernel/check.hpp"
#include "postopolis/trace/account.hpp"

namespace postopolis::trace {

/// Signed numbers that are small either way, as small unsigned ones.
constexpr std::uint64_t zigzag(std::int64_t x) {
    return (static_cast<std::uint64_t>(x) << 1) ^ static_cast<std::uint64_t>(x >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t x) {
    return static_cast<std::int64_t>(x >> 1) ^ -static_cast<std::int64_t>(x & 1);
}

/// Seven bits an octet, the last octet of a number without the eighth (LEB128). At most kMost octets in all.
class PackWriter {
public:
    static constexpr std::size_t kMost = 640; ///< three accounts of which nothing is zero, and some
    void put(std::uint64_t x) {
        for (; x >= 0x80; x >>= 7) octets_[size_++] = static_cast<std::uint8_t>(x | 0x80);
        octets_[size_++] = static_cast<std::uint8_t>(x);
    }
    void put(Duration d) { put(zigzag(d.count())); }
    /// Which causes took time, and how much: what is zero takes no room.
    void put(const Account& account) {
        std::uint64_t present = 0;
        for (std::size_t i = 0; i < kCauses; ++i)
            if (account.spent(static_cast<Cause>(i)) != Duration()) present |= std::uint64_t{1} << i;
        put(present);
        for (std::size_t i = 0; i < kCauses; ++i)
            if ((present >> i & 1) != 0) put(account.spent(static_cast<Cause>(i)));
    }
    std::string_view octets() const { return {reinterpret_cast<const char*>(octets_.data()), size_}; }

private:
    std::array<std::uint8_t, kMost> octets_;
    std::size_t size_ = 0;
};

class PackReader {
public:
    explicit PackReader(const std::uint8_t* at) : at_(at) {}
    std::uint64_t number() {
        std::uint64_t x = 0;
        for (unsigned shift = 0;; shift += 7) {
            const std::uint8_t octet = *at_++;
            x |= std::uint64_t{octet & 0x7fU} << shift;
            if (octet < 0x80) return x;
        }
    }
    Duration duration() { return Duration::nanoseconds(unzigzag(number())); }
    /// Adds an account, `sign` times each cause, to another; gives its total.
    Duration add_to(Account& account, std::int64_t sign) {
        Duration total;
        std::uint64_t present = number();
        for (std::size_t i = 0; present != 0; ++i, present >>= 1) {
            if ((present & 1) == 0) continue;
            const Duration spent = duration();
            account.add(static_cast<Cause>(i), spent * sign);
            total += spent;
        }
        return total;
    }
    std::string_view text(std::size_t size) {
        const std::string_view view(reinterpret_cast<const char*>(at_), size);
        at_ += size;
        return view;
    }

private:
    const std::uint8_t* at_;
};

/// Records of octets, found again by a number. They are not changed, and go when the store goes.
class ByteStore {
public:
    std::uint32_t add(std::string_view first, std::string_view second = {}) {
        const std::size_t size = first.size() + second.size();
        if (chunks_.empty() || used_ + size > kChunk) {
            chunks_.push_back(std::make_unique<std::uint8_t[]>(size > kChunk ? size : kChunk));
            used_ = 0;
        }
        std::uint8_t* const at = chunks_.back().get() + used_;
        if (!first.empty()) std::memcpy(at, first.data(), first.size());
        if (!second.empty()) std::memcpy(at + first.size(), second.data(), second.size());
        const std::size_t place = ((chunks_.size() - 1) * kChunk + used_) / kUnit;
        kernel::check(place < kMostPlaces, "the ledgers are full: 8 GB of settled copies");
        used_ = (used_ + size + kUnit - 1) / kUnit * kUnit;
        return static_cast<std::uint32_t>(place);
    }
    PackReader at(std::uint32_t place) const {
        const std::size_t octet = std::size_t{place} * kUnit;
        return PackReader(chunks_[octet / kChunk].get() + octet % kChunk);
    }

    static constexpr std::uint32_t kMostPlaces = std::uint32_t{1} << 31;

private:
    static constexpr std::size_t kUnit = 4;
    static constexpr std::size_t kChunk = 1 << 16;
    std::vector<std::unique_ptr<std::uint8_t[]>> chunks_;
    std::size_t used_ = 0;
};

} // namespace postopolis::trace
