// See smtp_hearing.hpp.
#include "metrics/smtp_hearing.hpp"

#include <algorithm>
#include <utility>

#include "postopolis/smtp/base64.hpp"

namespace postopolis::metrics {

namespace {

std::string upper(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return out;
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

/// Calls `take(line)` for each whole line of what has come, without its end; the rest stays in `pending`.
template<class Take>
void by_lines(std::string& pending, std::string_view bytes, Take take) {
    pending += bytes;
    std::size_t at = 0;
    for (std::size_t feed; (feed = pending.find('\n', at)) != std::string::npos; at = feed + 1) {
        std::string_view line = std::string_view(pending).substr(at, feed - at);
        if (line.ends_with('\r')) line.remove_suffix(1);
        take(line);
    }
    pending.erase(0, at);
}

} // namespace

std::string path_of(std::string_view argument) {
    const std::size_t open = argument.find('<');
    if (open == std::string_view::npos) {
        const std::size_t colon = argument.find(':');
        if (colon != std::string_view::npos) argument.remove_prefix(colon + 1);
        return std::string(argument.substr(0, argument.find(' ')));
    }
    const std::size_t close = argument.find('>', open);
    return std::string(argument.substr(open + 1, close == std::string_view::npos ? close : close - open - 1));
}

SmtpHearing::SmtpHearing() {
    HeardCommand greeting;
    greeting.verb = "CONNECT";
    waiting_.push_back(std::move(greeting));
}

void SmtpHearing::client_says(std::string_view bytes, bool content, kernel::Time sent) {
    if (!content) {
        by_lines(client_line_, bytes, [&](std::string_view line) { command_line(line, sent); });
        return;
    }
    if (chunk_) { // RFC 3030: a command that brings its content along
        content_octets += bytes.size();
        return;
    }
    if (!in_content_) {
        in_content_ = true;
        content_octets = 0;
    }
    by_lines(client_line_, bytes, [&](std::string_view line) {
        if (line == ".") {
            HeardCommand end;
            end.verb = "END-OF-MESSAGE";
            end.sent = sent;
            waiting_.push_back(std::move(end));
            in_content_ = false;
        } else {
            content_octets += line.size() + 2 - (line.starts_with('.') ? 1 : 0); // RFC 5321 section 4.5.2
        }
    });
}

void SmtpHearing::command_line(std::string_view line, kernel::Time sent) {
    HeardCommand command;
    if (authenticating_) {
        command.verb = "AUTH";
        command.argument = line;
    } else {
        const std::size_t blank = line.find(' ');
        command.verb = upper(line.substr(0, blank));
        if (blank != std::string_view::npos) command.argument = line.substr(blank + 1);
        ++commands;
    }
    command.sent = sent;
    const bool chunk = command.verb == "BDAT";
    if (chunk && !chunk_) content_octets = 0;
    chunk_ = chunk;
    if (chunk && upper(command.argument).ends_with(" LAST")) command.verb = "END-OF-MESSAGE";
    waiting_.push_back(std::move(command));
}

void SmtpHearing::server_says(std::string_view bytes, const Heard& heard) {
    by_lines(server_line_, bytes, [&](std::string_view line) {
        const bool last = line.size() < 4 || line[3] != '-';
        if (line.size() > 4) reply_text_.append(reply_text_.empty() ? "" : " ").append(line.substr(4));
        if (!last) return;
        int code = 0;
        for (const char c : line.substr(0, 3))
            code = code * 10 + (c >= '0' && c <= '9' ? c - '0' : 0);
        HeardCommand command;
        if (!waiting_.empty()) {
            command = std::move(waiting_.front());
            waiting_.pop_front();
        }
        command.code = code;
        command.reply = std::exchange(reply_text_, std::string());
        if (command.verb == "END-OF-MESSAGE") command.octets = content_octets;
        take_effect(command);
        heard(command);
    });
}

void SmtpHearing::count(std::string_view verb) {
    const std::string name = lower(verb);
    const auto found =
        std::find_if(counts.begin(), counts.end(), [&](const auto& c) { return c.first == name; });
    if (found != counts.end())
        ++found->second;
    else
        counts.emplace_back(name, 1);
}

void SmtpHearing::take_effect(const HeardCommand& c) {
    const bool good = c.code >= 200 && c.code < 400;
    authenticating_ = c.verb == "AUTH" && c.code == 334;
    if (!good || c.verb == "CONNECT" || authenticating_) return;
    if (c.verb == "EHLO" || c.verb == "HELO" || c.verb == "LHLO") {
        helo = c.argument;
        extended = c.verb != "HELO";
        in_transaction = false;
    } else if (c.verb == "AUTH") {
        // PLAIN (RFC 4616): authorization identity, NUL, user, NUL, password.
        const auto octets = smtp::decode_base64(c.argument.substr(c.argument.find(' ') + 1));
        const std::size_t first = octets ? octets->find('\0') : std::string::npos;
        user = first == std::string::npos
                   ? "?"
                   : octets->substr(first + 1, octets->find('\0', first + 1) - first - 1);
    } else if (c.verb == "MAIL") {
        sender = path_of(c.argument);
        mail_sent = c.sent;
        in_transaction = true;
    } else if (c.verb == "RSET" || c.verb == "END-OF-MESSAGE") {
        in_transaction = false;
    }
    if (c.verb != "END-OF-MESSAGE") count(c.verb);
}

} // namespace postopolis::metrics
