// The exporter of mail.log, what the servers of the town would log: see mail_log.cpp for what becomes of
// mail, and mail_log_smtpd.cpp for the dialogues.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "metrics/exporters.hpp"
#include "metrics/mail_log_lines.hpp"
#include "metrics/mail_log_queue.hpp"
#include "metrics/smtp_hearing.hpp"

namespace postopolis::metrics {

/// A connection to a server, as far as it has come.
struct LoggedConnection {
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
struct LoggedAttempt {
    std::string relay, host;
    trace::Time ready;
};

struct LoggedLetter {
    std::string sender, message_id;
    std::uint64_t size = 0;
    trace::LetterKind kind = trace::LetterKind::letter;
};

class MailLogExporter final : public FileExporter {
public:
    explicit MailLogExporter(const ExportOptions& options)
        : FileExporter(options.directory / "mail.log"), start_unix_seconds_(options.start_unix_seconds) {}

    trace::KindMask listens_for() const override {
        return trace::kinds<trace::Composed, trace::Passed, trace::Accepted, trace::Deferred,
                            trace::Delivered, trace::Bounced, trace::Warned, trace::Discarded, trace::Lost,
                            trace::Expanded, trace::Doubted, trace::Connected, trace::ConnectFailed,
                            trace::Disconnected, trace::Spoke>();
    }
    void on_event(const trace::Event& event) override {
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
    void hear(const trace::Event&, const trace::Composed& c);
    void hear(const trace::Event& e, const trace::Passed& p);
    void hear(const trace::Event&, const trace::Accepted& a);
    void hear(const trace::Event& e, const trace::Deferred& d);
    void hear(const trace::Event&, const trace::Delivered& d);
    void hear(const trace::Event& e, const trace::Bounced& b);
    void hear(const trace::Event&, const trace::Warned& w);
    void hear(const trace::Event&, const trace::Discarded& d);
    void hear(const trace::Event& e, const trace::Lost& l);
    void hear(const trace::Event&, const trace::Expanded& x);
    void hear(const trace::Event& e, const trace::Doubted& d);
    void hear(const trace::Event&, const trace::Connected& c);
    void hear(const trace::Event&, const trace::ConnectFailed& f);
    void hear(const trace::Event&, const trace::Disconnected& d);
    void hear(const trace::Event& e, const trace::Spoke& s);
    template<class Other>
    void hear(const trace::Event&, const Other&) {}

    /// A line begins; what follows goes to `out()`, then its end.
    std::string& line(std::string_view host, std::string_view daemon, std::uint64_t pid = 0);
    void replied(LoggedConnection& c, const HeardCommand& command);
    void refused(const LoggedConnection& c, const HeardCommand& command);
    void taken(LoggedConnection& c, std::string_view reply);
    void received(const LoggedMessage& message, const trace::Accepted& a, std::string_view sender,
                  std::uint64_t size);
    struct Result {
        std::string_view daemon, relay, dsn, status;
        std::string text;
    };
    void result(std::string_view host, const LoggedCopy& copy, trace::Time ready, const Result& r);
    void failed(const trace::Event& e, std::string_view host, trace::CopyId id, const trace::Reason& reason,
                bool for_good, std::string_view remote, trace::Cause backoff);
    void done(std::string_view host, trace::CopyId id);
    void say_removed();
    void follow(const trace::Event& e);
    std::string with_address(std::string_view host) const;

    std::int64_t start_unix_seconds_;
    trace::Time now_;
    LogQueues queues_;
    std::unordered_map<trace::ConnectionId, LoggedConnection> connections_;
    std::unordered_map<trace::LetterId, LoggedLetter> letters_;
    std::unordered_map<trace::LetterId, std::string> reported_;  ///< queue ids of what reports are about
    std::unordered_map<trace::EventId, LoggedAttempt> attempts_; ///< by what led to them
    std::unordered_map<std::string, std::string> addresses_;
    std::vector<std::pair<std::string, std::string>> removed_; ///< hosts and queue ids, still to be said
    std::uint64_t pids_ = 10'000;
};

} // namespace postopolis::metrics
