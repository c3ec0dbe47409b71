// trace.jsonl: one JSON object a line for each event, in the order in which they were told.
//
// Every object has time_ns (integer), time (the same in seconds), node (its number), node_name (if known),
// id, cause (0: nothing in the model) and kind; then the members of the event as in trace/event.hpp.
// Durations and instants end in _ns. Ids are 64-bit integers: readers that keep numbers as doubles lose
// digits of those above 2^53, which nodes from number 32768 on give out. What was said (`Spoke`) is in the
// transcripts, and packets are in the capture.
#include <vector>

#include "metrics/exporters.hpp"
#include "metrics/json_block.hpp"

namespace postopolis::metrics {

namespace {

using trace::Event;

class JsonlExporter final : public FileExporter {
public:
    explicit JsonlExporter(const ExportOptions& options)
        : FileExporter(options.directory / "trace.jsonl"), node_name_(options.node_name) {}

    trace::KindMask listens_for() const override { return trace::kMailLevel; }
    void on_event(const Event& event) override;
    void finish(const RunFacts&, const trace::Ledger&) override;

private:
    void write(const trace::Composed& e);
    void write(const trace::Passed& e);
    void write(const trace::Accepted& e);
    void write(const trace::Deferred& e);
    void write(const trace::Delivered& e);
    void write(const trace::Fetched& e);
    void write(const trace::Bounced& e);
    void write(const trace::Warned& e);
    void write(const trace::Rejected& e);
    void write(const trace::Discarded& e);
    void write(const trace::Lost& e);
    void write(const trace::Expanded& e);
    void write(const trace::Doubted& e);
    void write(const trace::Connected& e);
    void write(const trace::ConnectFailed& e);
    void write(const trace::Disconnected& e);
    void write(const trace::Spoke&) {}
    void write(const trace::Transmitted&) {}
    void write(const trace::SentDatagram&) {}
    void write(const trace::LookedUp& e);
    void write(const trace::HostWentDown& e);
    void write(const trace::HostCameUp& e) { text("host", e.host); }

    template<class T>
    void tell(const T& what) {
        text("kind", T::kName);
        write(what);
    }
    template<class Integer>
    void number(std::string_view name, Integer value) {
        out_.member(name);
        out_.integer(value);
    }
    void text(std::string_view name, std::string_view value) {
        out_.member(name);
        out_.string(value);
    }
    void flag(std::string_view name, bool value) {
        out_.member(name);
        out_.raw(value ? std::string_view("true") : std::string_view("false"));
    }
    void instant(std::string_view name, kernel::Time t) { number(name, t.since_start().count()); }
    void span(std::string_view name, kernel::Duration d) { number(name, d.count()); }
    void address(std::string_view name, std::uint32_t ipv4);
    void ids(std::string_view name, std::span<const trace::CopyId> ids);
    void addresses(std::string_view name, std::span<const mail::AddressPtr> addresses);
    void append_address(trace::AddressView address);
    void reason(const trace::Reason& reason);
    void spent(const trace::Account& account);
    const std::string& instant_members(kernel::Time time);
    const std::string& node_members(trace::NodeId id);

    static constexpr std::size_t kBlock = 256 * 1024;
    JsonBlock out_{kBlock + 4096}; ///< so that a line seldom makes it grow
    std::function<std::string(trace::NodeId)> node_name_;
    // What comes again and again is written once: many events share their instant, and all their node.
    kernel::Time instant_;
    std::string instant_members_;           ///< of `instant_`, once there is one
    std::vector<std::string> node_members_; ///< by node; empty where not yet asked for
    std::string scratch_;
};

void JsonlExporter::on_event(const Event& event) {
    if (file_.error()) return;
    out_.raw(instant_members(event.time));
    out_.raw(node_members(event.node));
    number("id", event.id);
    number("cause", event.cause);
    std::visit([this](const auto& what) { tell(what); }, event.what);
    out_.raw("}\n");
    if (out_.size() < kBlock) return;
    file_.write(out_.text());
    out_.clear();
}

void JsonlExporter::finish(const RunFacts&, const trace::Ledger&) {
    file_.write(out_.text());
    out_.clear();
    file_.commit();
}

const std::string& JsonlExporter::instant_members(kernel::Time time) {
    if (time == instant_ && !instant_members_.empty()) return instant_members_;
    instant_ = time;
    instant_members_ = "{\"time_ns\":";
    append_integer(instant_members_, time.since_start().count());
    instant_members_ += ",\"time\":";
    append_seconds(instant_members_, time.since_start());
    return instant_members_;
}

const std::string& JsonlExporter::node_members(trace::NodeId id) {
    if (node_members_.size() <= id) node_members_.resize(id + 1);
    std::string& members = node_members_[id];
    if (!members.empty()) return members;
    members = ",\"node\":";
    append_integer(members, id);
    if (!node_name_) return members;
    members += ",\"node_name\":";
    append_json_string(members, node_name_(id));
    return members;
}

void JsonlExporter::address(std::string_view name, std::uint32_t ipv4) {
    out_.member(name);
    out_.raw('"');
    for (int shift = 24; shift >= 0; shift -= 8) {
        out_.integer((ipv4 >> shift) & 255);
        out_.raw(shift > 0 ? '.' : '"');
    }
}

void JsonlExporter::ids(std::string_view name, std::span<const trace::CopyId> ids) {
    out_.member(name);
    out_.raw('[');
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (i > 0) out_.raw(',');
        out_.integer(ids[i]);
    }
    out_.raw(']');
}

void JsonlExporter::append_address(trace::AddressView address) {
    if (!address) return out_.raw("null");
    scratch_.clear();
    mail::append_text(scratch_, *address);
    out_.string(scratch_);
}

void JsonlExporter::addresses(std::string_view name, std::span<const mail::AddressPtr> addresses) {
    out_.member(name);
    out_.raw('[');
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        if (i > 0) out_.raw(',');
        append_address(addresses[i]);
    }
    out_.raw(']');
}

void JsonlExporter::reason(const trace::Reason& reason) {
    number("code", reason.code);
    text("enhanced", reason.enhanced);
    text("reason", reason.text);
}

/// Only the causes that took time.
void JsonlExporter::spent(const trace::Account& account) {
    out_.member("spent_ns");
    char separator = '{';
    for (std::size_t i = 0; i < trace::kCauses; ++i) {
        const auto cause = static_cast<trace::Cause>(i);
        if (account.spent(cause).count() == 0) continue;
        out_.raw(separator);
        out_.raw('"');
        out_.raw(key(cause));
        out_.raw("\":");
        out_.integer(account.spent(cause).count());
        separator = ',';
    }
    if (separator == '{') out_.raw(separator);
    out_.raw('}');
}

void JsonlExporter::write(const trace::Composed& e) {
    static constexpr std::string_view kKinds[] = {"to", "cc", "bcc"};
    number("letter", e.letter);
    text("letter_kind", key(e.kind));
    number("about", e.about);
    out_.member("sender");
    append_address(e.sender);
    text("subject", e.subject);
    text("message_id", e.message_id);
    number("size", e.size);
    addresses("recipients", e.recipients);
    out_.member("recipient_kinds");
    out_.raw('[');
    for (std::size_t i = 0; i < e.kinds.size(); ++i) {
        if (i > 0) out_.raw(',');
        out_.string(kKinds[static_cast<std::size_t>(e.kinds[i])]);
    }
    out_.raw(']');
    ids("copies", e.copies);
}

void JsonlExporter::write(const trace::Passed& e) {
    text("stage", trace::name(e.stage));
    ids("copies", e.copies);
    instant("begin_ns", e.begin);
    spent(e.spent);
    text("from", e.from);
    text("to", e.to);
}

void JsonlExporter::write(const trace::Accepted& e) {
    number("letter", e.letter);
    ids("copies", e.copies);
    text("host", e.host);
    text("queue_id", e.queue_id);
    text("from_host", e.from_host);
    number("connection", e.connection);
    number("hops", e.hops);
    if (e.with != mail::Protocol::unsaid) text("with", mail::protocol_name(e.with));
}

void JsonlExporter::write(const trace::Deferred& e) {
    number("letter", e.letter);
    ids("copies", e.copies);
    text("host", e.host);
    text("remote", e.remote);
    reason(e.reason);
    text("backoff", key(e.backoff));
    instant("next_try_ns", e.next_try);
    number("attempts", e.attempts);
}

void JsonlExporter::write(const trace::Delivered& e) {
    number("letter", e.letter);
    number("copy", e.copy);
    flag("junk", e.junk);
    text("host", e.host);
    text("mailbox", e.mailbox);
}

void JsonlExporter::write(const trace::Fetched& e) {
    number("letter", e.letter);
    number("copy", e.copy);
    text("mailbox", e.mailbox);
    flag("left_on_server", e.left_on_server);
}

void JsonlExporter::write(const trace::Bounced& e) {
    number("letter", e.letter);
    ids("copies", e.copies);
    text("host", e.host);
    reason(e.reason);
    number("report", e.report);
}

void JsonlExporter::write(const trace::Warned& e) {
    number("letter", e.letter);
    ids("copies", e.copies);
    text("host", e.host);
    number("report", e.report);
}

void JsonlExporter::write(const trace::Rejected& e) {
    number("letter", e.letter);
    ids("copies", e.copies);
    text("by", e.by);
    reason(e.reason);
}

void JsonlExporter::write(const trace::Discarded& e) {
    number("letter", e.letter);
    ids("copies", e.copies);
    text("by", e.by);
    text("why", e.why);
}

void JsonlExporter::write(const trace::Lost& e) {
    number("letter", e.letter);
    ids("copies", e.copies);
    text("by", e.by);
    text("why", e.why);
}

void JsonlExporter::write(const trace::Expanded& e) {
    number("letter", e.letter);
    number("copy", e.copy);
    text("by", e.by);
    ids("into", e.into);
    addresses("recipients", e.recipients);
}

void JsonlExporter::write(const trace::Doubted& e) {
    number("letter", e.letter);
    ids("copies", e.copies);
    ids("renamed", e.renamed);
    text("host", e.host);
    text("remote", e.remote);
}

void JsonlExporter::write(const trace::Connected& e) {
    number("connection", e.connection);
    text("client", e.client);
    text("server", e.server);
    address("client_address", e.client_address);
    number("client_port", e.client_port);
    address("server_address", e.server_address);
    number("server_port", e.server_port);
    span("took_ns", e.took);
}

void JsonlExporter::write(const trace::ConnectFailed& e) {
    number("connection", e.connection);
    text("client", e.client);
    text("server", e.server);
    number("server_port", e.server_port);
    text("why", e.why);
    span("took_ns", e.took);
}

void JsonlExporter::write(const trace::Disconnected& e) {
    number("connection", e.connection);
    text("how", e.how);
}

void JsonlExporter::write(const trace::LookedUp& e) {
    text("host", e.host);
    text("resolver", e.resolver);
    text("question", e.question);
    text("type", e.type);
    text("result", e.result);
    flag("from_cache", e.from_cache);
    span("took_ns", e.took);
}

void JsonlExporter::write(const trace::HostWentDown& e) {
    text("host", e.host);
    flag("queue_lost", e.queue_lost);
}

} // namespace

std::unique_ptr<Exporter> make_jsonl_exporter(const ExportOptions& options) {
    return std::make_unique<JsonlExporter>(options);
}

} // namespace postopolis::metrics
