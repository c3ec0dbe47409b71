// Bytes of the payloads that are more than one line.
#include "nodes/payloads.hpp"

#include "postopolis/dns/wire.hpp"
#include "postopolis/smtp/dot_stuffing.hpp"

namespace postopolis::nodes {

void ContentPayload::render(std::string& out) const {
    smtp::DotStuffer stuffer;
    stuffer.write(message.text(), out);
    stuffer.finish(out);
}

void ChunkPayload::render(std::string& out) const {
    smtp::render(command, out);
    out += std::string_view(message.text()).substr(offset, *command.size);
}

void TlsPayload::render(std::string& out) const { smtp::tls::render(version, flight, host, seed, out); }

// What was said is not told one by one when a dialogue is played ahead.
void OutcomePayload::render(std::string&) const {}
void PopTakenPayload::render(std::string&) const {}
void PopFarewellPayload::render(std::string&) const {}

namespace {

constexpr std::uint16_t kDnsPort = 53;

/// Of whoever asks: what a host asks for itself and what its resolver asks for others is numbered apart.
std::uint16_t asking_port(std::uint32_t number, bool for_itself) {
    return static_cast<std::uint16_t>((for_itself ? 49152 : 32768) + number % 16384);
}

/// What no datagram can hold is told to be truncated (RFC 1035 section 4.1.1).
void append(std::string& out, dns::Message message) {
    constexpr std::size_t kMost = 65'507;
    std::optional<dns::Octets> octets = dns::encode(message);
    if (!octets || octets->size() > kMost) {
        message.header.truncated = true;
        message.answers = message.authority = message.additional = {};
        octets = dns::encode(message);
    }
    if (octets) out.append(octets->begin(), octets->end());
}

} // namespace

void DnsQueryPayload::render(std::string& out) const {
    dns::Message message = dns::make_query(static_cast<std::uint16_t>(number), question);
    message.header.recursion_desired = recursive;
    append(out, std::move(message));
}

std::pair<std::uint16_t, std::uint16_t> DnsQueryPayload::ports() const {
    return {asking_port(number, recursive), kDnsPort};
}

void DnsResponsePayload::render(std::string& out) const {
    dns::Message message =
        dns::make_response(static_cast<std::uint16_t>(number), question, response, !to_resolver);
    message.header.recursion_desired = !to_resolver;
    append(out, std::move(message));
}

std::pair<std::uint16_t, std::uint16_t> DnsResponsePayload::ports() const {
    return {kDnsPort, asking_port(number, !to_resolver)};
}

trace::LetterId ImapPayload::content_of() const {
    if (origins.size() != 1 || !origins.front()) return 0;
    return static_cast<const StoredOrigin&>(*origins.front()).letter;
}

} // namespace postopolis::nodes
