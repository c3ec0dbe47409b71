// MD5 (RFC 1321) and HMAC-MD5 (RFC 2104): for the challenges of old protocols (CRAM-MD5, APOP), and for nothing else.
#pragma once

#include <string>
#include <string_view>

namespace postopolis::smtp {

std::string md5(std::string_view octets);                              // 32 hexadecimal digits, lower case
std::string hmac_md5(std::string_view key, std::string_view octets);   // likewise

} // namespace postopolis::smtp
