// The Sender Rewriting Scheme (M. Wong, "Sender Rewriting Scheme", 2003; the form that postsrsd writes): an envelope
// sender of the forwarder's own domain that leads back to the author's, with a hash that strangers cannot make.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "postopolis/mail/address.hpp"

namespace postopolis::nodes {

/// "SRS0=HHHH=TT=a.example=alice@forwarder" for alice@a.example; for what another forwarder has rewritten already, SRS1,
/// which leads to that one. `day` counts days since 1970, of which the last 1024 are told apart.
mail::Address srs_forward(const mail::Address& sender, std::string_view forwarder, std::int64_t day);

/// Where mail to such an address goes; nothing if its hash is wrong or it is older than 21 days.
std::optional<mail::Address> srs_back(const mail::Address& address, std::int64_t day);

bool is_srs(std::string_view local_part);

} // namespace postopolis::nodes
