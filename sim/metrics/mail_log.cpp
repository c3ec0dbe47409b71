// mail.log: what the servers of the town would log, all in one file, in the lines of Postfix, for tools that read those.
//
// A line stands at the instant at which its host knows; what smtpd refuses, at the one at which the client hears it.
// Not logged: what authors' computers do, POP3, and dialogues that were folded although somebody wanted to hear them
// (their results are).
#include <unordered_map>
#include <utility>

#include "metrics/exporters.hpp"
#include "metrics/mail_log_lines.hpp"
#include "metrics/mail_log_queue.hpp"
#include "metrics/smtp_hearing.hpp"
#include "metrics/text.hpp"
#include "postopolis/kernel/random.hpp"

namespace postopolis::metrics {

namespace {

using trace::Event;
using trace::Time;

struct Connection {
    std::string client, server; ///< with their addresses in brackets
    std::string client_host, server_host;
    std::string relay; ///< the server as its client's log names it
    std::string_view daemon;
    std::uint64_t pid = 0;
    bool heard = false;
    SmtpHearing hearing;
    std::vector<trace::CopyId> offered; ///< taken by the server, whose reply the client does not have yet
};

/// A client's try: at which relay, and since when the envelope goes there.
struct Attempt {
    std::string relay, host;
    Time ready;
};

struct Letter {
    std::string sender, message_id;
    std::uint64_t size = 0;
    trace::LetterKind kind = trace::LetterKind::letter;
};

class MailLogExporter final : public FileExporter {
public:
    explicit MailLogExporter(const ExportOptions& options)
        : FileExporter(options.directory / "mail.log"), start_unix_seconds_(options.start_unix_seconds) {}

    trace::KindMask listens_for() const override {
        return trace::kinds<trace::Composed, trace::Passed, trace::Accepted, trace::Deferred, trace::Delivered,
                            trace::Bounced, trace::Warned, trace::Discarded, trace::Lost, trace::Expanded,
                            trace::Doubted, trace::Connected, trace::ConnectFailed, trace::Disconnected, trace::Spoke>();
    }
    void on_event(const Event& event) override {
        if (file_.error()) return;
        if (event.time != now_) say_removed();
        now_ = event.time;
        std::visit([&](const auto& what) { hear(event, what); }, event.what);
        file_.written();
    }
    void finish(const RunFacts&, const trace::Ledger&) override {
        say_removed();
        file_.commit();
    }

private:
    void hear(const Event&, const trace::Composed& c);
    void hear(const Event& e, const trace::Passed& p);
    void hear(const Event&, const trace::Accepted& a);
    void hear(const Event& e, const trace::Deferred& d);
    void hear(const Event&, const trace::Delivered& d);
    void hear(const Event& e, const trace::Bounced& b);
    void hear(const Event&, const trace::Warned& w);
    void hear(const Event&, const trace::Discarded& d);
    void hear(const Event& e, const trace::Lost& l);
    void hear(const Event&, const trace::Expanded& x);
    void hear(const Event&, const trace::Doubted& d);
    void hear(const Event&, const trace::Connected& c);
    void hear(const Event&, const trace::ConnectFailed& f);
    void hear(const Event&, const trace::Disconnected& d);
    void hear(const Event& e, const trace::Spoke& s);
    template<class Other>
    void hear(const Event&, const Other&) {}

    /// A line begins; what follows goes to `out()`, then its end.
    std::string& line(std::string_view host, std::string_view daemon, std::uint64_t pid = 0);
    void replied(Connection& c, const HeardCommand& command);
    void refused(const Connection& c, const HeardCommand& command);
    void taken(Connection& c, std::string_view reply);
    void received(const LoggedMessage& message, const trace::Accepted& a, std::string_view sender, std::uint64_t size);
    struct Result {
        std::string_view daemon, relay, dsn, status;
        std::string text;
    };
    void result(std::string_view host, const LoggedCopy& copy, Time ready, const Result& r);
    void failed(const Event& e, std::string_view host, trace::CopyId id, const trace::Reason& reason, bool for_good,
                std::string_view remote, bool by_dns);
    void done(std::string_view host, trace::CopyId id);
    void say_removed();
    std::string with_address(std::string_view host) const;

    std::int64_t start_unix_seconds_;
    Time now_;
    LogQueues queues_;
    std::unordered_map<trace::ConnectionId, Connection> connections_;
    std::unordered_map<trace::LetterId, Letter> letters_;
    std::unordered_map<trace::LetterId, std::string> reported_; ///< queue ids of what reports are about
    std::unordered_map<trace::EventId, Attempt> attempts_;      ///< by what led to them
    std::unordered_map<std::string, std::string> addresses_;
    std::vector<std::pair<std::string, std::string>> removed_; ///< hosts and queue ids, still to be said
    std::uint64_t pids_ = 10'000;
};

std::string dotted(std::uint32_t ipv4) {
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8) {
        append_integer(out, (ipv4 >> shift) & 255);
        if (shift > 0) out += '.';
    }
    return out;
}

/// SMTP, submission with and without TLS from the start, LMTP.
bool is_for_mail(std::uint16_t port) { return port == 25 || port == 587 || port == 465 || port == 24; }

bool is_person(std::string_view node) { return node.find('@') != std::string_view::npos; }

std::string address_of(const LoggedCopy& copy) { return copy.recipient ? copy.recipient->text() : std::string(); }

/// The enhanced status code (RFC 3463) that the text begins with.
std::string_view enhanced_of(std::string_view reply, std::string_view otherwise) {
    const std::size_t end = reply.find_first_not_of("0123456789.");
    const std::string_view code = reply.substr(0, end);
    return code.size() >= 5 && code[1] == '.' && code.find('.', 2) != std::string_view::npos ? code : otherwise;
}

std::string& MailLogExporter::line(std::string_view host, std::string_view daemon, std::uint64_t pid) {
    // Daemons that are not told apart have one number each.
    if (pid == 0) pid = 500 + kernel::hash_combine(kernel::hash_name(host), kernel::hash_name(daemon)) % 9000;
    std::string& out = file_.buffer();
    append_log_head(out, start_unix_seconds_ + now_.since_start().count() / 1'000'000'000, host, daemon, pid);
    return out;
}

std::string MailLogExporter::with_address(std::string_view host) const {
    std::string text(host);
    if (const auto found = addresses_.find(text); found != addresses_.end()) text += "[" + found->second + "]";
    return text;
}

void MailLogExporter::hear(const Event&, const trace::Composed& c) {
    queues_.compose(c);
    letters_[c.letter] = {c.sender ? c.sender->text() : std::string(), std::string(c.message_id), c.size, c.kind};
}

void MailLogExporter::hear(const Event& e, const trace::Passed& p) {
    if (const auto attempt = attempts_.find(e.cause); attempt != attempts_.end()) {
        Attempt next = attempt->second;
        attempts_[e.id] = std::move(next);
    }
    for (const trace::CopyId id : p.copies) {
        LoggedCopy* copy = queues_.find(p.from, id);
        if (copy == nullptr) continue;
        if (p.stage == trace::Passed::Stage::waiting) copy->started = now_;
        if (p.stage == trace::Passed::Stage::filing) copy->local = true;
    }
}

void MailLogExporter::hear(const Event&, const trace::Accepted& a) {
    const LoggedMessage& message = queues_.accept(now_, a);
    const Letter& letter = letters_[a.letter];
    const auto found = connections_.find(a.connection);
    if (a.connection == 0 || found == connections_.end()) {
        received(message, a, letter.sender, letter.size);
        return;
    }
    Connection& c = found->second;
    c.offered.assign(a.copies.begin(), a.copies.end());
    std::string& out = line(a.host, c.daemon, c.pid);
    out.append(message.queue_id).append(": client=").append(c.client);
    if (!c.hearing.user.empty()) {
        out += ", sasl_method=PLAIN, sasl_username=";
        append_log_text(out, c.hearing.user);
    }
    out += '\n';
    received(message, a, c.heard ? c.hearing.sender : letter.sender, c.heard ? c.hearing.content_octets : letter.size);
    if (!c.heard) taken(c, "250 2.0.0 Ok: queued as " + message.queue_id);
}

void MailLogExporter::received(const LoggedMessage& message, const trace::Accepted& a, std::string_view sender,
                               std::uint64_t size) {
    const Letter& letter = letters_[a.letter];
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
    for (const auto& [host, queue_id] : removed_) line(host, "qmgr").append(queue_id).append(": removed\n");
    removed_.clear();
}

/// The server has said 250 to the content.
void MailLogExporter::taken(Connection& c, std::string_view reply) {
    const std::vector<trace::CopyId> copies = std::exchange(c.offered, {});
    for (const trace::CopyId id : copies) {
        const LoggedCopy* copy = queues_.find(c.client_host, id);
        if (copy == nullptr) continue; // from an author's computer
        const Time ready = c.heard ? c.hearing.mail_sent : copy->started;
        const std::string_view said = reply.substr(std::min<std::size_t>(4, reply.size()));
        result(c.client_host, *copy, ready, {"smtp", c.relay, enhanced_of(said, "2.0.0"), "sent", std::string(reply)});
        done(c.client_host, id);
    }
}

void MailLogExporter::failed(const Event& e, std::string_view host, trace::CopyId id, const trace::Reason& reason,
                             bool for_good, std::string_view remote, bool by_dns) {
    const LoggedCopy* copy = queues_.find(host, id);
    if (copy == nullptr) return;
    const auto attempt = attempts_.find(e.cause);
    const bool local = copy->local || remote == host;
    const bool reached = !local && !by_dns && attempt != attempts_.end() && (remote.empty() || remote == attempt->second.host);
    Result r{local ? "local" : "smtp", "none", reason.enhanced, for_good ? "bounced" : "deferred", std::string(reason.text)};
    if (local) r.relay = "local";
    if (reached) r.relay = attempt->second.relay;
    if (reached && reason.code != 0)
        r.text = "host " + with_address(attempt->second.host) + " said: " + std::to_string(reason.code) + " " +
                 std::string(reason.enhanced) + " " + r.text;
    if (r.dsn.empty()) r.dsn = for_good ? "5.4.1" : "4.4.1";
    result(host, *copy, reached ? attempt->second.ready : now_, r);
}

void MailLogExporter::hear(const Event& e, const trace::Deferred& d) {
    for (const trace::CopyId id : d.copies) {
        failed(e, d.host, id, d.reason, false, d.remote, d.backoff == trace::Cause::backoff_dns);
        if (LoggedCopy* copy = queues_.find(d.host, id)) {
            copy->active = copy->started = d.next_try;
            copy->local = false;
        }
    }
}

void MailLogExporter::hear(const Event& e, const trace::Bounced& b) {
    for (const trace::CopyId id : b.copies) {
        failed(e, b.host, id, b.reason, true, {}, false);
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
            failed(e, l.by, id, reason, true, {}, false);
            done(l.by, id);
        } else {
            queues_.done(l.by, id); // the host is down and logs nothing
        }
    }
}

void MailLogExporter::hear(const Event&, const trace::Warned& w) {
    if (w.copies.empty()) return;
    if (const LoggedCopy* copy = queues_.find(w.host, w.copies.front())) reported_[w.report] = copy->message->queue_id;
}

void MailLogExporter::hear(const Event&, const trace::Delivered& d) {
    if (const LoggedCopy* copy = queues_.find(d.host, d.copy))
        result(d.host, *copy, now_, {"local", "local", "2.0.0", "sent", d.junk ? "delivered to folder: Junk" : "delivered to mailbox"});
    done(d.host, d.copy);
}

void MailLogExporter::hear(const Event&, const trace::Discarded& d) {
    for (const trace::CopyId id : d.copies) {
        if (const LoggedCopy* copy = queues_.find(d.by, id))
            result(d.by, *copy, now_, {"local", "local", "2.0.0", "sent", "discarded: " + std::string(d.why)});
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

void MailLogExporter::hear(const Event&, const trace::Doubted& d) {
    for (std::size_t i = 0; i < d.copies.size() && i < d.renamed.size(); ++i)
        queues_.rename(d.host, d.copies[i], d.renamed[i]);
}

void MailLogExporter::hear(const Event&, const trace::Connected& k) {
    if (!is_for_mail(k.server_port)) return;
    addresses_[std::string(k.server)] = dotted(k.server_address);
    if (!is_person(k.client)) addresses_[std::string(k.client)] = dotted(k.client_address);
    Connection& c = connections_[k.connection];
    c.client_host = k.client;
    c.server_host = k.server;
    c.client = (is_person(k.client) ? "unknown" : c.client_host) + "[" + dotted(k.client_address) + "]";
    c.server = with_address(k.server);
    c.relay = c.server + ":" + std::to_string(k.server_port);
    c.daemon = k.server_port == 587 ? "submission/smtpd" : k.server_port == 465 ? "smtps/smtpd" : "smtpd";
    c.pid = ++pids_;
    line(k.server, c.daemon, c.pid).append("connect from ").append(c.client) += '\n';
}

void MailLogExporter::hear(const Event&, const trace::ConnectFailed& f) {
    if (is_person(f.client) || !is_for_mail(f.server_port)) return;
    std::string& out = line(f.client, "smtp");
    out.append("connect to ").append(with_address(f.server)) += ':';
    append_integer(out, f.server_port);
    out += f.why == "refused" ? ": Connection refused\n" : f.why == "unreachable" ? ": No route to host\n"
                                                                                   : ": Connection timed out\n";
}

void MailLogExporter::hear(const Event&, const trace::Disconnected& d) {
    const auto found = connections_.find(d.connection);
    if (found == connections_.end()) return;
    const Connection& c = found->second;
    std::string& out = line(c.server_host, c.daemon, c.pid);
    out.append(d.how == "aborted" ? "lost connection from " : "disconnect from ").append(c.client);
    for (const auto& [verb, count] : c.hearing.counts) {
        out.append(" ").append(verb) += '=';
        append_integer(out, count);
    }
    out += " commands=";
    append_integer(out, c.hearing.commands);
    out += '\n';
    connections_.erase(found);
}

void MailLogExporter::hear(const Event& e, const trace::Spoke& s) {
    const auto found = connections_.find(s.connection);
    if (found == connections_.end()) return;
    Connection& c = found->second;
    c.heard = true;
    if (s.by_client) {
        c.hearing.client_says(s.bytes, s.data, s.sent);
        if (e.cause != 0) attempts_[e.cause] = {c.relay, c.server_host, c.hearing.in_transaction ? c.hearing.mail_sent : s.sent};
    } else {
        c.hearing.server_says(s.bytes, [&](const HeardCommand& command) { replied(c, command); });
    }
}

void MailLogExporter::replied(Connection& c, const HeardCommand& command) {
    if (command.verb == "END-OF-MESSAGE" && command.code / 100 == 2)
        taken(c, std::to_string(command.code) + " " + command.reply);
    else if (command.code >= 400)
        refused(c, command);
}

void MailLogExporter::refused(const Connection& c, const HeardCommand& command) {
    const bool judged = command.verb == "RCPT" || command.verb == "MAIL" || command.verb == "DATA" ||
                        command.verb == "EHLO" || command.verb == "HELO" || command.verb == "CONNECT" ||
                        command.verb == "VRFY" || command.verb == "END-OF-MESSAGE";
    if (command.verb == "AUTH") {
        std::string& out = line(c.server_host, c.daemon, c.pid);
        out.append("warning: ").append(c.client).append(": SASL PLAIN authentication failed: ");
        append_log_text(out, command.reply);
        out += '\n';
    }
    if (!judged) return;
    std::string& out = line(c.server_host, c.daemon, c.pid);
    out.append("NOQUEUE: reject: ").append(command.verb).append(" from ").append(c.client).append(": ");
    append_integer(out, command.code);
    out += ' ';
    append_log_text(out, command.reply);
    if (command.verb == "RCPT" || command.verb == "DATA" || command.verb == "END-OF-MESSAGE") {
        out += "; from=<";
        append_log_text(out, c.hearing.sender);
        out += '>';
    }
    if (command.verb == "RCPT") {
        out += " to=<";
        append_log_text(out, path_of(command.argument));
        out += '>';
    }
    out.append(command.verb == "RCPT" || command.verb == "DATA" || command.verb == "END-OF-MESSAGE" ? " proto=" : "; proto=")
        .append(c.hearing.extended ? "ESMTP" : "SMTP");
    if (!c.hearing.helo.empty()) {
        out += " helo=<";
        append_log_text(out, c.hearing.helo);
        out += '>';
    }
    out += '\n';
}

} // namespace

std::unique_ptr<Exporter> make_maillog_exporter(const ExportOptions& options) {
    return std::make_unique<MailLogExporter>(options);
}

} // namespace postopolis::metrics
