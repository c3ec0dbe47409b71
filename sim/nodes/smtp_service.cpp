// See smtp_service.hpp.
#include "nodes/smtp_service.hpp"

#include <algorithm>
#include <charconv>

#include "nodes/ahead.hpp"
#include "nodes/network_match.hpp"
#include "nodes/queue_manager.hpp"

namespace postopolis::nodes {
namespace {

const std::uint64_t kSmtpStream = kernel::hash_name("smtp/service");

std::shared_ptr<const smtp::ServerProfile> make_profile(const MailHost& host, const SmtpConfig& config,
                                                        SmtpService::Door door) {
    smtp::ServerConfig c;
    c.host_name = host.name();
    c.extensions = config.extensions;
    c.max_recipients = config.max_recipients;
    c.max_message_size = config.max_message_size;
    c.vrfy = config.vrfy;
    c.help = config.help;
    c.extended = config.ehlo;
    c.requires_tls = config.requires_tls;
    c.auth_needs_tls = config.auth_needs_tls;
    c.lmtp = door == SmtpService::Door::lmtp;
    if (c.lmtp) c.greeting = "LMTP";
    if (door == SmtpService::Door::submission || door == SmtpService::Door::submissions) {
        c.requires_auth = host.config().requires_auth;
        if (!c.extensions.auth.any()) c.extensions.auth = {true, true};
    } else {
        c.extensions.auth = {};
    }
    return std::make_shared<const smtp::ServerProfile>(std::move(c));
}

} // namespace

SmtpService::SmtpService(MailHost& host, const SmtpConfig& config, Door door)
    : host_(host), config_(config), door_(door), slots_(host, config.max_sessions) {
    const std::vector<std::string>& trusted = config.trusted.hosts;
    if (!trusted.empty()) trusted_hosts_ = std::make_unique<const Names>(trusted.begin(), trusted.end());
}

class SmtpService::Presence {
public:
    explicit Presence(SmtpService& service) : service_(service) {
        ++service_.sessions_;
        ++service_.served_;
    }
    Presence(const Presence&) = delete;
    ~Presence() {
        if (--service_.sessions_ == 0 && !service_.is_busy()) service_.profile_.reset();
    }

private:
    SmtpService& service_;
};

const std::shared_ptr<const smtp::ServerProfile>& SmtpService::profile() {
    if (!profile_) profile_ = make_profile(host_, config_, door_);
    return profile_;
}

SmtpService::Session::Session(SmtpService& service, net::Socket& its_socket, Duration waited_for_slot)
    : socket(its_socket),
      protocol(service.profile(), service.is_trusted(its_socket), service.door_ == Door::submissions),
      draws(service.host_.simulation().key(), kernel::hash_combine(kSmtpStream, its_socket.id())),
      waited(waited_for_slot) {
    protocol.set_nonce(its_socket.id());
}

void SmtpService::on_connection(std::unique_ptr<net::Socket> socket) { host_.start(serve(std::move(socket))); }

Duration SmtpService::work(Session& s, const Distribution& d) const {
    const Duration needed = d.draw_duration(s.draws);
    s.worked += needed;
    return needed;
}

void SmtpService::reply(Session& s, smtp::ReplyPtr reply) {
    const std::uint64_t octets = s.on_wire(smtp::wire_size(*reply));
    auto payload = std::make_unique<ReplyPayload>(std::move(reply));
    payload->work = std::exchange(s.worked, Duration());
    payload->waited = std::exchange(s.waited, Duration());
    payload->cause = s.cause;
    s.socket.send(std::move(payload), octets);
}

smtp::ReplyPtr SmtpService::faulty(Session& s, Time when, smtp::Stage stage, const mail::Address* recipient) const {
    if (host_.config().answers.empty()) return {};
    const std::string to = recipient != nullptr ? recipient->text() : std::string();
    const AnswerFault* fault = host_.answer_fault(stage, to, when, s.draws);
    if (fault == nullptr) return {};
    mail::EnhancedStatus enhanced = mail::parse_enhanced_status(fault->enhanced).value_or(mail::EnhancedStatus{});
    return smtp::make_reply(fault->code, enhanced, fault->text);
}

bool SmtpService::is_trusted(const net::Socket& socket) const {
    const TrustConfig& t = config_.trusted;
    const std::string& peer = socket.peer().name();
    auto alike = [&](const std::string& pattern) { return matches_pattern(pattern, peer); };
    auto within = [&](const std::string& network) { return in_network(network, socket.peer().address()); };
    return (trusted_hosts_ && trusted_hosts_->contains(peer)) ||
           std::any_of(t.networks.begin(), t.networks.end(), within) ||
           std::any_of(t.patterns.begin(), t.patterns.end(), alike);
}

kernel::Task<void> SmtpService::serve(std::unique_ptr<net::Socket> socket) {
    const Presence presence(*this);
    const Time arrived = host_.now();
    kernel::Semaphore::Permit permit = co_await slots_.acquire();
    const Duration waited = host_.now() - arrived;
    if (Ahead::possible(host_, *socket)) {
        Ahead ahead(*this, *socket, static_cast<Conversation&>(*socket->counterpart()), waited);
        if (ahead.play(socket, permit)) co_return;
    }
    Session s(*this, *socket, waited);
    if (s.protocol.tls()) { // from the beginning
        while (!s.sealed) {
            net::Received r = co_await socket->receive(host_.config().timeouts.server);
            if (r.kind != net::Received::Kind::payload) co_return;
            co_await shake_hands(s, static_cast<TlsPayload&>(*r.payload));
        }
    }
    const Duration greeting_work = work(s, config_.service.per_connection);
    if (greeting_work > Duration()) co_await socket->pause(greeting_work);
    if (smtp::ReplyPtr refusal = refuse_client(s, host_.now())) {
        reply(s, std::move(refusal));
        socket->close();
        co_return;
    }
    reply(s, s.protocol.greeting());
    while (!s.over) {
        net::Received r = co_await socket->receive(host_.config().timeouts.server);
        if (r.kind == net::Received::Kind::timed_out) {
            reply(s, s.protocol.shut_down("4.4.2 Error: timeout exceeded"));
            break;
        }
        if (r.kind != net::Received::Kind::payload) break;
        auto& payload = static_cast<MailPayload&>(*r.payload);
        s.cause = payload.cause;
        switch (payload.kind) {
        case MailPayload::Kind::content: {
            auto& content = static_cast<ContentPayload&>(payload);
            co_await take_content(s, std::move(content.message), std::move(content.offer), nullptr);
            break;
        }
        case MailPayload::Kind::chunk: {
            auto& chunk = static_cast<ChunkPayload&>(payload);
            if (!chunk.command.last) {
                const Duration needed = work(s, config_.service.per_command);
                if (needed > Duration()) co_await socket->pause(needed);
                reply(s, answer(s, chunk.command, host_.now()));
                break;
            }
            const smtp::Command command = chunk.command;
            co_await take_content(s, std::move(chunk.message), std::move(chunk.offer), &command);
            break;
        }
        case MailPayload::Kind::tls: co_await shake_hands(s, static_cast<TlsPayload&>(payload)); break;
        default: {
            const Duration needed = work(s, config_.service.per_command);
            if (needed > Duration()) co_await socket->pause(needed);
            reply(s, answer(s, static_cast<CommandPayload&>(payload).command, host_.now()));
        }
        }
    }
    socket->close();
}

kernel::Task<void> SmtpService::take_content(Session& s, mail::Message message, Offer offer,
                                             const smtp::Command* last_chunk) {
    offer.meter.settle(host_.now());
    if (smtp::ReplyPtr refusal = refuse_content(s, message, last_chunk)) {
        if (s.protocol.asks_about_content()) // LMTP: every recipient hears of it
            co_await file_for_each(s, std::move(message), std::move(offer), std::move(refusal));
        else
            reply(s, std::move(refusal));
        co_return;
    }
    offer.meter.turn(host_.now(), trace::Cause::service);
    const Duration needed = work(s, config_.service.per_message);
    if (needed > Duration()) co_await s.socket.pause(needed);
    if (s.protocol.lmtp())
        co_await file_for_each(s, std::move(message), std::move(offer), nullptr);
    else
        finish_content(s, std::move(message), std::move(offer));
}

smtp::ReplyPtr SmtpService::refuse_client(Session& s, Time when) const {
    return faulty(s, when, smtp::Stage::greeting);
}

smtp::ReplyPtr SmtpService::answer(Session& s, const smtp::Command& command, Time when) const {
    if (command.verb == smtp::Verb::ehlo || command.verb == smtp::Verb::helo) {
        if (smtp::ReplyPtr refusal = faulty(s, when, smtp::Stage::ehlo)) {
            s.over = refusal->code == 421;
            return refusal;
        }
    }
    smtp::Step step = s.protocol.on_command(command);
    if (step.kind != smtp::Step::Kind::reply && step.kind != smtp::Step::Kind::close &&
        step.kind != smtp::Step::Kind::start_tls) {
        smtp::ReplyPtr verdict = judge(s, step, when);
        s.over = verdict && verdict->code == 421;
        step.reply = s.protocol.answer(std::move(verdict));
    }
    if (step.kind == smtp::Step::Kind::start_tls) {
        if (smtp::ReplyPtr refusal = faulty(s, when, smtp::Stage::starttls)) return refusal;
        s.protocol.tls_established();
    }
    s.over = s.over || step.kind == smtp::Step::Kind::close;
    return std::move(step.reply);
}

smtp::ReplyPtr SmtpService::judge(Session& s, const smtp::Step& step, Time when) const {
    switch (step.kind) {
    case smtp::Step::Kind::ask_mail: return faulty(s, when, smtp::Stage::mail);
    case smtp::Step::Kind::ask_rcpt: return judge_recipient(s, when);
    case smtp::Step::Kind::ask_auth: return judge_credentials(s, when);
    case smtp::Step::Kind::ask_vrfy: return judge_who(s.protocol.who_is_asked_for());
    case smtp::Step::Kind::ask_data: return faulty(s, when, smtp::Stage::data);
    default: return {};
    }
}

smtp::ReplyPtr SmtpService::judge_recipient(Session& s, Time when) const {
    const mail::Address& to = *s.protocol.path();
    if (smtp::ReplyPtr refusal = faulty(s, when, smtp::Stage::rcpt, &to)) return refusal;
    const Directory& directory = host_.world().directory;
    const bool here = host_.has_mailboxes_of(to.domain);
    if (here || host_.takes_mail_for(to.domain)) {
        if (!directory.takes(to) && (here || host_.config().checks_recipients))
            return smtp::make_reply(550, {5, 1, 1}, "<" + to.text() + ">: Recipient address rejected: User unknown");
        return {};
    }
    if (s.protocol.trusted() || !s.protocol.user().empty() || host_.config().relaying.open_relay) return {};
    return smtp::make_reply(554, {5, 7, 1}, "<" + to.text() + ">: Relay access denied");
}

smtp::ReplyPtr SmtpService::judge_who(std::string_view who) const {
    if (who.starts_with('<') && who.ends_with('>')) who = who.substr(1, who.size() - 2);
    auto parsed = mail::parse_mailbox(who);
    const auto* mailbox = std::get_if<mail::Address>(&parsed);
    if (mailbox == nullptr) return {}; // a name alone, which may be anybody's
    if (!host_.has_mailboxes_of(mailbox->domain) && !host_.takes_mail_for(mailbox->domain)) return {};
    const Account account = host_.world().directory.account(*mailbox);
    if (!account && host_.world().directory.other(*mailbox))
        return smtp::make_reply(250, {2, 1, 5}, "<" + mailbox->text() + ">");
    if (!account) return smtp::make_reply(550, {5, 1, 1}, "<" + mailbox->text() + ">: User unknown");
    return smtp::make_reply(250, {2, 1, 5}, "<" + account.address() + ">");
}

smtp::ReplyPtr SmtpService::judge_credentials(Session& s, Time when) const {
    if (smtp::ReplyPtr refusal = faulty(s, when, smtp::Stage::auth)) return refusal;
    const smtp::Credentials& given = s.protocol.credentials();
    auto parsed = mail::parse_mailbox(given.user);
    const auto* address = std::get_if<mail::Address>(&parsed);
    const Account account = address != nullptr ? host_.world().directory.account(*address) : Account();
    if (account && smtp::proves(given, account.password())) return {};
    return smtp::make_reply(535, {5, 7, 8}, "Error: authentication failed");
}

smtp::ReplyPtr SmtpService::refuse_content(Session& s, const mail::Message& message,
                                           const smtp::Command* last_chunk) const {
    smtp::Step step = last_chunk != nullptr ? s.protocol.on_command(*last_chunk)
                                            : s.protocol.on_content(message.empty() ? 0 : message.size());
    return std::move(step.reply);
}

smtp::ReplyPtr SmtpService::judge_message(Session& s, const mail::Message& message, Time when) const {
    smtp::ReplyPtr refusal = faulty(s, when, smtp::Stage::end_of_data);
    if (!refusal && message.received_count() >= host_.config().hop_limit)
        refusal = smtp::make_reply(554, {5, 4, 6}, "Error: too many hops");
    return refusal;
}

smtp::ReplyPtr SmtpService::refuse_message(Session& s, const mail::Message& message, Time when) const {
    smtp::ReplyPtr refusal = judge_message(s, message, when);
    if (!refusal) return {};
    s.over = refusal->code == 421;
    return s.protocol.answer(std::move(refusal));
}

smtp::ReplyPtr SmtpService::accepted(Session& s) const { return s.protocol.answer(); }

void SmtpService::finish_content(Session& s, mail::Message message, Offer offer) {
    if (smtp::ReplyPtr refusal = refuse_message(s, message, host_.now())) return reply(s, std::move(refusal));
    s.cause = take(prepare(s, std::move(message), std::move(offer)), s.socket);
    reply(s, accepted(s));
}

std::shared_ptr<const mail::Passage> SmtpService::passage_from(const net::Host& peer) {
    auto make = [this](mail::SharedText name) {
        return std::make_shared<const mail::Passage>(mail::Passage{std::move(name), host_.shared_name()});
    };
    // An author's computer has no name in the DNS, and its name here is the author's address.
    if (peer.name().find('@') != std::string::npos) {
        if (!from_nameless_) from_nameless_ = make(nullptr);
        return from_nameless_;
    }
    // Only busy hosts hear from the same ones again and again.
    constexpr std::size_t kMost = 1000;
    constexpr std::uint64_t kVeryBusy = 1000;
    if (served_ < kVeryBusy) return make(std::make_shared<const std::string>(peer.name()));
    if (!from_hosts_) from_hosts_ = std::make_unique<Passages>();
    if (from_hosts_->size() >= kMost && !from_hosts_->contains(peer.id())) from_hosts_->clear();
    std::shared_ptr<const mail::Passage>& passage = (*from_hosts_)[peer.id()];
    if (!passage) passage = make(std::make_shared<const std::string>(peer.name()));
    return passage;
}

SmtpService::Taking SmtpService::prepare(const Session& s, mail::Message message, Offer offer) {
    const net::Host& peer = s.socket.peer();
    Taking taking;
    taking.message = std::move(message);
    taking.offer = std::move(offer);
    taking.reverse_path = s.protocol.reverse_path();
    taking.recipients = s.protocol.recipients();
    if (s.protocol.any_rcpt_parameters() || !s.protocol.mail_parameters().empty()) {
        for (std::size_t i = 0; i < taking.recipients.size(); ++i) {
            smtp::DsnRequest asked = smtp::dsn_request(s.protocol.mail_parameters(), s.protocol.rcpt_parameters(i));
            const bool usual = asked == smtp::DsnRequest();
            taking.dsn.push_back(usual ? nullptr : std::make_shared<const smtp::DsnRequest>(std::move(asked)));
        }
    }
    taking.hop.passage = passage_from(peer);
    taking.hop.from_ip = peer.address();
    taking.hop.with = s.protocol.with_protocol();
    if (taking.recipients.size() == 1) taking.hop.recipient = taking.recipients.front();
    const std::string& helo = s.protocol.helo_name();
    const mail::SharedText& name = taking.hop.passage->from_name;
    if (name ? helo != *name : helo != "[" + net::address_text(peer.address()) + "]")
        taking.helo = std::make_shared<const std::string>(helo);
    taking.cause = s.cause;
    return taking;
}

mail::Message SmtpService::with_received(Taking& taking, const std::string& queue_id) const {
    std::from_chars(queue_id.data(), queue_id.data() + queue_id.size(), taking.hop.id, 16);
    taking.hop.unix_nanoseconds = host_.world().date(host_.now()).unix_nanoseconds;
    if (!taking.helo) return taking.message.passed(taking.hop);
    mail::Received field = mail::received(taking.hop);
    field.from_helo = std::move(taking.helo);
    return taking.message.prepended(std::move(field));
}

trace::EventId SmtpService::take(Taking taking, const net::Socket& socket) {
    Incoming in;
    in.queue_id = host_.new_queue_id();
    in.letter = taking.offer.letter;
    in.reverse_path = std::move(taking.reverse_path);
    in.message = with_received(taking, in.queue_id);
    in.recipients.reserve(taking.recipients.size());
    for (std::size_t i = 0; i < taking.recipients.size(); ++i)
        in.recipients.push_back({std::move(taking.recipients[i]), taking.offer.copies[i], false,
                                 taking.dsn.empty() ? nullptr : std::move(taking.dsn[i])});

    const std::string& peer = socket.peer().name();
    taking.offer.meter.settle(host_.now());
    const bool submission = door_ == Door::submission || door_ == Door::submissions;
    trace::Passed passed{submission ? trace::Passed::Stage::submission : trace::Passed::Stage::transfer,
                         taking.offer.copies, taking.offer.meter.start(), taking.offer.meter.account(), peer,
                         host_.name()};
    const trace::EventId event = host_.tell(taking.cause, passed);
    trace::Accepted accepted{in.letter, taking.offer.copies, host_.name(), in.queue_id, peer, socket.id(),
                             in.message.received_count(), taking.hop.with};
    in.cause = host_.tell(event, accepted);
    const trace::EventId cause = in.cause;
    // A crash between here and the answer loses the answer, not the message: the client will send it again.
    host_.queue().take(std::move(in));
    return cause;
}

} // namespace postopolis::nodes
