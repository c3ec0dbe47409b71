// One event, one sentence.
#include "metrics/story_voice.hpp"

#include <algorithm>

namespace postopolis::metrics {

using kernel::human_text;
using layout::count;
using layout::printable;
using trace::Event;

namespace {

constexpr std::size_t kNames = 3; // named before "and so many others"
constexpr std::uint16_t kSubmissionPorts[] = {587, 465};
constexpr std::uint16_t kMailboxPorts[] = {110, 995, 143, 993};

bool one_of(std::uint16_t port, std::span<const std::uint16_t> ports) {
    return std::find(ports.begin(), ports.end(), port) != ports.end();
}

std::string enumerate(const std::vector<std::string>& names, std::size_t all) {
    std::string out;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0) out += i + 1 == all ? " and " : ", ";
        out += names[i];
    }
    if (all > names.size()) out += " and " + count(all - names.size(), "other", "others");
    return out.empty() ? "nobody" : out;
}

} // namespace

std::string reason_text(const trace::Reason& reason) {
    std::string out;
    const auto add = [&](std::string_view part) {
        if (part.empty()) return;
        if (!out.empty()) out += ' ';
        out += part;
    };
    const std::string code = reason.code == 0 ? std::string() : std::to_string(reason.code);
    if (!code.empty() && !reason.text.starts_with(code)) add(code);
    if (!reason.enhanced.empty() && reason.text.find(reason.enhanced) == std::string_view::npos)
        add(reason.enhanced);
    add(printable(reason.text));
    return out;
}

std::string StoryVoice::recipient(CopyId copy) const {
    const auto found = record_.recipients.find(copy);
    return found == record_.recipients.end() ? std::string("?") : found->second->text();
}

std::string StoryVoice::names(std::span<const CopyId> copies) const {
    std::vector<std::string> out;
    std::size_t ours = 0;
    for (CopyId id : copies) {
        if (!record_.recipients.contains(id)) continue; // another letter's, moved in the same stage
        if (ours++ < kNames) out.push_back(recipient(id));
    }
    return enumerate(out, ours);
}

std::string StoryVoice::names(std::span<const mail::AddressPtr> addresses) const {
    std::vector<std::string> out;
    for (const mail::AddressPtr& a : addresses.first(std::min(kNames, addresses.size())))
        out.push_back(a ? a->text() : "?");
    return enumerate(out, addresses.size());
}

std::string StoryVoice::instant(Time t, Time now) const {
    const std::string clock = calendar_.clock(t).substr(0, 8);
    return calendar_.day(t) == calendar_.day(now) ? clock : clock + " on " + calendar_.date(t);
}

std::string StoryVoice::report(LetterId id) const {
    const Tale* tale = record_.tale(id);
    if (tale == nullptr) return {};
    return " (" + std::string(words_ == Register::postal ? "letter " : "message ") +
           std::to_string(tale->number) + ")";
}

std::string StoryVoice::sentence_of(const Tale&, const Event&, const trace::Composed& c) const {
    const std::string size = layout::size_text(c.size), to = names(c.recipients),
                      subject = printable(c.subject);
    if (trace::is_report(c.kind))
        return metrics::say(Phrase::report_composed, words_,
                            {{"size", size}, {"recipients", to}, {"subject", subject}});
    return metrics::say(Phrase::composed, words_,
                        {{"author", c.sender ? c.sender->text() : "<>"},
                         {"size", size},
                         {"recipients", to},
                         {"subject", subject}});
}

std::string StoryVoice::sentence_of(const Tale& t, const Event&, const trace::Accepted& a) const {
    const auto& composed = std::get<trace::Composed>(t.composed.event().what);
    if (a.from_host.empty() || a.from_host == a.host) // a report is written where it is queued first
        return metrics::say(Phrase::accepted_report, words_, {{"host", a.host}, {"id", a.queue_id}});
    // The first host to take a letter of a person is the one to which it was submitted.
    const bool first = a.hops <= 1 && composed.sender;
    if (first)
        return metrics::say(Phrase::accepted_submission, words_, {{"host", a.host}, {"id", a.queue_id}});
    return metrics::say(Phrase::accepted_transfer, words_,
                        {{"host", a.host}, {"from", a.from_host}, {"id", a.queue_id}});
}

std::string StoryVoice::sentence_of(const Tale&, const Event& e, const trace::Deferred& d) const {
    // Where nobody spoke, the code is what the host says to itself.
    const bool silence = d.reason.code == 0 || d.backoff == trace::Cause::backoff_no_answer ||
                         d.backoff == trace::Cause::backoff_dns;
    const Phrase phrase = silence ? Phrase::deferred_silence : Phrase::deferred;
    return metrics::say(phrase, words_,
                        {{"remote", d.remote.empty() ? d.host : d.remote},
                         {"reason", silence ? printable(d.reason.text) : reason_text(d.reason)},
                         {"host", d.host},
                         {"next", instant(d.next_try, e.time)},
                         {"wait", human_text(d.next_try - e.time)},
                         {"attempts", std::to_string(d.attempts)}});
}

std::string StoryVoice::sentence_of(const Tale&, const Event&, const trace::Delivered& d) const {
    return metrics::say(d.junk ? Phrase::junk : Phrase::delivered, words_,
                        {{"host", d.host}, {"mailbox", d.mailbox}});
}
std::string StoryVoice::sentence_of(const Tale&, const Event&, const trace::Fetched& f) const {
    return metrics::say(f.left_on_server ? Phrase::fetched_kept : Phrase::fetched, words_,
                        {{"mailbox", f.mailbox}});
}
std::string StoryVoice::sentence_of(const Tale&, const Event&, const trace::Bounced& b) const {
    return metrics::say(b.reason.code == 0 ? Phrase::bounced_silence : Phrase::bounced, words_,
                        {{"host", b.host}, {"reason", reason_text(b.reason)}, {"report", report(b.report)}});
}
std::string StoryVoice::sentence_of(const Tale&, const Event&, const trace::Warned& w) const {
    return metrics::say(Phrase::warned, words_, {{"host", w.host}, {"report", report(w.report)}});
}
std::string StoryVoice::sentence_of(const Tale&, const Event&, const trace::Rejected& r) const {
    return metrics::say(Phrase::rejected, words_, {{"by", r.by}, {"reason", reason_text(r.reason)}});
}
std::string StoryVoice::sentence_of(const Tale&, const Event&, const trace::Discarded& d) const {
    return metrics::say(Phrase::discarded, words_, {{"by", d.by}, {"why", d.why}});
}
std::string StoryVoice::sentence_of(const Tale&, const Event&, const trace::Lost& l) const {
    return metrics::say(Phrase::lost, words_, {{"by", l.by}, {"why", l.why}});
}
std::string StoryVoice::sentence_of(const Tale&, const Event&, const trace::Expanded& x) const {
    return metrics::say(Phrase::expanded, words_,
                        {{"by", x.by},
                         {"copies", count(x.into.size(), "copy", "copies")},
                         {"recipients", names(x.recipients)}});
}
std::string StoryVoice::sentence_of(const Tale&, const Event&, const trace::Doubted& d) const {
    return metrics::say(Phrase::doubted, words_, {{"host", d.host}, {"remote", d.remote}});
}
std::string StoryVoice::sentence_of(const Tale&, const Event&, const trace::Connected& c) const {
    const Phrase phrase = one_of(c.server_port, kSubmissionPorts) ? Phrase::connected_submission
                          : one_of(c.server_port, kMailboxPorts)  ? Phrase::connected_mailbox
                                                                  : Phrase::connected;
    return metrics::say(phrase, words_,
                        {{"client", c.client},
                         {"server", c.server},
                         {"port", std::to_string(c.server_port)},
                         {"took", human_text(c.took)}});
}
std::string StoryVoice::sentence_of(const Tale&, const Event&, const trace::ConnectFailed& c) const {
    return metrics::say(Phrase::connect_failed, words_,
                        {{"client", c.client},
                         {"server", c.server},
                         {"port", std::to_string(c.server_port)},
                         {"why", c.why},
                         {"took", human_text(c.took)}});
}
std::string StoryVoice::sentence_of(const Tale&, const Event&, const trace::LookedUp& l) const {
    const Phrase phrase = l.result != "NOERROR" ? Phrase::look_up_failed
                          : l.from_cache
                              ? (l.host == l.resolver ? Phrase::looked_up_own : Phrase::looked_up_cached)
                              : Phrase::looked_up;
    return metrics::say(phrase, words_,
                        {{"host", l.host},
                         {"resolver", l.resolver},
                         {"question", l.question},
                         {"type", l.type},
                         {"result", dns_words(l.result)},
                         {"took", human_text(l.took)}});
}
std::string StoryVoice::sentence_of(const Tale&, const Event&, const trace::HostWentDown& h) const {
    return metrics::say(h.queue_lost ? Phrase::host_down_queue_lost : Phrase::host_down, words_,
                        {{"host", h.host}});
}
std::string StoryVoice::sentence_of(const Tale&, const Event&, const trace::HostCameUp& h) const {
    return metrics::say(Phrase::host_up, words_, {{"host", h.host}});
}

std::optional<std::string> StoryVoice::say(const Tale& tale, const Event& event) const {
    return std::visit(
        [&](const auto& what) -> std::optional<std::string> {
            if constexpr (requires { sentence_of(tale, event, what); })
                return sentence_of(tale, event, what);
            else
                return std::nullopt;
        },
        event.what);
}

std::optional<std::string> StoryVoice::say_stage(const trace::Passed& p, trace::Duration took) const {
    if (took.count() == 0) return std::nullopt;
    const std::string total = human_text(took);
    std::string out =
        p.stage == trace::Passed::Stage::waiting
            ? metrics::say(Phrase::waited, words_, {{"host", p.from}, {"took", total}})
            : metrics::say(Phrase::way, words_, {{"from", p.from}, {"to", p.to}, {"took", total}});
    std::vector<std::string> causes;
    std::string_view only;
    for (std::size_t i = 0; i < trace::kCauses; ++i) {
        const auto cause = static_cast<trace::Cause>(i);
        const trace::Duration d = p.spent.spent(cause);
        if (d.count() == 0) continue;
        const std::string_view called =
            words_ == Register::postal ? cause_words(cause, words_) : trace::name(cause);
        only = called;
        causes.push_back(
            metrics::say(Phrase::spent_in, words_, {{"took", human_text(d)}, {"cause", called}}));
    }
    if (causes.empty()) return out;
    out.pop_back(); // the full stop
    if (causes.size() == 1) return out + " (" + std::string(only) + ").";
    out += ':';
    for (std::size_t i = 0; i < causes.size(); ++i)
        out += (i == 0 ? " " : ", ") + causes[i];
    return out + ".";
}

} // namespace postopolis::metrics
