// The server's side of a TLS handshake: what it does about the client's flights.
#include <algorithm>

#include "nodes/smtp_service.hpp"

namespace postopolis::nodes {

smtp::tls::Version SmtpService::common_version(smtp::tls::Version of_client) const {
    return std::min(of_client, host_.config().tls.version);
}

std::optional<std::size_t> SmtpService::next_flight(Session& s, smtp::tls::Version version, std::size_t flight) const {
    const std::size_t next = flight + 1;
    const std::size_t count = smtp::tls::handshake(version).size();
    if (next + 1 >= count) s.sealed = version; // after it, or without one
    return next < count ? std::optional(next) : std::nullopt;
}

kernel::Task<void> SmtpService::shake_hands(Session& s, TlsPayload& flight) {
    const smtp::tls::Version version = common_version(flight.version);
    const bool hello = flight.flight == 0;
    const trace::EventId cause = flight.cause;
    const std::optional<std::size_t> next = next_flight(s, version, flight.flight);
    if (!next) co_return;
    if (hello) {
        const Duration needed = work(s, host_.config().tls.handshake);
        if (needed > Duration()) co_await s.socket.pause(needed);
    }
    auto answer = std::make_unique<TlsPayload>(version, *next, std::string(), s.socket.id());
    answer->work = std::exchange(s.worked, Duration());
    answer->waited = std::exchange(s.waited, Duration());
    answer->cause = cause;
    const std::uint64_t octets = answer->octets();
    s.socket.send(std::move(answer), octets);
}

} // namespace postopolis::nodes
