// Bytes of the payloads that are more than one line.
#include "nodes/payloads.hpp"

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

// Datagrams are not told as `Spoke`; a look-up is told as one event when it is over.
void DnsQueryPayload::render(std::string&) const {}
void DnsResponsePayload::render(std::string&) const {}

} // namespace postopolis::nodes
