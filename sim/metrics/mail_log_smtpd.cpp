// The dialogues of mail.log: who connects to whom, what servers refuse, and the replies that clients wait
// for.
#include <algorithm>

#include "metrics/mail_log.hpp"
#include "metrics/text.hpp"

namespace postopolis::metrics {

using trace::Event;
using trace::Time;

namespace {

std::string dotted(std::uint32_t ipv4) {
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8) {
        append_integer(out, (ipv4 >> shift) & 255);
        if (shift > 0) out += '.';
    }
    return out;
}

/// SMTP, submission with and without TLS from the start, LMTP.
bool is_for_mail(std::uint16_t port) {
    return port == 25 || port == 587 || port == 465 || port == 24;
}

bool is_person(std::string_view node) {
    return node.find('@') != std::string_view::npos;
}

/// The enhanced status code (RFC 3463) that the text begins with.
std::string_view enhanced_of(std::string_view reply, std::string_view otherwise) {
    const std::size_t end = reply.find_first_not_of("0123456789.");
    const std::string_view code = reply.substr(0, end);
    return code.size() >= 5 && code[1] == '.' && code.find('.', 2) != std::string_view::npos ? code
                                                                                             : otherwise;
}

} // namespace

/// The server has said 250 to the content.
void MailLogExporter::taken(LoggedConnection& c, std::string_view reply) {
    const std::vector<trace::CopyId> copies = std::exchange(c.offered, {});
    for (const trace::CopyId id : copies) {
        const LoggedCopy* copy = queues_.find(c.client_host, id);
        if (copy == nullptr) continue; // from an author's computer
        const Time ready = c.heard ? c.hearing.mail_sent : copy->started;
        const std::string_view said = reply.substr(std::min<std::size_t>(4, reply.size()));
        result(c.client_host, *copy, ready,
               {"smtp", c.relay, enhanced_of(said, "2.0.0"), "sent", std::string(reply)});
        done(c.client_host, id);
    }
}

void MailLogExporter::hear(const Event&, const trace::Connected& k) {
    if (!is_for_mail(k.server_port)) return;
    addresses_[std::string(k.server)] = dotted(k.server_address);
    if (!is_person(k.client)) addresses_[std::string(k.client)] = dotted(k.client_address);
    LoggedConnection& c = connections_[k.connection];
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
    out += f.why == "refused"       ? ": Connection refused\n"
           : f.why == "unreachable" ? ": No route to host\n"
                                    : ": Connection timed out\n";
}

void MailLogExporter::hear(const Event&, const trace::Disconnected& d) {
    const auto found = connections_.find(d.connection);
    if (found == connections_.end()) return;
    const LoggedConnection& c = found->second;
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
    LoggedConnection& c = found->second;
    c.heard = true;
    if (s.by_client) {
        c.hearing.client_says(s.bytes, s.data, s.sent);
        if (e.cause != 0)
            attempts_[e.cause] = {c.relay, c.server_host,
                                  c.hearing.in_transaction ? c.hearing.mail_sent : s.sent};
    } else {
        c.hearing.server_says(s.bytes, [&](const HeardCommand& command) { replied(c, command); });
    }
}

void MailLogExporter::replied(LoggedConnection& c, const HeardCommand& command) {
    if (command.verb == "END-OF-MESSAGE" && command.code / 100 == 2)
        taken(c, std::to_string(command.code) + " " + command.reply);
    else if (command.code >= 400)
        refused(c, command);
}

void MailLogExporter::refused(const LoggedConnection& c, const HeardCommand& command) {
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
    out.append(command.verb == "RCPT" || command.verb == "DATA" || command.verb == "END-OF-MESSAGE"
                   ? " proto="
                   : "; proto=")
        .append(c.hearing.extended ? "ESMTP" : "SMTP");
    if (!c.hearing.helo.empty()) {
        out += " helo=<";
        append_log_text(out, c.hearing.helo);
        out += '>';
    }
    out += '\n';
}

} // namespace postopolis::metrics
