// Writing and reading. See submission.cpp for the way to the MSA.
#include "postopolis/nodes/person.hpp"

#include <algorithm>

#include "nodes/outgoing.hpp"
#include "nodes/payloads.hpp"
#include "postopolis/kernel/check.hpp"
#include "postopolis/nodes/mail_host.hpp"

namespace postopolis::nodes {

/// The instant at which an author presses "send".
class Person::Writing final : public kernel::Occurrence {
public:
    Writing(Person& person, LetterPlan plan, Written written)
        : person_(person), plan_(std::move(plan)), written_(std::move(written)) {}
    void happen() override {
        std::unique_ptr<Writing> self(this);
        if (person_.up()) person_.write(std::move(plan_), written_);
    }
    void drop() noexcept override { delete this; }

private:
    Person& person_;
    LetterPlan plan_;
    Written written_;
};

/// Tells an MUA that there is a letter.
class Person::Sign final : public kernel::Occurrence {
public:
    explicit Sign(Person& person) : person_(person) {}
    void happen() override {
        std::unique_ptr<Sign> self(this);
        person_.mail_waits();
    }
    kernel::Node* node() const override { return &person_; }
    void drop() noexcept override { delete this; }

private:
    Person& person_;
};

Person::Person(World& world, std::shared_ptr<const PersonConfig> config, std::string address, net::HostRef place,
               std::uint32_t ip)
    : Host(*world.network, std::move(address), place, ip), world_(world), config_(std::move(config)) {
    draw_phase();
}

Person::Person(World& world, std::shared_ptr<const PersonConfig> config, std::string address, net::HostRef place,
               std::uint32_t ip, kernel::NodeId id)
    : Host(*world.network, std::move(address), place, ip, id), world_(world), config_(std::move(config)) {
    draw_phase();
}

void Person::draw_phase() {
    if (!config_->reading) return;
    if (config_->reading->phase) {
        phase_ = *config_->reading->phase;
    } else {
        kernel::Stream s = stream("reading");
        const auto every = static_cast<std::uint64_t>(std::max<std::int64_t>(config_->reading->every.count(), 1));
        phase_ = Duration::nanoseconds(static_cast<std::int64_t>(s.below(every)));
    }
}

mail::AddressPtr Person::mailbox() const {
    // The name of the node is the address as text.
    const std::string& text = name();
    const std::size_t at = text.rfind('@');
    if (text.front() != '"') return std::make_shared<const mail::Address>(mail::Address{text.substr(0, at), text.substr(at + 1)});
    auto parsed = mail::parse_mailbox(text);
    kernel::check(std::holds_alternative<mail::Address>(parsed), "a person's name is the address as it is written");
    return std::make_shared<const mail::Address>(std::get<mail::Address>(std::move(parsed)));
}

std::string Person::display_name(const mail::Address& address) const {
    if (!config_->named_after_address) return config_->display_name;
    std::string name = address.local;
    bool start = true;
    for (char& c : name) {
        if (c == '.' || c == '_' || c == '-') c = ' ';
        if (start && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        start = c == ' ';
    }
    return name;
}

Person::~Person() = default;

void Person::write_at(Time when, LetterPlan plan) { write_at(when, std::move(plan), {}); }

void Person::write_at(Time when, LetterPlan plan, Written written) {
    schedule(when, new Writing(*this, std::move(plan), std::move(written)));
}

mail::ContentPtr Person::content_of(const LetterPlan& plan, const mail::AddressPtr& author,
                                    const std::string& message_id) const {
    const std::string shown = display_name(*author);
    const auto* generated = std::get_if<mail::GeneratedBody>(&plan.body);
    if (generated != nullptr && plan.to.size() == 1 && plan.cc.empty() && !plan.quote && !plan.presentation &&
        plan.in_reply_to.empty() && plan.references.empty()) {
        const mail::PlainSpec plain{author,     shown,
                                    plan.to.front(), plan.subject,
                                    world_.date(now()).unix_nanoseconds, letters_,
                                    *generated};
        return mail::compose(plain);
    }
    mail::LetterSpec spec;
    auto named = [](const mail::AddressPtr& a) { return mail::NamedAddress{a, {}}; };
    spec.from = {author, shown};
    std::transform(plan.to.begin(), plan.to.end(), std::back_inserter(spec.to), named);
    std::transform(plan.cc.begin(), plan.cc.end(), std::back_inserter(spec.cc), named);
    spec.subject = plan.subject;
    spec.date = world_.date(now());
    spec.message_id = message_id;
    spec.in_reply_to = plan.in_reply_to;
    spec.references = plan.references;
    spec.quote = plan.quote;
    spec.body = plan.body;
    spec.presentation = plan.presentation;
    return mail::compose(std::move(spec));
}

void Person::write(LetterPlan plan, const Written& written) {
    auto out = std::make_unique<Outgoing>();
    const mail::AddressPtr author = mailbox();
    out->author = author;
    out->letter = trace::make_id(id(), ++letters_);
    std::vector<mail::AddressPtr> recipients;
    std::vector<trace::RecipientKind> kinds;
    std::vector<trace::CopyId> copies;
    auto add = [&](const std::vector<mail::AddressPtr>& list, trace::RecipientKind kind) {
        for (const mail::AddressPtr& a : list) {
            // An address that stands in two fields gets one copy (RFC 5321 section 3.6.1 asks no more).
            if (std::any_of(recipients.begin(), recipients.end(), [&](const auto& r) { return *r == *a; })) continue;
            recipients.push_back(a);
            kinds.push_back(kind);
            copies.push_back(trace::make_id(id(), ++copies_));
            out->recipients.push_back({a, copies.back()});
        }
    };
    add(plan.to, trace::RecipientKind::to);
    add(plan.cc, trace::RecipientKind::cc);
    add(plan.bcc, trace::RecipientKind::bcc);
    const std::string message_id = mail::generated_message_id(world_.date(now()), letters_, *author);
    out->message = mail::Message(content_of(plan, author, message_id));
    out->meter = trace::Meter(now(), trace::Cause::queue);
    out->written = now();

    trace::Composed composed{out->letter, plan.kind, plan.about, author, plan.subject, message_id,
                             out->message.size(), recipients, kinds, copies, &out->message};
    out->cause = tell(plan.cause, composed);
    if (written) written(out->letter);
    outbox_.push_back(std::move(out));
    if (sending_) return;
    sending_ = true;
    spawn(submit_all());
}

void Person::announce_mail(MailHost& from) {
    if (!config_->reading) return;
    std::shared_ptr<const net::Path> path = world_.network->path(from, *this);
    if (path) from.schedule(from.now() + path->minimum_delay(), new Sign(*this));
}

void Person::on_down() {
    world_.check_planned(*this);
    for (const auto& letter : outbox_) {
        doubt(*letter, name());
        letter->meter.turn(now(), trace::Cause::held);
    }
    sending_ = false;
    waiting_ = waiting_ || look_planned_; // a look that is cut off has not seen everything
    look_planned_ = false;
}

void Person::on_up() {
    for (const auto& letter : outbox_) letter->meter.turn(now(), trace::Cause::queue);
    if (!outbox_.empty()) {
        sending_ = true;
        spawn(submit_all());
    }
    if (waiting_) plan_look();
}

void Person::mail_waits() {
    waiting_ = true;
    if (up()) plan_look();
}

void Person::plan_look() {
    if (look_planned_) return;
    look_planned_ = true;
    const Duration every = config_->reading->every;
    Time next = Time::at(phase_);
    if (now() > next) {
        const std::int64_t passed = (now() - next).count();
        const std::int64_t looks = (passed + every.count() - 1) / every.count();
        next += every * looks;
    }
    spawn(look(next));
}

kernel::Task<void> Person::look(Time when) {
    co_await sleep_until(when);
    waiting_ = false;
    co_await fetch();
    look_planned_ = false;
    if (!waiting_) co_return;
    // Not before the next instant of the grid, even when this look took no time.
    if (now() == when) co_await sleep(Duration::nanoseconds(1));
    if (!look_planned_) plan_look();
}

kernel::Task<void> Person::fetch() {
    const Time began = now();
    const mail::AddressPtr address = mailbox();
    const DomainEntry domain = world_.directory.domain(address->domain);
    MailHost* host = domain ? world_.host(domain.mailboxes()) : nullptr;
    if (host == nullptr) co_return;
    waiting_ = true; // until this look has gone well
    net::Connecting connecting = co_await connect(host->address(), kPopPort, config_->timeouts.connect, 0);
    if (!connecting.socket) co_return;
    trace::Meter meter(began, trace::Cause::transit);
    const bool leave = config_->reading->leave_on_server;
    access::Pop3ClientConfig settings{name(), world_.directory.account(*address).password(), leave};
    access::SeenUids known = seen_ ? *seen_ : access::SeenUids();
    access::Pop3Client client(settings, known);
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
            net::Received r = co_await connecting.socket->receive(config_->timeouts.server);
            if (r.kind != net::Received::Kind::payload) {
                client.on_lost();
                break;
            }
            auto& reply = static_cast<PopReplyPayload&>(*r.payload);
            meter.settle_reply(now(), reply.work, reply.waited);
            const std::size_t before = client.fetched().size();
            client.on_reply(reply.reply);
            if (client.fetched().size() > before && reply.copy != 0) {
                if (!seen_) seen_ = std::make_unique<access::SeenUids>();
                seen_->insert(client.fetched().back().uid);
                took(reply, began, meter);
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

void Person::took(const PopReplyPayload& reply, Time began, const trace::Meter& meter) {
    // In the mailbox until this look began; the dialogue from then on.
    trace::Account spent;
    if (reply.filed <= began) {
        spent = meter.account();
        spent.add(trace::Cause::pickup, began - reply.filed);
    } else {
        spent.add(trace::Cause::pickup, now() - reply.filed);
    }
    const std::string& name = this->name();
    const std::vector<trace::CopyId> copies{reply.copy};
    const std::string from = world_.directory.domain(mailbox()->domain).mailboxes();
    trace::Passed passed{trace::Passed::Stage::pickup, copies, reply.filed, spent, from, name};
    const trace::EventId event = tell(reply.cause, passed);
    trace::Fetched fetched{reply.letter, reply.copy, name, config_->reading->leave_on_server};
    const trace::EventId read = tell(event, fetched);
    if (const auto* body = std::get_if<access::Pop3Message>(&reply.reply.body))
        maybe_reply(body->message, reply.letter, read);
}

void Person::maybe_reply(const mail::Message& message, trace::LetterId letter, trace::EventId cause) {
    const ReplyConfig& config = config_->replies;
    if (config.probability <= 0 || message.content()->auto_submitted()) return;
    mail::AddressPtr author;
    for (const mail::TraceField& field : message.trace())
        if (const auto* path = std::get_if<mail::ReturnPath>(&field)) author = path->reverse_path;
    if (!author) return; // what has no return path wants no answer
    // What came by a list or a forwarder has another return path than its author's address.
    const mail::AddressPtr own = mailbox();
    if (mail::AddressPtr written_by = message.content()->author()) author = std::move(written_by);
    if (*author == *own) return;
    if (!considered_) considered_ = std::make_unique<std::unordered_set<trace::LetterId>>();
    if (!considered_->insert(letter).second) return;
    if (!reply_stream_) reply_stream_ = std::make_unique<kernel::Stream>(stream("replies"));
    if (!reply_stream_->chance(config.probability)) return;
    const Duration delay = config.delay.draw_duration(*reply_stream_);
    LetterPlan plan;
    if (mail::AddressPtr wanted = message.content()->reply_to()) author = std::move(wanted);
    plan.to.push_back(author);
    if (config.to_all)
        for (mail::AddressPtr& other : message.content()->addressees())
            if (!(*other == *own) && !(*other == *author)) plan.cc.push_back(std::move(other));
    plan.subject = mail::reply_subject(message.content()->subject());
    constexpr std::uint64_t kReplySize = 1200;
    plan.quote = message.content()->quote();
    plan.body = mail::GeneratedBody{reply_stream_->bits(), kReplySize};
    plan.kind = trace::LetterKind::reply;
    plan.about = letter;
    plan.in_reply_to = message.content()->message_id();
    plan.references = message.content()->references();
    plan.cause = cause;
    write_at(now() + delay, std::move(plan));
}

} // namespace postopolis::nodes
