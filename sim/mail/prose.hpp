// Generated text and attachments: a pure function of seed and size, made anew whenever it is rendered.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace postopolis::mail {

/// SplitMix64 (Steele, Lea, Flood 2014): text needs no better, and it has no state worth keeping.
class TextRandom {
public:
    explicit TextRandom(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
        z = (z ^ z >> 30U) * 0xbf58476d1ce4e5b9U;
        z = (z ^ z >> 27U) * 0x94d049bb133111ebU;
        return z ^ z >> 31U;
    }
    std::size_t below(std::size_t count) { return static_cast<std::size_t>(next() % count); }

private:
    std::uint64_t state_;
};

inline std::string_view pick(TextRandom& random, std::span<const std::string_view> words) {
    return words[random.below(words.size())];
}

inline constexpr std::size_t line_width = 72; ///< characters; those of East Asia are twice as wide

/// Appends exactly max(size, 2) octets of ASCII lines of at most 72 characters, each with CRLF. The names are
/// used as they are, if there is room for a salutation and a signature; they should be short printable ASCII.
void append_prose(std::string& out, std::uint64_t seed, std::uint64_t size, std::string_view to,
                  std::string_view from);

std::string prose_subject(std::uint64_t seed);

/// A file name for an attachment, such as "budget-draft.bin".
std::string attachment_name(std::uint64_t seed);
/// Appends `octets` random octets in base64 lines.
void append_attachment(std::string& out, std::uint64_t seed, std::uint64_t octets);

} // namespace postopolis::mail
