// MD5 (RFC 1321), which APOP is made of (RFC 1939 section 7). Protects nothing today; it is what the protocol
// says.
#pragma once

#include <string>
#include <string_view>

namespace postopolis::access {

/// 32 hexadecimal digits in lower case.
std::string md5_hex(std::string_view octets);

} // namespace postopolis::access
