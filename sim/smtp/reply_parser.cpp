// Reads replies from bytes: Reply-line of RFC 5321 section 4.2, and the enhanced code of RFC 2034 if all
// lines bear it.
#include <algorithm>

#include "postopolis/smtp/limits.hpp"
#include "postopolis/smtp/reply.hpp"
#include "smtp/text.hpp"

namespace postopolis::smtp {
namespace {

// Reply-code = %x32-35 %x30-35 %x30-39, but clients look at the first digit only and take the others as they
// are.
std::uint16_t read_code(std::string_view line) {
    if (line.size() < 3 || line[0] < '2' || line[0] > '5' || !is_digit(line[1]) || !is_digit(line[2]))
        return 0;
    return static_cast<std::uint16_t>((line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0'));
}

// Moves the enhanced code out of the text, if every line opens with the same one and its class is the
// reply's.
void split_enhanced(Reply& reply) {
    const auto found = mail::leading_enhanced_status(reply.lines.front());
    if (!found || found->klass != reply.code / 100) return;
    const auto same = [&](const std::string& line) { return mail::leading_enhanced_status(line) == found; };
    if (!std::all_of(reply.lines.begin(), reply.lines.end(), same)) return;
    reply.enhanced = *found;
    for (auto& line : reply.lines) {
        const auto blank = line.find(' ');
        line.erase(0, blank == std::string::npos ? line.size() : blank + 1);
    }
}

} // namespace

void ReplyParser::feed(std::string_view bytes) {
    while (!bytes.empty() && !failed()) {
        const auto end = bytes.find('\n');
        line_.append(bytes.substr(0, end));
        if (line_.size() > limits::tolerated_reply_line) {
            error_ =
                "a reply line is longer than " + std::to_string(limits::tolerated_reply_line) + " octets";
            return;
        }
        if (end == std::string_view::npos) return;
        bytes.remove_prefix(end + 1);
        if (line_.ends_with('\r')) line_.pop_back();
        take_line(line_);
        line_.clear();
    }
}

void ReplyParser::take_line(std::string_view line) {
    const auto code = read_code(line);
    const char separator = line.size() > 3 ? line[3] : ' ';
    if (code == 0 || (separator != ' ' && separator != '-')) {
        error_ = "not a reply line: \"" + std::string(line.substr(0, 64)) + "\"";
        return;
    }
    if (partial_ && partial_->code != code) {
        error_ = "a reply begins with code " + std::to_string(partial_->code) + " and goes on with " +
                 std::to_string(code);
        return;
    }
    if (!partial_) partial_.emplace(Reply{.code = code});
    if (partial_->lines.size() == limits::tolerated_reply_lines) {
        error_ = "a reply has more than " + std::to_string(limits::tolerated_reply_lines) + " lines";
        return;
    }
    partial_->lines.emplace_back(line.substr(std::min<std::size_t>(4, line.size())));
    if (separator == ' ') finish();
}

void ReplyParser::finish() {
    split_enhanced(*partial_);
    ready_.push_back(std::move(*partial_));
    partial_.reset();
}

std::optional<Reply> ReplyParser::next() {
    if (ready_.empty()) return std::nullopt;
    auto reply = std::move(ready_.front());
    ready_.pop_front();
    return reply;
}

} // namespace postopolis::smtp
