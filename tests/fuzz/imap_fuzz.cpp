// Any octets at all, given to two IMAP sessions at one mailbox: lines whose tag begins with "b" go to the
// second, with all the input read as one stream. The numbers that each client would believe in are kept from
// what it hears, and must be those that the server believes in.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "postopolis/access/imap_server.hpp"
#include "postopolis/mail/parse.hpp"

using namespace postopolis;
using namespace postopolis::access;

namespace {

constexpr mail::Date noon{1767614400LL * 1'000'000'000, 60};

void require(bool holds) {
    if (!holds) std::abort();
}

/// A client that counts messages.
class Client {
public:
    explicit Client(ImapAccount& account) : account_(account) { hear(server_.greeting()); }

    void take(const ImapLine& line) {
        if (server_.closed()) return;
        auto step = server_.on_line(line, noon);
        if (step.kind == ImapStep::Kind::ask_login)
            step.output = server_.password() == "no" ? server_.refuse() : server_.admit(account_);
        if (step.kind == ImapStep::Kind::start_tls) server_.secured();
        hear(step.output);
    }
    void refuse_literal(const std::string& tag) { hear(server_.too_large(tag)); }
    void push() {
        if (!server_.closed()) hear(server_.changes());
    }

private:
    void hear(const ImapOutput& output) {
        const std::string text = output.text();
        require(output.size() == text.size());
        require(text.empty() || text.ends_with("\r\n"));
        ImapReader reader(ImapReader::Side::client, {.line = 1 << 24, .literal = 1 << 24});
        reader.feed(output);
        ImapReader::Found found = reader.next();
        for (; found == ImapReader::Found::line; found = reader.next())
            count(reader.take_line());
        require(found == ImapReader::Found::nothing);
    }
    void count(const ImapLine& line) {
        const std::string& text = line.texts.front();
        if (text.starts_with("* OK [PERMANENTFLAGS ")) exists_ = 0; // another folder, or the same once more
        if (!text.starts_with("* ")) return;
        const auto n = std::strtoul(text.c_str() + 2, nullptr, 10);
        if (text.ends_with(" EXISTS")) {
            require(n >= exists_);
            exists_ = n;
        } else if (text.ends_with(" EXPUNGE")) {
            require(n >= 1 && n <= exists_);
            --exists_;
        } else if (text.find(" FETCH (") != std::string::npos && text.find(" FETCH (") < 14) {
            require(n >= 1 && n <= exists_);
        }
    }
    ImapAccount& account_;
    ImapServer server_{"imap.example", {.starttls = true}};
    unsigned long exists_ = 0;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    ImapAccount account;
    account.quota = 100'000;
    account.create("x");
    for (const char* text : {"Subject: a\r\n\r\none\r\n", "no header",
                             "Content-Type: multipart/mixed; "
                             "boundary=b\r\n\r\n--b\r\n\r\ntext\r\n--b\r\nContent-Type: message/rfc822\r\n"
                             "\r\nFrom: g: a@b.example, \"c\" <d@e.example>;\r\n\r\nx\r\n--b--\r\n"})
        account.inbox()->add(mail::Message(mail::content_from_bytes(text)), noon, {});
    Client clients[] = {Client(account), Client(account)};
    ImapReader reader(ImapReader::Side::server, {.line = 4096, .literal = 10'000});
    reader.feed(std::string(data, data + size));
    for (;;) {
        const auto found = reader.next();
        if (found == ImapReader::Found::wants_literal) {
            reader.accept_literal();
            continue;
        }
        if (found != ImapReader::Found::line && found != ImapReader::Found::too_large) return 0;
        const ImapLine line = reader.take_line();
        Client& client = clients[line.texts.front().starts_with('b') ? 1 : 0];
        if (found == ImapReader::Found::too_large)
            client.refuse_literal(line.texts.front().substr(0, line.texts.front().find(' ')));
        else
            client.take(line);
        for (Client& c : clients)
            c.push();
    }
}
