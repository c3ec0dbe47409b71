// mail.log: what the servers of the town would log, all in one file, in the lines of Postfix, for tools that
// read those.
//
// A line stands at the instant at which its host knows; what smtpd refuses, at the one at which the client
// hears it. Not logged: what authors' computers do, POP3, and dialogues that were folded although somebody
// wanted to hear them (their results are).
#include "metrics/mail_log.hpp"

#include "metrics/text.hpp"
#include "postopolis/kernel/random.hpp"

namespace postopolis::metrics {

using trace::Event;
using trace::Time;

namespace {

std::string address_of(const LoggedCopy& copy) {
    return copy.recipient ? copy.recipient->text() : std::string();
}

} // namespace

std::string& MailLogExporter::line(std::string_view host, std::string_view daemon, std::uint64_t pid) {
    // Daemons that are not told apart have one number each.
    if (pid == 0) pid = 500 + kernel::hash_combine(kernel::hash_name(host), kernel::hash_name(daemon)) % 9000;
    std::string& out = file_.buffer();
    append_log_head(out, start_unix_seconds_ + now_.since_start().count() / 1'000'000'000, host, daemon, pid);
    return out;
}

std::string MailLogExporter::with_address(std::string_view host) const {
    std::string text(host);
    if (const auto found = addresses_.find(text); found != addresses_.end())
        text += "[" + found->second + "]";
    return text;
}

void MailLogExporter::hear(const Event&, const trace::Composed& c) {
    queues_.compose(c);
    letters_[c.letter] = {c.sender ? c.sender->text() : std::string(), std::string(c.message_id), c.size,
                          c.kind};
}

/// What the event leads to, the attempt that led to the event has led to.
void MailLogExporter::follow(const Event& e) {
    const auto attempt = attempts_.find(e.cause);
    if (attempt == attempts_.end()) return;
    LoggedAttempt same = attempt->second;
    attempts_[e.id] = std::move(same);
}

void MailLogExporter::hear(const Event& e, const trace::Passed& p) {
    follow(e);
    for (const trace::CopyId id : p.copies) {
        LoggedCopy* copy = queues_.find(p.from, id);
        if (copy == nullptr) continue;
        if (p.stage == trace::Passed::Stage::waiting) copy->started = now_;
        if (p.stage == trace::Passed::Stage::filing) copy->local = true;
    }
}

void MailLogExporter::hear(const Event&, const trace::Accepted& a) {
    const LoggedMessage& message = queues_.accept(now_, a);
    const LoggedLetter& letter = letters_[a.letter];
    const auto found = connections_.find(a.connection);
    if (a.connection == 0 || found == connections_.end()) {
        received(message, a, letter.sender, letter.size);
        return;
    }
    LoggedConnection& c = found->second;
    c.offered.assign(a.copies.begin(), a.copies.end());
    std::string& out = line(a.host, c.daemon, c.pid);
    out.append(message.queue_id).append(": client=").append(c.client);
    if (!c.hearing.user.empty()) {
        out += ", sasl_method=PLAIN, sasl_username=";
        append_log_text(out, c.hearing.user);
    }
    out += '\n';
    received(message, a, c.heard ? c.hearing.sender : letter.sender,
             c.heard ? c.hearing.content_octets : letter.size);
    if (!c.heard) taken(c, "250 2.0.0 Ok: queued as " + message.queue_id);
}

void MailLogExporter::received(const LoggedMessage& message, const trace::Accepted& a,
                               std::string_view sender, std::uint64_t size) {
    const LoggedLetter& letter = letters_[a.letter];
    std::string& out = line(a.host, "cleanup");
    out.append(message.queue_id).append(": message-id=<");
    append_log_text(out, letter.message_id);
    out += ">\n";
    if (const auto about = reported_.find(a.letter); about != reported_.end()) {
        line(a.host, "bounce");
        out.append(about->second);
        out += letter.kind == trace::LetterKind::warning ? ": sender delay notification: "
                                                         : ": sender non-delivery notification: ";
        out.append(message.queue_id) += '\n';
        reported_.erase(about);
    }
    line(a.host, "qmgr");
    out.append(message.queue_id).append(": from=<");
    append_log_text(out, sender);
    out += ">, size=";
    append_integer(out, size);
    out += ", nrcpt=";
    append_integer(out, a.copies.size());
    out += " (queue active)\n";
}

void MailLogExporter::result(std::string_view host, const LoggedCopy& copy, Time ready, const Result& r) {
    std::string& out = line(host, r.daemon);
    out.append(copy.message->queue_id).append(": to=<");
    append_log_text(out, address_of(copy));
    out.append(">, relay=").append(r.relay).append(", ");
    append_log_delays(out, queues_.delays(copy, ready, now_));
    out.append(", dsn=").append(r.dsn).append(", status=").append(r.status).append(" (");
    append_log_text(out, r.text);
    out += ")\n";
}

void MailLogExporter::done(std::string_view host, trace::CopyId id) {
    const LoggedCopy* copy = queues_.find(host, id);
    if (copy == nullptr) return;
    std::string queue_id = copy->message->queue_id;
    if (queues_.done(host, id)) removed_.emplace_back(host, std::move(queue_id));
}

void MailLogExporter::say_removed() {
    for (const auto& [host, queue_id] : removed_)
        line(host, "qmgr").append(queue_id).append(": removed\n");
    removed_.clear();
}

void MailLogExporter::failed(const Event& e, std::string_view host, trace::CopyId id,
                             const trace::Reason& reason, bool for_good, std::string_view remote,
                             trace::Cause backoff) {
    const LoggedCopy* copy = queues_.find(host, id);
    if (copy == nullptr) return;
    const auto attempt = attempts_.find(e.cause);
    const bool local = copy->local || remote == host;
    const bool by_dns = backoff == trace::Cause::backoff_dns;
    const bool said =
        backoff != trace::Cause::backoff_no_answer; // by the peer, and not made up where it fell silent
    const bool reached =
        !local && !by_dns && attempt != attempts_.end() && (remote.empty() || remote == attempt->second.host);
    Result r{local ? "local" : "smtp", "none", reason.enhanced, for_good ? "bounced" : "deferred",
             std::string(reason.text)};
    if (local) r.relay = "local";
    if (reached) r.relay = attempt->second.relay;
    if (reached && said && reason.code != 0)
        r.text = "host " + with_address(attempt->second.host) + " said: " + std::to_string(reason.code) +
                 " " + std::string(reason.enhanced) + " " + r.text;
    else if (reached)
        r.text = "conversation with " + with_address(attempt->second.host) + ": " + r.text;
    if (r.dsn.empty()) r.dsn = for_good ? "5.4.1" : "4.4.1";
    result(host, *copy, reached ? attempt->second.ready : now_, r);
}

void MailLogExporter::hear(const Event& e, const trace::Deferred& d) {
    for (const trace::CopyId id : d.copies) {
        failed(e, d.host, id, d.reason, false, d.remote, d.backoff);
        if (LoggedCopy* copy = queues_.find(d.host, id)) {
            copy->active = copy->started = d.next_try;
            copy->local = false;
        }
    }
}

void MailLogExporter::hear(const Event& e, const trace::Bounced& b) {
    const bool expired = b.reason.text.starts_with("delivery time expired");
    const trace::Cause why = expired ? trace::Cause::backoff_no_answer : trace::Cause::backoff_refused;
    for (const trace::CopyId id : b.copies) {
        failed(e, b.host, id, b.reason, true, {}, why);
        if (const LoggedCopy* copy = queues_.find(b.host, id)) reported_[b.report] = copy->message->queue_id;
        done(b.host, id);
    }
}

void MailLogExporter::hear(const Event& e, const trace::Lost& l) {
    constexpr std::string_view kNowhere = "a bounce to nowhere: ";
    for (const trace::CopyId id : l.copies) {
        if (l.why.starts_with(kNowhere)) {
            trace::Reason reason;
            reason.enhanced = "5.0.0";
            reason.text = l.why.substr(kNowhere.size());
            failed(e, l.by, id, reason, true, {}, trace::Cause::backoff_no_answer);
            done(l.by, id);
        } else {
            queues_.done(l.by, id); // the host is down and logs nothing
        }
    }
}

void MailLogExporter::hear(const Event&, const trace::Warned& w) {
    if (w.copies.empty()) return;
    if (const LoggedCopy* copy = queues_.find(w.host, w.copies.front()))
        reported_[w.report] = copy->message->queue_id;
}

void MailLogExporter::hear(const Event&, const trace::Delivered& d) {
    if (const LoggedCopy* copy = queues_.find(d.host, d.copy))
        result(d.host, *copy, now_,
               {"local", "local", "2.0.0", "sent",
                d.junk ? "delivered to folder: Junk" : "delivered to mailbox"});
    done(d.host, d.copy);
}

void MailLogExporter::hear(const Event&, const trace::Discarded& d) {
    for (const trace::CopyId id : d.copies) {
        if (const LoggedCopy* copy = queues_.find(d.by, id))
            result(d.by, *copy, now_,
                   {"local", "local", "2.0.0", "sent", "discarded: " + std::string(d.why)});
        done(d.by, id);
    }
}

void MailLogExporter::hear(const Event&, const trace::Expanded& x) {
    queues_.expand(x);
    if (const LoggedCopy* copy = queues_.find(x.by, x.copy))
        result(x.by, *copy, now_,
               {"local", "local", "2.0.0", "sent", "forwarded as copies: " + std::to_string(x.into.size())});
    done(x.by, x.copy);
}

void MailLogExporter::hear(const Event& e, const trace::Doubted& d) {
    follow(e);
    for (std::size_t i = 0; i < d.copies.size() && i < d.renamed.size(); ++i)
        queues_.rename(d.host, d.copies[i], d.renamed[i]);
}

std::unique_ptr<Exporter> make_maillog_exporter(const ExportOptions& options) {
    return std::make_unique<MailLogExporter>(options);
}

} // namespace postopolis::metrics
