// JSON text in a block of memory that is reused: what a trace of hundreds of thousands of events a second is
// made in.
//
// Everything is appended. Each member of this class makes room once for the most that it may write, and then
// writes without looking. Texts of printable ASCII, as almost all are, are copied whole.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "metrics/text.hpp"
#include "postopolis/kernel/time.hpp"

namespace postopolis::metrics {

class JsonBlock {
public:
    explicit JsonBlock(std::size_t octets)
        : memory_(std::make_unique_for_overwrite<char[]>(octets)), at_(memory_.get()), end_(at_ + octets) {}

    std::string_view text() const { return {memory_.get(), size()}; }
    std::size_t size() const { return static_cast<std::size_t>(at_ - memory_.get()); }
    void clear() { at_ = memory_.get(); }

    /// As it is.
    void raw(char c) {
        room(1);
        *at_++ = c;
    }
    void raw(std::string_view text) {
        room(text.size());
        copy(text);
    }
    /// `,"name":`
    void member(std::string_view name) {
        room(name.size() + 4);
        copy(",\"");
        copy(name);
        copy("\":");
    }
    template<class Integer>
    void integer(Integer value) {
        room(kDigits);
        at_ = std::to_chars(at_, end_, value).ptr;
    }
    /// As append_json_string() has it.
    void string(std::string_view text) {
        unsigned special = 0;
        for (const char c : text) { // no way out of the loop, so that it is done many octets at a time
            const auto octet = static_cast<unsigned char>(c);
            special |= static_cast<unsigned>(octet < 0x20) | static_cast<unsigned>(octet > 0x7e) |
                       static_cast<unsigned>(octet == '"') | static_cast<unsigned>(octet == '\\');
        }
        if (special != 0) return escaped(text);
        room(text.size() + 2);
        *at_++ = '"';
        copy(text);
        *at_++ = '"';
    }

private:
    static constexpr std::size_t kDigits = 24; ///< of any integer, with its sign

    void copy(std::string_view text) { at_ = std::copy(text.begin(), text.end(), at_); }
    void escaped(std::string_view text) {
        scratch_.clear();
        append_json_string(scratch_, text);
        raw(scratch_);
    }
    void room(std::size_t octets) {
        if (static_cast<std::size_t>(end_ - at_) < octets) grow(octets);
    }
    void grow(std::size_t octets) {
        const std::size_t used = size();
        const std::size_t capacity = 2 * std::max(static_cast<std::size_t>(end_ - memory_.get()), octets);
        auto larger = std::make_unique_for_overwrite<char[]>(capacity);
        std::copy_n(memory_.get(), used, larger.get());
        memory_ = std::move(larger);
        at_ = memory_.get() + used;
        end_ = memory_.get() + capacity;
    }

    std::unique_ptr<char[]> memory_;
    char* at_;
    char* end_;
    std::string scratch_; ///< for texts that need escapes
};

} // namespace postopolis::metrics
