// A person with a mail reader: an MUA that submits what its author writes (RFC 6409) and fetches what has come in
// (RFC 1939).
//
// Letters leave the outbox one after another. One that cannot be submitted now is tried again after a minute, then
// after twice as long each time, up to half an hour; after two days its author is told. The reader looks on a fixed
// grid of instants; looks that would find nothing are not played out (a sign that crosses the same network as the mail
// tells the MUA that there is a letter), which leaves the instants at which letters are fetched as they are.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <variant>
#include <vector>

#include "postopolis/access/pop3_client.hpp"
#include "postopolis/mail/compose.hpp"
#include "postopolis/nodes/config.hpp"
#include "postopolis/nodes/contacts.hpp"
#include "postopolis/nodes/queue_entry.hpp"
#include "postopolis/nodes/world.hpp"

namespace postopolis::smtp {
struct ClientConfig;
}

namespace postopolis::nodes {

/// What an author wants to send.
struct LetterPlan {
    std::vector<mail::AddressPtr> to, cc, bcc; ///< at least one in all
    std::string subject;
    std::variant<mail::GeneratedBody, std::string> body;
    std::shared_ptr<const mail::Presentation> presentation; ///< null: plain English text
    trace::LetterKind kind = trace::LetterKind::letter;
    trace::LetterId about = 0; ///< the letter that it answers
    std::string in_reply_to;
    std::vector<std::string> references;
    std::optional<mail::Quote> quote;
    trace::EventId cause = 0;
};

class Person final : public net::Host {
public:
    /// `config` may be shared by many; `world` must outlive it.
    Person(World& world, std::shared_ptr<const PersonConfig> config, std::string address, net::HostRef place,
           std::uint32_t ip);
    /// One of a settlement, under the node id that is reserved for it.
    Person(World& world, std::shared_ptr<const PersonConfig> config, std::string address, net::HostRef place,
           std::uint32_t ip, kernel::NodeId id);
    ~Person() override;

    /// Made anew for each caller: a town has many people, and its letters few of them.
    mail::AddressPtr mailbox() const;
    const PersonConfig& config() const { return *config_; }
    using ContactsPtr = std::shared_ptr<const Contacts>;
    void set_contacts(ContactsPtr contacts) { contacts_ = std::move(contacts); }
    const ContactsPtr& contacts() const { return contacts_; }

    /// The author presses "send" at `when`, which must not lie in the past. For owners of a run, too.
    void write_at(kernel::Time when, LetterPlan plan);
    /// A mailbox host tells that it has filed something.
    void announce_mail(MailHost& from);
    /// Letters not yet submitted.
    std::size_t outbox() const { return outbox_.size(); }
    /// Their recipient copies, oldest first.
    std::vector<trace::CopyId> copies_in_outbox() const;
    /// Called for the letters of this author as they come into being, with the plan's number as given by the caller.
    using Written = std::function<void(trace::LetterId)>;
    void write_at(kernel::Time when, LetterPlan plan, Written written);

protected:
    /// The computer is switched off: its outbox is on disk. Nothing is written while it is off.
    void on_down() override;
    void on_up() override;

private:
    class Writing;
    class Sign;
    struct Outgoing;
    void draw_phase();
    std::string display_name(const mail::Address& address) const;
    void write(LetterPlan plan, const Written& written);
    mail::ContentPtr content_of(const LetterPlan& plan, const mail::AddressPtr& author,
                                const std::string& message_id) const;
    kernel::Task<void> submit_all();
    kernel::Task<void> submit(Outgoing& letter);
    kernel::Task<void> submit_at(Outgoing& letter, std::string host_name, bool& reached);
    std::shared_ptr<const smtp::ClientConfig> client_config() const;
    void settle(Outgoing& letter);
    trace::Cause tell_deferral(const Outgoing& letter, kernel::Time next_try);
    void doubt(Outgoing& letter, std::string_view remote);
    void mail_waits();
    void plan_look();
    kernel::Task<void> look(kernel::Time when);
    kernel::Task<void> fetch();
    void took(const struct PopReplyPayload& reply, kernel::Time began, const trace::Meter& meter);
    void maybe_reply(const mail::Message& message, trace::LetterId letter, trace::EventId cause);

    World& world_;
    std::shared_ptr<const PersonConfig> config_;
    ContactsPtr contacts_;
    std::vector<std::unique_ptr<Outgoing>> outbox_; ///< the oldest first; a town has many people and few letters
    bool sending_ = false;
    std::uint32_t letters_ = 0;
    std::uint32_t copies_ = 0;
    bool waiting_ = false;     ///< there is mail that the last look did not see
    bool look_planned_ = false;
    kernel::Duration phase_;
    std::unique_ptr<access::SeenUids> seen_; ///< what was left on the server; null for nothing
    std::unique_ptr<kernel::Stream> reply_stream_; ///< made at the first letter that may be answered
    /// Letters that were thought about: who gets one twice (RFC 1047) does not answer twice. Never iterated.
    std::unique_ptr<std::unordered_set<trace::LetterId>> considered_; ///< made at the first
};

} // namespace postopolis::nodes
