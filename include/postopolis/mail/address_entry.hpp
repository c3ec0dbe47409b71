// What an address field of a header says, with its groups (RFC 5322 section 3.4, as RFC 6854 and 6532 extend it).
// parse_address_list() of address.hpp gives the same mailboxes in one row.
#pragma once

#include "postopolis/mail/address.hpp"

namespace postopolis::mail {

/// A mailbox, or a group of any number of them.
struct AddressEntry {
    bool is_group = false;
    std::string group;                    ///< Its name, unquoted; encoded words are left as they are.
    std::vector<HeaderAddress> mailboxes; ///< One, unless it is a group.
    bool operator==(const AddressEntry&) const = default;
};

/// Reads any address-list, obsolete forms included. What it refuses it names with the octet at which it stopped and
/// what should have stood there. An empty text, or one of commas and comments alone, is an empty list.
std::variant<std::vector<AddressEntry>, AddressError> parse_address_entries(std::string_view text);

/// As such a list is written, unfolded; it reads back as the same. Control characters, which none of it may have, are
/// left out.
std::string text(const std::vector<AddressEntry>& list);

} // namespace postopolis::mail
