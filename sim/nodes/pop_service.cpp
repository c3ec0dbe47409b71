// See pop_service.hpp.
#include "nodes/pop_service.hpp"

#include <algorithm>

#include "nodes/ahead.hpp"
#include "nodes/pop_ahead.hpp"

namespace postopolis::nodes {

namespace {
const std::uint64_t kPopStream = kernel::hash_name("pop/service");
} // namespace

PopService::Session::Session(const MailHost& host, std::unique_ptr<net::Socket> its_socket, MailStore& mail_store)
    : socket(std::move(its_socket)), store(mail_store), protocol(host.name()),
      draws(host.simulation().key(), kernel::hash_combine(kPopStream, socket->id())) {}

void PopService::Session::unlock() {
    if (mailbox.empty()) return;
    if (Mailbox* box = store.find(mailbox)) box->locked = false;
    store.tidy(mailbox);
    mailbox.clear();
}

PopService::PopService(MailHost& host) : host_(host), slots_(host, host.config().pop.max_sessions) {}

void PopService::on_connection(std::unique_ptr<net::Socket> socket) { host_.start(serve(std::move(socket))); }

Duration PopService::work(Session& s, const Distribution& d) const {
    const Duration needed = d.draw_duration(s.draws);
    s.worked += needed;
    return needed;
}

const Distribution& PopService::work_on(const access::Pop3Command& command) const {
    return command.verb == access::Pop3Verb::retr ? times().per_message : times().per_command;
}

std::unique_ptr<PopReplyPayload> PopService::payload(Session& s, access::Pop3Reply reply) const {
    auto payload = std::make_unique<PopReplyPayload>(std::move(reply));
    payload->work = std::exchange(s.worked, Duration());
    payload->waited = std::exchange(s.waited, Duration());
    return payload;
}

std::unique_ptr<PopReplyPayload> PopService::payload(Session& s, access::Pop3Reply reply,
                                                     const access::Pop3Command& command) const {
    const bool retrieved = command.verb == access::Pop3Verb::retr && reply.ok;
    std::unique_ptr<PopReplyPayload> result = payload(s, std::move(reply));
    if (!retrieved) return result;
    const StoredMessage& stored = s.snapshot[command.number - 1];
    result->mail = {stored.letter, stored.copy, stored.filed, stored.event};
    result->cause = stored.event;
    return result;
}

void PopService::send(Session& s, std::unique_ptr<PopReplyPayload> payload) const {
    const std::uint64_t octets = access::wire_size(payload->reply);
    s.socket->send(std::move(payload), octets);
}

access::Pop3Reply PopService::log_in(Session& s) {
    auto parsed = mail::parse_mailbox(s.protocol.user());
    const auto* address = std::get_if<mail::Address>(&parsed);
    const Account account = address != nullptr ? host_.world().directory.account(*address) : Account();
    if (!account || !host_.has_mailboxes_of(address->domain) || s.protocol.password() != account.password())
        return s.protocol.refuse("[AUTH] Authentication failed."); // RFC 3206
    std::string name = mail::to_lower_domain(account.address());
    std::vector<access::MaildropItem> drop;
    if (Mailbox* box = host_.store().find(name)) {
        if (box->locked) return s.protocol.refuse("[IN-USE] The mailbox is locked."); // RFC 2449 section 8.1.2
        box->locked = true;
        s.mailbox = name;
        s.snapshot = box->messages;
        for (const StoredMessage& m : s.snapshot) drop.push_back({std::to_string(m.uid), m.message, m.message.size(), 0});
    }
    return s.protocol.admit(std::move(drop));
}

void PopService::remove_deleted(Session& s) {
    Mailbox* box = s.mailbox.empty() ? nullptr : host_.store().find(s.mailbox);
    if (box == nullptr) return;
    for (std::size_t index : s.protocol.deleted()) {
        const StoredMessage& gone = s.snapshot[index];
        auto same = [&](const StoredMessage& m) { return m.uid == gone.uid; };
        // An IMAP session may have been quicker.
        if (std::erase_if(box->messages, same) > 0) box->octets -= gone.message.size();
    }
    if (!s.protocol.deleted().empty()) host_.mailbox_changed(s.mailbox);
}

kernel::Task<void> PopService::serve(std::unique_ptr<net::Socket> socket) {
    const Time arrived = host_.now();
    kernel::Semaphore::Permit permit = co_await slots_.acquire();
    Session s(host_, std::move(socket), host_.store());
    s.waited = host_.now() - arrived;
    if (Ahead::possible(host_, *s.socket)) {
        PopAhead ahead(*this, s, static_cast<Retrieval&>(*s.socket->counterpart()));
        if (ahead.begin()) {
            co_await s.socket->pause_until(ahead.log_in_at());
            access::Pop3Reply answer = log_in(s);
            if (ahead.finish(answer)) {
                co_await s.socket->pause_until(ahead.end_at());
                remove_deleted(s);
                s.unlock();
                s.socket->part();
                co_return;
            }
            co_await play_out(s, std::move(answer));
            co_return;
        }
    }
    const Duration greeting_work = work(s, times().per_connection);
    if (greeting_work > Duration()) co_await s.socket->pause(greeting_work);
    access::Pop3Reply greeting = s.protocol.greeting();
    co_await play_out(s, std::move(greeting));
}

kernel::Task<void> PopService::play_out(Session& s, access::Pop3Reply first) {
    send(s, payload(s, std::move(first)));
    for (bool over = false; !over;) {
        // RFC 1939 section 3: an autologout timer of at least ten minutes, which ends without UPDATE.
        net::Received r = co_await s.socket->receive(Duration::minutes(10));
        if (r.kind != net::Received::Kind::payload) break;
        const access::Pop3Command command = static_cast<PopCommandPayload&>(*r.payload).command;
        const Duration needed = work(s, work_on(command));
        if (needed > Duration()) co_await s.socket->pause(needed);
        access::Pop3Step step = s.protocol.on_command(command);
        if (step.kind == access::Pop3Step::Kind::ask_login) step.reply = log_in(s);
        if (step.kind == access::Pop3Step::Kind::ask_commit) {
            remove_deleted(s);
            step.reply = s.protocol.committed(true);
        }
        over = step.kind == access::Pop3Step::Kind::close || step.kind == access::Pop3Step::Kind::ask_commit;
        if (over) s.unlock();
        send(s, payload(s, std::move(step.reply), command));
    }
    s.socket->close();
}

} // namespace postopolis::nodes
