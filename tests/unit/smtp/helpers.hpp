// A session and a client that talk in bytes: every command and reply is rendered, measured and parsed on its
// way, so each dialogue in these tests checks the codec too.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "postopolis/smtp/client.hpp"
#include "postopolis/smtp/server.hpp"

namespace postopolis::smtp::test {

inline mail::AddressPtr address(std::string local, std::string domain) {
    return std::make_shared<const mail::Address>(mail::Address{std::move(local), std::move(domain)});
}

inline std::string bytes(const Reply& reply) {
    std::string out;
    render(reply, out);
    CHECK(wire_size(reply) == out.size());
    return out;
}

inline std::string bytes(const Command& command) {
    std::string out;
    render(command, out);
    CHECK(wire_size(command) == out.size());
    return out;
}

inline std::shared_ptr<const ServerProfile> profile(ServerConfig config) {
    return std::make_shared<const ServerProfile>(std::move(config));
}

// A server whose policy is a function from recipient to verdict (empty: accepted).
class Server {
public:
    explicit Server(ServerConfig config, bool trusted = false)
        : session(profile(std::move(config)), trusted) {}

    // What the server replies to the line, CRLFs included. Policy questions are answered as set below.
    std::string say(std::string_view line) {
        if (session.expects_response()) {
            return reply(session.on_command({.verb = Verb::response, .argument = std::string(line)}));
        }
        auto parsed = parse_command(std::string(line) + "\r\n");
        if (auto* refusal = std::get_if<Reply>(&parsed)) return reply(session.on_syntax_error(*refusal));
        return reply(session.on_command(std::get<Command>(parsed)));
    }
    std::string content(std::uint64_t size) { return reply(session.on_content(size)); }
    // Code and enhanced code, such as "250 2.1.0".
    std::string code(std::string_view line) { return say(line).substr(0, 9); }

    std::string reply(Step step) {
        switch (step.kind) {
        case Step::Kind::ask_mail:
            step.reply = session.answer(on_mail);
            break;
        case Step::Kind::ask_rcpt:
            step.reply = session.answer(on_rcpt(*session.path()));
            break;
        case Step::Kind::ask_auth:
            step.reply = session.answer(on_auth(session.credentials()));
            break;
        case Step::Kind::ask_data:
            step.reply = session.answer(on_data);
            break;
        case Step::Kind::ask_content:
            if (session.lmtp()) return replies_for_each(step.reply);
            step.reply = session.answer(on_content);
            break;
        case Step::Kind::start_tls:
            session.tls_established();
            break;
        default:
            break;
        }
        return bytes(*step.reply);
    }

    // LMTP: one reply for each recipient, by `on_filing`.
    std::string replies_for_each(const ReplyPtr& for_all) {
        std::vector<ReplyPtr> verdicts;
        for (const auto& to : session.recipients())
            verdicts.push_back(for_all ? for_all : on_filing(*to));
        std::string all;
        for (const ReplyPtr& verdict : session.answer_each(std::move(verdicts)))
            all += bytes(*verdict);
        return all;
    }

    ServerSession session;
    std::function<ReplyPtr(const mail::Address&)> on_filing = [](const mail::Address&) { return ReplyPtr(); };
    ReplyPtr on_mail, on_data, on_content;
    std::function<ReplyPtr(const mail::Address&)> on_rcpt = [](const mail::Address&) { return ReplyPtr(); };
    std::function<ReplyPtr(const Credentials&)> on_auth = [](const Credentials& given) {
        if (given == Credentials{"test", "1234"}) return ReplyPtr();
        return make_reply(535, {5, 7, 8}, "Authentication credentials invalid");
    };
};

// Lets the client do what it wants until it is idle or closed; gives the transcript with "C: " and "S: ". The
// reply to the n-th command may be replaced by `instead`.
class Conversation {
public:
    Conversation(Server& server, ClientDialogue& client) : server_(server), client_(client) {}

    std::string run(std::string_view content = "Blah blah blah...\r\n...etc. etc. etc.\r\n") {
        std::string transcript;
        if (std::exchange(fresh_, false)) pending_ = bytes(*server_.session.greeting());
        for (;;) {
            const Action action = client_.next();
            switch (action.kind) {
            case Action::Kind::send: {
                const auto line = bytes(action.command);
                transcript += "C: " + line;
                pending_ += server_.say(line.substr(0, line.size() - 2));
                break;
            }
            case Action::Kind::receive: {
                const Reply reply = take_reply();
                std::string text = bytes(reply);
                for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
                    transcript += "S: " + text.substr(at, text.find('\n', at) + 1 - at);
                }
                client_.on_reply(std::make_shared<const Reply>(reply));
                break;
            }
            case Action::Kind::content:
                if (!action.empty) transcript += content;
                transcript += ".\r\n";
                pending_ += server_.content(action.empty ? 0 : content.size());
                break;
            case Action::Kind::chunk: {
                const auto line = bytes(action.command);
                transcript += "C: " + line;
                transcript += content.substr(action.offset, *action.command.size);
                pending_ += server_.say(line.substr(0, line.size() - 2));
                break;
            }
            case Action::Kind::convert:
                converts ? client_.converted(content.size()) : client_.cannot_convert();
                break;
            case Action::Kind::start_tls:
                break;
            case Action::Kind::idle:
            case Action::Kind::close:
                return transcript;
            }
        }
    }

    bool converts = false; // 8-bit content into 7-bit content of the same size

private:
    Reply take_reply() {
        parser_.feed(pending_);
        pending_.clear();
        auto reply = parser_.next();
        REQUIRE_MESSAGE(reply, "the client waits for a reply that nobody sends");
        return *reply;
    }

    Server& server_;
    ClientDialogue& client_;
    ReplyParser parser_;
    std::string pending_;
    bool fresh_ = true;
};

} // namespace postopolis::smtp::test
