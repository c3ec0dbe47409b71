// The cache keeps whole answers in a list ordered by last use, with an index into it. An NXDOMAIN is kept
// under a type that no question has, as it holds for every type of its name.
#include "postopolis/dns/cache.hpp"

#include <algorithm>
#include <limits>

namespace postopolis::dns {
namespace {

constexpr Type every_type{0};
constexpr std::uint32_t longest_servfail = 300; // RFC 2308 section 7.1
constexpr std::int64_t second = 1'000'000'000;

std::uint32_t shortest_ttl(const std::vector<Record>& records) {
    std::uint32_t shortest = std::numeric_limits<std::uint32_t>::max();
    for (const Record& record : records)
        shortest = std::min(shortest, record.ttl);
    return shortest;
}

/// NXDOMAIN at the end of a CNAME chain says nothing about other types of the name that was asked for.
Question key_of(const Question& question, const Response& response) {
    const bool whole_name = response.rcode == Rcode::nxdomain && response.answers.empty();
    return whole_name ? Question{question.name, every_type} : question;
}

void count_down(std::vector<Record>& records, std::uint32_t elapsed) {
    std::erase_if(records, [elapsed](const Record& record) { return record.ttl < elapsed; });
    for (Record& record : records)
        record.ttl -= elapsed;
}

} // namespace

std::uint32_t cacheable_seconds(const Question& question, const Response& response,
                                const CacheLimits& limits) {
    if (response.rcode == Rcode::servfail) return std::min(limits.servfail_ttl, longest_servfail);
    if (response.rcode != Rcode::noerror && response.rcode != Rcode::nxdomain) return 0;
    const std::uint32_t chain = std::min(shortest_ttl(response.answers), limits.max_ttl);
    if (response.has_answer(question)) return chain;
    const Record* soa = response.soa();
    if (!soa) return 0; // RFC 2308 section 5: negative responses without SOA records SHOULD NOT be cached
    const std::uint32_t minimum = std::get<std::shared_ptr<const Soa>>(soa->data)->minimum;
    return std::min({chain, soa->ttl, minimum, limits.max_negative_ttl});
}

Cache::Entries::iterator Cache::find(const Question& question, std::int64_t now_ns) {
    const auto found = index_.find(question);
    if (found == index_.end()) return entries_.end();
    const Entries::iterator entry = found->second;
    if (now_ns < entry->expires_ns) return entry;
    index_.erase(found);
    entries_.erase(entry);
    return entries_.end();
}

void Cache::erase(const Question& question) {
    const auto found = index_.find(question);
    if (found == index_.end()) return;
    entries_.erase(found->second);
    index_.erase(found);
}

Cache::Entries::iterator Cache::look(const Question& question, std::int64_t now_ns) {
    Entries::iterator entry = find(question, now_ns);
    if (entry == entries_.end()) entry = find({question.name, every_type}, now_ns);
    if (entry == entries_.end()) {
        ++counts_.misses;
        return entry;
    }
    ++counts_.hits;
    entries_.splice(entries_.begin(), entries_, entry);
    return entry;
}

std::shared_ptr<const Response> Cache::get_shared(const Question& question, std::int64_t now_ns) {
    const Entries::iterator entry = look(question, now_ns);
    return entry == entries_.end() ? nullptr : entry->response;
}

std::optional<Response> Cache::get(const Question& question, std::int64_t now_ns) {
    const Entries::iterator entry = look(question, now_ns);
    if (entry == entries_.end()) return std::nullopt;
    Response response = *entry->response;
    // Less than 2^32 seconds: the entry would have expired.
    const auto elapsed = static_cast<std::uint32_t>((now_ns - entry->stored_ns) / second);
    count_down(response.answers, elapsed);
    count_down(response.authority, elapsed);
    count_down(response.additional, elapsed);
    return response;
}

std::uint32_t Cache::put(const Question& question, const Response& response, std::int64_t now_ns) {
    const std::uint32_t seconds = cacheable_seconds(question, response, limits_);
    if (seconds == 0 || limits_.entries == 0) return 0;
    const Question key = key_of(question, response);
    erase(key);
    erase(key.type == every_type ? question : Question{question.name, every_type});
    // What nobody asks for again does not stay for ever: hosts are many, and most of what they look up is asked for once.
    while (!entries_.empty() && entries_.back().expires_ns <= now_ns) {
        index_.erase(entries_.back().question);
        entries_.pop_back();
    }
    if (entries_.size() >= limits_.entries) {
        index_.erase(entries_.back().question);
        entries_.pop_back();
        ++counts_.evictions;
    }
    Response kept = response;
    kept.authoritative = false; // RFC 1034 section 4.3.1: what comes from a cache is not
    for (auto* section : {&kept.answers, &kept.authority, &kept.additional}) {
        for (Record& record : *section)
            record.ttl = std::min(record.ttl, limits_.max_ttl);
    }
    // RFC 2308 section 5: the SOA goes on in answers from the cache, with what is left of the negative TTL.
    if (!kept.has_answer(question)) {
        for (Record& record : kept.authority)
            record.ttl = std::min(record.ttl, seconds);
    }
    entries_.push_front({key, std::make_shared<const Response>(std::move(kept)), now_ns,
                         now_ns + std::int64_t{seconds} * second});
    index_.emplace(key, entries_.begin());
    return seconds;
}

void Cache::clear() {
    entries_.clear();
    index_.clear();
}

} // namespace postopolis::dns
