// What mail hosts say to each other: typed values with their exact bytes on demand.
//
// Beside the bytes, a payload carries what only the simulator knows: which copies a message stands for, and how
// their time was spent so far.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "postopolis/access/imap_folder.hpp"
#include "postopolis/access/imap_line.hpp"
#include "postopolis/access/pop3_command.hpp"
#include "postopolis/access/pop3_reply.hpp"
#include "postopolis/dns/message.hpp"
#include "postopolis/net/flow.hpp"
#include "postopolis/net/payload.hpp"
#include "postopolis/smtp/command.hpp"
#include "postopolis/smtp/reply.hpp"
#include "postopolis/smtp/tls.hpp"
#include "postopolis/trace/account.hpp"

namespace postopolis::nodes {

struct MailPayload : net::Payload {
    enum class Kind : std::uint8_t {
        command, reply, content, chunk, tls, outcome, pop_command, pop_reply, pop_taken, pop_farewell, imap, dns_query,
        dns_response
    };
    explicit MailPayload(Kind k) : kind(k) {}
    const Kind kind;
};

struct CommandPayload final : MailPayload {
    explicit CommandPayload(smtp::Command c) : MailPayload(Kind::command), command(std::move(c)) {}
    void render(std::string& out) const override { smtp::render(command, out); }
    smtp::Command command;
};

struct ReplyPayload final : MailPayload {
    explicit ReplyPayload(smtp::ReplyPtr r) : MailPayload(Kind::reply), reply(std::move(r)) {}
    void render(std::string& out) const override { smtp::render(*reply, out); }
    smtp::ReplyPtr reply;
};

/// What a client offers with a message: the copies of the recipients that the server accepted, in that order.
struct Offer {
    trace::LetterId letter = 0;
    std::vector<trace::CopyId> copies;
    trace::Meter meter; ///< settled up to the instant at which the content was sent
};

struct ContentPayload final : MailPayload {
    ContentPayload(mail::Message m, Offer o) : MailPayload(Kind::content), message(std::move(m)), offer(std::move(o)) {}
    void render(std::string& out) const override;
    trace::LetterId content_of() const override { return offer.letter; }
    mail::Message message;
    Offer offer;
};

/// A BDAT with its octets: a part of the message, as it is.
struct ChunkPayload final : MailPayload {
    ChunkPayload(smtp::Command c, mail::Message m, std::uint64_t from, Offer o)
        : MailPayload(Kind::chunk), command(std::move(c)), message(std::move(m)), offset(from), offer(std::move(o)) {}
    void render(std::string& out) const override;
    trace::LetterId content_of() const override { return offer.letter; }
    smtp::Command command;
    mail::Message message;
    std::uint64_t offset; ///< of the part
    Offer offer;          ///< with copies in the last part only
};

/// One side's part of a TLS handshake.
struct TlsPayload final : MailPayload {
    TlsPayload(smtp::tls::Version v, std::size_t f, std::string h, std::uint64_t s)
        : MailPayload(Kind::tls), version(v), flight(f), host(std::move(h)), seed(s) {}
    void render(std::string& out) const override;
    std::uint64_t octets() const { return smtp::tls::handshake(version)[flight].octets; }
    smtp::tls::Version version; ///< a client's: the newest that it knows
    std::size_t flight;
    std::string host;
    std::uint64_t seed;
};

/// Of a dialogue that was played ahead of the clock: the reply after which every recipient has its outcome.
struct OutcomePayload final : MailPayload {
    explicit OutcomePayload(net::Flow::Arrival f) : MailPayload(Kind::outcome), farewell(f) {}
    void render(std::string& out) const override;
    net::Flow::Arrival farewell; ///< when the client will hear the last reply
};

struct PopCommandPayload final : MailPayload {
    explicit PopCommandPayload(access::Pop3Command c) : MailPayload(Kind::pop_command), command(std::move(c)) {}
    void render(std::string& out) const override { access::render(command, out); }
    access::Pop3Command command;
};

/// What only the simulator knows about a message in a mailbox.
struct FiledMail {
    trace::LetterId letter = 0;
    trace::CopyId copy = 0;
    kernel::Time filed;
    trace::EventId event = 0; ///< its Delivered
};

struct PopReplyPayload final : MailPayload {
    explicit PopReplyPayload(access::Pop3Reply r) : MailPayload(Kind::pop_reply), reply(std::move(r)) {}
    void render(std::string& out) const override { access::render(reply, out); }
    trace::LetterId content_of() const override { return mail.letter; }
    access::Pop3Reply reply;
    FiledMail mail; ///< of a retrieved message
};

/// Of a POP3 session that was played ahead of the clock: a message has come in.
struct PopTakenPayload final : MailPayload {
    PopTakenPayload(const FiledMail& m, std::string u, mail::Message text, const trace::Meter& at)
        : MailPayload(Kind::pop_taken), mail(m), uid(std::move(u)), message(std::move(text)), meter(at) {}
    void render(std::string& out) const override;
    FiledMail mail;
    std::string uid;
    mail::Message message;
    trace::Meter meter; ///< the client's, at this instant
};

/// Of such a session: the reply to QUIT.
struct PopFarewellPayload final : MailPayload {
    PopFarewellPayload() : MailPayload(Kind::pop_farewell) {}
    void render(std::string& out) const override;
};

/// Which letter a message in a mailbox is, and when it came.
struct StoredOrigin final : access::ImapOrigin {
    trace::LetterId letter = 0;
    trace::CopyId copy = 0;
    kernel::Time filed;
    trace::EventId event = 0; ///< its Delivered
};

/// Either way.
struct ImapPayload final : MailPayload {
    explicit ImapPayload(access::ImapOutput o) : MailPayload(Kind::imap), output(std::move(o)) {}
    void render(std::string& out) const override { output.render(out); }
    trace::LetterId content_of() const override;
    access::ImapOutput output;
    std::vector<access::ImapOriginPtr> origins; ///< of the messages that are sent whole, in that order; null for none
};

struct DnsQueryPayload final : MailPayload {
    DnsQueryPayload(std::uint32_t n, dns::Question q)
        : MailPayload(Kind::dns_query), number(n), question(std::move(q)) {}
    void render(std::string& out) const override;
    std::pair<std::uint16_t, std::uint16_t> ports() const override;
    std::uint32_t number;
    dns::Question question;
    bool recursive = false; ///< to a resolver
};

struct DnsResponsePayload final : MailPayload {
    DnsResponsePayload(std::uint32_t n, dns::Question q, dns::Response r)
        : MailPayload(Kind::dns_response), number(n), question(std::move(q)), response(std::move(r)) {}
    void render(std::string& out) const override;
    std::pair<std::uint16_t, std::uint16_t> ports() const override;
    std::uint32_t number;
    dns::Question question;
    dns::Response response;
    bool from_cache = false;
    bool to_resolver = false; ///< answers a resolver's own question, not a stub's
};

} // namespace postopolis::nodes
