// A person with mail readers: an MUA that submits what its author writes (RFC 6409), and devices that fetch what has come
// in, by POP3 (RFC 1939) or IMAP (RFC 9051).
//
// Letters leave the outbox one after another. One that cannot be submitted now is tried again after a minute, then
// after twice as long each time, up to half an hour; after two days its author is told. The reader looks on a fixed
// grid of instants; looks that would find nothing are not played out (a sign that crosses the same network as the mail
// tells the MUA that there is a letter), which leaves the instants at which letters are fetched as they are. A device with
// push stays connected from its first letter on (IDLE, RFC 2177) and fetches what it is told of at once.
//
// One of a settlement is forgotten some minutes after nothing of theirs goes on any more, and made again when something
// does: a town has many people, few of whom do something at the same time.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <variant>
#include <vector>

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
    smtp::DsnRequest dsn;   ///< what the author wants to be told (RFC 3461)
    bool eight_bit = false; ///< the text is sent as it is, without an encoding
};

class MailDevice;

class Person final : public net::Host {
public:
    /// `config` may be shared by many; `world` must outlive it.
    Person(World& world, std::shared_ptr<const PersonConfig> config, std::string address, net::HostRef place,
           std::uint32_t ip);
    /// One of a settlement, under the node id that is reserved for it, who goes on from these numbers.
    Person(World& world, std::shared_ptr<const PersonConfig> config, std::string address, net::HostRef place,
           std::uint32_t ip, Settlement& home, std::uint32_t number, const Dormant& numbers);
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
    friend class MailDevice;
    class Writing;
    class Sign;
    class Rest;
    struct Outgoing;
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
    /// Something of theirs is over.
    void plan_rest();
    void rest();
    bool is_at_rest() const;
    void mail_waits(bool pushed);
    void took(const struct Pickup& letter);
    void maybe_reply(const mail::Message& message, trace::LetterId letter, trace::EventId cause);

    World& world_;
    std::shared_ptr<const PersonConfig> config_;
    ContactsPtr contacts_;
    std::vector<std::unique_ptr<Outgoing>> outbox_; ///< the oldest first; a town has many people and few letters
    bool sending_ = false;
    bool rest_planned_ = false;
    std::uint32_t number_ = 0;
    Settlement* home_ = nullptr; ///< null: they stay for good
    kernel::Time busy_until_;    ///< when something of theirs was over for the last time
    std::uint32_t letters_ = 0;
    std::uint32_t copies_ = 0;
    std::uint32_t expected_ = 0; ///< letters to be written and signs on their way
    using Devices = std::vector<std::unique_ptr<MailDevice>>;
    std::unique_ptr<Devices> devices_; ///< made when there is mail for the first time
    /// Copies that one of several devices has fetched. Never iterated.
    std::unique_ptr<std::unordered_set<trace::CopyId>> taken_; ///< made at the first
    std::unique_ptr<kernel::Stream> reply_stream_; ///< made at the first letter that may be answered
    /// Letters that were thought about: who gets one twice (RFC 1047) does not answer twice. Never iterated.
    std::unique_ptr<std::unordered_set<trace::LetterId>> considered_; ///< made at the first
};

} // namespace postopolis::nodes
