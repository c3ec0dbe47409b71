// What can happen in a town, as plain structs in one closed variant.
//
// Model code tells it once; everything else listens. An event is valid only while it is being told: its views
// and spans point into the model. Every event has the virtual time, the node that tells it, an id, and the id of
// the event that led to it. Ids are numbered per node, so that they do not depend on how a run is computed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <variant>

#include "postopolis/kernel/event_queue.hpp"
#include "postopolis/mail/address.hpp"
#include "postopolis/mail/message.hpp"
#include "postopolis/trace/account.hpp"
#include "postopolis/trace/packets.hpp"

namespace postopolis::trace {

using kernel::NodeId;

/// Numbers that a node gives out: node << 38 | the node's own count. 0 is "none": counts start at 1.
using EventId = std::uint64_t;
using LetterId = std::uint64_t;     ///< a message as it was composed, with all its recipients
using CopyId = std::uint64_t;       ///< one recipient's copy of a letter: what the ledgers count

constexpr NodeId node_of(std::uint64_t id) { return static_cast<NodeId>(id >> kernel::kSequenceBits); }
constexpr std::uint64_t count_of(std::uint64_t id) {
    return id & ((std::uint64_t{1} << kernel::kSequenceBits) - 1);
}
constexpr std::uint64_t make_id(NodeId node, std::uint64_t count) {
    return (std::uint64_t{node} << kernel::kSequenceBits) | count;
}

enum class Fate : std::uint8_t { in_transit, delivered, junk, bounced, rejected, discarded, lost, expanded };
inline constexpr std::size_t kFates = 8;
std::string_view name(Fate fate); ///< "in transit", "delivered", ...

enum class LetterKind : std::uint8_t { letter, reply, bounce, warning, confirmation };
inline constexpr std::size_t kLetterKinds = 5;
/// Written by the mail system about another letter, not by a person.
constexpr bool is_report(LetterKind kind) { return kind >= LetterKind::bounce; }
std::string_view name(LetterKind kind);

enum class RecipientKind : std::uint8_t { to, cc, bcc };

/// An address of the model's, seen while an event is told; none for the null reverse path.
class AddressView {
public:
    AddressView() = default;
    AddressView(std::nullptr_t) {}
    AddressView(const mail::AddressPtr& address) : address_(&address) {}
    AddressView(mail::AddressPtr&&) = delete; ///< nobody would own it
    explicit operator bool() const { return address_ != nullptr && *address_ != nullptr; }
    const mail::Address* operator->() const { return address_->get(); }
    const mail::Address& operator*() const { return **address_; }
    mail::AddressPtr share() const { return address_ != nullptr ? *address_ : mail::AddressPtr(); }

private:
    const mail::AddressPtr* address_ = nullptr;
};

/// A remote or local refusal: an SMTP reply, or what a client says when there was none.
struct Reason {
    std::uint16_t code = 0;      ///< SMTP reply code; 0 where no reply was had
    std::string_view enhanced;   ///< RFC 3463, such as "5.1.1"
    std::string_view text;       ///< in words
};

/// The author pressed "send": the copies come into being and the clocks of both ledgers start.
struct Composed {
    static constexpr std::string_view kName = "Composed";
    LetterId letter = 0;
    LetterKind kind = LetterKind::letter;
    LetterId about = 0;                ///< the letter that this one answers or reports on
    AddressView sender;                ///< reverse path; empty for a report
    std::string_view subject;
    std::string_view message_id;
    std::uint64_t size = 0;            ///< octets
    std::span<const mail::AddressPtr> recipients;
    std::span<const RecipientKind> kinds;
    std::span<const CopyId> copies;    ///< one per recipient, same order
    const mail::Message* message = nullptr;
};

/// Copies went through a stage: the time since the last stage's end, split by cause.
/// The stages of a copy join without a gap from `Composed` to its last one.
struct Passed {
    static constexpr std::string_view kName = "Passed";
    enum class Stage : std::uint8_t { submission, waiting, transfer, filing, pickup };
    Stage stage = Stage::submission;
    std::span<const CopyId> copies;
    Time begin;
    Account spent;                 ///< its total is the event's time minus `begin`
    std::string_view from, to;     ///< names of the hosts (or the person) at either end
};
std::string_view name(Passed::Stage stage);

/// A host took responsibility for copies with its 250 (RFC 5321 4.2.5), or created a report.
struct Accepted {
    static constexpr std::string_view kName = "Accepted";
    LetterId letter = 0;
    std::span<const CopyId> copies;
    std::string_view host;
    std::string_view queue_id;
    std::string_view from_host;
    ConnectionId connection = 0;
    int hops = 0;                  ///< Received fields, this host's included
    mail::Protocol with = mail::Protocol::unsaid; ///< how it came: ESMTPS where TLS was used; not part of the fingerprint
};

/// A try failed for now; the next one is planned.
struct Deferred {
    static constexpr std::string_view kName = "Deferred";
    LetterId letter = 0;
    std::span<const CopyId> copies;
    std::string_view host;
    std::string_view remote;       ///< who refused or did not answer; a domain where DNS failed
    Reason reason;
    Cause backoff = Cause::backoff_refused;
    Time next_try;
    int attempts = 0;
};

/// The MDA filed a copy in the recipient's mailbox. Fate: delivered, or junk.
struct Delivered {
    static constexpr std::string_view kName = "Delivered";
    LetterId letter = 0;
    CopyId copy = 0;
    bool junk = false;
    std::string_view host;
    std::string_view mailbox;
    const mail::Message* message = nullptr;
};

/// The reader's MUA fetched a copy: it is in the reader's hands.
struct Fetched {
    static constexpr std::string_view kName = "Fetched";
    LetterId letter = 0;
    CopyId copy = 0;
    std::string_view mailbox;
    bool left_on_server = false;
};

/// A host gave up and sent the sender a report (RFC 3464). Fate: bounced.
struct Bounced {
    static constexpr std::string_view kName = "Bounced";
    LetterId letter = 0;
    std::span<const CopyId> copies;
    std::string_view host;
    Reason reason;
    LetterId report = 0;
};

/// A host told the sender that mail is late (RFC 3464, action "delayed").
struct Warned {
    static constexpr std::string_view kName = "Warned";
    LetterId letter = 0;
    std::span<const CopyId> copies;
    std::string_view host;
    LetterId report = 0;
};

/// The author was told at submission that a copy cannot be sent. Fate: rejected.
struct Rejected {
    static constexpr std::string_view kName = "Rejected";
    LetterId letter = 0;
    std::span<const CopyId> copies;
    std::string_view by;
    Reason reason;
};

/// Dropped on purpose. Fate: discarded.
struct Discarded {
    static constexpr std::string_view kName = "Discarded";
    LetterId letter = 0;
    std::span<const CopyId> copies;
    std::string_view by, why;
};

/// Gone with nobody told. Fate: lost.
struct Lost {
    static constexpr std::string_view kName = "Lost";
    LetterId letter = 0;
    std::span<const CopyId> copies;
    std::string_view by, why;
};

/// A copy became others (alias, list, forward). Fate: expanded.
struct Expanded {
    static constexpr std::string_view kName = "Expanded";
    LetterId letter = 0;
    CopyId copy = 0;
    std::string_view by;
    std::span<const CopyId> into;
    std::span<const mail::AddressPtr> recipients;
};

/// A client does not know whether its peer took the copies (RFC 1047): it will go on with them under new ids.
/// Where the peer has, the letter is a duplicate from here on; where it has not, the copy only changes its id.
struct Doubted {
    static constexpr std::string_view kName = "Doubted";
    LetterId letter = 0;
    std::span<const CopyId> copies;
    std::span<const CopyId> renamed;
    Time begin;                    ///< when the client's stage with them began: it goes on from there
    std::string_view host, remote;
};

struct Connected {
    static constexpr std::string_view kName = "Connected";
    ConnectionId connection = 0;
    std::string_view client, server;
    std::uint32_t client_address = 0, server_address = 0; ///< IPv4, host byte order
    std::uint16_t client_port = 0, server_port = 0;
    Duration took;
};

struct ConnectFailed {
    static constexpr std::string_view kName = "ConnectFailed";
    ConnectionId connection = 0;
    std::string_view client, server;
    std::uint16_t server_port = 0;
    std::string_view why; ///< "timed out", "refused", "unreachable"
    Duration took;
};

struct Disconnected {
    static constexpr std::string_view kName = "Disconnected";
    ConnectionId connection = 0;
    std::string_view how; ///< "closed", or "aborted" when the client let go of it without a farewell
};

/// Bytes of a dialogue, as they arrived. Told only when somebody listens, never part of the fingerprint.
struct Spoke {
    static constexpr std::string_view kName = "Spoke";
    ConnectionId connection = 0;
    bool by_client = false;
    std::string_view from, to;
    Time sent;
    std::string_view bytes; ///< with CRLF; message data is dot-stuffed
    bool data = false;      ///< message content, not a command or a reply
    LetterId letter = 0;    ///< of message content, where known
};

/// A DNS question was answered to the host that asked.
struct LookedUp {
    static constexpr std::string_view kName = "LookedUp";
    std::string_view host, resolver;
    std::string_view question, type;
    std::string_view result; ///< "NOERROR", "NXDOMAIN", "SERVFAIL", "timeout", "NODATA"
    bool from_cache = false;
    Duration took;
};

struct HostWentDown {
    static constexpr std::string_view kName = "HostWentDown";
    std::string_view host;
    bool queue_lost = false;
};
struct HostCameUp {
    static constexpr std::string_view kName = "HostCameUp";
    std::string_view host;
};

using What = std::variant<Composed, Passed, Accepted, Deferred, Delivered, Fetched, Bounced, Warned, Rejected,
                          Discarded, Lost, Expanded, Doubted, Connected, ConnectFailed, Disconnected, Spoke,
                          LookedUp, HostWentDown, HostCameUp,
                          Transmitted, SentDatagram>;
static_assert(std::is_trivially_copyable_v<What>, "events are told often, and all that they name stays where it is");

struct Event {
    Time time;
    NodeId node = 0;
    EventId id = 0;    ///< 0 for Spoke and packets, which are told only when somebody listens
    EventId cause = 0; ///< the event that led to this one
    What what;
};

/// The name of the kind: "Composed", "Deferred", ...
std::string_view kind_name(const What& what);

template <class T, std::size_t I = 0>
constexpr std::size_t kind_index() {
    static_assert(I < std::variant_size_v<What>, "not a kind of event");
    if constexpr (std::is_same_v<std::variant_alternative_t<I, What>, T>)
        return I;
    else
        return kind_index<T, I + 1>();
}

} // namespace postopolis::trace
