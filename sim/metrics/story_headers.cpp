// Received fields in plain words (RFC 5321 section 4.4), oldest first.
#include "metrics/story_headers.hpp"

#include <algorithm>

namespace postopolis::metrics {
namespace {

using kernel::Duration;
using kernel::human_text;

constexpr std::int64_t kSecond = 1'000'000'000;

bool logged_in(mail::Protocol protocol) {
    using mail::Protocol;
    return protocol == Protocol::esmtpa || protocol == Protocol::esmtpsa;
}

std::string said(const mail::SharedText& text) {
    return text ? layout::printable(*text) : std::string();
}

std::string from_text(const mail::Received& r) {
    std::string from = said(r.from_helo);
    if (from.empty()) from = said(r.from_name);
    if (r.from_ip && !r.from_ip->empty()) from += from.empty() ? *r.from_ip : " (" + *r.from_ip + ")";
    return from;
}

/// "08:00:01": header fields have whole seconds.
std::string clock(const mail::Date& date) {
    const std::int64_t seconds = date.unix_nanoseconds / kSecond;
    return layout::Calendar(seconds).clock(Time::start()).substr(0, 8);
}

std::string explain(const mail::Received& r, const mail::Received* before, int n, const StoryVoice& voice) {
    const std::string number = std::to_string(n), by = said(r.by), from = from_text(r), when = clock(r.date);
    if (from.empty())
        return say(Phrase::received_local, voice.words(), {{"n", number}, {"by", by}, {"when", when}});
    const std::string protocol(mail::protocol_name(r.with));
    if (before == nullptr) {
        const std::string login = logged_in(r.with)  ? "and logged in (" + protocol + ")"
                                  : protocol.empty() ? "without a word how"
                                                     : "without logging in (" + protocol + ")";
        return say(Phrase::received_submission, voice.words(),
                   {{"n", number}, {"by", by}, {"from", from}, {"login", login}, {"when", when}});
    }
    const Duration after = Duration::nanoseconds(r.date.unix_nanoseconds - before->date.unix_nanoseconds);
    return say(Phrase::received_transfer, voice.words(),
               {{"n", number},
                {"by", by},
                {"from", from},
                {"protocol", protocol.empty() ? "" : "by " + protocol},
                {"when", when},
                {"after", human_text(after)}});
}

std::string explain_all(const mail::Message& message, const StoryVoice& voice, int width) {
    std::string out = say(Phrase::headers_key, voice.words(), {}) + "\n";
    std::vector<mail::TraceField> trace = message.trace();
    std::reverse(trace.begin(), trace.end());
    const mail::Received* before = nullptr;
    int n = 0;
    bool final_fields = false;
    for (const mail::TraceField& field : trace) {
        if (std::holds_alternative<mail::ReturnPath>(field)) final_fields = true;
        const auto* r = std::get_if<mail::Received>(&field);
        if (r == nullptr) continue;
        out += layout::wrapped(explain(*r, before, ++n, voice), width, "  ", "     ");
        before = r;
    }
    if (final_fields) out += layout::wrapped(say(Phrase::path_kept, voice.words(), {}), width, "  ", "  ");
    return out;
}

} // namespace

std::string header_text(const StoryRecord&, const Tale& tale, const StoryVoice& voice, int width,
                        layout::Paint paint) {
    const trace::Delivered* filed = nullptr;
    for (const Told& t : tale.events) {
        const auto* d = std::get_if<trace::Delivered>(&t.event().what);
        if (d == nullptr || d->message == nullptr || d->message->empty()) continue;
        filed = d;
        break;
    }
    if (filed == nullptr) return "\n" + say(Phrase::no_header, voice.words(), {}) + "\n";
    std::string out =
        "\n" + paint.bold(say(Phrase::headers, voice.words(), {{"reader", filed->mailbox}})) + "\n";
    const std::string header = filed->message->render_headers();
    std::string line;
    for (char c : header) {
        if (c == '\r') continue;
        if (c != '\n') {
            line += c;
            continue;
        }
        if (line.starts_with('\t')) line.replace(0, 1, "        ");
        out += "  " + layout::printable(line) + '\n';
        line.clear();
    }
    return out + "\n" + explain_all(*filed->message, voice, width);
}

} // namespace postopolis::metrics
