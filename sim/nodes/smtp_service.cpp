// See smtp_service.hpp.
#include "nodes/smtp_service.hpp"

#include <algorithm>

#include "nodes/network_match.hpp"
#include "nodes/queue_manager.hpp"

namespace postopolis::nodes {
namespace {

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

/// One connection's dialogue.
struct SmtpService::Session {
    Session(std::unique_ptr<net::Socket> s, std::shared_ptr<const smtp::ServerProfile> profile, bool trusted)
        : socket(std::move(s)), protocol(std::move(profile), trusted) {}
    std::unique_ptr<net::Socket> socket;
    smtp::ServerSession protocol;
    Duration worked; ///< since the last reply
    Duration waited; ///< for a slot, before the greeting
    trace::EventId cause = 0;
    bool over = false;
};

SmtpService::SmtpService(MailHost& host, const SmtpConfig& config, bool submission)
    : host_(host), config_(config), submission_(submission),
      slots_(host, config.max_sessions), service_(host.stream(submission ? "submission service" : "smtp service")) {}

class SmtpService::Presence {
public:
    explicit Presence(SmtpService& service) : service_(service) { ++service_.sessions_; }
    Presence(const Presence&) = delete;
    ~Presence() {
        if (--service_.sessions_ == 0) service_.rest();
    }

private:
    SmtpService& service_;
};

const std::shared_ptr<const smtp::ServerProfile>& SmtpService::profile() {
    if (!profile_) profile_ = make_profile(host_, config_, submission_);
    return profile_;
}

void SmtpService::rest() {
    profile_.reset();
    peers_ = {};
}

void SmtpService::on_connection(std::unique_ptr<net::Socket> socket) { host_.spawn(serve(std::move(socket))); }

Duration SmtpService::work(Session& s, const Distribution& d) {
    const Duration needed = d.draw_duration(service_);
    s.worked += needed;
    return needed;
}

void SmtpService::reply(Session& s, smtp::ReplyPtr reply) {
    const std::size_t octets = smtp::wire_size(*reply);
    auto payload = std::make_unique<ReplyPayload>(std::move(reply));
    payload->work = std::exchange(s.worked, Duration());
    payload->waited = std::exchange(s.waited, Duration());
    payload->cause = s.cause;
    s.socket->send(std::move(payload), octets);
}

smtp::ReplyPtr SmtpService::faulty(smtp::Stage stage, const mail::Address* recipient) const {
    if (host_.config().answers.empty()) return {};
    const AnswerFault* fault = host_.answer_fault(stage, recipient != nullptr ? recipient->text() : std::string());
    if (fault == nullptr) return {};
    mail::EnhancedStatus enhanced = mail::parse_enhanced_status(fault->enhanced).value_or(mail::EnhancedStatus{});
    return smtp::make_reply(fault->code, enhanced, fault->text);
}

bool SmtpService::is_trusted(const net::Socket& socket) const {
    const TrustConfig& t = config_.trusted;
    const std::string& peer = socket.peer().name();
    auto same = [&](const std::string& name) { return name == peer; };
    auto alike = [&](const std::string& pattern) { return matches_pattern(pattern, peer); };
    auto within = [&](const std::string& network) { return in_network(network, socket.peer().address()); };
    return std::any_of(t.hosts.begin(), t.hosts.end(), same) ||
           std::any_of(t.networks.begin(), t.networks.end(), within) ||
           std::any_of(t.patterns.begin(), t.patterns.end(), alike);
}

kernel::Task<void> SmtpService::serve(std::unique_ptr<net::Socket> socket) {
    const Presence presence(*this);
    const Time arrived = host_.now();
    kernel::Semaphore::Permit permit = co_await slots_.acquire();
    const bool trusted = is_trusted(*socket);
    Session s(std::move(socket), profile(), trusted);
    s.waited = host_.now() - arrived;
    const Duration greeting_work = work(s, config_.service.per_connection);
    if (greeting_work > Duration()) co_await host_.sleep(greeting_work);
    if (smtp::ReplyPtr refusal = faulty(smtp::Stage::greeting)) {
        reply(s, std::move(refusal));
        s.socket->close();
        co_return;
    }
    reply(s, s.protocol.greeting());
    while (!s.over) {
        net::Received r = co_await s.socket->receive(host_.config().timeouts.server);
        if (r.kind == net::Received::Kind::timed_out) {
            reply(s, s.protocol.shut_down("4.4.2 Error: timeout exceeded"));
            break;
        }
        if (r.kind != net::Received::Kind::payload) break;
        auto& payload = static_cast<MailPayload&>(*r.payload);
        s.cause = payload.cause;
        if (payload.kind == MailPayload::Kind::content) {
            auto& content = static_cast<ContentPayload&>(payload);
            if (refuse_content(s, content)) continue;
            const Duration needed = work(s, config_.service.per_message);
            if (needed > Duration()) co_await host_.sleep(needed);
            take_content(s, content);
        } else {
            const Duration needed = work(s, config_.service.per_command);
            if (needed > Duration()) co_await host_.sleep(needed);
            take_command(s, static_cast<CommandPayload&>(payload).command);
        }
    }
    s.socket->close();
}

void SmtpService::take_command(Session& s, const smtp::Command& command) {
    if (command.verb == smtp::Verb::ehlo || command.verb == smtp::Verb::helo) {
        if (smtp::ReplyPtr refusal = faulty(smtp::Stage::ehlo)) {
            s.over = refusal->code == 421;
            reply(s, std::move(refusal));
            return;
        }
    }
    smtp::Step step = s.protocol.on_command(command);
    if (step.kind != smtp::Step::Kind::reply && step.kind != smtp::Step::Kind::close &&
        step.kind != smtp::Step::Kind::start_tls) {
        smtp::ReplyPtr verdict = judge(s, step);
        s.over = verdict && verdict->code == 421;
        step.reply = s.protocol.answer(std::move(verdict));
    }
    if (step.kind == smtp::Step::Kind::start_tls) s.protocol.tls_established();
    s.over = s.over || step.kind == smtp::Step::Kind::close;
    reply(s, std::move(step.reply));
}

smtp::ReplyPtr SmtpService::judge(Session& s, const smtp::Step& step) {
    switch (step.kind) {
    case smtp::Step::Kind::ask_mail: return faulty(smtp::Stage::mail);
    case smtp::Step::Kind::ask_rcpt: return judge_recipient(s);
    case smtp::Step::Kind::ask_auth: return judge_credentials(s);
    case smtp::Step::Kind::ask_vrfy: return judge_who(s.protocol.who_is_asked_for());
    case smtp::Step::Kind::ask_data: return faulty(smtp::Stage::data);
    default: return {};
    }
}

smtp::ReplyPtr SmtpService::judge_recipient(const Session& s) const {
    const mail::Address& to = *s.protocol.path();
    if (smtp::ReplyPtr refusal = faulty(smtp::Stage::rcpt, &to)) return refusal;
    const Directory& directory = host_.world().directory;
    const bool here = host_.has_mailboxes_of(to.domain);
    if (here || host_.takes_mail_for(to.domain)) {
        if (!directory.account(to) && (here || host_.config().checks_recipients))
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
    if (!account) return smtp::make_reply(550, {5, 1, 1}, "<" + mailbox->text() + ">: User unknown");
    return smtp::make_reply(250, {2, 1, 5}, "<" + account.address() + ">");
}

smtp::ReplyPtr SmtpService::judge_credentials(const Session& s) const {
    if (smtp::ReplyPtr refusal = faulty(smtp::Stage::auth)) return refusal;
    const smtp::Credentials& given = s.protocol.credentials();
    auto parsed = mail::parse_mailbox(given.user);
    const auto* address = std::get_if<mail::Address>(&parsed);
    const Account account = address != nullptr ? host_.world().directory.account(*address) : Account();
    if (account && given.password == account.password()) return {};
    return smtp::make_reply(535, {5, 7, 8}, "Error: authentication failed");
}

bool SmtpService::refuse_content(Session& s, ContentPayload& payload) {
    payload.offer.meter.settle(host_.now());
    smtp::Step step = s.protocol.on_content(payload.message.empty() ? 0 : payload.message.size());
    if (step.kind != smtp::Step::Kind::ask_content) {
        reply(s, std::move(step.reply));
        return true;
    }
    payload.offer.meter.turn(host_.now(), trace::Cause::service);
    return false;
}

void SmtpService::take_content(Session& s, ContentPayload& payload) {
    smtp::ReplyPtr refusal = faulty(smtp::Stage::end_of_data);
    if (!refusal && payload.message.received_count() >= host_.config().hop_limit)
        refusal = smtp::make_reply(554, {5, 4, 6}, "Error: too many hops");
    s.over = refusal && refusal->code == 421;
    if (!refusal) take(s, payload);
    smtp::ReplyPtr verdict = s.protocol.answer(std::move(refusal));
    reply(s, std::move(verdict));
}

const SmtpService::PeerTexts& SmtpService::texts_of(const Session& s) {
    constexpr std::size_t kMost = 1000;
    const net::Host& peer = s.socket->peer();
    if (peers_.size() >= kMost && !peers_.contains(peer.id())) peers_.clear();
    PeerTexts& texts = peers_[peer.id()];
    if (!texts.ip) {
        texts.ip = std::make_shared<const std::string>(net::address_text(peer.address()));
        // An author's computer has no name in the DNS, and its name here is the author's address.
        if (peer.name().find('@') == std::string::npos) texts.name = std::make_shared<const std::string>(peer.name());
    }
    const std::string& helo = s.protocol.helo_name();
    if (!texts.helo || *texts.helo != helo)
        texts.helo = texts.name && *texts.name == helo ? texts.name : std::make_shared<const std::string>(helo);
    return texts;
}

mail::Received SmtpService::received_field(const Session& s, const std::string& queue_id) {
    const PeerTexts& texts = texts_of(s);
    mail::Received field;
    field.from_helo = texts.helo;
    field.from_name = texts.name;
    field.from_ip = texts.ip;
    field.by = host_.shared_name();
    field.with = s.protocol.with_protocol();
    field.id = queue_id;
    if (s.protocol.recipients().size() == 1) field.recipient = s.protocol.recipients().front();
    field.date = host_.world().date(host_.now());
    return field;
}

void SmtpService::take(Session& s, ContentPayload& payload) {
    Incoming in;
    in.queue_id = host_.new_queue_id();
    in.letter = payload.offer.letter;
    in.reverse_path = s.protocol.reverse_path();
    in.message = payload.message.prepended(received_field(s, in.queue_id));
    const std::vector<mail::AddressPtr>& recipients = s.protocol.recipients();
    for (std::size_t i = 0; i < recipients.size(); ++i)
        in.recipients.push_back({recipients[i], payload.offer.copies[i]});

    payload.offer.meter.settle(host_.now());
    trace::Passed passed{submission_ ? trace::Passed::Stage::submission : trace::Passed::Stage::transfer,
                         payload.offer.copies, payload.offer.meter.start(), payload.offer.meter.account(),
                         s.socket->peer().name(), host_.name()};
    const trace::EventId event = host_.tell(s.cause, passed);
    trace::Accepted accepted{in.letter, payload.offer.copies, host_.name(), in.queue_id, s.socket->peer().name(),
                             s.socket->id(), in.message.received_count()};
    in.cause = host_.tell(event, accepted);
    s.cause = in.cause;
    // A crash between here and the answer loses the answer, not the message: the client will send it again.
    host_.queue().take(std::move(in));
}

} // namespace postopolis::nodes
