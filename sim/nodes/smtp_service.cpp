// See smtp_service.hpp.
#include "nodes/smtp_service.hpp"

#include <algorithm>
#include <charconv>

#include "nodes/ahead.hpp"
#include "nodes/network_match.hpp"
#include "nodes/queue_manager.hpp"

namespace postopolis::nodes {
namespace {

const std::uint64_t kStream = kernel::hash_name("smtp/service");

std::shared_ptr<const smtp::ServerProfile> make_profile(const MailHost& host, const SmtpConfig& config,
                                                        bool submission) {
    smtp::ServerConfig c;
    c.host_name = host.name();
    c.extensions = config.extensions;
    c.max_recipients = config.max_recipients;
    c.max_message_size = config.max_message_size;
    c.vrfy = config.vrfy;
    if (submission) {
        c.requires_auth = host.config().requires_auth;
        if (!c.extensions.auth.any()) c.extensions.auth = {true, true};
    } else {
        c.extensions.auth = {};
    }
    return std::make_shared<const smtp::ServerProfile>(std::move(c));
}

} // namespace

SmtpService::SmtpService(MailHost& host, const SmtpConfig& config, bool submission)
    : host_(host), config_(config), submission_(submission), slots_(host, config.max_sessions),
      trusted_hosts_(config.trusted.hosts.begin(), config.trusted.hosts.end()) {}

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
    if (!profile_) profile_ = make_profile(host_, config_, submission_);
    return profile_;
}

SmtpService::Session::Session(SmtpService& service, net::Socket& its_socket, Duration waited_for_slot)
    : socket(its_socket), protocol(service.profile(), service.is_trusted(its_socket)),
      draws(service.host_.simulation().key(), kernel::hash_combine(kStream, its_socket.id())),
      waited(waited_for_slot) {}

void SmtpService::on_connection(std::unique_ptr<net::Socket> socket) { host_.start(serve(std::move(socket))); }

Duration SmtpService::work(Session& s, const Distribution& d) const {
    const Duration needed = d.draw_duration(s.draws);
    s.worked += needed;
    return needed;
}

void SmtpService::reply(Session& s, smtp::ReplyPtr reply) {
    const std::size_t octets = smtp::wire_size(*reply);
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
    return trusted_hosts_.contains(peer) ||
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
        if (payload.kind == MailPayload::Kind::content) {
            auto& content = static_cast<ContentPayload&>(payload);
            content.offer.meter.settle(host_.now());
            if (smtp::ReplyPtr refusal = refuse_content(s, content.message)) {
                reply(s, std::move(refusal));
                continue;
            }
            content.offer.meter.turn(host_.now(), trace::Cause::service);
            const Duration needed = work(s, config_.service.per_message);
            if (needed > Duration()) co_await socket->pause(needed);
            finish_content(s, content);
        } else {
            const Duration needed = work(s, config_.service.per_command);
            if (needed > Duration()) co_await socket->pause(needed);
            reply(s, answer(s, static_cast<CommandPayload&>(payload).command, host_.now()));
        }
    }
    socket->close();
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
    if (step.kind == smtp::Step::Kind::start_tls) s.protocol.tls_established();
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
    if (account && given.password == account.password()) return {};
    return smtp::make_reply(535, {5, 7, 8}, "Error: authentication failed");
}

smtp::ReplyPtr SmtpService::refuse_content(Session& s, const mail::Message& message) const {
    smtp::Step step = s.protocol.on_content(message.empty() ? 0 : message.size());
    return step.kind == smtp::Step::Kind::ask_content ? smtp::ReplyPtr() : std::move(step.reply);
}

smtp::ReplyPtr SmtpService::refuse_message(Session& s, const mail::Message& message, Time when) const {
    smtp::ReplyPtr refusal = faulty(s, when, smtp::Stage::end_of_data);
    if (!refusal && message.received_count() >= host_.config().hop_limit)
        refusal = smtp::make_reply(554, {5, 4, 6}, "Error: too many hops");
    if (!refusal) return {};
    s.over = refusal->code == 421;
    return s.protocol.answer(std::move(refusal));
}

smtp::ReplyPtr SmtpService::accepted(Session& s) const { return s.protocol.answer(); }

void SmtpService::finish_content(Session& s, ContentPayload& payload) {
    if (smtp::ReplyPtr refusal = refuse_message(s, payload.message, host_.now()))
        return reply(s, std::move(refusal));
    s.cause = take(prepare(s, std::move(payload.message), std::move(payload.offer)), s.socket);
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
    if (!is_busy()) return make(std::make_shared<const std::string>(peer.name()));
    if (from_hosts_.size() >= kMost && !from_hosts_.contains(peer.id())) from_hosts_.clear();
    std::shared_ptr<const mail::Passage>& passage = from_hosts_[peer.id()];
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

trace::EventId SmtpService::take(Taking taking, const net::Socket& socket) {
    Incoming in;
    in.queue_id = host_.new_queue_id();
    in.letter = taking.offer.letter;
    in.reverse_path = std::move(taking.reverse_path);
    std::from_chars(in.queue_id.data(), in.queue_id.data() + in.queue_id.size(), taking.hop.id, 16);
    taking.hop.unix_nanoseconds = host_.world().date(host_.now()).unix_nanoseconds;
    if (!taking.helo) {
        in.message = taking.message.passed(taking.hop);
    } else {
        mail::Received field = mail::received(taking.hop);
        field.from_helo = std::move(taking.helo);
        in.message = taking.message.prepended(std::move(field));
    }
    in.recipients.reserve(taking.recipients.size());
    for (std::size_t i = 0; i < taking.recipients.size(); ++i)
        in.recipients.push_back({std::move(taking.recipients[i]), taking.offer.copies[i]});

    const std::string& peer = socket.peer().name();
    taking.offer.meter.settle(host_.now());
    trace::Passed passed{submission_ ? trace::Passed::Stage::submission : trace::Passed::Stage::transfer,
                         taking.offer.copies, taking.offer.meter.start(), taking.offer.meter.account(), peer,
                         host_.name()};
    const trace::EventId event = host_.tell(taking.cause, passed);
    trace::Accepted accepted{in.letter, taking.offer.copies, host_.name(), in.queue_id, peer, socket.id(),
                             in.message.received_count()};
    in.cause = host_.tell(event, accepted);
    const trace::EventId cause = in.cause;
    // A crash between here and the answer loses the answer, not the message: the client will send it again.
    host_.queue().take(std::move(in));
    return cause;
}

} // namespace postopolis::nodes
