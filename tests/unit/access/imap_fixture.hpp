// IMAP sessions written down as scripts, in the manner of imaptest: "1> a NOOP" is what the first client
// says, "1< a OK
// *" what it must hear next, where '*' stands for anything and "\*" for a star. Lines that a client hears and
// the script does not expect are failures, too.
#pragma once

#include <doctest/doctest.h>

#include <deque>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "postopolis/access/imap_server.hpp"
#include "postopolis/mail/parse.hpp"

namespace postopolis::access {

inline constexpr mail::Date noon{1767614400LL * 1'000'000'000, 60}; // 2026-01-05 13:00:00 +0100

inline mail::Message imap_letter(const std::string& text) {
    return mail::Message(mail::content_from_bytes(text));
}

/// A client's connection to the state machine, byte for byte.
class ImapWire {
public:
    explicit ImapWire(ImapAccount& account, ImapOffer offer = {})
        : account_(account), server_("imap.example", offer) {
        hear(server_.greeting());
    }

    void say(std::string_view bytes) {
        using Found = ImapReader::Found;
        reader_.feed(bytes);
        for (;;) {
            const Found found = reader_.next();
            if (found == Found::nothing || server_.closed()) return;
            if (found == Found::wants_literal) {
                reader_.accept_literal();
                hear(server_.go_ahead());
            } else if (found == Found::too_large) {
                hear(server_.too_large(reader_.take_line().texts.front().substr(0, 1)));
            } else if (found == Found::too_long) {
                hear(server_.too_long().output);
                return;
            } else {
                answer(server_.on_line(reader_.take_line(), noon));
            }
        }
    }
    /// All that was heard since the last time.
    std::string heard() { return std::exchange(heard_, {}); }
    std::string ask(std::string_view line) {
        heard();
        say(std::string(line) + "\r\n");
        return heard();
    }
    /// "OK", "NO" or "BAD", of a command without a tag, which it is given.
    std::string result(std::string_view command) {
        const std::string all = ask("t " + std::string(command));
        const auto line = ("\r\n" + all).rfind("\r\nt ");
        return line == std::string::npos ? all : all.substr(line + 2, all.find(' ', line + 2) - line - 2);
    }
    void log_in() { REQUIRE(result("LOGIN alice secret") == "OK"); }
    void select(const std::string& folder = "INBOX") { REQUIRE(result("SELECT " + folder) == "OK"); }
    void push() { hear(server_.changes()); }
    ImapServer& server() { return server_; }

private:
    void answer(const ImapStep& step) {
        if (step.kind == ImapStep::Kind::ask_login) {
            const bool known = server_.user() == "alice" && server_.password() == "secret";
            hear(known ? server_.admit(account_) : server_.refuse());
            return;
        }
        hear(step.output);
        if (step.kind == ImapStep::Kind::start_tls) server_.secured();
    }
    void hear(const ImapOutput& output) {
        const std::string text = output.text();
        CHECK(output.size() == text.size());
        heard_ += text;
    }

    ImapAccount& account_;
    ImapServer server_;
    ImapReader reader_{ImapReader::Side::server, {.literal = 100'000}};
    std::string heard_;
};

/// '*' is anything within the line; a backslash takes away what the next character means.
inline bool like(std::string_view pattern, std::string_view text) {
    if (pattern.empty()) return text.empty();
    if (pattern.front() == '*') {
        for (std::size_t i = 0; i <= text.size(); ++i)
            if (like(pattern.substr(1), text.substr(i))) return true;
        return false;
    }
    if (pattern.starts_with("\\*")) pattern.remove_prefix(1);
    return !text.empty() && pattern.front() == text.front() && like(pattern.substr(1), text.substr(1));
}

/// Plays a script with as many logged-in clients as it names. A line "1~" lets client 1 hear what is pushed
/// to it.
inline void play(ImapAccount& account, const std::string& script) {
    std::vector<std::unique_ptr<ImapWire>> clients;
    std::vector<std::deque<std::string>> inputs;
    std::istringstream lines(script);
    auto fetch = [&](std::size_t i) {
        std::string text = clients[i]->heard();
        for (std::size_t end = text.find("\r\n"); end != std::string::npos; end = text.find("\r\n")) {
            inputs[i].push_back(text.substr(0, end));
            text.erase(0, end + 2);
        }
    };
    auto expect_silence = [&](std::size_t i, const std::string& line) {
        fetch(i);
        INFO("before: ", line);
        const std::string left = inputs[i].empty() ? "" : inputs[i].front();
        CHECK(left == "");
        inputs[i].clear();
    };
    for (std::string line; std::getline(lines, line);) {
        if (line.empty()) continue;
        const auto i = static_cast<std::size_t>(line[0] - '1');
        while (clients.size() <= i) {
            clients.push_back(std::make_unique<ImapWire>(account));
            clients.back()->log_in();
            inputs.emplace_back();
        }
        const std::string text = line.size() > 3 ? line.substr(3) : "";
        if (line[1] == '~') {
            clients[i]->push();
        } else if (line[1] == '>') {
            expect_silence(i, line);
            clients[i]->say(text + "\r\n");
        } else {
            fetch(i);
            INFO("script: ", line);
            REQUIRE(!inputs[i].empty());
            INFO("heard:  ", inputs[i].front());
            CHECK(like(text, inputs[i].front()));
            inputs[i].pop_front();
        }
    }
    for (std::size_t i = 0; i < clients.size(); ++i)
        expect_silence(i, "the end");
}

} // namespace postopolis::access
