// Random streams: counter-based (Philox 4x32-10, Salmon et al., SC'11), keyed by (seed, replication, name).
//
// A stream is identified by its *name* ("mx1.example/greylist"), so adding a node or a draw disturbs no
// other stream, and two policies can be compared on common random numbers. All distributions are computed
// here: the same bits on every standard library.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "postopolis/kernel/time.hpp"

namespace postopolis::kernel {

/// Identifies a run: the same scenario with the same seed and replication gives the same bytes.
struct RunKey {
    std::uint64_t seed = 1;
    std::uint32_t replication = 0;
    bool operator==(const RunKey&) const = default;
};

/// 64-bit FNV-1a with a final mix; stable for ever, as stream names are hashed with it.
std::uint64_t hash_name(std::string_view name);

/// Mixes a number into a name's hash, for streams that are numbered within a name.
std::uint64_t hash_combine(std::uint64_t name_hash, std::uint64_t number);

class Stream {
public:
    /// The stream called `name` in the run `key`.
    Stream(RunKey key, std::string_view name) : Stream(key, hash_name(name)) {}
    Stream(RunKey key, std::uint64_t name_hash);

    std::uint64_t bits();
    /// Uniform in (0, 1]: safe to take the logarithm of. 53 random bits.
    double uniform();
    /// Uniform in 0 .. n-1 without bias (Lemire 2019); n must not be 0.
    std::uint64_t below(std::uint64_t n);
    bool chance(double probability) { return uniform() <= probability; }
    double exponential(double mean);
    /// Standard normal by Box-Muller; one call uses two uniforms and keeps nothing back.
    double normal();
    /// Number of failures before the first success, each trial succeeding with `probability` in (0, 1].
    std::uint64_t geometric(double probability);

    /// Fisher-Yates, with this stream's draws only.
    template <class T>
    void shuffle(std::span<T> items) {
        for (std::size_t i = items.size(); i > 1; --i) {
            std::size_t j = static_cast<std::size_t>(below(i));
            using std::swap;
            swap(items[i - 1], items[j]);
        }
    }

private:
    std::array<std::uint32_t, 2> key_;
    std::uint64_t name_;
    std::uint64_t block_ = 0;
    std::array<std::uint64_t, 2> buffer_{};
    int left_ = 0;
};

} // namespace postopolis::kernel
