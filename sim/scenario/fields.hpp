// What each object of a scenario holds: key, member and codec, said once for reading and for writing.
//
// `fields(a, x)` is called with an ObjectReader or an ObjectWriter; `shorthand(c, v, x)` reads what may stand
// for the object, and returns false for what may not.
#pragma once

#include "scenario/codec.hpp"
#include "scenario/fields_mediators.hpp"
#include "scenario/presets.hpp"

namespace postopolis::scenario {

inline constexpr std::array<std::string_view, 5> role_words{"submission", "smtp", "mailboxes", "resolver",
                                                            "name_server"};
inline constexpr std::array<std::string_view, 9> step_words{"connect", "greeting", "ehlo", "starttls",   "auth",
                                                            "mail",    "rcpt",     "data", "end_of_data"};
inline constexpr std::array<std::string_view, 3> dns_trouble_words{"servfail", "timeout", "nxdomain"};
inline constexpr std::array<std::string_view, 6> record_types{"A", "AAAA", "MX", "NS", "CNAME", "TXT"};
inline constexpr std::array<std::string_view, 7> language_words{"en", "de", "fr", "es", "ru", "ja", "zh"};
inline constexpr std::array<std::string_view, 4> encoding_words{"auto", "quoted-printable", "base64", "8bit"};
inline constexpr std::array<std::string_view, 2> reply_words{"author", "all"};
inline constexpr std::array<std::string_view, 2> reading_protocols{"pop3", "imap"};
inline constexpr std::array<std::string_view, 3> mechanism_words{"PLAIN", "LOGIN", "CRAM-MD5"};
inline constexpr std::array<std::string_view, 9> extension_words{
    "PIPELINING", "SIZE", "8BITMIME", "ENHANCEDSTATUSCODES", "STARTTLS", "DSN", "CHUNKING", "BINARYMIME", "all"};
inline constexpr std::array<std::string_view, 3> tls_words{"off", "opportunistic", "required"};
inline constexpr std::array<std::string_view, 4> submission_tls_words{"off", "opportunistic", "required", "implicit"};
inline constexpr std::array<std::string_view, 2> tls_version_words{"1.2", "1.3"};
inline constexpr std::array<std::string_view, 4> notify_words{"success", "failure", "delay", "never"};
inline constexpr std::array<std::string_view, 2> return_words{"full", "headers"};

/// A domain as it is written: some of what stands there concerns its hosts.
struct DomainInput : Domain {
    std::vector<std::string> smart_host;
    std::string resolver;
};

template<class T>
void Object::read(ReadContext& c, const Value& v, T& to) const {
    if (!v.is(Value::Kind::Object)) {
        if constexpr (requires { shorthand(c, v, to); })
            if (shorthand(c, v, to)) return;
        wrong(c, v, what);
        return;
    }
    ObjectReader reader(c, v);
    fields(reader, to);
    reader.finish();
}

template<class T>
std::optional<Value> Object::write(const T& value) const {
    Value result = Value::of_object(0);
    ObjectWriter writer(result);
    fields(writer, const_cast<T&>(value)); // a writer only looks
    return result;
}

/// Words out of a set, in a list or one alone.
struct Words {
    std::span<const std::string_view> words;
    void read(ReadContext& c, const Value& v, std::vector<std::string>& to) const;
    std::optional<Value> write(const std::vector<std::string>& list) const { return Texts{}.write(list); }
};
struct RolesCodec {
    void read(ReadContext& c, const Value& v, Roles& to) const;
    std::optional<Value> write(const Roles& r) const;
};
struct RoutesCodec {
    void read(ReadContext& c, const Value& v, std::vector<Route>& to) const;
    std::optional<Value> write(const std::vector<Route>& routes) const;
};
struct RetryCodec {
    void read(ReadContext& c, const Value& v, RetrySpec& to) const;
    std::optional<Value> write(const RetrySpec& r) const;
};
struct PeopleCodec {
    void read(ReadContext& c, const Value& v, People& to) const;
    std::optional<Value> write(const People& p) const;
};
struct DurationsCodec {
    void read(ReadContext& c, const Value& v, std::vector<Duration>& to) const;
    std::optional<Value> write(const std::vector<Duration>& list) const;
};
struct ArrivalsCodec {
    void read(ReadContext& c, const Value& v, Arrivals& to) const;
    std::optional<Value> write(const Arrivals& a) const;
};
struct ReadingCodec { ///< "reads": "5m", false, {...}, or a list of devices
    void read(ReadContext& c, const Value& v, PersonSettings& to) const;
    std::optional<Value> write(const PersonSettings& p) const;
};
struct ContactsCodec { ///< a list, or { } with mean, sigma, within and among
    void read(ReadContext& c, const Value& v, PersonSettings& to) const;
    std::optional<Value> write(const PersonSettings& p) const;
};
struct GeneratedCodec {
    void read(ReadContext& c, const Value& v, Network& to) const;
    std::optional<Value> write(const Network& n) const;
};

bool shorthand(ReadContext& c, const Value& v, Line& to);     ///< its delay
bool shorthand(ReadContext& c, const Value& v, Service& to);  ///< per message
bool shorthand(ReadContext& c, const Value& v, Replying& to); ///< its probability
bool shorthand(ReadContext& c, const Value& v, Run& to);      ///< its length
void read_mx(ObjectReader& a, Domain& d);
void write_mx(ObjectWriter& a, const Domain& d);
void read_span(ObjectReader& a, std::string_view from, Span& span);
void write_span(ObjectWriter& a, std::string_view from, const Span& span);
void read_recipients(ObjectReader& a, Traffic& t);
void read_link_ends(ObjectReader& a, Link& link);

template<class A>
void fields(A& a, Line& l) {
    a("delay", l.delay, Law{Law::Unit::Time});
    a("bandwidth", l.bandwidth, Bandwidth{});
    a("loss", l.loss, Probability{});
}
template<class A>
void fields(A& a, Service& s) {
    a("per_connection", s.per_connection, Law{Law::Unit::Time});
    a("per_command", s.per_command, Law{Law::Unit::Time});
    a("per_message", s.per_message, Law{Law::Unit::Time});
}
template<class A>
void fields(A& a, SubmissionServer& s) {
    a("require_auth", s.require_auth, Bool{});
    a("trusted", s.trusted, Texts{});
    a("mechanisms", s.mechanisms, Words{mechanism_words});
    a("require_tls", s.require_tls, Bool{});
    a("auth_in_clear", s.auth_in_clear, Bool{});
    a("implicit_tls", s.implicit_tls, Bool{});
    a("max_sessions", s.max_sessions, Whole{1, 1e6});
    a("max_recipients", s.max_recipients, Whole{1, 1e6});
    a("max_message_size", s.max_message_size, Size{});
    a("service", s.service, Object{"the times of service in { }, or one duration per message"});
}
template<class A>
void fields(A& a, SmtpServer& s) {
    a("max_sessions", s.max_sessions, Whole{1, 1e6});
    a("max_recipients", s.max_recipients, Whole{1, 1e6});
    a("max_message_size", s.max_message_size, Size{});
    a("extensions", s.extensions, Words{extension_words});
    a("open_relay", s.open_relay, Bool{});
    a("vrfy", s.vrfy, Bool{});
    a("ehlo", s.ehlo, Bool{});
    a("require_tls", s.require_tls, Bool{});
    a("relay_for", s.relay_for, Maybe<Texts>{});
    a("service", s.service, Object{"the times of service in { }, or one duration per message"});
}
template<class A>
void fields(A& a, Queue& q) {
    a("retry", q.retry, RetryCodec{});
    a("concurrency", q.concurrency, Whole{1, 1e6});
    a("per_destination", q.per_destination, Whole{1, 1e6});
    a("verify", q.verify, Bool{});
    a("all_or_nothing", q.all_or_nothing, Bool{});
    a("tls", q.tls, Word{tls_words});
    a("pipelining", q.pipelining, Bool{});
    a("chunking", q.chunking, Bool{});
    a("chunk_size", q.chunk_size, Size{});
    a("reuse", q.reuse, Maybe<Dur>{Dur{true}, true});
    a("reuse_limit", q.reuse_limit, Whole{1, 1e6});
    a("delay_warning", q.delay_warning, Maybe<Dur>{Dur{true}, true});
    a("bounce_after", q.bounce_after, Maybe<Dur>{Dur{true}, true});
}
template<class A>
void fields(A& a, Tls& t) {
    a("version", t.version, Word{tls_version_words});
    a("handshake", t.handshake, Law{Law::Unit::Time});
}
template<class A>
void fields(A& a, Timeouts& t) {
    a("connect", t.connect, Dur{true});
    a("greeting", t.greeting, Dur{true});
    a("ehlo", t.ehlo, Dur{true});
    a("mail", t.mail, Dur{true});
    a("rcpt", t.rcpt, Dur{true});
    a("data", t.data, Dur{true});
    a("data_block", t.data_block, Dur{true});
    a("end_of_data", t.end_of_data, Dur{true});
    a("quit", t.quit, Dur{true});
    a("server", t.server, Dur{true});
}
template<class A>
void fields(A& a, Pop3Server& p) {
    a("max_sessions", p.max_sessions, Whole{1, 1e6});
    a("service", p.service, Object{"the times of service in { }, or one duration per message"});
}
template<class A>
void fields(A& a, ImapServer& i) {
    a("max_sessions", i.max_sessions, Whole{1, 1e6});
    a("idle", i.idle, Bool{});
    a("service", i.service, Object{"the times of service in { }, or one duration per message"});
}
template<class A>
void fields(A& a, LocalDelivery& l) {
    a("concurrency", l.concurrency, Whole{1, 1e6});
    a("service", l.service, Law{Law::Unit::Time});
}
template<class A>
void fields(A& a, ResolverSettings& r) {
    a("timeout", r.timeout, Dur{true});
    a("tries", r.tries, Whole{1, 100});
    a("max_ttl", r.max_ttl, Dur{});
    a("max_negative_ttl", r.max_negative_ttl, Dur{});
    a("service", r.service, Law{Law::Unit::Time});
}
template<class A>
void fields(A& a, NameServerSettings& n) {
    a("service", n.service, Law{Law::Unit::Time});
}

template<class A>
void fields(A& a, Host& h) {
    // What a host doesn't do needs no settings: they are read, but not written.
    const bool sends = A::reading || h.roles.submission || h.roles.smtp || h.roles.mailboxes;
    a("roles", h.roles, RolesCodec{});
    a("at", h.at, Text{});
    a("address", h.addresses, Texts{});
    a("line", h.line, Object{"a line in { }, or its delay"});
    if (A::reading || h.roles.submission)
        a("submission", h.submission, Object{"the settings of the submission service in { }"});
    if (A::reading || h.roles.smtp) a("smtp", h.smtp, Object{"the settings of the SMTP server in { }"});
    if (sends) {
        a("queue", h.queue, Object{"the settings of the queue in { }"});
        a("routes", h.routes, RoutesCodec{});
        a("smart_host", h.smart_host, Texts{});
    }
    if (A::reading || h.roles.mailboxes) {
        a("local_delivery", h.local_delivery, Object{"the settings of local delivery in { }"});
        a("pop3", h.pop3, Object{"the settings of the POP3 server in { }"});
        a("imap", h.imap, Object{"the settings of the IMAP server in { }"});
        a("lmtp", h.lmtp, Bool{});
    }
    a("resolver", h.resolver, Text{});
    if (A::reading || h.roles.resolver)
        a("resolving", h.resolving, Object{"the settings of the resolver in { }"});
    if (A::reading || h.roles.name_server)
        a("naming", h.naming, Object{"the settings of the name server in { }"});
    if (!sends) return;
    a("tls", h.tls, Object{"how it does TLS in { }, such as {\"version\": \"1.2\"}"});
    a("hop_limit", h.hop_limit, Whole{1, 10000});
    a("timeouts", h.timeouts, Object{"timeouts in { }"});
    if constexpr (A::reading) {
        a.find("count");
        a.find("template");
    }
}
template<class A>
void fields(A& a, DnsRecord& r) {
    a("name", r.name, Text{});
    a("type", r.type, Word{record_types});
    a("value", r.value, Text{});
    a("ttl", r.ttl, Dur{});
}
template<class A>
void fields(A& a, Domain& d) {
    a("people", d.people, PeopleCodec{});
    if constexpr (A::reading)
        read_mx(a, d);
    else
        write_mx(a, d);
    a("submission", d.submission, Texts{});
    a("mailboxes", d.mailboxes, Text{});
    a("outbound", d.outbound, Texts{});
    a("name_servers", d.name_servers, Texts{});
    a("dns", d.dns, Objects{"a DNS record in { }"});
    a("ttl", d.ttl, Dur{});
    a("negative_ttl", d.negative_ttl, Dur{});
    a("quota", d.quota, Maybe<Size>{});
    a("aliases", d.aliases, AliasesCodec{});
    a("lists", d.lists, ListsCodec{});
    a("plus_addresses", d.plus_addresses, TextIfAny{});
}
template<class A>
void fields(A& a, DomainInput& d) {
    fields(a, static_cast<Domain&>(d));
    a("smart_host", d.smart_host, Texts{});
    a("resolver", d.resolver, Text{});
    if constexpr (A::reading) {
        a.find("template");
        a.find("hosts");
    }
}
template<class A>
void fields(A& a, Reading& r) {
    a("by", r.by, Word{reading_protocols});
    a("every", r.every, Dur{true});
    a("phase", r.phase, Maybe<Dur>{});
    a("push", r.push, Bool{});
    a("keep", r.keep, Bool{});
    a("file", r.file, Text{});
}
template<class A>
void fields(A& a, Replying& r) {
    a("probability", r.probability, Probability{});
    a("delay", r.delay, Law{Law::Unit::Time});
    a("to", r.to, Word{reply_words});
}
template<class A>
void fields(A& a, ContactGraph& g) {
    a("mean", g.mean, Real{1, 1e6});
    a("sigma", g.sigma, Real{0, 5});
    a("within", g.within, Probability{});
    a("among", g.among, Texts{});
}
template<class A>
void fields(A& a, PersonSettings& p) {
    a("at", p.at, Maybe<Text>{});
    a("line", p.line, Maybe<Object>{Object{"a line in { }, or its delay"}});
    a("submission", p.submission, Maybe<Text>{});
    a("password", p.password, Maybe<Text>{});
    a("wrong_password", p.wrong_password, Maybe<Bool>{});
    a("authenticates", p.authenticates, Maybe<Bool>{});
    a("tls", p.tls, Maybe<Word>{Word{submission_tls_words}});
    a("reads", p, ReadingCodec{});
    a("contacts", p, ContactsCodec{});
    a("replies", p.replies, Maybe<Object>{Object{"a probability, or { } with probability and delay"}});
    a("quota", p.quota, Maybe<Size>{});
    a("forward", p.forward, Maybe<Object>{Object{"where the mail goes, an address or { } with to, keep and srs"}});
    a("vacation", p.vacation, Maybe<Object>{Object{"the text of the answer, or { } with text and more"}});
    a("drop_duplicates", p.drop_duplicates, Maybe<Dur>{Dur{true}});
}
template<class A>
void fields(A& a, Link& l) {
    if constexpr (A::reading)
        read_link_ends(a, l);
    else
        a.put("between", *Texts{}.write({l.a, l.b}));
    fields(a, l.line);
}
template<class A>
void fields(A& a, LessonTrial& t) {
    a("what", t.what, Text{});
    a("set", t.set, Texts{});
}
template<class A>
void fields(A& a, Lesson& l) {
    a("subject", l.subject, Word{lesson_subjects});
    a("question", l.question, Text{});
    a("choices", l.choices, Texts{});
    a("answer", l.answer, Whole{1, 100});
    a("reason", l.reason, Text{});
    a("letter", l.letter, Text{});
    a("try", l.trials, Objects{"a trial in { }, such as {\"what\": \"Two days\", \"set\": \"run.for=2d\"}"});
}
template<class A>
void fields(A& a, StarNetwork& n) {
    a("leaves", n.leaves, Whole{1, 1e6});
    fields(a, n.line);
}
template<class A>
void fields(A& a, HierarchyNetwork& n) {
    a("depth", n.depth, Whole{1, 12});
    a("fan_out", n.fan_out, Whole{1, 1000});
    fields(a, n.line);
}
template<class A>
void fields(A& a, ScaleFreeNetwork& n) {
    a("routers", n.routers, Whole{2, 1e6});
    a("links_each", n.links_each, Whole{1, 100});
    fields(a, n.line);
}
template<class A>
void fields(A& a, Network& n) {
    a("internet", n.internet, Object{"a line in { }, or its delay"});
    a("routers", n.routers, Texts{});
    a("links", n.links, Objects{"a link in { }, such as {\"between\": [\"a\", \"b\"], \"delay\": \"5ms\"}"});
    if constexpr (A::reading) {
        if (const Value* v = a.find("generate")) GeneratedCodec{}.read(a.context(), *v, n);
        if (const Value* v = a.find("graphml")) {
            GraphmlNetwork graph;
            Text{}.read(a.context(), *v, graph.file);
            if (a.object().find("generate"))
                a.context().findings.mistake(
                    v->offset, "a network is either generated or read from GraphML: leave one of them out");
            n.generated = graph;
        }
    } else if (const auto* graph = std::get_if<GraphmlNetwork>(&n.generated)) {
        a.put("graphml", text_value(graph->file));
    } else if (n.generated.index() != 0) {
        a.put("generate", *GeneratedCodec{}.write(n));
    }
    a("spread_hosts", n.spread_hosts, Bool{});
}
template<class A>
void fields(A& a, AttachedFile& f) {
    a("name", f.name, Text{});
    a("type", f.type, Text{});
    a("size", f.size, Size{});
}
template<class A>
void fields(A& a, Look& l) {
    a("language", l.languages, Words{language_words});
    a("html", l.html, Bool{});
    a("attachments", l.attachments, Objects{"a file in { }, such as {\"name\": \"report.pdf\", \"size\": \"80kB\"}"});
    a("encoding", l.encoding, Word{encoding_words});
}
template<class A>
void fields(A& a, Letter& l) {
    a("from", l.from, Text{});
    a("to", l.to, Texts{});
    a("cc", l.cc, Texts{});
    a("bcc", l.bcc, Texts{});
    a("subject", l.subject, Text{});
    a("body", l.body, Text{});
    a("size", l.size, Maybe<Size>{});
    fields(a, l.look);
    a("at", l.at, When{});
    a("id", l.id, Text{});
    if (A::reading || !l.notify.empty()) a("notify", l.notify, Words{notify_words});
    if (A::reading || !l.returns.empty()) a("return", l.returns, Word{return_words});
    if (A::reading || !l.envelope_id.empty()) a("envelope_id", l.envelope_id, Text{});
    if (A::reading || l.eight_bit) a("eight_bit", l.eight_bit, Bool{});
}
template<class A>
void fields(A& a, Traffic& t) {
    a("name", t.name, Text{});
    a("from", t.from, Texts{});
    if constexpr (A::reading)
        read_recipients(a, t);
    else if (t.to_contacts)
        a.put("to", text_value("contacts"));
    else
        a("to", t.to, Texts{});
    a("arrivals", t.arrivals, ArrivalsCodec{});
    a("each", t.each, Bool{});
    a("size", t.size, Law{Law::Unit::Size});
    a("recipients", t.recipients, Law{Law::Unit::Count});
    a("subject", t.subject, Text{});
    fields(a, t.look);
    a("limit", t.limit, Maybe<Whole>{Whole{1, 9e15}});
    if constexpr (A::reading)
        read_span(a, "from_time", t.when);
    else
        write_span(a, "from_time", t.when);
}
template<class A>
void fields(A& a, Run& r) {
    a("for", r.length, Maybe<Dur>{Dur{true}, true});
    a("limit", r.limit, Dur{true});
}

void read_fault(ReadContext& c, const Value& v, Fault& to);
Value write_fault(const Fault& f);
/// Expectations about letters name them; `letters` and their ids are those of the scenario.
void read_expectation(ReadContext& c, const Value& v, const std::vector<Letter>& letters,
                      std::vector<Expectation>& to);
Value write_expectation(const Expectation& e);

} // namespace postopolis::scenario
