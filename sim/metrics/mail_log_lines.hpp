// Lines of a mail log as Postfix writes them: https://www.postfix.org/, syslog with traditional time stamps
// (RFC 3164).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "postopolis/kernel/time.hpp"

namespace postopolis::metrics {

/// "Jan  5 08:00:00 HOST postfix/DAEMON[PID]: "
void append_log_head(std::string& out, std::int64_t unix_seconds, std::string_view host,
                     std::string_view daemon, std::uint64_t pid);
/// What comes from outside, on one line and without control characters, as Postfix's printable() has it.
void append_log_text(std::string& out, std::string_view text);
/// Seconds with two digits that mean something: "0.05", "1.2", "12", "0".
void append_log_delay(std::string& out, kernel::Duration d);

/// Where the time of a delivery went: before the active queue, in it, setting the connection up,
/// transmitting.
using LogDelays = std::array<kernel::Duration, 4>;
/// "delay=1.3, delays=0.01/0/1/0.3"
void append_log_delays(std::string& out, const LogDelays& delays);

} // namespace postopolis::metrics
