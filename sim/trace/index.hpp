// Hash tables of 32-bit places, for things that are kept elsewhere: some six octets each.
#pragma once

#include <cstdint>
#include <cstring>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace postopolis::trace {

inline constexpr std::uint32_t kNowhere = UINT32_MAX;

/// Open addressing with linear probing. `Same` says whether the thing at a place is the one that is looked for, `Hash`
/// gives the hash of the thing at a place. Never iterated.
class PlaceTable {
public:
    template <class Same>
    std::uint32_t find(std::uint64_t hash, const Same& same) const {
        if (table_.empty()) return kNowhere;
        for (std::size_t i = slot(hash);; i = (i + 1) & (table_.size() - 1)) {
            if (table_[i] == kNowhere || same(table_[i])) return table_[i];
        }
    }
    /// What is not there yet.
    template <class Hash>
    void insert(std::uint64_t hash, std::uint32_t place, const Hash& hash_of) {
        if ((count_ + 1) * 4 > table_.size() * 3) grow(hash_of);
        put(hash, place);
        ++count_;
    }
    template <class Same, class Hash>
    void erase(std::uint64_t hash, const Same& same, const Hash& hash_of) {
        std::size_t hole = slot(hash);
        while (!same(table_[hole])) hole = (hole + 1) & (table_.size() - 1);
        // Those behind the hole move up, unless they would come to stand before where they are looked for.
        for (std::size_t i = (hole + 1) & (table_.size() - 1); table_[i] != kNowhere; i = (i + 1) & (table_.size() - 1)) {
            const std::size_t wanted = slot(hash_of(table_[i]));
            if (((i - wanted) & (table_.size() - 1)) < ((i - hole) & (table_.size() - 1))) continue;
            table_[hole] = table_[i];
            hole = i;
        }
        table_[hole] = kNowhere;
        --count_;
    }

private:
    std::size_t slot(std::uint64_t hash) const {
        // An id's node stands far above its count: both must reach the bits that are used.
        return static_cast<std::size_t>((hash ^ hash >> 35) * 0x9e3779b97f4a7c15U >> 32) & (table_.size() - 1);
    }
    void put(std::uint64_t hash, std::uint32_t place) {
        std::size_t i = slot(hash);
        while (table_[i] != kNowhere) i = (i + 1) & (table_.size() - 1);
        table_[i] = place;
    }
    template <class Hash>
    void grow(const Hash& hash_of) {
        std::vector<std::uint32_t> old(table_.empty() ? 16 : table_.size() * 2, kNowhere);
        old.swap(table_);
        for (std::uint32_t place : old)
            if (place != kNowhere) put(hash_of(place), place);
    }
    std::vector<std::uint32_t> table_;
    std::size_t count_ = 0;
};

/// Texts that are kept once. The empty text has the number 0.
class TextTable {
public:
    TextTable() { texts_.emplace_back(); }
    /// kNowhere if it is new and there are `most` already.
    std::uint32_t number(std::string_view text, std::size_t most = kNowhere) {
        if (text.empty()) return 0;
        const std::uint64_t hash = hash_of(text);
        const std::uint32_t found = index_.find(hash, [&](std::uint32_t i) { return texts_[i] == text; });
        if (found != kNowhere || texts_.size() >= most) return found;
        const auto fresh = static_cast<std::uint32_t>(texts_.size());
        texts_.emplace_back(text);
        index_.insert(hash, fresh, [&](std::uint32_t i) { return hash_of(texts_[i]); });
        return fresh;
    }
    const std::string& operator[](std::uint32_t number) const { return texts_[number]; }

private:
    static std::uint64_t hash_of(std::string_view text) {
        std::uint64_t hash = text.size();
        const auto add = [&hash](const char* at, std::size_t size) {
            std::uint64_t word = 0;
            std::memcpy(&word, at, size);
            hash = (hash ^ word) * 0x9fb21c651e98df25U;
            hash ^= hash >> 32;
        };
        if (text.size() < 8) {
            add(text.data(), text.size());
            return hash;
        }
        const char* const last = text.data() + text.size() - 8; // octets may be read twice
        for (const char* at = text.data(); at < last; at += 8) add(at, 8);
        add(last, 8);
        return hash;
    }
    std::deque<std::string> texts_;
    PlaceTable index_;
};

} // namespace postopolis::trace
