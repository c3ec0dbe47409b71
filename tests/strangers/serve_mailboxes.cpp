// Serves one account over IMAP and POP3 on two ports of the loopback interface, so that clients which others
// wrote can try the state machines: serve_mailboxes FOLDER. Messages are the files *.eml of the folder, in
// the order of their names; the user is "alice", the password "secret". Prints both ports and serves until
// its input ends.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "postopolis/access/imap_server.hpp"
#include "postopolis/access/pop3_server.hpp"
#include "postopolis/mail/parse.hpp"

using namespace postopolis;

namespace {

constexpr mail::Date today{1767600000LL * 1'000'000'000, 60};

int listen_somewhere() {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        listen(fd, 16) != 0) {
        std::perror("serve_mailboxes");
        std::exit(1);
    }
    return fd;
}

int port_of(int fd) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

class Connection {
public:
    explicit Connection(int fd) : fd_(fd) {}
    virtual ~Connection() { close(fd_); }
    Connection(const Connection&) = delete;
    int fd() const { return fd_; }
    /// False when it is over.
    virtual bool take(std::string_view bytes) = 0;
    virtual void others_changed() {}

protected:
    void send_all(const std::string& text) const {
        for (std::size_t sent = 0; sent < text.size();) {
            const auto n = send(fd_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
            if (n <= 0) return;
            sent += static_cast<std::size_t>(n);
        }
    }

private:
    int fd_;
};

class ImapConnection final : public Connection {
public:
    ImapConnection(int fd, access::ImapAccount& account) : Connection(fd), account_(account) {
        send_all(server_.greeting().text());
    }
    bool take(std::string_view bytes) override {
        using Found = access::ImapReader::Found;
        reader_.feed(bytes);
        for (;;) {
            switch (reader_.next()) {
            case Found::nothing:
                return true;
            case Found::wants_literal:
                reader_.accept_literal();
                send_all(server_.go_ahead().text());
                break;
            case Found::too_long:
                send_all(server_.too_long().output.text());
                return false;
            case Found::too_large: {
                const auto line = reader_.take_line().texts.front();
                send_all(server_.too_large(line.substr(0, line.find(' '))).text());
                break;
            }
            case Found::line:
                if (!answer(server_.on_line(reader_.take_line(), today))) return false;
                break;
            }
        }
    }
    void others_changed() override { send_all(server_.changes().text()); }

private:
    bool answer(const access::ImapStep& step) {
        using Kind = access::ImapStep::Kind;
        if (step.kind == Kind::ask_login) {
            const bool known = server_.user() == "alice" && server_.password() == "secret";
            send_all((known ? server_.admit(account_) : server_.refuse()).text());
        } else {
            send_all(step.output.text());
        }
        return step.kind != Kind::close;
    }
    access::ImapAccount& account_;
    access::ImapServer server_{"imap.example"};
    access::ImapReader reader_{access::ImapReader::Side::server, {.literal = 1 << 20}};
};

class Pop3Connection final : public Connection {
public:
    Pop3Connection(int fd, access::ImapAccount& account) : Connection(fd), account_(account) {
        send(server_.greeting());
    }
    bool take(std::string_view bytes) override {
        input_ += bytes;
        for (auto feed = input_.find('\n'); feed != std::string::npos; feed = input_.find('\n')) {
            const std::string line = input_.substr(0, feed + 1);
            input_.erase(0, feed + 1);
            if (!answer(server_.on_line(line))) return false;
        }
        return true;
    }

private:
    void send(const access::Pop3Reply& reply) {
        std::string out;
        access::render(reply, out);
        send_all(out);
    }
    bool answer(access::Pop3Step step) {
        using Kind = access::Pop3Step::Kind;
        if (step.kind == Kind::ask_login) {
            const bool known = server_.user() == "alice" && server_.proves("secret");
            step.reply = known ? server_.admit(maildrop()) : server_.refuse("[AUTH] Authentication failed.");
        } else if (step.kind == Kind::ask_commit) {
            for (const auto index : server_.deleted())
                if (const auto m = account_.inbox()->find(
                        static_cast<std::uint32_t>(std::stoul(server_.maildrop()[index].uid))))
                    account_.inbox()->expunge(*m);
            step.reply = server_.committed(true);
        }
        send(step.reply);
        return step.kind != Kind::close && step.kind != Kind::ask_commit;
    }
    std::vector<access::MaildropItem> maildrop() const {
        std::vector<access::MaildropItem> items;
        for (const auto& m : account_.inbox()->messages())
            items.push_back({std::to_string(m->uid), m->message, m->message.size(),
                             access::leading_dots(m->message.text())});
        return items;
    }
    access::ImapAccount& account_;
    access::Pop3Server server_{"pop.example", {.apop_stamp = "<1896.697170952@pop.example>"}};
    std::string input_;
};

void fill(access::ImapAccount& account, const char* folder) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (entry.path().extension() == ".eml") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
        std::ifstream in(file, std::ios::binary);
        std::string text(std::istreambuf_iterator<char>(in), {});
        account.inbox()->add(mail::Message(mail::content_from_bytes(std::move(text))), today, {});
    }
}

} // namespace

int main(int count, char** arguments) {
    if (count != 2) return 2;
    access::ImapAccount account(1767600000);
    fill(account, arguments[1]);
    account.create("Sent", access::ImapUse::sent);
    account.create("Archive", access::ImapUse::archive);
    account.quota = 10'000'000;
    const int imap = listen_somewhere();
    const int pop = listen_somewhere();
    std::printf("%d %d\n", port_of(imap), port_of(pop));
    std::fflush(stdout);
    std::vector<std::unique_ptr<Connection>> connections;
    for (;;) {
        std::vector<pollfd> watched{{0, POLLIN, 0}, {imap, POLLIN, 0}, {pop, POLLIN, 0}};
        for (const auto& c : connections)
            watched.push_back({c->fd(), POLLIN, 0});
        if (poll(watched.data(), watched.size(), -1) < 0) return 1;
        if (watched[0].revents != 0) return 0;
        for (std::size_t i = 0; i < connections.size(); ++i) {
            if (watched[i + 3].revents == 0) continue;
            char buffer[65536];
            const auto n = recv(connections[i]->fd(), buffer, sizeof buffer, 0);
            const bool goes_on = n > 0 && connections[i]->take({buffer, static_cast<std::size_t>(n)});
            if (!goes_on) connections[i].reset();
        }
        std::erase(connections, nullptr);
        for (const auto& c : connections)
            c->others_changed();
        if (watched[1].revents != 0)
            connections.push_back(std::make_unique<ImapConnection>(accept(imap, nullptr, nullptr), account));
        if (watched[2].revents != 0)
            connections.push_back(std::make_unique<Pop3Connection>(accept(pop, nullptr, nullptr), account));
    }
}
