// Sections 4 to 6 of RFC 1939, in their order.
#include "postopolis/access/pop3_server.hpp"

#include "access/md5.hpp"
#include "access/require.hpp"
#include "postopolis/smtp/base64.hpp"
#include "postopolis/smtp/credentials.hpp"

namespace postopolis::access {
namespace {

Pop3Step say(Pop3Reply reply) {
    return {Pop3Step::Kind::reply, std::move(reply)};
}

Pop3Reply with_body(std::string_view text, Pop3Reply::Body body) {
    auto reply = pop3_ok(text);
    reply.body = std::move(body);
    return reply;
}

Pop3Reply no_such_message() {
    return pop3_error("no such message");
}
Pop3Reply needs_tls() {
    return pop3_error("[AUTH] passwords need TLS here");
}
Pop3Reply wrong_state() {
    return pop3_error("not in this state");
}

// The header, the empty line and that many lines of the body (RFC 1939 section 7, TOP).
std::string_view top_of(std::string_view text, std::uint32_t lines) {
    std::size_t end = 2; // there may be no header at all
    if (!text.starts_with("\r\n")) {
        end = text.find("\r\n\r\n");
        if (end == std::string_view::npos) return text;
        end += 4;
    }
    for (std::uint32_t i = 0; i < lines && end < text.size(); ++i) {
        const auto next = text.find("\r\n", end);
        end = next == std::string_view::npos ? text.size() : next + 2;
    }
    return text.substr(0, end);
}

} // namespace

Pop3Server::Pop3Server(std::string host_name, Pop3Offer offer)
    : host_name_(std::move(host_name)), offer_(std::move(offer)) {}

Pop3Reply Pop3Server::greeting() const {
    return pop3_ok(host_name_ + " POP3 server ready" +
                   (offer_.apop_stamp.empty() ? "" : " " + offer_.apop_stamp));
}

Pop3Step Pop3Server::on_command(const Pop3Command& command) {
    require(!asking_, "a command came while a question was open");
    require(state_ == State::authorization || state_ == State::transaction, "a command came after QUIT");
    switch (command.verb) {
    case Pop3Verb::quit:
        return on_quit();
    case Pop3Verb::capa:
        return say(capabilities());
    case Pop3Verb::unknown:
        return say(pop3_error("unknown command"));
    default:
        return state_ == State::authorization ? in_authorization(command) : in_transaction(command);
    }
}

Pop3Step Pop3Server::in_authorization(const Pop3Command& command) {
    switch (command.verb) {
    case Pop3Verb::user:
        if (!passwords_allowed()) return say(needs_tls());
        // The same answer for every name: who has a mailbox here is nobody's business.
        user_ = command.argument;
        return say(pop3_ok("send PASS"));
    case Pop3Verb::pass:
        if (!passwords_allowed()) return say(needs_tls());
        if (user_.empty()) return say(pop3_error("send USER first"));
        password_ = command.argument;
        digest_.clear();
        asking_ = true;
        return {Pop3Step::Kind::ask_login, {}};
    case Pop3Verb::apop:
        return on_apop(command.argument);
    case Pop3Verb::auth:
        return on_auth(command.argument);
    case Pop3Verb::stls:
        if (!offer_.stls) return say(pop3_error("STLS is not offered"));
        if (secure_) return say(pop3_error("TLS is there already"));
        user_.clear(); // RFC 2595 section 4: what was said before counts no more
        return {Pop3Step::Kind::start_tls, pop3_ok("begin TLS negotiation")};
    default:
        return say(wrong_state());
    }
}

Pop3Reply Pop3Server::admit(std::vector<MaildropItem> maildrop) {
    require(asking_ && state_ == State::authorization, "nobody asked to be admitted");
    asking_ = false;
    state_ = State::transaction;
    password_.clear();
    maildrop_ = std::move(maildrop);
    marked_.assign(maildrop_.size(), false);
    return pop3_ok("maildrop has " + std::to_string(maildrop_.size()) +
                   (maildrop_.size() == 1 ? " message" : " messages"));
}

Pop3Reply Pop3Server::refuse(std::string_view text) {
    require(asking_ && state_ == State::authorization, "nobody asked to be admitted");
    asking_ = false;
    user_.clear();
    password_.clear();
    digest_.clear();
    return pop3_error(text);
}

// RFC 1939 section 7: "name digest", where the digest is of the stamp in the greeting and the password.
Pop3Step Pop3Server::on_apop(std::string_view argument) {
    if (offer_.apop_stamp.empty()) return say(pop3_error("APOP is not offered"));
    const auto blank = argument.find(' ');
    user_ = argument.substr(0, blank);
    digest_ = argument.substr(blank + 1);
    password_.clear();
    asking_ = true;
    return {Pop3Step::Kind::ask_login, {}};
}

Pop3Step Pop3Server::on_auth(std::string_view argument) {
    if (!offer_.auth_plain) return say(pop3_error("AUTH is not offered"));
    if (!passwords_allowed()) return say(needs_tls());
    if (argument.empty()) return say(with_body("mechanisms follow", Pop3Capabilities{{"PLAIN"}})); // RFC 1734
    const auto blank = argument.find(' ');
    std::string mechanism(argument.substr(0, blank));
    for (char& c : mechanism)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (mechanism != "PLAIN") return say(pop3_error("the mechanism is not known"));
    if (blank != std::string_view::npos) return on_sasl(argument.substr(blank + 1));
    responding_ = true;
    return say({.ok = true, .continues = true});
}

Pop3Step Pop3Server::on_sasl(std::string_view response) {
    responding_ = false;
    const auto message = smtp::decode_base64(response);
    const auto credentials = message ? smtp::parse_plain_message(*message) : std::nullopt;
    if (!credentials)
        return say(pop3_error(response == "*" ? "AUTH was cancelled" : "[AUTH] this is no PLAIN message"));
    user_ = credentials->user;
    password_ = credentials->password;
    digest_.clear();
    asking_ = true;
    return {Pop3Step::Kind::ask_login, {}};
}

Pop3Step Pop3Server::on_line(std::string_view line) {
    while (line.ends_with('\n') || line.ends_with('\r'))
        line.remove_suffix(1);
    if (responding_) return on_sasl(line);
    auto parsed = parse_pop3_command(line);
    if (auto* refusal = std::get_if<Pop3Reply>(&parsed)) return say(std::move(*refusal));
    return on_command(std::get<Pop3Command>(parsed));
}

bool Pop3Server::proves(std::string_view password) const {
    if (digest_.empty()) return password_ == password;
    return digest_ == md5_hex(offer_.apop_stamp + std::string(password));
}

Pop3Step Pop3Server::in_transaction(const Pop3Command& command) {
    switch (command.verb) {
    case Pop3Verb::stat:
        return say(stat());
    case Pop3Verb::list:
        return say(list(command.number));
    case Pop3Verb::uidl:
        return say(uidl(command.number));
    case Pop3Verb::retr:
        return say(retr(command.number));
    case Pop3Verb::top:
        return say(top(command.number, command.lines));
    case Pop3Verb::dele:
        return say(dele(command.number));
    case Pop3Verb::noop:
        return say(pop3_ok({}));
    case Pop3Verb::rset:
        return say(rset());
    default:
        return say(wrong_state());
    }
}

Pop3Step Pop3Server::on_quit() {
    if (state_ == State::authorization) {
        state_ = State::closed;
        return {Pop3Step::Kind::close, pop3_ok(host_name_ + " POP3 server signing off")};
    }
    state_ = State::update;
    asking_ = true;
    return {Pop3Step::Kind::ask_commit, {}};
}

Pop3Reply Pop3Server::committed(bool all_removed) {
    require(asking_ && state_ == State::update, "nothing was to be committed");
    asking_ = false;
    state_ = State::closed;
    if (!all_removed) return pop3_error("some deleted messages not removed");
    return pop3_ok(host_name_ + " POP3 server signing off");
}

const MaildropItem* Pop3Server::find(std::uint32_t number) const {
    if (number == 0 || number > maildrop_.size() || marked_[number - 1]) return nullptr;
    return &maildrop_[number - 1];
}

Pop3Reply Pop3Server::capabilities() const {
    // RFC 2449 section 6; AUTH-RESP-CODE: RFC 3206.
    Pop3Capabilities list{{"TOP", "UIDL", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", "EXPIRE NEVER"}};
    if (passwords_allowed()) {
        list.lines.emplace_back("USER");
        if (offer_.auth_plain) list.lines.emplace_back("SASL PLAIN");
    }
    if (offer_.stls && !secure_) list.lines.emplace_back("STLS");
    list.lines.emplace_back("IMPLEMENTATION Postopolis");
    return with_body("capability list follows", std::move(list));
}

Pop3Reply Pop3Server::stat() const {
    Pop3Stat stat;
    for (std::size_t i = 0; i < maildrop_.size(); ++i) {
        if (marked_[i]) continue;
        ++stat.count;
        stat.octets += maildrop_[i].octets;
    }
    return with_body({}, stat);
}

Pop3Reply Pop3Server::list(std::uint32_t number) const {
    if (number != 0) {
        const auto* item = find(number);
        return item == nullptr ? no_such_message() : with_body({}, Pop3Scan{number, item->octets});
    }
    std::vector<Pop3Scan> listing;
    for (std::uint32_t i = 1; i <= maildrop_.size(); ++i) {
        if (const auto* item = find(i)) listing.push_back({i, item->octets});
    }
    return with_body("scan listing follows", std::move(listing));
}

Pop3Reply Pop3Server::uidl(std::uint32_t number) const {
    if (number != 0) {
        const auto* item = find(number);
        return item == nullptr ? no_such_message() : with_body({}, Pop3Uid{number, item->uid});
    }
    std::vector<Pop3Uid> listing;
    for (std::uint32_t i = 1; i <= maildrop_.size(); ++i) {
        if (const auto* item = find(i)) listing.push_back({i, item->uid});
    }
    return with_body("unique-id listing follows", std::move(listing));
}

Pop3Reply Pop3Server::retr(std::uint32_t number) const {
    const auto* item = find(number);
    if (item == nullptr) return no_such_message();
    return with_body(std::to_string(item->octets) + " octets",
                     Pop3Message{item->message, item->octets, item->leading_dots});
}

Pop3Reply Pop3Server::top(std::uint32_t number, std::uint32_t lines) const {
    const auto* item = find(number);
    if (item == nullptr) return no_such_message();
    return with_body("top of message follows", Pop3Text{std::string(top_of(item->message.text(), lines))});
}

Pop3Reply Pop3Server::dele(std::uint32_t number) {
    if (find(number) == nullptr) return no_such_message();
    marked_[number - 1] = true;
    return pop3_ok("message " + std::to_string(number) + " deleted");
}

Pop3Reply Pop3Server::rset() {
    marked_.assign(maildrop_.size(), false);
    return pop3_ok("maildrop has " + std::to_string(maildrop_.size()) +
                   (maildrop_.size() == 1 ? " message" : " messages"));
}

std::vector<std::size_t> Pop3Server::deleted() const {
    std::vector<std::size_t> indices;
    for (std::size_t i = 0; i < marked_.size(); ++i) {
        if (marked_[i]) indices.push_back(i);
    }
    return indices;
}

} // namespace postopolis::access
