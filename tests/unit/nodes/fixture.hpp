// Small towns for tests of behaviour, and what happened in them as lists that a test can look at.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "postopolis/nodes/town.hpp"

namespace postopolis::nodes::test {

/// Copies of the events that tests ask for: the views in events are gone when the next one is told.
class Record final : public trace::Observer {
public:
    struct Deferral {
        std::string host, remote, text, enhanced;
        int code = 0;
        std::size_t copies = 0;
        Time time, next_try;
        trace::Cause backoff{};
    };
    struct Ending { ///< Bounced, Rejected, Lost
        std::string by, text, enhanced;
        int code = 0;
        std::size_t copies = 0;
        Time time;
    };
    struct Acceptance {
        std::string host, from;
        std::size_t copies = 0;
        int hops = 0;
        Time time;
    };
    struct Filing {
        std::string mailbox, text;
        Time time;
    };
    struct Report {
        trace::LetterKind kind{};
        bool has_sender = false;
        std::string to, text;
        Time time;
    };
    std::vector<Deferral> deferred;
    std::vector<Ending> bounced, rejected, lost;
    std::vector<Acceptance> accepted;
    std::vector<Filing> delivered;
    std::vector<Report> reports;
    std::vector<std::string> fetched;
    std::vector<trace::Account> transfers; ///< of each transfer stage
    std::vector<std::string> looked_up;    ///< "MX a.example"
    std::size_t warned = 0;
    bool listens_to_talk = false;
    std::string talk;      ///< "C: " and "S: " before each line
    std::string talk_with; ///< if set, only what this host says and hears

    trace::KindMask listens_for() const override {
        return listens_to_talk ? trace::kAllKinds : trace::kMailLevel;
    }
    void on_event(const trace::Event& e) override {
        std::visit(
            [&](const auto& what) {
                if constexpr (requires { take(e, what); }) take(e, what);
            },
            e.what);
    }
    /// Hosts that took mail from others, in order.
    std::vector<std::string> path() const {
        std::vector<std::string> hosts;
        for (const Acceptance& a : accepted)
            hosts.push_back(a.host);
        return hosts;
    }

private:
    static std::string text(std::string_view v) { return std::string(v); }
    void take(const trace::Event& e, const trace::Deferred& d) {
        deferred.push_back({text(d.host), text(d.remote), text(d.reason.text), text(d.reason.enhanced),
                            d.reason.code, d.copies.size(), e.time, d.next_try, d.backoff});
    }
    void take(const trace::Event& e, const trace::Bounced& b) {
        bounced.push_back({text(b.host), text(b.reason.text), text(b.reason.enhanced), b.reason.code,
                           b.copies.size(), e.time});
    }
    void take(const trace::Event& e, const trace::Rejected& r) {
        rejected.push_back({text(r.by), text(r.reason.text), text(r.reason.enhanced), r.reason.code,
                            r.copies.size(), e.time});
    }
    void take(const trace::Event& e, const trace::Lost& l) {
        lost.push_back({text(l.by), text(l.why), {}, 0, l.copies.size(), e.time});
    }
    void take(const trace::Event& e, const trace::Accepted& a) {
        accepted.push_back({text(a.host), text(a.from_host), a.copies.size(), a.hops, e.time});
    }
    void take(const trace::Event& e, const trace::Delivered& d) {
        delivered.push_back({text(d.mailbox), d.message->text(), e.time});
    }
    void take(const trace::Event& e, const trace::Composed& c) {
        if (trace::is_report(c.kind))
            reports.push_back(
                {c.kind, static_cast<bool>(c.sender), c.recipients.front()->text(), c.message->text(), e.time});
    }
    void take(const trace::Event&, const trace::Fetched& f) { fetched.push_back(text(f.mailbox)); }
    void take(const trace::Event&, const trace::Warned&) { ++warned; }
    void take(const trace::Event&, const trace::Passed& p) {
        if (p.stage == trace::Passed::Stage::transfer) transfers.push_back(p.spent);
    }
    void take(const trace::Event&, const trace::LookedUp& l) {
        looked_up.push_back(text(l.type) + " " + text(l.question));
    }
    void take(const trace::Event&, const trace::Spoke& s) {
        if (!talk_with.empty() && s.from != talk_with && s.to != talk_with) return;
        const std::string who = s.by_client ? "C: " : "S: ";
        for (std::size_t at = 0; at < s.bytes.size();) {
            const std::size_t end = std::min(s.bytes.find("\r\n", at), s.bytes.size());
            talk += who + std::string(s.bytes.substr(at, end - at)) + "\n";
            at = end + 2;
        }
    }
};

inline smtp::Extensions plain_extensions() {
    return smtp::Extensions{};
}

/// A host for everything, whose servers take no time.
inline HostConfig all_roles(const std::string& name) {
    HostConfig c;
    c.name = name;
    c.submission = c.relay = c.mailboxes = c.resolver = c.name_server = true;
    c.asks_resolver = name;
    c.queue.retry = policy::find_retry_preset("postfix")->schedule;
    return c;
}

inline DomainConfig domain_at(const std::string& name, const std::string& mailboxes,
                              std::vector<DomainConfig::Mx> mx, const std::string& name_server) {
    DomainConfig d;
    d.name = name;
    d.mailboxes = mailboxes;
    d.mx = std::move(mx);
    d.name_servers = {name_server};
    return d;
}

/// alice@a.example and her host mail.a.example; the test builds the other side.
class Scene {
public:
    explicit Scene(HostConfig sender = all_roles("mail.a.example"),
                   std::vector<std::string> people = {"alice"}, std::uint64_t seed = 1)
        : town(kernel::RunKey{seed, 0}) {
        town.world().dialogues = Dialogues::full; // tests look at single commands, and crash hosts as they like
        town.add_site("a.example", people, std::move(sender));
        town.bus().add(record);
    }
    /// b.example with bob, at mail.b.example.
    MailHost& add_b(HostConfig config = all_roles("mail.b.example"),
                    std::vector<std::string> people = {"bob"}) {
        return town.add_site("b.example", people, std::move(config));
    }
    void listen_to_talk() {
        record.listens_to_talk = true;
        town.bus().remove(record);
        town.bus().add(record);
    }
    /// alice writes, and the town runs until all is quiet or ten days are over.
    void write(const std::vector<std::string>& to, const std::string& subject = "Hello") {
        town.write("alice@a.example", to, subject, town.simulation().now());
    }
    void run(Duration length = Duration::days(10)) { town.run_until_quiet(Time::at(length)); }
    std::uint64_t fate(trace::Fate f) const { return town.ledger().fates()[static_cast<std::size_t>(f)]; }

    Town town;
    Record record;
};

inline bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

inline AnswerFault answer(smtp::Stage stage, std::uint16_t code, std::string enhanced = "",
                          double probability = 1) {
    AnswerFault f;
    f.stage = stage;
    f.code = code;
    f.enhanced = enhanced.empty() ? std::to_string(code / 100) + ".0.0" : std::move(enhanced);
    f.text = "No";
    f.probability = probability;
    return f;
}

} // namespace postopolis::nodes::test
