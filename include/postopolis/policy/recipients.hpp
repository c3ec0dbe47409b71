// One copy per destination domain: which recipients share a transaction.
//
// Promises: groups in the order in which their domain first appears, recipients in their order, and no more
// than `limit` in one group (RFC 5321 section 4.5.3.1.8: a server takes at least 100). Domains are compared
// without case (RFC 5321 section 2.4). Cannot fail.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "postopolis/mail/address.hpp"

namespace postopolis::policy {

struct RecipientGroup {
    std::string domain;               // lower case
    std::vector<std::uint32_t> index; // into what was given
    bool operator==(const RecipientGroup&) const = default;
};

/// `domains`: the domain of each recipient. A `limit` of 0 means no limit.
std::vector<RecipientGroup> split_recipients(std::span<const std::string_view> domains, std::size_t limit);
std::vector<RecipientGroup> split_recipients(std::span<const mail::Address> recipients, std::size_t limit);

} // namespace postopolis::policy
