// Any lines at all, given to a POP3 session with three messages.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "postopolis/access/pop3_server.hpp"
#include "postopolis/mail/parse.hpp"

using namespace postopolis;
using namespace postopolis::access;

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

std::vector<MaildropItem> maildrop() {
    std::vector<MaildropItem> items;
    for (const char* text : {"Subject: a\r\n\r\n.one\r\n..two\r\n", "no header", ""}) {
        MaildropItem item{.uid = std::to_string(items.size()),
                          .message = mail::Message(mail::content_from_bytes(text))};
        item.octets = item.message.size();
        item.leading_dots = leading_dots(item.message.text());
        items.push_back(std::move(item));
    }
    return items;
}

Pop3Reply take_line(Pop3Server& server, std::string_view line) {
    const auto parsed = parse_pop3_command(line);
    if (const auto* command = std::get_if<Pop3Command>(&parsed)) {
        const auto again = parse_pop3_command(bytes(*command));
        if (const auto* same = std::get_if<Pop3Command>(&again))
            require(*same == *command);
        else
            require(wire_size(*command) > pop3_command_line);
    }
    const auto step = server.on_line(line);
    if (step.kind == Pop3Step::Kind::start_tls) server.secured();
    if (step.kind == Pop3Step::Kind::ask_login) {
        return server.proves("no") ? server.refuse("no") : server.admit(maildrop());
    }
    if (step.kind == Pop3Step::Kind::ask_commit) return server.committed(server.deleted().size() < 3);
    return step.reply;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    std::string_view rest = text;
    Pop3Server server("pop.example", {.apop_stamp = "<1@pop.example>", .stls = true});
    while (!rest.empty() && !server.closed()) {
        const auto end = rest.find('\n');
        const auto reply = bytes(take_line(server, rest.substr(0, end)));
        require(reply.starts_with("+OK") || reply == "+ \r\n" || reply.starts_with("-ERR"));
        require(reply.ends_with("\r\n"));
        require(server.deleted().size() <= server.maildrop().size());
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    return 0;
}
