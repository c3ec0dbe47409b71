// States, login and the commands of any state (RFC 9051 sections 3, 6.1 and 6.2).
#include "postopolis/access/imap_server.hpp"

#include "access/imap_answer.hpp"
#include "access/imap_lexer.hpp"
#include "access/require.hpp"
#include "postopolis/smtp/base64.hpp"
#include "postopolis/smtp/credentials.hpp"

namespace postopolis::access {
namespace {

ImapOutput line(std::string_view tag, std::string_view word, std::string_view text) {
    ImapOutput out(tag);
    return out.add(" ").add(word).add(" ").add(text).add("\r\n");
}

/// No text may forge a second line or a response of its own.
std::string printable(std::string_view text) {
    std::string clean(text);
    for (char& c : clean) {
        const auto octet = static_cast<unsigned char>(c);
        if (octet < ' ' || octet >= 127) c = '?';
    }
    return clean;
}

} // namespace

ImapServer::ImapServer(std::string host_name, ImapOffer offer)
    : host_name_(std::move(host_name)), offer_(offer) {}

std::string ImapServer::capabilities() const {
    std::string out = "IMAP4rev1";
    auto put = [&](std::string_view name, bool offered = true) {
        if (offered) out.append(" ").append(name);
    };
    put("IMAP4rev2", offer_.rev2);
    put("LITERAL+", offer_.literal_plus);
    put("SASL-IR");
    put("ID");
    put("ENABLE");
    if (state_ == State::not_authenticated) {
        put("STARTTLS", offer_.starttls && !secure_);
        const bool plain = secure_ || !offer_.plain_needs_tls;
        put(plain ? "AUTH=PLAIN" : "LOGINDISABLED");
    }
    put("IDLE", offer_.idle);
    put("NAMESPACE");
    put("CHILDREN");
    put("LIST-EXTENDED");
    put("LIST-STATUS");
    put("SPECIAL-USE", offer_.special_use);
    put("CREATE-SPECIAL-USE", offer_.special_use);
    put("STATUS=SIZE");
    put("UNSELECT");
    put("UIDPLUS", offer_.uidplus);
    put("MOVE", offer_.move);
    put("ESEARCH");
    put("SEARCHRES");
    put("BINARY");
    put("CONDSTORE", offer_.condstore);
    put("QUOTA", offer_.quota);
    put("QUOTA=RES-STORAGE", offer_.quota);
    return out;
}

ImapOutput ImapServer::greeting() const {
    return line("*", "OK", "[CAPABILITY " + capabilities() + "] " + host_name_ + " IMAP server ready");
}

ImapStep ImapServer::too_long() const {
    return {ImapStep::Kind::close, line("*", "BYE", "The line is too long.")};
}

ImapOutput ImapServer::too_large(const std::string& tag) const {
    return line(tag.empty() ? "*" : printable(tag), "NO", "[TOOBIG] The literal is too large."); // RFC 4469
}

ImapStep ImapServer::on_line(const ImapLine& l, mail::Date now) {
    require(!asking_, "a line came while a question was open");
    require(state_ != State::logout, "a line came after LOGOUT");
    sent_.clear();
    if (responding_) return on_response(l.literals.empty() ? l.texts.front() : std::string());
    if (idling_) {
        idling_ = false;
        const bool done = l.literals.empty() && imap_same(l.texts.front(), "DONE");
        ImapOutput out;
        if (view_) view_->tell_news(out, true, manner(false));
        out.add(done ? line(tag_, "OK", "IDLE completed") : line(tag_, "BAD", "DONE is expected"));
        return {ImapStep::Kind::send, std::move(out)};
    }
    auto parsed = parse_imap_command(l);
    if (const auto* mistake = std::get_if<ImapMistake>(&parsed))
        return {ImapStep::Kind::send, line(printable(mistake->tag), "BAD", printable(mistake->text))};
    return execute(std::get<ImapCommand>(parsed), now);
}

bool ImapServer::allowed(const ImapCommand& c) const {
    if (c.verb <= Verb::id) return true;
    if (c.verb <= Verb::login) return state_ == State::not_authenticated;
    if (c.verb < Verb::check) return state_ == State::authenticated || state_ == State::selected;
    return state_ == State::selected;
}

ImapStep ImapServer::execute(const ImapCommand& c, mail::Date now) {
    if (c.verb == Verb::unknown) return finish(c, Answer::bad("Unknown command " + printable(c.name)));
    const bool offered =
        (c.verb != Verb::idle || offer_.idle || offer_.rev2) &&
        (c.verb != Verb::move || offer_.move || offer_.rev2) &&
        (c.verb != Verb::expunge || !c.uid || offer_.uidplus || offer_.rev2) &&
        ((c.verb != Verb::get_quota && c.verb != Verb::get_quota_root && c.verb != Verb::set_quota) ||
         offer_.quota) &&
        (c.verb != Verb::starttls || offer_.starttls);
    if (!offered) return finish(c, Answer::bad("The server does not offer this."));
    if (!allowed(c)) return finish(c, Answer::bad("This is not allowed in this state."));
    switch (c.verb) {
    case Verb::logout: {
        state_ = State::logout;
        view_.reset();
        ImapOutput out = line("*", "BYE", host_name_ + " IMAP server logging out");
        out.add(line(c.tag, "OK", "LOGOUT completed"));
        return {ImapStep::Kind::close, std::move(out)};
    }
    case Verb::starttls:
        if (secure_) return finish(c, Answer::bad("TLS is there already."));
        return {ImapStep::Kind::start_tls, line(c.tag, "OK", "Begin TLS negotiation now.")};
    case Verb::login:
    case Verb::authenticate:
        return log_in(c);
    case Verb::idle:
        idling_ = true;
        tag_ = c.tag;
        {
            ImapOutput out("+ idling\r\n");
            if (view_) view_->tell_news(out, true, manner(false));
            return {ImapStep::Kind::send, std::move(out)};
        }
    default:
        return finish(c, dispatch(c, now));
    }
}

void ImapServer::secured() {
    secure_ = true;
}

ImapStep ImapServer::log_in(const ImapCommand& c) {
    if (offer_.plain_needs_tls && !secure_)
        return finish(c, Answer::no("[PRIVACYREQUIRED] Passwords need TLS here.")); // RFC 5530
    tag_ = c.tag;
    if (c.verb == Verb::login) {
        user_ = c.name;
        password_ = c.second;
        asking_ = true;
        return {ImapStep::Kind::ask_login, {}};
    }
    if (c.name != "PLAIN") return finish(c, Answer::no("[CANNOT] Only PLAIN is offered."));
    if (c.has_second) return authenticate(c.second == "=" ? std::string() : c.second); // RFC 4959
    responding_ = true;
    return {ImapStep::Kind::send, ImapOutput("+ \r\n")};
}

ImapStep ImapServer::on_response(const std::string& text) {
    responding_ = false;
    if (text == "*") return {ImapStep::Kind::send, line(tag_, "BAD", "AUTHENTICATE was cancelled.")};
    return authenticate(text);
}

ImapStep ImapServer::authenticate(const std::string& response) {
    const auto message = smtp::decode_base64(response);
    if (!message) return {ImapStep::Kind::send, line(tag_, "BAD", "This is no base64.")};
    const auto credentials = smtp::parse_plain_message(*message);
    if (!credentials) return {ImapStep::Kind::send, refuse()};
    user_ = credentials->user;
    password_ = credentials->password;
    asking_ = true;
    return {ImapStep::Kind::ask_login, {}};
}

ImapOutput ImapServer::admit(ImapAccount& account) {
    asking_ = false;
    password_.clear();
    account_ = &account;
    state_ = State::authenticated;
    return line(tag_, "OK", "[CAPABILITY " + capabilities() + "] Logged in.");
}

ImapOutput ImapServer::refuse(std::string_view text) {
    asking_ = false;
    user_.clear();
    password_.clear();
    return line(tag_, "NO", text);
}

ImapServer::Answer ImapServer::dispatch(const ImapCommand& c, mail::Date now) {
    switch (c.verb) {
    case Verb::capability:
        return Answer::ok({}, ImapOutput("* CAPABILITY " + capabilities() + "\r\n"));
    case Verb::id:
        return Answer::ok({}, ImapOutput("* ID (\"name\" \"Postopolis\")\r\n"));
    case Verb::name_space:
        return Answer::ok({}, ImapOutput("* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n"));
    case Verb::enable:
        return enable(c);
    case Verb::select:
    case Verb::examine:
        return select(c);
    case Verb::create:
    case Verb::remove:
    case Verb::rename:
    case Verb::subscribe:
    case Verb::unsubscribe:
        return change_folders(c);
    case Verb::list:
        return list(c);
    case Verb::lsub:
        return lsub(c);
    case Verb::status:
        return status(c);
    case Verb::append:
        return append(c, now);
    case Verb::get_quota:
    case Verb::get_quota_root:
    case Verb::set_quota:
        return quota(c);
    case Verb::close:
        return close(true);
    case Verb::unselect:
        return close(false);
    case Verb::expunge:
        return expunge(c);
    case Verb::search:
        return search(c);
    case Verb::fetch:
        return fetch(c);
    case Verb::store:
        return store(c);
    case Verb::copy:
    case Verb::move:
        return copy(c);
    default: // NOOP, CHECK
        return Answer::ok();
    }
}

ImapServer::Answer ImapServer::enable(const ImapCommand& c) {
    ImapOutput out("* ENABLED");
    for (const auto& word : c.words) {
        if (word == "IMAP4REV2" && offer_.rev2) {
            rev2_ = true;
            out.add(" IMAP4rev2");
        } else if (word == "CONDSTORE" && offer_.condstore) {
            want_modseq();
            out.add(" CONDSTORE");
        }
    }
    return Answer::ok({}, std::move(out.add("\r\n")));
}

// Untagged data, what others have changed, the tagged response.
ImapStep ImapServer::finish(const ImapCommand& c, Answer answer) {
    ImapOutput out = std::move(answer.untagged);
    const bool keeps_numbers =
        !c.uid && (c.verb == Verb::fetch || c.verb == Verb::store || c.verb == Verb::search);
    if (view_) view_->tell_news(out, !keeps_numbers, manner(c.uid));
    if (answer.text.empty())
        answer.text = (c.uid ? "UID " : "") + std::string(to_string(c.verb)) + " completed";
    out.add(line(c.tag, answer.word, answer.text));
    return {ImapStep::Kind::send, std::move(out)};
}

ImapOutput ImapServer::changes() {
    ImapOutput out;
    if (idling_ && view_) view_->tell_news(out, true, manner(false));
    return out;
}

std::optional<std::string> ImapServer::folder_name(const std::string& wire) const {
    return rev2_ ? std::optional<std::string>(wire) : from_modified_utf7(wire);
}

std::string ImapServer::wire_name(const std::string& name) const {
    return rev2_ ? name : to_modified_utf7(name);
}

} // namespace postopolis::access
