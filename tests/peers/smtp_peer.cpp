// Our state machines on a real socket of this machine, for strangers to talk with. A program of the tests only.
//
//     smtp_peer server [lmtp|old]     prints its port, serves one connection after the other until it is killed
//     smtp_peer client PORT [lmtp]    sends one message to two recipients and prints what became of each
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#include "postopolis/smtp/client.hpp"
#include "postopolis/smtp/dot_stuffing.hpp"
#include "postopolis/smtp/dsn_request.hpp"
#include "postopolis/smtp/server.hpp"

using namespace postopolis;
using namespace postopolis::smtp;

namespace {

[[noreturn]] void give_up(const char* what) {
    std::perror(what);
    std::exit(1);
}

class Line {
public:
    explicit Line(int fd) : fd_(fd) {}
    ~Line() { ::close(fd_); }
    Line(const Line&) = delete;

    bool more() {
        char buffer[4096];
        const ssize_t n = ::read(fd_, buffer, sizeof buffer);
        if (n <= 0) return false;
        heard.append(buffer, static_cast<std::size_t>(n));
        return true;
    }
    void say(std::string_view text) {
        while (!text.empty()) {
            const ssize_t n = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
            if (n <= 0) return;
            text.remove_prefix(static_cast<std::size_t>(n));
        }
    }
    std::string take(std::size_t octets) {
        std::string taken = heard.substr(0, octets);
        heard.erase(0, octets);
        return taken;
    }

    std::string heard;

private:
    int fd_;
};

sockaddr_in here(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

std::string bytes(const ReplyPtr& reply) {
    std::string out;
    render(*reply, out);
    return out;
}

ReplyPtr judge(const mail::Address& to) {
    return to.local == "nobody" ? make_reply(550, {5, 1, 1}, "User unknown") : ReplyPtr();
}

class Serving {
public:
    Serving(int fd, std::shared_ptr<const ServerProfile> profile, std::uint64_t number)
        : line_(fd), session_(std::move(profile)) {
        session_.set_nonce(number);
    }

    void run() {
        line_.say(bytes(session_.greeting()));
        while (!session_.closed()) {
            if (session_.receiving() ? !content() : !command()) return;
        }
    }

private:
    bool content() {
        DotUnstuffer unstuffer;
        std::string message;
        for (;;) {
            line_.heard.erase(0, unstuffer.read(line_.heard, message));
            if (unstuffer.done()) break;
            if (!line_.more()) return false;
        }
        answer(session_.on_content(message.size()), message);
        return true;
    }

    bool command() {
        std::size_t end = 0;
        while ((end = line_.heard.find('\n')) == std::string::npos)
            if (!line_.more()) return false;
        std::string text = line_.take(end + 1);
        if (session_.expects_response()) {
            text.resize(text.find_last_not_of("\r\n") + 1);
            answer(session_.on_command({.verb = Verb::response, .argument = text}), {});
            return true;
        }
        const auto parsed = parse_command(text);
        if (const auto* refusal = std::get_if<Reply>(&parsed)) {
            answer(session_.on_syntax_error(*refusal), {});
            return true;
        }
        const Command& what = std::get<Command>(parsed);
        if (what.verb != Verb::bdat) {
            answer(session_.on_command(what), {});
            return true;
        }
        while (line_.heard.size() < *what.size)
            if (!line_.more()) return false;
        const std::string chunk = line_.take(*what.size);
        const Step step = session_.on_command(what);
        if (session_.content_taken()) chunks_ += chunk;
        answer(step, chunks_);
        if (!session_.in_transaction()) chunks_.clear();
        return true;
    }

    void answer(Step step, const std::string& message) {
        switch (step.kind) {
        case Step::Kind::ask_rcpt: step.reply = session_.answer(judge(*session_.path())); break;
        case Step::Kind::ask_auth:
            step.reply = session_.answer(session_.credentials().user == "test" && proves(session_.credentials(), "1234")
                                             ? ReplyPtr()
                                             : make_reply(535, {5, 7, 8}, "Authentication failed"));
            break;
        case Step::Kind::ask_content: {
            std::cout << "message " << message.size() << " " << mail::protocol_name(session_.with_protocol());
            for (std::size_t i = 0; i < session_.recipients().size(); ++i)
                std::cout << " " << session_.recipients()[i]->text() << "["
                          << to_string(dsn_request(session_.mail_parameters(), session_.rcpt_parameters(i)).notify) << "]";
            std::cout << std::endl;
            if (session_.lmtp()) {
                std::vector<ReplyPtr> verdicts;
                for (const auto& to : session_.recipients())
                    verdicts.push_back(to->local == "full" ? make_reply(452, {4, 2, 2}, "Mailbox full") : step.reply);
                for (const ReplyPtr& one : session_.answer_each(std::move(verdicts))) line_.say(bytes(one));
                return;
            }
            step.reply = session_.answer();
            break;
        }
        default:
            if (!step.reply) step.reply = session_.answer();
        }
        line_.say(bytes(step.reply));
    }

    Line line_;
    ServerSession session_;
    std::string chunks_;
};

int serve(std::string_view kind) {
    ServerConfig config;
    config.host_name = "mx.example";
    config.max_message_size = 100'000;
    config.max_recipients = 5;
    config.extensions = usual_extensions(config.max_message_size);
    config.extensions.dsn = config.extensions.chunking = config.extensions.binarymime = true;
    config.extensions.auth = {.plain = true, .login = true, .cram_md5 = true};
    config.lmtp = kind == "lmtp";
    config.extended = kind != "old";
    const auto profile = std::make_shared<const ServerProfile>(config);
    const int door = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = here(0);
    socklen_t size = sizeof address;
    if (::bind(door, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(door, 5) != 0 ||
        ::getsockname(door, reinterpret_cast<sockaddr*>(&address), &size) != 0)
        give_up("listen");
    std::cout << ntohs(address.sin_port) << std::endl;
    for (std::uint64_t number = 1;; ++number) {
        const int fd = ::accept(door, nullptr, nullptr);
        if (fd < 0) give_up("accept");
        Serving serving(fd, profile, number);
        serving.run();
    }
}

int send(std::uint16_t port, bool lmtp) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = here(port);
    if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) give_up("connect");
    Line line(fd);
    const std::string message = "Subject: Hello\r\nFrom: <a@client.example>\r\n\r\n.A line that begins with a dot\r\n";
    ClientDialogue dialogue({.helo_name = "client.example", .lmtp = lmtp});
    Transaction t;
    const auto someone = [](const char* local, const char* domain) {
        return std::make_shared<const mail::Address>(mail::Address{local, domain});
    };
    t.reverse_path = someone("a", "client.example");
    t.recipients = {someone("bob", "mx.example"), someone("nobody", "mx.example")};
    t.size = message.size();
    dialogue.begin(t);
    ReplyParser parser;
    for (;;) {
        const Action action = dialogue.next();
        std::string out;
        switch (action.kind) {
        case Action::Kind::send:
        case Action::Kind::chunk:
            render(action.command, out);
            if (action.kind == Action::Kind::chunk) out += message.substr(action.offset, *action.command.size);
            line.say(out);
            break;
        case Action::Kind::content: {
            DotStuffer stuffer;
            if (!action.empty) stuffer.write(message, out);
            stuffer.finish(out);
            line.say(out);
            break;
        }
        case Action::Kind::receive: {
            auto reply = parser.next();
            while (!reply && !parser.failed() && line.more()) {
                parser.feed(line.take(line.heard.size()));
                reply = parser.next();
            }
            if (reply)
                dialogue.on_reply(std::make_shared<const Reply>(std::move(*reply)));
            else
                dialogue.on_lost();
            break;
        }
        case Action::Kind::idle:
            for (const Outcome& o : dialogue.outcomes())
                std::cout << (o.result == Outcome::Result::delivered ? "delivered " : "refused ") << o.reply->code
                          << std::endl;
            dialogue.quit();
            break;
        case Action::Kind::convert: dialogue.cannot_convert(); break;
        case Action::Kind::start_tls: std::abort(); // nobody asked for it
        case Action::Kind::close: return 0;
        }
    }
}

} // namespace

int main(int argc, char** argv) {
    const std::string_view role = argc > 1 ? argv[1] : "";
    if (role == "server") return serve(argc > 2 ? argv[2] : "");
    if (role == "client" && argc > 2) return send(static_cast<std::uint16_t>(std::atoi(argv[2])), argc > 3);
    std::cerr << "usage: smtp_peer server [lmtp|old] | client PORT [lmtp]\n";
    return 2;
}
