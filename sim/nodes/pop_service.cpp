// See pop_service.hpp.
#include "nodes/pop_service.hpp"

#include <algorithm>

namespace postopolis::nodes {

struct PopService::Session {
    Session(std::unique_ptr<net::Socket> s, MailStore& mail_store, const std::string& host_name)
        : socket(std::move(s)), store(mail_store), protocol(host_name) {}
    Session(const Session&) = delete;
    ~Session() { unlock(); }
    void unlock() {
        Mailbox* box = mailbox.empty() ? nullptr : store.find(mailbox);
        if (box != nullptr) box->locked = false;
        store.tidy(mailbox);
        mailbox.clear();
    }
    std::unique_ptr<net::Socket> socket;
    MailStore& store;
    access::Pop3Server protocol;
    std::string mailbox; ///< locked by this session; empty: none
    std::vector<StoredMessage> snapshot;
    Duration worked;
    Duration waited;
};

PopService::PopService(MailHost& host)
    : host_(host), slots_(host, host.config().pop.max_sessions), service_(host.stream("pop service")) {}

void PopService::on_connection(std::unique_ptr<net::Socket> socket) { host_.spawn(serve(std::move(socket))); }

kernel::Task<void> PopService::work(Session& s, const Distribution& d) {
    const Duration needed = d.draw_duration(service_);
    s.worked += needed;
    if (needed > Duration()) co_await host_.sleep(needed);
}

void PopService::reply(Session& s, access::Pop3Reply reply) {
    const std::uint64_t octets = access::wire_size(reply);
    auto payload = std::make_unique<PopReplyPayload>(std::move(reply));
    payload->work = std::exchange(s.worked, Duration());
    payload->waited = std::exchange(s.waited, Duration());
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
    Session s(std::move(socket), host_.store(), host_.name());
    s.waited = host_.now() - arrived;
    const ServiceTimes& times = host_.config().pop.service;
    co_await work(s, times.per_connection);
    reply(s, s.protocol.greeting());
    for (bool over = false; !over;) {
        // RFC 1939 section 3: an autologout timer of at least ten minutes, which ends without UPDATE.
        net::Received r = co_await s.socket->receive(Duration::minutes(10));
        if (r.kind != net::Received::Kind::payload) break;
        const access::Pop3Command command = static_cast<PopCommandPayload&>(*r.payload).command;
        const bool retrieves = command.verb == access::Pop3Verb::retr;
        co_await work(s, retrieves ? times.per_message : times.per_command);
        access::Pop3Step step = s.protocol.on_command(command);
        if (step.kind == access::Pop3Step::Kind::ask_login) step.reply = log_in(s);
        if (step.kind == access::Pop3Step::Kind::ask_commit) {
            remove_deleted(s);
            step.reply = s.protocol.committed(true);
        }
        over = step.kind == access::Pop3Step::Kind::close || step.kind == access::Pop3Step::Kind::ask_commit;
        if (over) s.unlock();
        if (!retrieves || !step.reply.ok) {
            reply(s, std::move(step.reply));
            continue;
        }
        const StoredMessage& stored = s.snapshot[command.number - 1];
        const std::uint64_t octets = access::wire_size(step.reply);
        auto payload = std::make_unique<PopReplyPayload>(std::move(step.reply));
        payload->letter = stored.letter;
        payload->copy = stored.copy;
        payload->filed = stored.filed;
        payload->cause = stored.event;
        payload->work = std::exchange(s.worked, Duration());
        s.socket->send(std::move(payload), octets);
    }
    s.socket->close();
}

} // namespace postopolis::nodes
