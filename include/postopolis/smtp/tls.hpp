// TLS as SMTP meets it (RFC 3207, RFC 8314): who has to wait for whom, and how many octets go over the wire. What is
// said inside stays readable to the simulator: nothing is encrypted, and certificates are opaque octets.
//
// Not modelled: session resumption, client certificates, early data, renegotiation.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace postopolis::smtp::tls {

enum class Version : std::uint8_t { tls12, tls13 };
std::string_view to_string(Version version); // "TLS 1.3"

// What a client wants of TLS. RFC 7435 calls the second one opportunistic: what the server offers is taken, and nothing
// is asked of it.
enum class Policy : std::uint8_t { off, opportunistic, required };

// What one side sends before it has to wait for the other.
struct Flight {
    bool by_client = false;
    std::uint32_t octets = 0; // of its records
};
// From the client's first to the last one, in turns. TLS 1.3 (RFC 8446 section 2) takes one round trip, and the client's
// last flight is answered by nobody: what it wants to say may follow at once. TLS 1.2 (RFC 5246 section 7.3) takes two.
std::span<const Flight> handshake(Version version);

// The records of a flight, as their headers and lengths are; what they hold is drawn from `seed`.
// `host` is the name that the client asks for (RFC 6066 section 3).
void render(Version version, std::size_t flight, std::string_view host, std::uint64_t seed, std::string& out);

// What `octets` of data take on the wire: in records of at most 2^14 octets, each with its header and the tag of
// AES-128-GCM (RFC 8446 section 5.2; RFC 5288 section 3).
std::uint64_t sealed_size(Version version, std::uint64_t octets);

} // namespace postopolis::smtp::tls
