// Writing, and what becomes of what was read. See submission.cpp for the way to the MSA, mail_device.cpp for reading.
#include "postopolis/nodes/person.hpp"

#include <algorithm>

#include "nodes/mail_device.hpp"
#include "nodes/outgoing.hpp"
#include "postopolis/kernel/check.hpp"
#include "postopolis/nodes/mail_host.hpp"

namespace postopolis::nodes {
namespace {

/// Longer than any time-out that is usual: a person is not forgotten while one of theirs is armed, and so it makes no
/// difference to when, whether a dialogue was played ahead of the clock.
constexpr Duration kRest = Duration::minutes(11);

/// RFC 3461 section 4.2: the address as the author wrote it goes along, so that a report can name it.
std::shared_ptr<const smtp::DsnRequest> request_for(smtp::DsnRequest asked, const mail::Address& recipient) {
    asked.original_recipient = "rfc822;" + recipient.text();
    return std::make_shared<const smtp::DsnRequest>(std::move(asked));
}

} // namespace

/// The instant at which an author presses "send".
class Person::Writing final : public kernel::Occurrence {
public:
    Writing(Person& person, LetterPlan plan, Written written)
        : person_(person), plan_(std::move(plan)), written_(std::move(written)) {}
    void happen() override {
        std::unique_ptr<Writing> self(this);
        --person_.expected_;
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
    Sign(Person& person, bool pushed) : person_(person), pushed_(pushed) {}
    void happen() override {
        std::unique_ptr<Sign> self(this);
        --person_.expected_;
        person_.mail_waits(pushed_);
    }
    kernel::Node* node() const override { return &person_; }
    void drop() noexcept override { delete this; }

private:
    Person& person_;
    bool pushed_;
};

/// The instant at which a person may be forgotten.
class Person::Rest final : public kernel::Occurrence {
public:
    explicit Rest(Person& person) : person_(person) {}
    void happen() override {
        const std::unique_ptr<Rest> self(this);
        person_.idle_event();
        person_.rest();
    }
    kernel::Node* node() const override { return &person_; }
    void drop() noexcept override { delete this; }

private:
    Person& person_;
};

Person::Person(World& world, std::shared_ptr<const PersonConfig> config, std::string address, net::HostRef place,
               std::uint32_t ip)
    : Host(*world.network, std::move(address), place, ip), world_(world), config_(std::move(config)) {}

Person::Person(World& world, std::shared_ptr<const PersonConfig> config, std::string address, net::HostRef place,
               std::uint32_t ip, Settlement& home, std::uint32_t number, const Dormant& numbers)
    : Host(*world.network, std::move(address), place, ip, home.person_id(number)), world_(world),
      config_(std::move(config)), number_(number), home_(&home), letters_(numbers.letters), copies_(numbers.copies) {
    go_on_after(numbers.connections);
}

void Person::plan_rest() {
    if (home_ == nullptr) return;
    busy_until_ = now();
    if (rest_planned_) return;
    rest_planned_ = true;
    schedule(now() + kRest, new Rest(*this));
}

bool Person::is_at_rest() const {
    if (!is_quiet() || deadline_spans() != 0 || sending_ || expected_ != 0) return false;
    if (!outbox_.empty() || taken_ || reply_stream_ || considered_) return false;
    if (devices_)
        for (const std::unique_ptr<MailDevice>& device : *devices_)
            if (!device->is_at_rest()) return false;
    // Nobody else than the home's host has to do with them, which is in the same partition.
    if (!config_->submits_at_home || !config_->submission.empty()) return false;
    const MailHost* host = home_->made_host(home_->domain_of(number_));
    return host == nullptr || (&host->partition() == &partition() && !host->has_socket_to(*this));
}

void Person::rest() {
    rest_planned_ = false;
    if (const Time due = busy_until_ + kRest; due > now()) {
        rest_planned_ = true;
        schedule(due, new Rest(*this));
    } else if (is_at_rest()) {
        const Dormant numbers{connections(), letters_, copies_};
        home_->forget(number_, numbers); // destroys this
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
    ++expected_;
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
    spec.eight_bit = plan.eight_bit;
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
    const bool asks = plan.dsn != smtp::DsnRequest();
    auto add = [&](const std::vector<mail::AddressPtr>& list, trace::RecipientKind kind) {
        for (const mail::AddressPtr& a : list) {
            // An address that stands in two fields gets one copy (RFC 5321 section 3.6.1 asks no more).
            if (std::any_of(recipients.begin(), recipients.end(), [&](const auto& r) { return *r == *a; })) continue;
            recipients.push_back(a);
            kinds.push_back(kind);
            copies.push_back(trace::make_id(id(), ++copies_));
            out->recipients.push_back({a, copies.back()});
            if (asks) out->recipients.back().dsn = request_for(plan.dsn, *a);
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
    if (!path) return;
    const bool pushed = config_->reading->push && from.pushes_to(mail::to_lower_domain(name()));
    ++expected_;
    from.schedule(from.now() + path->minimum_delay(), new Sign(*this, pushed));
}

void Person::on_down() {
    world_.check_planned(*this);
    for (const auto& letter : outbox_) {
        doubt(*letter, name());
        letter->meter.turn(now(), trace::Cause::held);
    }
    sending_ = false;
    if (!devices_) return;
    for (const std::unique_ptr<MailDevice>& device : *devices_) device->person_down();
}

void Person::on_up() {
    for (const auto& letter : outbox_) letter->meter.turn(now(), trace::Cause::queue);
    if (!outbox_.empty()) {
        sending_ = true;
        spawn(submit_all());
    }
    if (!devices_) return;
    for (const std::unique_ptr<MailDevice>& device : *devices_) device->person_up();
}

void Person::mail_waits(bool pushed) {
    if (!devices_) {
        devices_ = std::make_unique<Devices>();
        devices_->push_back(MailDevice::make(*this, *config_->reading, 0));
        for (const ReadingConfig& other : config_->reading->others)
            devices_->push_back(MailDevice::make(*this, other, devices_->size()));
    }
    for (const std::unique_ptr<MailDevice>& device : *devices_) device->mail_waits(pushed);
}

void Person::took(const Pickup& letter) {
    if (!config_->reading->others.empty()) {
        if (!taken_) taken_ = std::make_unique<std::unordered_set<trace::CopyId>>();
        if (!taken_->insert(letter.copy).second) return; // on another device, which has told it
    }
    const std::string& name = this->name();
    const std::vector<trace::CopyId> copies{letter.copy};
    const std::string from = world_.directory.domain(mailbox()->domain).mailboxes();
    trace::Passed passed{trace::Passed::Stage::pickup, copies, letter.filed, letter.spent, from, name};
    const trace::EventId event = tell(letter.cause, passed);
    trace::Fetched fetched{letter.letter, letter.copy, name, letter.left_on_server};
    const trace::EventId read = tell(event, fetched);
    maybe_reply(letter.message, letter.letter, read);
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
