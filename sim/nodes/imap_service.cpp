// See imap_service.hpp. Before a command runs, what the MDA and POP3 did to the mailbox is taken over into INBOX, and
// what the command did to INBOX is written back after it.
#include "nodes/imap_service.hpp"

#include <algorithm>

namespace postopolis::nodes {

struct ImapService::Session {
    Session(ImapService& s, std::unique_ptr<net::Socket> connection)
        : service(s), socket(std::move(connection)),
          protocol(s.host_.name(), access::ImapOffer{.idle = s.host_.config().imap.idle}) {
        service.sessions_.push_back(this);
    }
    Session(const Session&) = delete;
    ~Session() { std::erase(service.sessions_, this); }
    ImapService& service;
    std::unique_ptr<net::Socket> socket;
    access::ImapServer protocol;
    access::ImapReader reader;
    Folders* folders = nullptr; ///< once logged in
    Duration worked;
    Duration waited;
};

ImapService::ImapService(MailHost& host)
    : host_(host), slots_(host, host.config().imap.max_sessions), service_(host.stream("imap service")) {}

ImapService::~ImapService() = default;

void ImapService::on_connection(std::unique_ptr<net::Socket> socket) { host_.spawn(serve(std::move(socket))); }

kernel::Task<void> ImapService::work(Session& s, const Distribution& d) {
    const Duration needed = d.draw_duration(service_);
    s.worked += needed;
    if (needed > Duration()) co_await host_.sleep(needed);
}

void ImapService::send(Session& s, access::ImapOutput output, std::vector<access::ImapOriginPtr> origins) {
    if (output.empty()) return;
    const std::uint64_t octets = output.size();
    auto payload = std::make_unique<ImapPayload>(std::move(output));
    payload->origins = std::move(origins);
    payload->work = std::exchange(s.worked, Duration());
    payload->waited = std::exchange(s.waited, Duration());
    s.socket->send(std::move(payload), octets);
}

ImapService::Folders& ImapService::folders_of(const std::string& name) {
    std::unique_ptr<Folders>& folders = folders_[name];
    if (!folders) {
        constexpr std::int64_t kSecond = 1'000'000'000;
        folders = std::make_unique<Folders>(
            name, static_cast<std::uint32_t>(host_.world().start_unix_nanoseconds / kSecond));
        access::ImapAccount& account = folders->account;
        account.create("Archive", access::ImapUse::archive);
        account.create("Drafts", access::ImapUse::drafts);
        account.create("Junk", access::ImapUse::junk);
        account.create("Sent", access::ImapUse::sent);
        account.create("Trash", access::ImapUse::trash);
        host_.store().open(name); // for the number that its next message gets, even where it is empty
        read_store(*folders);
        host_.store().tidy(name);
    }
    return *folders;
}

access::ImapOutput ImapService::log_in(Session& s) {
    auto parsed = mail::parse_mailbox(s.protocol.user());
    const auto* address = std::get_if<mail::Address>(&parsed);
    const Account account = address != nullptr ? host_.world().directory.account(*address) : Account();
    if (!account || !host_.has_mailboxes_of(address->domain) || s.protocol.password() != account.password())
        return s.protocol.refuse();
    s.folders = &folders_of(mail::to_lower_domain(account.address()));
    s.folders->account.quota = account.quota();
    read_store(*s.folders);
    return s.protocol.admit(s.folders->account);
}

void ImapService::read_store(Folders& folders) {
    const std::shared_ptr<access::ImapFolder> inbox = folders.account.inbox();
    const Mailbox* box = host_.store().find(folders.name);
    if (box != nullptr) {
        auto fresh = std::lower_bound(box->messages.begin(), box->messages.end(), inbox->uid_next(),
                                      [](const StoredMessage& m, std::uint32_t uid) { return m.uid < uid; });
        for (; fresh != box->messages.end(); ++fresh) {
            auto origin = std::make_shared<StoredOrigin>();
            origin->letter = fresh->letter;
            origin->copy = fresh->copy;
            origin->filed = fresh->filed;
            origin->event = fresh->event;
            inbox->add_as(static_cast<std::uint32_t>(fresh->uid), fresh->message, host_.world().date(fresh->filed),
                          std::move(origin));
        }
        inbox->reserve_uids(static_cast<std::uint32_t>(box->next_uid));
    }
    // What POP3 has deleted.
    const std::size_t left = box != nullptr ? box->messages.size() : 0;
    if (inbox->messages().size() == left) return;
    const std::vector<access::ImapMessagePtr> all = inbox->messages();
    std::size_t at = 0;
    for (const access::ImapMessagePtr& m : all) {
        if (at < left && box->messages[at].uid == m->uid)
            ++at;
        else
            inbox->expunge(*m);
    }
    folders.expunges_seen = inbox->expunges();
}

void ImapService::write_store(Folders& folders) {
    const std::shared_ptr<access::ImapFolder> inbox = folders.account.inbox();
    const std::uint64_t octets = folders.account.octets();
    Mailbox* box = host_.store().find(folders.name);
    if (box == nullptr && octets == 0) return;
    if (box == nullptr) box = &host_.store().open(folders.name);
    if (inbox->expunges() != folders.expunges_seen) {
        folders.expunges_seen = inbox->expunges();
        auto gone = [&](const StoredMessage& m) { return inbox->find(static_cast<std::uint32_t>(m.uid)) == nullptr; };
        std::erase_if(box->messages, gone);
    }
    // What was put into INBOX by APPEND and COPY.
    const auto& all = inbox->messages();
    auto fresh = std::lower_bound(all.begin(), all.end(), box->next_uid,
                                  [](const access::ImapMessagePtr& m, std::uint64_t uid) { return m->uid < uid; });
    for (; fresh != all.end(); ++fresh) {
        StoredMessage stored;
        stored.uid = (*fresh)->uid;
        stored.message = (*fresh)->message;
        stored.filed = host_.now();
        if ((*fresh)->origin) {
            const auto& origin = static_cast<const StoredOrigin&>(*(*fresh)->origin);
            stored.letter = origin.letter;
            stored.copy = origin.copy;
            stored.filed = origin.filed;
            stored.event = origin.event;
        }
        box->messages.push_back(std::move(stored));
    }
    box->next_uid = std::max<std::uint64_t>(box->next_uid, inbox->uid_next());
    box->octets = inbox->octets();
    box->elsewhere = octets - inbox->octets();
    host_.store().tidy(folders.name);
}

void ImapService::push(const Folders& folders, const Session* except) {
    for (Session* s : sessions_)
        if (s != except && s->folders == &folders && s->protocol.idling()) send(*s, s->protocol.changes());
}

void ImapService::changed(const std::string& mailbox) {
    auto found = folders_.find(mailbox);
    if (found == folders_.end()) return;
    read_store(*found->second);
    push(*found->second, nullptr);
}

bool ImapService::watched(const std::string& mailbox) const {
    return std::any_of(sessions_.begin(), sessions_.end(),
                       [&](const Session* s) { return s->folders != nullptr && s->folders->name == mailbox; });
}

kernel::Task<void> ImapService::answer(Session& s, const access::ImapLine& line, bool& over) {
    const ServiceTimes& times = host_.config().imap.service;
    co_await work(s, times.per_command);
    if (s.folders != nullptr) read_store(*s.folders);
    access::ImapStep step = s.protocol.on_line(line, host_.world().date(host_.now()));
    if (step.kind == access::ImapStep::Kind::ask_login) step.output = log_in(s);
    over = step.kind == access::ImapStep::Kind::close;
    std::vector<access::ImapOriginPtr> origins = s.protocol.sent();
    if (s.folders != nullptr) {
        write_store(*s.folders);
        push(*s.folders, &s);
    }
    for (std::size_t i = 0; i < origins.size(); ++i) co_await work(s, times.per_message);
    send(s, std::move(step.output), std::move(origins));
}

kernel::Task<void> ImapService::serve(std::unique_ptr<net::Socket> socket) {
    using Found = access::ImapReader::Found;
    const Time arrived = host_.now();
    kernel::Semaphore::Permit permit = co_await slots_.acquire();
    Session s(*this, std::move(socket));
    s.waited = host_.now() - arrived;
    co_await work(s, host_.config().imap.service.per_connection);
    send(s, s.protocol.greeting());
    for (bool over = false; !over;) {
        // RFC 9051 section 5.4: an autologout timer of at least 30 minutes. A client in IDLE starts it again before it
        // ends (RFC 2177); as nothing comes of that, it is not played out.
        const Duration patience = s.protocol.idling() ? Duration::max() : Duration::minutes(30);
        net::Received r = co_await s.socket->receive(patience);
        if (r.kind != net::Received::Kind::payload) break;
        s.reader.feed(static_cast<ImapPayload&>(*r.payload).output);
        for (Found found = s.reader.next(); found != Found::nothing && !over; found = s.reader.next()) {
            if (found == Found::wants_literal) {
                s.reader.accept_literal();
                send(s, s.protocol.go_ahead());
                continue;
            }
            if (found == Found::too_long) {
                send(s, s.protocol.too_long().output);
                over = true;
                continue;
            }
            const access::ImapLine line = s.reader.take_line();
            if (found == Found::too_large)
                send(s, s.protocol.too_large(line.texts.front().substr(0, line.texts.front().find(' '))));
            else
                co_await answer(s, line, over);
        }
    }
    s.socket->close();
}

} // namespace postopolis::nodes
