// Dialogues with C: and S:, shortened to what concerns the letter.
#include "metrics/story_dialogue.hpp"

#include <algorithm>

namespace postopolis::metrics {
namespace {

using layout::count;
using layout::printable;

constexpr std::size_t kContentLines = 3; // of a message, shown
constexpr std::size_t kReplyLines = 12;  // of one utterance, shown

std::vector<std::string_view> lines_of(std::string_view bytes) {
    std::vector<std::string_view> out;
    while (!bytes.empty()) {
        const std::size_t end = std::min(bytes.find('\n'), bytes.size());
        std::string_view line = bytes.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        out.push_back(line);
        bytes.remove_prefix(std::min(end + 1, bytes.size()));
    }
    return out;
}

bool opens_transaction(std::string_view line) {
    return line.size() >= 10 && mail::same_domain(line.substr(0, 10), "MAIL FROM:");
}

bool closes_session(std::string_view line) {
    return line.size() >= 4 && mail::same_domain(line.substr(0, 4), "QUIT");
}

/// Splits a dialogue into transactions and decides which of them are told.
class Abbreviator {
public:
    Abbreviator(const Dialogue& dialogue, const Tale& tale, Register words)
        : dialogue_(dialogue), tale_(tale), words_(words) {}

    std::vector<DialogueLine> lines() {
        for (std::size_t i = 0; i < dialogue_.said.size(); ++i) {
            const Utterance& u = dialogue_.said[i];
            if (u.data) {
                content(i);
                continue;
            }
            command_or_reply(u);
        }
        finish_transaction();
        if (dialogue_.unsaid > 0) aside(dialogue_.opened, "… and " + count(dialogue_.unsaid) + " more …");
        return std::move(out_);
    }

private:
    void command_or_reply(const Utterance& u) {
        const std::vector<std::string_view> lines = lines_of(u.bytes);
        std::size_t n = 0;
        for (std::string_view line : lines) {
            if (u.by_client && opens_transaction(line)) {
                finish_transaction();
                in_transaction_ = true;
            } else if (u.by_client && closes_session(line)) {
                finish_transaction();
            }
            if (in_transaction_ && u.by_client && line.size() > 8 &&
                mail::same_domain(line.substr(0, 8), "RCPT TO:")) {
                const std::size_t open = line.find('<'), close = line.find('>');
                if (open != line.npos && close != line.npos && close > open &&
                    tale_.recipients.contains(std::string(line.substr(open + 1, close - open - 1))))
                    named_ = true;
            }
            if (++n == kReplyLines && lines.size() > kReplyLines + 1)
                aside(u.time, "… " + count(lines.size() - kReplyLines + 1) + " more lines …");
            else if (n < kReplyLines || lines.size() <= kReplyLines + 1)
                out_.push_back({u.time, u.by_client, false, printable(line)});
        }
    }

    /// Content comes in pieces, of which only the first is shown.
    void content(std::size_t i) {
        const Utterance& u = dialogue_.said[i];
        const bool goes_on = i > 0 && dialogue_.said[i - 1].data &&
                             dialogue_.said[i - 1].letter == u.letter &&
                             dialogue_.said[i - 1].by_client == u.by_client;
        if (goes_on) return;
        Utterance sum = u;
        for (std::size_t j = i + 1;
             j < dialogue_.said.size() && dialogue_.said[j].data && dialogue_.said[j].letter == u.letter &&
             dialogue_.said[j].by_client == u.by_client;
             ++j) {
            sum.octets += dialogue_.said[j].octets;
            sum.lines += dialogue_.said[j].lines;
        }
        const std::string octets = count(sum.octets, "octet", "octets");
        if (u.letter != 0 && u.letter != tale_.id) {
            foreign_ = true;
            aside(u.time, "… " + say(Phrase::other_content, words_, {{"octets", octets}}) + " …");
            return;
        }
        ours_ = true;
        const std::vector<std::string_view> lines = lines_of(u.bytes);
        const std::size_t shown =
            sum.lines <= kContentLines + 1 ? lines.size() : std::min(kContentLines, lines.size());
        for (std::size_t k = 0; k < shown; ++k)
            out_.push_back({u.time, u.by_client, false, printable(lines[k])});
        if (sum.lines <= shown) return;
        const std::string more = count(sum.lines - shown, "more line", "more lines");
        aside(u.time, "… " + say(Phrase::content_line, words_, {{"more", more}, {"octets", octets}}) + " …");
    }

    /// Drops the lines of a transaction that was another letter's.
    void finish_transaction() {
        if (in_transaction_ && !ours_ && (foreign_ || !named_)) {
            out_.resize(begin_);
            if (begin_ == 0 || !out_.back().aside) aside(dialogue_.opened, "… a transaction for others …");
        }
        begin_ = out_.size();
        in_transaction_ = ours_ = foreign_ = named_ = false;
    }

    void aside(Time t, std::string text) { out_.push_back({t, false, true, std::move(text)}); }

    const Dialogue& dialogue_;
    const Tale& tale_;
    Register words_;
    std::vector<DialogueLine> out_;
    std::size_t begin_ = 0; ///< of the transaction's lines
    bool in_transaction_ = false, ours_ = false, foreign_ = false, named_ = false;
};

} // namespace

std::vector<DialogueLine> dialogue_lines(const Dialogue& dialogue, const Tale& tale, Register words) {
    return Abbreviator(dialogue, tale, words).lines();
}

std::string dialogue_text(const StoryRecord& record, const Tale& tale, const StoryVoice& voice, Time until,
                          std::set<ConnectionId>& told, int width, layout::Paint paint) {
    std::string out;
    for (ConnectionId id : tale.connections) {
        const auto found = record.dialogues.find(id);
        if (found == record.dialogues.end() || found->second.said.empty()) continue;
        const Dialogue& d = found->second;
        if (d.opened > until || !told.insert(id).second) continue;
        out +=
            "    ┌ " +
            paint.bold(say(Phrase::dialogue, voice.words(), {{"client", d.client}, {"server", d.server}})) +
            '\n';
        for (const DialogueLine& l : dialogue_lines(d, tale, voice.words())) {
            if (l.aside) {
                out += "    │ " + paint.dim("                 " + l.text) + '\n';
                continue;
            }
            std::string text = layout::wrapped(
                l.text, width, "    │               " + std::string(l.by_client ? "C: " : "S: "),
                "    │                  ");
            if (l.text.empty()) text = "    │               " + std::string(l.by_client ? "C:" : "S:") + "\n";
            const std::string_view frame = "    │ ";
            // The clock stands where the first line has left room for it.
            text.replace(frame.size(), 12, paint.dim(voice.calendar().clock(l.time)));
            out += text;
        }
        out += "    └\n";
    }
    return out;
}

} // namespace postopolis::metrics
