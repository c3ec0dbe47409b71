// A step for each tagged response; what is untagged is taken whenever it comes (RFC 9051 section 5.2).
#include "postopolis/access/imap_client.hpp"

#include <algorithm>
#include <utility>

#include "access/imap_lexer.hpp"
#include "postopolis/access/imap_account.hpp"

namespace postopolis::access {
namespace {

std::string tag_text(std::uint32_t number) {
    const std::string digits = std::to_string(number);
    return "A" + std::string(digits.size() < 4 ? 4 - digits.size() : 0, '0') + digits;
}

std::string quoted(std::string_view text) {
    return ImapOutput().string(text).text();
}

/// Passes over a value of a FETCH response: a list, a string, an atom.
bool skip_value(ImapLexer& in) {
    if (in.peek() == '"' || in.at_literal()) return in.take_string().has_value();
    if (!in.take('('))
        return in.take_while([](char c) { return is_atom_char(c) || c == '\\' || c == '*'; }).has_value();
    while (!in.take(')')) {
        if (in.space()) continue;
        if (in.at_end() || !skip_value(in)) return false;
    }
    return true;
}

} // namespace

ImapClient::ImapClient(ImapClientConfig config, ImapMemory& memory)
    : config_(std::move(config)), memory_(memory) {}

void ImapClient::go(At at) {
    at_ = at;
    sent_ = at == At::closed;
    going_ = false;
}

void ImapClient::refuse(std::string_view text) {
    result_ = Result::refused;
    reason_ = text;
    go(At::logout);
}

ImapAction ImapClient::next() {
    if (at_ == At::closed) return {};
    if (idling() && (news_ || leaving_)) {
        at_ = At::wake;
        return {ImapAction::Kind::send, ImapOutput("DONE\r\n")};
    }
    if (sent_) return {ImapAction::Kind::receive, {}};
    sent_ = true;
    ++tag_;
    return {ImapAction::Kind::send, ImapOutput(tag_text(tag_) + " " + command() + "\r\n")};
}

std::string ImapClient::command() const {
    const std::string uid = position_ < found_.size() ? std::to_string(found_[position_].uid) : std::string();
    switch (at_) {
    case At::login:
        return "LOGIN " + quoted(config_.user) + " " + quoted(config_.password);
    case At::select:
        return "SELECT INBOX";
    case At::look:
        return "UID FETCH " + std::to_string(memory_.last_uid + 1) + ":* (FLAGS RFC822.SIZE)";
    case At::body:
        return "UID FETCH " + uid + " BODY.PEEK[]";
    case At::mark:
        return "UID STORE " + uid + " +FLAGS.SILENT " +
               (config_.after == ImapClientConfig::After::remove ? "(\\Seen \\Deleted)" : "(\\Seen)");
    case At::move:
        return "UID MOVE " + uid + " " + quoted(to_modified_utf7(config_.folder));
    case At::create:
        return "CREATE " + quoted(to_modified_utf7(config_.folder));
    case At::expunge:
        return "EXPUNGE";
    case At::idle:
        return "IDLE";
    default:
        return "LOGOUT";
    }
}

bool ImapClient::has(std::string_view capability) const {
    return (" " + capabilities_ + " ").find(" " + std::string(capability) + " ") != std::string::npos;
}

/// "[CAPABILITY ...]" in a status response.
void ImapClient::learn(const std::string& text) {
    constexpr std::string_view code = "[CAPABILITY ";
    const auto begin = text.find(code);
    const auto end = text.find(']', begin == std::string::npos ? 0 : begin);
    if (begin == std::string::npos || end == std::string::npos) return;
    capabilities_ = imap_upper(std::string_view(text).substr(begin + code.size(), end - begin - code.size()));
}

void ImapClient::on_line(const ImapLine& line) {
    if (at_ == At::closed) return;
    const std::string& text = line.texts.front();
    if (text.starts_with("* ")) return on_untagged(line);
    if (text.starts_with("+")) {
        going_ = at_ == At::idle;
        return;
    }
    const std::string tag = tag_text(tag_) + " ";
    if (!text.starts_with(tag)) return; // of no command that is under way
    const std::string rest = text.substr(tag.size());
    learn(rest);
    on_result(rest.starts_with("OK"), rest);
}

void ImapClient::on_untagged(const ImapLine& line) {
    ImapLexer in(line);
    in.take('*');
    in.space();
    if (const auto number = in.take_number()) {
        in.space();
        const auto word = in.take_word();
        if (word) on_data(*number, *word, in);
        return;
    }
    const auto word = in.take_word();
    if (!word) return;
    const std::string rest = in.take_rest();
    if (*word == "OK" || *word == "PREAUTH") {
        learn(rest);
        if (at_ == At::greeting) go(*word == "OK" ? At::login : At::select);
        constexpr std::string_view code = "[UIDVALIDITY ";
        const auto at = rest.find(code);
        if (at != std::string::npos) {
            const auto validity =
                static_cast<std::uint32_t>(std::strtoul(rest.c_str() + at + code.size(), nullptr, 10));
            if (validity != memory_.uid_validity)
                memory_ = {validity, 0}; // all that we know is of another mailbox
        }
    } else if (*word == "BYE" && at_ != At::logout) {
        refuse(rest);
        at_ = At::closed;
    }
}

void ImapClient::on_data(std::uint64_t number, const std::string& word, ImapLexer& in) {
    if (word == "EXISTS") {
        news_ = news_ || number > exists_;
        exists_ = number;
    } else if (word == "EXPUNGE" && exists_ > 0) {
        --exists_;
    }
    if (word != "FETCH" || !in.space() || !in.take('(')) return;
    std::uint32_t uid = 0;
    bool flags = false, seen = false;
    std::optional<ImapPiece> body;
    do {
        const auto item = in.take_while([](char c) { return is_atom_char(c); });
        if (!item || !in.space()) return;
        if (imap_same(*item, "UID")) {
            uid = static_cast<std::uint32_t>(in.take_number().value_or(0));
        } else if (imap_same(*item, "FLAGS")) {
            flags = in.take('(');
            while (flags && !in.take(')')) {
                if (in.space()) continue;
                const bool system = in.take('\\');
                const auto flag = in.take_atom();
                if (!flag) return;
                seen = seen || (system && imap_same(*flag, "Seen"));
            }
        } else if (const ImapPiece* literal = in.take_literal()) {
            body = *literal;
        } else if (!skip_value(in)) {
            return;
        }
    } while (in.space());
    if (at_ == At::look && flags &&
        uid > memory_.last_uid) { // "9:*" names the last message even where it is below 9
        found_.push_back({uid, seen});
    } else if (at_ == At::body && body && position_ < found_.size() && uid == found_[position_].uid) {
        fetched_.push_back({uid, body->as_message(), found_[position_].seen});
    }
}

void ImapClient::on_result(bool ok, const std::string& text) {
    using After = ImapClientConfig::After;
    switch (at_) {
    case At::login:
        return ok ? go(At::select) : refuse(text);
    case At::select:
        if (!ok) return refuse(text);
        news_ = false;
        return go(At::look);
    case At::look:
        position_ = 0;
        std::sort(found_.begin(), found_.end(), [](const Known& a, const Known& b) { return a.uid < b.uid; });
        return next_message();
    case At::body: {
        const Known& known = found_[position_];
        memory_.last_uid = known.uid;
        const bool here = ok && !fetched_.empty() && fetched_.back().uid == known.uid;
        if (here && (!known.seen || config_.after == After::remove)) return go(At::mark);
        if (here && config_.after == After::file) return go(At::move);
        ++position_;
        return next_message();
    }
    case At::mark:
        expunges_ = expunges_ || (ok && config_.after == After::remove);
        if (ok && config_.after == After::file && has("MOVE")) return go(At::move);
        ++position_;
        return next_message();
    case At::move:
        if (!ok && !created_ && text.find("[TRYCREATE]") != std::string::npos) return go(At::create);
        ++position_;
        return next_message();
    case At::create:
        created_ = true;
        return go(At::move);
    case At::expunge:
        expunges_ = false;
        return next_message();
    case At::idle: // refused, or ended by the server
    case At::wake:
        news_ = false;
        return go(leaving_ || (at_ == At::idle && !ok) ? At::logout : At::look);
    case At::logout:
        if (result_ == Result::pending) result_ = Result::done;
        return go(At::closed);
    default:
        return;
    }
}

void ImapClient::next_message() {
    if (position_ < found_.size()) return go(At::body);
    found_.clear();
    position_ = 0;
    if (expunges_) return go(At::expunge);
    if (std::exchange(news_, false)) return go(At::look); // it came while we were busy
    go(config_.push && has("IDLE") && !leaving_ ? At::idle : At::logout);
}

void ImapClient::on_lost() {
    if (at_ == At::closed) return;
    at_ = At::closed;
    if (result_ == Result::pending) result_ = Result::lost;
}

std::vector<ImapClient::Fetched> ImapClient::take_fetched() {
    return std::exchange(fetched_, {});
}

} // namespace postopolis::access
