// Any bytes at all, given to everything in smtp that reads bytes. Looked for besides crashes: what is parsed
// must render to its announced size and parse back to the same; a session and a dialogue must hold their
// promises.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "postopolis/smtp/base64.hpp"
#include "postopolis/smtp/client.hpp"
#include "postopolis/smtp/dot_stuffing.hpp"
#include "postopolis/smtp/server.hpp"

using namespace postopolis;
using namespace postopolis::smtp;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

template<class Value>
std::string bytes(const Value& value) {
    std::string out;
    render(value, out);
    require(wire_size(value) == out.size());
    return out;
}

void check_command(const Command& command) {
    const auto line = bytes(command);
    if (command.verb == Verb::response || line.size() > 512) return;
    const auto again = parse_command(line);
    require(std::holds_alternative<Command>(again));
    require(bytes(std::get<Command>(again)) == line);
}

// One session that reads the input as its client's lines, and content after DATA.
void feed_server(std::string_view input, bool submission, bool lmtp) {
    ServerConfig config;
    config.host_name = "mx.example";
    config.max_recipients = 3;
    config.max_message_size = 200;
    config.requires_auth = submission;
    config.vrfy = true;
    config.extensions = usual_extensions(200);
    config.extensions.dsn = config.extensions.starttls = true;
    config.extensions.auth = {.plain = true, .login = true, .cram_md5 = true};
    config.extensions.chunking = config.extensions.binarymime = true;
    config.lmtp = lmtp;
    ServerSession session(std::make_shared<const ServerProfile>(config));
    while (!input.empty() && !session.closed()) {
        Step step;
        if (session.receiving()) {
            DotUnstuffer unstuffer;
            std::string content;
            input.remove_prefix(unstuffer.read(input, content));
            if (!unstuffer.done()) return;
            step = session.on_content(content.size());
        } else {
            const auto end = input.find('\n');
            const auto line = input.substr(0, end);
            input.remove_prefix(end == std::string_view::npos ? input.size() : end + 1);
            if (session.expects_response()) {
                step = session.on_command({.verb = Verb::response, .argument = std::string(line)});
            } else {
                const auto parsed = parse_command(line);
                if (const auto* command = std::get_if<Command>(&parsed)) {
                    check_command(*command);
                    if (command->verb == Verb::bdat)
                        input.remove_prefix(std::min<std::uint64_t>(input.size(), *command->size));
                    step = session.on_command(*command);
                } else {
                    step = session.on_syntax_error(std::get<Reply>(parsed));
                }
            }
        }
        if (step.kind == Step::Kind::start_tls) session.tls_established();
        if (step.kind == Step::Kind::ask_content && lmtp) {
            const std::size_t recipients = session.recipients().size();
            require(session.answer_each(std::vector<ReplyPtr>(recipients, step.reply)).size() == recipients);
            continue;
        }
        if (!step.reply) step.reply = session.answer();
        bytes(*step.reply);
        require(session.recipients().size() <= 3);
        require(session.in_transaction() || session.recipients().empty());
        require(!session.in_transaction() || !submission || !session.user().empty());
    }
}

// One dialogue that reads the input as its server's replies.
void feed_client(std::string_view input, bool pipelining, bool lmtp) {
    ClientDialogue client({.helo_name = "c.example",
                           .credentials = Credentials{"u", "p"},
                           .tls = tls::Policy::opportunistic,
                           .lmtp = lmtp,
                           .chunk_octets = 30,
                           .pipelining = pipelining});
    const auto someone = std::make_shared<const mail::Address>(mail::Address{"a", "b.example"});
    client.begin({.reverse_path = someone, .recipients = {someone, someone, someone}, .size = 100, .eight_bit = true});
    ReplyParser parser;
    parser.feed(input);
    std::size_t steps = 0;
    for (;;) {
        require(++steps < 4 * input.size() + 100);
        const auto action = client.next();
        if (action.kind == Action::Kind::idle || action.kind == Action::Kind::close) break;
        if (action.kind == Action::Kind::send || action.kind == Action::Kind::chunk) bytes(action.command);
        if (action.kind == Action::Kind::convert) client.converted(150);
        if (action.kind != Action::Kind::receive) continue;
        if (auto reply = parser.next()) {
            ReplyParser again;
            again.feed(bytes(*reply));
            const auto same = again.next();
            require(same && *same == *reply);
            client.on_reply(std::make_shared<const Reply>(std::move(*reply)));
        } else {
            client.on_lost();
        }
    }
    for (const auto& outcome : client.outcomes())
        require(outcome.result != Outcome::Result::pending);
}

void stuff(std::string_view content) {
    std::string wire;
    DotStuffer stuffer;
    stuffer.write(content.substr(0, content.size() / 2), wire);
    stuffer.write(content.substr(content.size() / 2), wire);
    stuffer.finish(wire);
    require(wire.size() == stuffed_size(content));
    DotUnstuffer unstuffer;
    std::string back;
    require(unstuffer.read(wire, back) == wire.size() && unstuffer.done());
    require(back == content || back == std::string(content) + "\r\n");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string text(data + 1, data + size);
    switch (data[0] % 4) {
    case 0:
        feed_server(text, (data[0] & 4) != 0, (data[0] & 8) != 0);
        break;
    case 1:
        feed_client(text, (data[0] & 4) != 0, (data[0] & 8) != 0);
        break;
    case 2:
        stuff(text);
        break;
    default:
        if (const auto decoded = decode_base64(text)) require(encode_base64(*decoded) == text);
        require(decode_base64(encode_base64(text)) == text);
        break;
    }
    return 0;
}
