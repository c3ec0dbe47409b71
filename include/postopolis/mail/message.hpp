// A message in transit: immutable content that many copies share, and the trace fields which hops prepended.
// Nothing is rendered until somebody looks; sizes and hop counts are known without rendering.
#pragma once

#include "postopolis/mail/address.hpp"
#include "postopolis/mail/date.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace postopolis::mail {

using SharedText = std::shared_ptr<const std::string>;

/// What a reply quotes of the letter it answers. Holds no other content, so long threads hold no long chains.
struct Quote {
    std::string author; ///< Display name or address, as in "Alice wrote:".
    Date date;
    SharedText text; ///< UTF-8 with LF or CRLF; if empty, the text generated from the seed.
    std::uint64_t seed = 0;
    std::uint64_t body_size = 0;
    std::string salutation_name; ///< Whom the generated text greets,
    std::string signature_name;  ///< and who signs it.
};

/// What an author or a system wrote: header and body. Made by compose(), compose_report() or
/// content_from_bytes(). Immutable, so it may be shared between threads.
class Content {
public:
    virtual ~Content();
    /// Octets of what render() appends, exactly, and cheap.
    virtual std::uint64_t size() const = 0;
    /// Appends the whole message: header, empty line, body, CRLF line ends, the last one included.
    virtual void render(std::string& out) const = 0;
    /// Appends the header fields without the empty line.
    virtual void render_headers(std::string& out) const;
    virtual std::string message_id() const;      ///< Without angle brackets; empty if there is none.
    virtual std::string subject() const;         ///< UTF-8, decoded.
    virtual int received_count() const;          ///< Received fields already in the content.
    virtual bool eight_bit() const;              ///< Whether any octet is above 127 (RFC 6152).
    virtual bool auto_submitted() const;         ///< Nobody should answer it automatically (RFC 3834).
    virtual std::vector<std::string> references() const; ///< Message-IDs for a reply's References (3.6.4).
    // Whom the header names (RFC 5322 section 3.6.2 and 3.6.3); null and empty where it does not.
    virtual AddressPtr author() const;
    virtual AddressPtr reply_to() const;
    virtual std::vector<AddressPtr> addressees() const; ///< To and Cc.
    virtual std::optional<Quote> quote() const;          ///< What a reply may quote, if there is text.
};
using ContentPtr = std::shared_ptr<const Content>;

/// The "with" of a Received field (RFC 3848); `unsaid` leaves the clause out.
enum class Protocol : std::uint8_t {
    unsaid,
    smtp,
    esmtp,
    esmtps,
    esmtpa,
    esmtpsa,
    lmtp,
    lmtps,
    lmtpa,
    lmtpsa
};
std::string_view protocol_name(Protocol protocol); ///< "ESMTPA"; empty for unsaid.

/// RFC 5321 section 4.4. An empty pointer or string leaves its clause out.
struct Received {
    SharedText from_helo; ///< What the client called itself.
    SharedText from_name; ///< What the DNS calls its address, if known.
    SharedText from_ip;   ///< "192.0.2.1" or "2001:db8::1", without brackets.
    SharedText by;
    Protocol with = Protocol::unsaid;
    std::string id;
    AddressPtr
        recipient; ///< The "for" clause: only if there is one recipient, else it would tell on Bcc (7.2).
    Date date;
};

/// What the Received fields of all messages between two hosts have in common.
struct Passage {
    SharedText from_name; ///< What the DNS calls the client, if anything.
    SharedText by;
};
/// A Received field in few octets: the client called itself by its name, or by its address if it has none.
struct Hop {
    std::shared_ptr<const Passage> passage;
    std::uint32_t from_ip = 0; ///< IPv4 in host byte order.
    Protocol with = Protocol::unsaid;
    std::uint64_t id = 0; ///< Below 2^40; written as ten hexadecimal digits.
    AddressPtr recipient; ///< As in Received.
    std::int64_t unix_nanoseconds = 0;
};
Received received(const Hop& hop);

struct ReturnPath {
    AddressPtr reverse_path;
};
struct DeliveredTo {
    AddressPtr recipient;
};
/// Any other field that a hop adds, such as "X-Spam-Status". Line breaks in it become spaces.
struct ExtraField {
    std::string name;
    std::string body;
};
using TraceField = std::variant<Received, ReturnPath, DeliveredTo, ExtraField>;

std::uint64_t size_of(const TraceField& field); ///< Octets that append_field() adds, CRLF included.
void append_field(std::string& out, const TraceField& field);

struct TraceList;

/// Shares a list of trace fields; null for none.
class TracePtr {
public:
    TracePtr() = default;
    explicit TracePtr(TraceList* fresh) : list_(fresh) {} ///< Whose first owner this becomes.
    TracePtr(const TracePtr& other) noexcept : list_(other.list_) {
        if (list_ != nullptr) share(list_);
    }
    TracePtr(TracePtr&& other) noexcept : list_(std::exchange(other.list_, nullptr)) {}
    TracePtr& operator=(TracePtr other) noexcept {
        std::swap(list_, other.list_);
        return *this;
    }
    ~TracePtr() {
        if (list_ != nullptr) release(list_);
    }
    explicit operator bool() const { return list_ != nullptr; }
    const TraceList* operator->() const { return list_; }
    const TraceList& operator*() const { return *list_; }

private:
    static void share(TraceList* list) noexcept;
    static void release(TraceList* list) noexcept;
    TraceList* list_ = nullptr;
};

/// Cheap to copy: two pointers. Copies share everything.
class Message {
public:
    Message() = default; ///< No message; only empty() and assignment make sense.
    explicit Message(ContentPtr content);

    bool empty() const { return content_ == nullptr; }
    [[nodiscard]] Message prepended(TraceField field) const;
    /// With a Received field: the same as prepended(received(hop)), in a third of the memory.
    [[nodiscard]] Message passed(const Hop& hop) const;
    /// With Delivered-To and, above it, Return-Path, as an MDA files it.
    [[nodiscard]] Message filed(const AddressPtr& recipient, const AddressPtr& reverse_path) const;

    /// The same trace fields above other content.
    [[nodiscard]] Message with(ContentPtr content) const;

    std::uint64_t size() const; ///< Exact octets of render(), in constant time.
    int received_count() const; ///< All Received fields, in constant time (RFC 5321 section 6.3).

    void render(std::string& out) const;
    std::string render_headers() const; ///< All header fields, without the empty line.
    std::string text() const;           ///< render() into a new string.

    const ContentPtr& content() const { return content_; }
    std::vector<TraceField> trace() const; ///< The prepended fields, newest (topmost) first.

private:
    ContentPtr content_;
    TracePtr trace_;
};

} // namespace postopolis::mail
