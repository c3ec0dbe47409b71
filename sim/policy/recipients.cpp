// Grouping by domain: the open group of each domain is found by name, the order is that of appearance.
#include "postopolis/policy/recipients.hpp"

#include <unordered_map>

#include "policy/text.hpp"

namespace postopolis::policy {
namespace {

class Splitter {
public:
    explicit Splitter(std::size_t limit) : limit_(limit) {}

    void add(std::string_view domain, std::size_t index) {
        std::string lower = lower_case(domain);
        const auto [entry, fresh] = first_of_.try_emplace(lower, by_domain_.size());
        if (fresh) by_domain_.push_back({std::move(lower), {}});
        by_domain_[entry->second].index.push_back(static_cast<std::uint32_t>(index));
    }

    std::vector<RecipientGroup> chunks() {
        std::vector<RecipientGroup> groups;
        for (RecipientGroup& all : by_domain_) {
            if (limit_ == 0 || all.index.size() <= limit_) {
                groups.push_back(std::move(all));
                continue;
            }
            const std::span<const std::uint32_t> index = all.index;
            for (std::size_t at = 0; at < index.size(); at += limit_) {
                const auto part = index.subspan(at, std::min(limit_, index.size() - at));
                groups.push_back({all.domain, {part.begin(), part.end()}});
            }
        }
        return groups;
    }

private:
    std::size_t limit_;
    std::vector<RecipientGroup> by_domain_;
    std::unordered_map<std::string, std::size_t> first_of_; // never iterated
};

} // namespace

std::vector<RecipientGroup> split_recipients(std::span<const std::string_view> domains, std::size_t limit) {
    Splitter splitter(limit);
    for (std::size_t i = 0; i < domains.size(); ++i)
        splitter.add(domains[i], i);
    return splitter.chunks();
}

std::vector<RecipientGroup> split_recipients(std::span<const mail::Address> recipients, std::size_t limit) {
    Splitter splitter(limit);
    for (std::size_t i = 0; i < recipients.size(); ++i)
        splitter.add(recipients[i].domain, i);
    return splitter.chunks();
}

} // namespace postopolis::policy
