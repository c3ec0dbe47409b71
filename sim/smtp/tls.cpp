// See tls.hpp. Sizes are those of OpenSSL 3 with X25519, an ECDSA P-256 certificate and one intermediate certificate.
#include "postopolis/smtp/tls.hpp"

#include <array>

#include "smtp/require.hpp"

namespace postopolis::smtp::tls {
namespace {

constexpr std::uint32_t record_header = 5;
constexpr std::uint64_t largest_record = 16384; // RFC 8446 section 5.1
constexpr std::uint8_t change_cipher_spec = 20, handshake_type = 22, application_data = 23;

// Octets of a flight's records, without their headers.
struct Record {
    std::uint8_t type;
    std::uint32_t octets;
};
constexpr std::array hello_13{Record{handshake_type, 512}};
// ServerHello in the clear, then EncryptedExtensions, Certificate, CertificateVerify and Finished under one seal.
constexpr std::array answer_13{Record{handshake_type, 122}, Record{change_cipher_spec, 1}, Record{application_data, 2100}};
constexpr std::array finish_13{Record{change_cipher_spec, 1}, Record{application_data, 53}};
constexpr std::array hello_12{Record{handshake_type, 512}};
// ServerHello, Certificate, ServerKeyExchange, ServerHelloDone.
constexpr std::array answer_12{Record{handshake_type, 91}, Record{handshake_type, 1990}, Record{handshake_type, 115},
                               Record{handshake_type, 4}};
// ClientKeyExchange and Finished; the server's Finished.
constexpr std::array finish_12{Record{handshake_type, 37}, Record{change_cipher_spec, 1}, Record{handshake_type, 40}};
constexpr std::array agreed_12{Record{change_cipher_spec, 1}, Record{handshake_type, 40}};

template<std::size_t N>
constexpr std::uint32_t octets(const std::array<Record, N>& records) {
    std::uint32_t sum = 0;
    for (const Record& r : records) sum += record_header + r.octets;
    return sum;
}

constexpr std::array flights_13{Flight{true, octets(hello_13)}, Flight{false, octets(answer_13)},
                                Flight{true, octets(finish_13)}};
constexpr std::array flights_12{Flight{true, octets(hello_12)}, Flight{false, octets(answer_12)},
                                Flight{true, octets(finish_12)}, Flight{false, octets(agreed_12)}};

std::span<const Record> records(Version version, std::size_t flight) {
    const bool new_one = version == Version::tls13;
    switch (flight) {
    case 0:
        return hello_13; // one hello for both: the versions are an extension of it
    case 1:
        return new_one ? std::span<const Record>(answer_13) : answer_12;
    case 2:
        return new_one ? std::span<const Record>(finish_13) : finish_12;
    default:
        return agreed_12;
    }
}
static_assert(octets(hello_12) == octets(hello_13));

void number(std::string& out, std::uint64_t value, int octets) {
    while (octets-- > 0) out += static_cast<char>(value >> (8 * octets) & 0xFFU);
}

// A stand-in for keys, seals and certificates: xorshift64*.
void noise(std::string& out, std::size_t octets, std::uint64_t& seed) {
    seed |= 1U;
    for (std::size_t i = 0; i < octets; ++i) {
        seed ^= seed >> 12;
        seed ^= seed << 25;
        seed ^= seed >> 27;
        out += static_cast<char>(seed * 0x2545f4914f6cdd1dU >> 56);
    }
}

void extension(std::string& out, std::uint16_t type, std::string_view body) {
    number(out, type, 2);
    number(out, body.size(), 2);
    out += body;
}

// RFC 8446 section 4.1.2, with server_name, supported_versions, supported_groups, signature_algorithms and key_share,
// padded (RFC 7685) to 512 octets as OpenSSL does.
std::string client_hello(Version version, std::string_view host, std::uint64_t& seed) {
    std::string extensions, body;
    if (!host.empty() && host.size() <= 255) {
        std::string name;
        number(name, host.size() + 3, 2);
        number(name, 0, 1);
        number(name, host.size(), 2);
        extension(extensions, 0, name + std::string(host));
    }
    extension(extensions, 10, std::string("\0\2\0\x1d", 4));
    extension(extensions, 13, std::string("\0\2\4\3", 4));
    if (version == Version::tls13) {
        extension(extensions, 43, std::string("\4\3\4\3\3", 5));
        std::string share("\0\x24\0\x1d\0\x20", 6);
        noise(share, 32, seed);
        extension(extensions, 51, share);
    }
    number(body, 0x0303, 2);
    noise(body, 32, seed);
    number(body, 32, 1);
    noise(body, 32, seed);
    body += std::string("\0\4\x13\1\xc0\x2b", 6); // TLS_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
    body += std::string("\1\0", 2);
    const std::size_t padding = hello_13.front().octets - 4 - body.size() - 2 - extensions.size() - 4;
    extension(extensions, 21, std::string(padding, '\0'));
    number(body, extensions.size(), 2);
    std::string hello("\1", 1);
    number(hello, body.size() + extensions.size(), 3);
    return hello + body + extensions;
}

std::string server_hello(Version version, std::uint32_t octets, std::uint64_t& seed) {
    std::string body, extensions;
    number(body, 0x0303, 2);
    noise(body, 32, seed);
    number(body, 32, 1);
    noise(body, 32, seed);
    body += version == Version::tls13 ? std::string("\x13\1\0", 3) : std::string("\xc0\x2b\0", 3);
    if (version == Version::tls13) {
        extension(extensions, 43, std::string("\3\4", 2));
        std::string share("\0\x1d\0\x20", 4);
        noise(share, 32, seed);
        extension(extensions, 51, share);
    } else {
        extension(extensions, 0xff01, std::string("\0", 1)); // secure renegotiation (RFC 5746)
        extension(extensions, 23, {});                      // extended master secret (RFC 7627)
        extension(extensions, 11, std::string("\1\0", 2));
    }
    number(body, extensions.size(), 2);
    std::string hello("\2", 1);
    number(hello, body.size() + extensions.size(), 3);
    hello += body + extensions;
    require(hello.size() == octets, "a ServerHello has another size than its flight says");
    return hello;
}

} // namespace

std::string_view to_string(Version version) {
    return version == Version::tls13 ? "TLS 1.3" : "TLS 1.2";
}

std::span<const Flight> handshake(Version version) {
    if (version == Version::tls13) return flights_13;
    return flights_12;
}

void render(Version version, std::size_t flight, std::string_view host, std::uint64_t seed, std::string& out) {
    std::size_t i = 0;
    for (const Record& r : records(version, flight)) {
        number(out, r.type, 1);
        number(out, flight == 0 ? 0x0301 : 0x0303, 2); // RFC 8446 section 5.1
        number(out, r.octets, 2);
        if (r.type == change_cipher_spec)
            number(out, 1, 1);
        else if (flight == 0)
            out += client_hello(version, host, seed);
        else if (flight == 1 && i == 0)
            out += server_hello(version, r.octets, seed);
        else
            noise(out, r.octets, seed);
        ++i;
    }
}

std::uint64_t sealed_size(Version version, std::uint64_t octets) {
    // The tag; and the inner type of TLS 1.3, or the explicit nonce of TLS 1.2.
    const std::uint64_t each = record_header + 16 + (version == Version::tls13 ? 1 : 8);
    return octets + each * ((octets + largest_record - 1) / largest_record);
}

} // namespace postopolis::smtp::tls
