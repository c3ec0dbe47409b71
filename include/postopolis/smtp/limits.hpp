// The sizes RFC 5321 section 4.5.3.1 and its extensions set, in octets, CRLF included where a line is meant.
#pragma once

#include <cstddef>
#include <cstdint>

namespace postopolis::smtp::limits {

inline constexpr std::size_t command_line = 512;        // 4.5.3.1.4
inline constexpr std::size_t reply_line = 512;          // 4.5.3.1.5
inline constexpr std::size_t text_line = 1000;          // 4.5.3.1.6
inline constexpr std::uint64_t minimum_content = 65536; // 4.5.3.1.7: at least 64K octets must be taken
inline constexpr std::size_t recipients = 100;          // 4.5.3.1.8: at least 100 recipients must be buffered

// Extensions widen the lines of the commands they add parameters to: SIZE by 26 (RFC 1870 section 3),
// BODY by 17 (RFC 6152 section 2), AUTH by 500 (RFC 4954 section 3), DSN by
// 500 for each of MAIL and RCPT (RFC 3461 section 4).
inline constexpr std::size_t mail_line = command_line + 26 + 17 + 500 + 500;
inline constexpr std::size_t rcpt_line = command_line + 500;
inline constexpr std::size_t auth_line = 12288; // RFC 4954 section 4

// What a client puts up with from a server that knows no measure, before it calls the reply broken.
inline constexpr std::size_t tolerated_reply_line = 4096;
inline constexpr std::size_t tolerated_reply_lines = 128;

} // namespace postopolis::smtp::limits
