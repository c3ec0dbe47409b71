// When devices look, and sessions of those that read by POP3.
#include "nodes/mail_device.hpp"

#include <algorithm>

#include "nodes/retrieval.hpp"

namespace postopolis::nodes {
namespace {

MailPayload::Kind kind_of(const net::Payload& payload) { return static_cast<const MailPayload&>(payload).kind; }

} // namespace

std::unique_ptr<MailDevice> MailDevice::make(Person& person, const ReadingConfig& config, std::size_t index) {
    if (config.imap) return std::make_unique<ImapDevice>(person, config, index);
    return std::make_unique<PopDevice>(person, config, index);
}

MailDevice::MailDevice(Person& person, const ReadingConfig& config, std::size_t index)
    : person_(person), config_(config) {
    if (config.phase) {
        phase_ = *config.phase;
    } else {
        kernel::Stream s = person.stream(index == 0 ? "reading" : "reading/" + std::to_string(index));
        const auto every = static_cast<std::uint64_t>(std::max<std::int64_t>(config.every.count(), 1));
        phase_ = Duration::nanoseconds(static_cast<std::int64_t>(s.below(every)));
    }
}

void MailDevice::mail_waits(bool) {
    waiting_ = true;
    if (person_.up()) plan_look();
}

void MailDevice::person_down() {
    waiting_ = waiting_ || look_planned_; // a look that is cut off has not seen everything
    look_planned_ = false;
    cut_off();
}

void MailDevice::person_up() {
    if (waiting_) plan_look();
}

void MailDevice::plan_look() {
    if (look_planned_) return;
    const Time now = person_.now();
    Time next = Time::at(phase_);
    if (now > next) {
        const std::int64_t passed = (now - next).count();
        const std::int64_t looks = (passed + config_.every.count() - 1) / config_.every.count();
        next += config_.every * looks;
    }
    look_at(next);
}

void MailDevice::look_at(Time when) {
    if (look_planned_) return;
    look_planned_ = true;
    person_.spawn(look(when));
}

kernel::Task<void> MailDevice::look(Time when) {
    co_await person_.sleep_until(when);
    waiting_ = false;
    co_await fetch();
    look_planned_ = false;
    if (!waiting_) person_.plan_rest();
    if (!waiting_) co_return;
    // Not before the next instant of the grid, even when this look took no time.
    if (person_.now() == when) co_await person_.sleep(Duration::nanoseconds(1));
    if (!look_planned_) plan_look();
}

kernel::Task<net::Connecting> MailDevice::connect(std::uint16_t port, net::Invitation invitation) {
    const mail::AddressPtr address = person_.mailbox();
    const DomainEntry domain = person_.world_.directory.domain(address->domain);
    MailHost* host = domain ? person_.world_.host(domain.mailboxes()) : nullptr;
    net::Connecting connecting;
    if (host == nullptr) co_return connecting;
    waiting_ = true; // until this look has gone well
    connecting = co_await person_.connect(host->address(), port, timeouts().connect, 0, invitation);
    co_return connecting;
}

std::string MailDevice::password() const {
    return person_.world_.directory.account(*person_.mailbox()).password();
}

trace::Account MailDevice::spent(Time filed, Time began, const trace::Meter& meter, trace::Cause before) const {
    trace::Account spent;
    if (filed <= began) {
        spent = meter.account();
        spent.add(before, began - filed);
    } else {
        spent.add(trace::Cause::pickup, person_.now() - filed);
    }
    return spent;
}

kernel::Task<void> PopDevice::fetch() {
    const Time began = person_.now();
    const bool leave = config_.leave_on_server;
    access::Pop3ClientConfig settings{person_.name(), password(), leave};
    Retrieval session(std::move(settings), seen_ ? *seen_ : access::SeenUids(), began);
    const Duration patience = timeouts().server;
    const net::Invitation invitation{&session, patience};
    net::Connecting connecting = co_await connect(kPopPort, invitation);
    if (!connecting.socket) co_return;
    session.socket = connecting.socket.get();
    access::Pop3Client& client = session.client;
    waiting_ = false; // what is announced from here on may come too late for this look
    for (bool over = false; !over;) {
        access::Pop3Action action = client.next();
        switch (action.kind) {
        case access::Pop3Action::Kind::send: {
            const std::size_t octets = access::wire_size(action.command);
            connecting.socket->send(std::make_unique<PopCommandPayload>(std::move(action.command)), octets);
            break;
        }
        case access::Pop3Action::Kind::receive: {
            net::Received r = co_await connecting.socket->receive(patience);
            while (r.kind == net::Received::Kind::timed_out && person_.now() < session.asked + patience)
                r = co_await connecting.socket->receive(session.asked + patience - person_.now());
            while (r.kind == net::Received::Kind::payload && kind_of(*r.payload) == MailPayload::Kind::pop_taken) {
                const auto& taken = static_cast<PopTakenPayload&>(*r.payload);
                take(taken.mail, taken.uid, taken.message, began, taken.meter);
                r = co_await connecting.socket->receive(patience);
            }
            if (r.kind != net::Received::Kind::payload) {
                client.on_lost();
                break;
            }
            if (kind_of(*r.payload) == MailPayload::Kind::pop_farewell) {
                connecting.socket->part();
                over = true;
                break;
            }
            auto& reply = static_cast<PopReplyPayload&>(*r.payload);
            session.meter.settle_reply(person_.now(), reply.work, reply.waited);
            const std::size_t before = client.fetched().size();
            client.on_reply(reply.reply);
            if (client.fetched().size() > before && reply.mail.copy != 0) {
                const access::Pop3Client::Fetched& fetched = client.fetched().back();
                take(reply.mail, fetched.uid, fetched.message, began, session.meter);
            }
            break;
        }
        case access::Pop3Action::Kind::close:
            connecting.socket->close();
            over = true;
            break;
        }
    }
    if (client.result() != access::Pop3Client::Result::done) {
        waiting_ = true;
        co_return;
    }
    // UIDs that the server does not have any more need not be remembered.
    access::SeenUids left;
    if (leave)
        for (const access::Pop3Uid& u : client.listing()) left.insert(u.uid);
    seen_ = left.empty() ? nullptr : std::make_unique<access::SeenUids>(std::move(left));
}

void PopDevice::take(const FiledMail& mail, const std::string& uid, const mail::Message& message, Time began,
                     const trace::Meter& meter) {
    if (!seen_) seen_ = std::make_unique<access::SeenUids>();
    seen_->insert(uid);
    took({mail.letter, mail.copy, mail.filed, mail.event, spent(mail.filed, began, meter, trace::Cause::pickup),
          config_.leave_on_server, message});
}

} // namespace postopolis::nodes
