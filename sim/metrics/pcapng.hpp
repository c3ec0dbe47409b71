// A capture file as Wireshark reads it: pcapng (draft-ietf-opsawg-pcapng), with nanoseconds.
//
// One section, one interface. Little-endian on every machine, so that the same run gives the same bytes.
#pragma once

#include <cstdint>
#include <string_view>

#include "metrics/packet.hpp"
#include "postopolis/metrics/output_file.hpp"

namespace postopolis::metrics {

/// The beginning of the file: what made it, and where it was captured.
void append_capture_head(std::string& out, std::string_view interface, std::string_view description);
/// An Ethernet frame, whole.
void append_frame(std::string& out, std::int64_t unix_nanoseconds, std::string_view frame);
/// What an address is called, for readers that resolve names.
void append_host_name(std::string& out, const IpAddress& address, std::string_view name);

} // namespace postopolis::metrics
