// A computer or telephone on which a person reads: when it looks for mail, and what one look is (PopDevice, ImapDevice).
#pragma once

#include <memory>
#include <string>

#include "nodes/payloads.hpp"
#include "postopolis/access/imap_client.hpp"
#include "postopolis/access/pop3_client.hpp"
#include "postopolis/nodes/mail_host.hpp"
#include "postopolis/nodes/person.hpp"

namespace postopolis::nodes {

/// A letter that has come into its reader's hands.
struct Pickup {
    trace::LetterId letter;
    trace::CopyId copy;
    kernel::Time filed;
    trace::EventId cause;
    trace::Account spent; ///< since it was filed
    bool left_on_server;
    const mail::Message& message;
};

class MailDevice {
public:
    /// Of a person; `index` counts the person's devices. `config` must outlive it.
    static std::unique_ptr<MailDevice> make(Person& person, const ReadingConfig& config, std::size_t index);
    virtual ~MailDevice() = default;
    MailDevice(const MailDevice&) = delete;

    /// There is a letter; `pushed`: a session of this person's at the server has been told.
    virtual void mail_waits(bool pushed);
    void person_down();
    void person_up();
    /// Nothing goes on, and nothing is remembered that one made anew would not know.
    virtual bool is_at_rest() const { return !look_planned_ && !waiting_; }

protected:
    MailDevice(Person& person, const ReadingConfig& config, std::size_t index);
    /// One session; sets waiting_ unless it went well.
    virtual kernel::Task<void> fetch() = 0;
    virtual void cut_off() {}
    bool planned() const { return look_planned_; }
    void look_at(kernel::Time when);

    kernel::Task<net::Connecting> connect(std::uint16_t port, net::Invitation invitation = {});
    std::string password() const;
    /// In the mailbox until this look began; the dialogue from then on.
    trace::Account spent(kernel::Time filed, kernel::Time began, const trace::Meter& meter, trace::Cause before) const;
    void took(const Pickup& letter) { person_.took(letter); }
    const TimeoutConfig& timeouts() const { return person_.config_->timeouts; }

    Person& person_;
    const ReadingConfig& config_;
    bool waiting_ = false; ///< there is mail that the last look did not see

private:
    void plan_look();
    kernel::Task<void> look(kernel::Time when);

    bool look_planned_ = false;
    kernel::Duration phase_;
};

/// Fetches by POP3 (RFC 1939).
class PopDevice final : public MailDevice {
public:
    PopDevice(Person& person, const ReadingConfig& config, std::size_t index) : MailDevice(person, config, index) {}
    bool is_at_rest() const override { return MailDevice::is_at_rest() && !seen_; }

private:
    kernel::Task<void> fetch() override;
    void take(const FiledMail& mail, const std::string& uid, const mail::Message& message, kernel::Time began,
              const trace::Meter& meter);

    std::unique_ptr<access::SeenUids> seen_; ///< what was left on the server; null for nothing
};

/// Keeps up with INBOX by IMAP (RFC 9051), looking from time to time or waiting in IDLE.
class ImapDevice final : public MailDevice {
public:
    ImapDevice(Person& person, const ReadingConfig& config, std::size_t index) : MailDevice(person, config, index) {}
    void mail_waits(bool pushed) override;
    bool is_at_rest() const override { return false; } // it remembers what it has seen of the mailbox

private:
    struct Talk;
    kernel::Task<void> fetch() override;
    kernel::Task<void> converse(Talk& talk);
    void hear(Talk& talk, const ImapPayload& payload);
    void cut_off() override { talk_ = nullptr; }

    access::ImapMemory memory_;
    Talk* talk_ = nullptr; ///< while it is connected
};

} // namespace postopolis::nodes
