// The client's side of an SMTP dialogue over a connection: drives smtp::ClientDialogue and keeps the time ledger.
//
// Where the server has played the dialogue ahead of the clock (see ahead.hpp), all that is left to do here is to wait
// for the instants at which the client learns of the outcome and hears the farewell.
#pragma once

#include <memory>
#include <optional>

#include "nodes/payloads.hpp"
#include "postopolis/net/network.hpp"
#include "postopolis/nodes/config.hpp"
#include "postopolis/nodes/queue_entry.hpp"
#include "postopolis/smtp/client.hpp"

namespace postopolis::nodes {

/// What a client wants to say, and to whom.
struct Matter {
    const mail::Message& message;
    trace::LetterId letter;
    const mail::AddressPtr& reverse_path;
    std::vector<QueuedRecipient> recipients; ///< at least one
    trace::Meter& meter;
    std::vector<trace::CopyId>& offered; ///< filled when the content goes out, emptied by the answer
    trace::EventId cause;
};

/// A connection between two messages.
struct OpenConnection {
    std::unique_ptr<net::Socket> socket;
    smtp::ClientDialogue dialogue; ///< idle
    std::optional<smtp::tls::Version> sealed;
    std::uint32_t messages = 0; ///< that have gone over it
};

/// All that it refers to must live until it is over.
class Conversation final : public net::Counterpart {
public:
    Conversation(net::Host& host, const TimeoutConfig& timeouts, std::shared_ptr<const smtp::ClientConfig> config,
                 Matter matter);

    /// For Host::connect. None where the client speaks first, or may go on after this message: that is played out.
    net::Invitation invitation();
    /// At the instant of the connection.
    void connected(net::Socket& socket) { socket_ = &socket; }
    /// Over a connection that has been used before.
    void resume(OpenConnection& connection);
    /// That connection turned out to be dead before the server had heard of this message.
    bool stale() const;
    /// Ends the conversation, not the connection, whose dialogue is idle.
    std::unique_ptr<OpenConnection> release(std::unique_ptr<net::Socket> socket, std::uint32_t messages);
    /// Runs until every recipient has its outcome.
    kernel::Task<void> run();
    /// Says goodbye, if the connection still stands.
    kernel::Task<void> leave();

    const std::vector<smtp::Outcome>& outcomes() const { return dialogue_->outcomes(); }
    /// The connection was lost between the content and its answer: nobody here knows who has the message now.
    bool doubtful() const { return doubtful_; }

    // For who plays it ahead of the clock:
    smtp::ClientDialogue& dialogue() { return *dialogue_; }
    const smtp::ClientConfig& config() const { return *config_; }
    /// As it goes over the line.
    const mail::Message& message() const { return converted_.empty() ? matter_.message : converted_; }
    /// The server takes 7-bit messages only: makes the message one, or tells the dialogue that it cannot be.
    void convert();
    const Matter& matter() const { return matter_; }
    net::Socket& socket() { return *socket_; }
    /// The copies that the server has accepted recipients for so far.
    Offer offer(const trace::Meter& meter) const;
    void played_ahead(const trace::Meter& meter) { matter_.meter = meter; }
    /// As if nothing had been said.
    void rewind();

private:
    kernel::Task<void> converse();
    void send(net::PayloadPtr payload, std::uint64_t octets);
    void send_content(bool empty);
    void send_chunk(const smtp::Action& action);
    kernel::Task<void> shake_hands();
    void hear(ReplyPayload& reply);
    smtp::Transaction transaction() const;
    void lose(smtp::Stage stage, net::Received::Kind how);

    net::Host& host_;
    const TimeoutConfig& timeouts_;
    std::shared_ptr<const smtp::ClientConfig> config_;
    Matter matter_;
    net::Socket* socket_ = nullptr;
    std::optional<smtp::ClientDialogue> dialogue_;
    std::optional<net::Flow::Arrival> farewell_; ///< played ahead: when the last reply will be heard
    std::optional<smtp::tls::Version> sealed_; ///< TLS is spoken
    mail::Message converted_;                  ///< empty: the message goes as it is
    bool doubtful_ = false;
};

} // namespace postopolis::nodes
