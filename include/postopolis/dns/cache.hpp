// A resolver's cache: RFC 1034 section 5.3.3 for what is there, RFC 2308 for what is not.
//
// Promises: an answer lives for the smallest TTL among its records, and TTLs count down in what get() gives;
// a negative answer lives for min(SOA minimum, SOA TTL) (RFC 2308 section 5) and is not kept without an SOA;
// the size is bounded and the least recently used entry goes first. Deterministic: time comes from the caller
// and must not run backwards. Not modelled: ranking of data (RFC 2181 section 5.4.1): only whole answers to
// questions are kept, never records taken from an additional section; prefetching; serving stale answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <unordered_map>

#include "postopolis/dns/message.hpp"

namespace postopolis::dns {

struct CacheLimits {
    std::size_t entries = 100'000;
    std::uint32_t max_ttl = 604'800; // RFC 1035 section 7.3 / RFC 2181 section 8: a week is a sane cap
    std::uint32_t max_negative_ttl = 10'800; // RFC 2308 section 5: one to three hours work well
    std::uint32_t servfail_ttl = 0; // RFC 2308 section 7.1: at most five minutes; more is cut to that
};

struct CacheCounts {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0; // look-ups without an answer, expired ones included
    std::uint64_t evictions = 0;
    bool operator==(const CacheCounts&) const = default;
};

class Cache {
public:
    explicit Cache(CacheLimits limits = {}) : limits_(limits) {}
    Cache(const Cache&) = delete;
    Cache& operator=(const Cache&) = delete;
    Cache(Cache&&) = default;
    Cache& operator=(Cache&&) = default;

    /// The cached answer with what is left of its TTLs, or nothing. NXDOMAIN answers for every type
    /// (RFC 2308 section 5). `now_ns`: nanoseconds on any clock that put() was given too.
    std::optional<Response> get(const Question& question, std::int64_t now_ns);
    /// The same for a host's own use, with the TTLs as they were when it was stored; null for nothing.
    std::shared_ptr<const Response> get_shared(const Question& question, std::int64_t now_ns);

    /// Keeps `response` if it may be kept. Tells for how many seconds (0: not kept).
    std::uint32_t put(const Question& question, const Response& response, std::int64_t now_ns);

    /// As if nothing had ever been asked: a restarted resolver.
    void clear();

    std::size_t size() const { return entries_.size(); }
    const CacheCounts& counts() const { return counts_; }

private:
    struct Entry {
        Question question;
        std::shared_ptr<const Response> response;
        std::int64_t stored_ns = 0;
        std::int64_t expires_ns = 0;
    };
    using Entries = std::list<Entry>; // front: used last

    Entries::iterator find(const Question& question, std::int64_t now_ns);
    Entries::iterator look(const Question& question, std::int64_t now_ns);
    void erase(const Question& question);

    CacheLimits limits_;
    CacheCounts counts_;
    Entries entries_;
    std::unordered_map<Question, Entries::iterator> index_;
};

/// For how many seconds an answer may be kept under `limits`; 0 for not at all.
std::uint32_t cacheable_seconds(const Question& question, const Response& response,
                                const CacheLimits& limits);

} // namespace postopolis::dns
