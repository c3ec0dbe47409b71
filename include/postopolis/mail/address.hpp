// Mail addresses: the Mailbox and Path of RFC 5321 section 4.1.2, as they appear in envelopes, and the
// address lists of RFC 5322 section 3.4, as they appear in header fields.
// Parsers return an error with its position and never throw. Not modelled: internationalised addresses
// (RFC 6531); an octet outside ASCII in an envelope address is an error.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace postopolis::mail {

/// One mailbox. `local` is what the local part means, without quotes; `domain` is a host name or an address
/// literal with its brackets. Only the special recipient postmaster (RFC 5321 section 4.1.1.3) has no domain.
struct Address {
    std::string local;
    std::string domain;

    /// The same mailbox: domains compare without case, local parts with case (RFC 5321 section 2.4) except
    /// postmaster's (section 4.5.1).
    bool operator==(const Address& other) const;

    /// local@domain, the local part quoted where section 4.1.2 demands it. Control characters, which no
    /// address may have, are left out, so that an address cannot break a line.
    std::string text() const;
};

/// Addresses are interned by sharing. The null reverse path is an empty pointer.
using AddressPtr = std::shared_ptr<const Address>;

std::size_t text_size(const Address& address); ///< text().size(), without building it.
void append_text(std::string& out, const Address& address);
std::string path_text(const AddressPtr& address); ///< "<local@domain>", or "<>" for the null path.

/// Agrees with operator==.
struct AddressHash {
    std::size_t operator()(const Address& address) const;
};

bool same_domain(std::string_view a, std::string_view b);
std::string to_lower_domain(std::string_view domain);
bool is_postmaster(std::string_view local);
bool is_domain_name(std::string_view text);     ///< Domain of RFC 5321 section 4.1.2, within 255 octets.
bool is_address_literal(std::string_view text); ///< "[192.0.2.1]", "[IPv6:2001:db8::1]", "[tag:content]"
bool is_ipv4_address(std::string_view text);
bool is_ipv6_address(std::string_view text);

struct AddressError {
    std::size_t position; ///< Octets from the beginning of the text that was parsed.
    std::string expected; ///< What should have stood there, such as "'@'".
};

/// A Mailbox and nothing else, with the limits of section 4.5.3.1: local part 64 octets, domain 255.
std::variant<Address, AddressError> parse_mailbox(std::string_view text);

/// A path in angle brackets and nothing else: "<>" gives an empty pointer, a source route is read and ignored
/// (appendix C), "<postmaster>" may lack a domain. At most 256 octets including the brackets.
std::variant<AddressPtr, AddressError> parse_path(std::string_view text);

struct LeadingPath {
    AddressPtr address;
    std::size_t length; ///< Octets of the text that the path took.
};
/// The path with which the text opens, as in the argument of MAIL and RCPT.
std::variant<LeadingPath, AddressError> parse_leading_path(std::string_view text);

struct HeaderAddress {
    std::string display_name; ///< Unquoted; encoded words are left as they are.
    Address address;
    bool operator==(const HeaderAddress&) const = default;
};

/// An address-list of RFC 5322 with comments, groups (their members are listed), quoted strings and the
/// obsolete forms of section 4.4. An empty text is an empty list. Unfolded or not.
std::variant<std::vector<HeaderAddress>, AddressError> parse_address_list(std::string_view text);

} // namespace postopolis::mail
