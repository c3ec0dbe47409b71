// transcripts.txt: the dialogue of each connection, in the order in which they ended.
//
// Lines are "C:" or "S:" for what client and server say, "C|" or "S|" for message content, with the virtual
// time (in seconds) at which they arrived. Content is shown whole, as it went over the wire (dot-stuffed).
// Control characters are shown as \xNN, so that a message cannot play tricks on a terminal.
#include <map>

#include "metrics/exporters.hpp"
#include "metrics/text.hpp"
#include "metrics/tls_words.hpp"

namespace postopolis::metrics {

namespace {

constexpr std::size_t kTimeWidth = 17;

void append_port(std::string& out, std::uint32_t ipv4, std::uint16_t port) {
    for (int shift = 24; shift >= 0; shift -= 8) {
        append_integer(out, (ipv4 >> shift) & 255);
        out += shift > 0 ? '.' : ':';
    }
    append_integer(out, port);
}

/// Seconds, to the right of a column.
void append_time(std::string& out, kernel::Time t) {
    std::string text;
    append_seconds(text, t.since_start());
    if (text.size() < kTimeWidth) out.append(kTimeWidth - text.size(), ' ');
    out += text;
}

void append_visible(std::string& out, std::string_view text) {
    static constexpr char kHex[] = "0123456789abcdef";
    for (char c : text) {
        const unsigned code = static_cast<unsigned char>(c);
        if ((code >= 0x20 && code != 0x7f) || c == '\t') {
            out += c;
        } else {
            out += "\\x";
            out += kHex[code >> 4];
            out += kHex[code & 15];
        }
    }
}

/// A dialogue so far.
struct Dialogue {
    std::string text;
    bool open_line = false; ///< the last line's end has not arrived yet
    bool by_client = false; ///< who is in the middle of that line,
    bool data = false;      ///< and whether it is content
};

class TranscriptExporter final : public FileExporter {
public:
    using FileExporter::FileExporter;

    trace::KindMask listens_for() const override {
        return trace::kinds<trace::Connected, trace::ConnectFailed, trace::Disconnected, trace::Spoke>();
    }

    void on_event(const trace::Event& event) override {
        if (file_.error()) return;
        if (const auto* spoke = std::get_if<trace::Spoke>(&event.what))
            say(event.time, *spoke);
        else if (const auto* connected = std::get_if<trace::Connected>(&event.what))
            open(event.time, *connected);
        else if (const auto* failed = std::get_if<trace::ConnectFailed>(&event.what))
            fail(event.time, *failed);
        else if (const auto* ended = std::get_if<trace::Disconnected>(&event.what))
            close(event.time, *ended);
    }

    void finish(const RunFacts&, const trace::Ledger&) override {
        for (auto& [id, dialogue] : open_) {
            end_line(dialogue);
            dialogue.text.append(kTimeWidth, ' ').append(" -- still open when the clock stopped\n\n");
            file_.write(dialogue.text);
        }
        open_.clear();
        file_.commit();
    }

private:
    static void head(std::string& out, trace::ConnectionId id) {
        out += "== connection ";
        append_integer(out, id);
        out += ": ";
    }

    void open(kernel::Time now, const trace::Connected& c) {
        std::string& out = open_[c.connection].text;
        head(out, c.connection);
        out.append(c.client).append(" [");
        append_port(out, c.client_address, c.client_port);
        out.append("] to ").append(c.server).append(" [");
        append_port(out, c.server_address, c.server_port);
        out += "]\n";
        append_time(out, now);
        out += " -- connected after ";
        append_seconds(out, c.took);
        out += " s\n";
    }

    void fail(kernel::Time now, const trace::ConnectFailed& c) {
        std::string& out = file_.buffer();
        head(out, c.connection);
        out.append(c.client).append(" to ").append(c.server).append(" port ");
        append_integer(out, c.server_port);
        out += '\n';
        append_time(out, now);
        out.append(" -- failed after ");
        append_seconds(out, c.took);
        out.append(" s: ").append(c.why).append("\n\n");
        file_.written();
    }

    void say(kernel::Time now, const trace::Spoke& s) {
        Dialogue& d = open_[s.connection];
        if (d.open_line && (d.by_client != s.by_client || d.data != s.data)) end_line(d);
        const std::string tls = is_tls_handshake(s.bytes) ? tls_words(s.bytes) : std::string();
        for (std::string_view left = tls.empty() ? s.bytes : tls; !left.empty();) {
            const std::size_t end = left.find('\n');
            std::string_view line = left.substr(0, end);
            left.remove_prefix(end == std::string_view::npos ? left.size() : end + 1);
            if (!d.open_line) {
                append_time(d.text, now);
                d.text.append(s.by_client ? " C" : " S").append(s.data ? "| " : ": ");
            }
            d.open_line = end == std::string_view::npos;
            if (!d.open_line && line.ends_with('\r')) line.remove_suffix(1);
            append_visible(d.text, line);
            if (!d.open_line) d.text += '\n';
        }
        d.by_client = s.by_client;
        d.data = s.data;
    }

    static void end_line(Dialogue& d) {
        if (d.open_line) d.text += '\n';
        d.open_line = false;
    }

    void close(kernel::Time now, const trace::Disconnected& e) {
        const auto found = open_.find(e.connection);
        if (found == open_.end()) return;
        Dialogue& d = found->second;
        end_line(d);
        append_time(d.text, now);
        d.text.append(" -- ").append(e.how).append("\n\n");
        file_.write(d.text);
        open_.erase(found);
    }

    std::map<trace::ConnectionId, Dialogue> open_;
};

} // namespace

std::unique_ptr<Exporter> make_transcript_exporter(const ExportOptions& options) {
    return std::make_unique<TranscriptExporter>(options.directory / "transcripts.txt");
}

} // namespace postopolis::metrics
