// The DNS message format: RFC 1035 section 4.
//
// Promises: encode() compresses every name that section 4.1.4 allows; decode() survives any octets: it reads
// nothing outside the message, follows compression pointers only backwards (so that they cannot loop) and
// keeps within the limits for names. Fails: decode() gives nothing and says what and at which octet.
// Not modelled: EDNS (OPT records are skipped), classes other than IN (refused), truncation; types not listed
// in record.hpp are carried as opaque octets.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "postopolis/dns/message.hpp"

namespace postopolis::dns {

struct Header {
    std::uint16_t id = 0;
    bool response = false;
    std::uint8_t opcode = 0; // 0..15; 0 is a standard query
    bool authoritative = false;
    bool truncated = false;
    bool recursion_desired = false;
    bool recursion_available = false;
    Rcode rcode = Rcode::noerror;
    bool operator==(const Header&) const = default;
};

struct Message {
    Header header;
    std::vector<Question> questions;
    std::vector<Record> answers;
    std::vector<Record> authority;
    std::vector<Record> additional;
    bool operator==(const Message&) const = default;
};

struct DecodeError {
    std::size_t position = 0;
    std::string_view what;
};

Message make_query(std::uint16_t id, const Question& question);
Message make_response(std::uint16_t id, const Question& question, const Response& response,
                      bool recursion_available = false);
/// What the sections of a decoded answer mean to a resolver; the header's flags and question are dropped.
Response to_response(Message message);

/// Nothing only if the message breaks a limit of the format: more than 65535 octets (RFC 1035 section 4.2.2),
/// or data of another kind than its type (see fits()).
std::optional<Octets> encode(const Message& message);
std::optional<Message> decode(std::span<const std::uint8_t> octets, DecodeError* error = nullptr);

} // namespace postopolis::dns
