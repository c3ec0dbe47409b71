// The server's side of AUTH (RFC 4954 section 4): PLAIN, with and without initial response, LOGIN, and CRAM-MD5.
#include "postopolis/smtp/base64.hpp"
#include "postopolis/smtp/server.hpp"
#include "smtp/canned.hpp"
#include "smtp/text.hpp"

namespace postopolis::smtp {

Step ServerSession::on_auth(const Command& command) {
    const auto& mechanisms = profile_->config().extensions.auth;
    if (!mechanisms.any()) return say(canned::not_implemented());
    if (!extended_) return say(canned::greet_first());
    if (!user_.empty()) return say(canned::already_authenticated());
    if (state_ != State::idle) return say(canned::in_transaction());
    if (profile_->config().auth_needs_tls && !tls_) return say(canned::auth_needs_tls());
    std::string_view rest = command.argument;
    const auto mechanism = take_word(rest);
    const bool plain = mechanisms.plain && same_keyword(mechanism, "PLAIN");
    const bool login = mechanisms.login && same_keyword(mechanism, "LOGIN");
    if (mechanisms.cram_md5 && same_keyword(mechanism, "CRAM-MD5")) {
        // RFC 2195 section 2: the server speaks first, so there is no initial response.
        if (!rest.empty()) return say(canned::auth_syntax());
        exchange_ = Exchange::cram_md5;
        return say(make_reply(334, encode_base64(challenge())));
    }
    if (!plain && !login) return say(canned::unknown_mechanism());
    exchange_ = plain ? Exchange::plain : Exchange::login_user;
    if (rest.empty()) return say(plain ? canned::plain_challenge() : canned::user_challenge());
    // "=" is an initial response of no octets (RFC 4954 section 4).
    return on_response(rest == "=" ? std::string_view() : rest);
}

Step ServerSession::on_response(std::string_view line) {
    const Exchange exchange = std::exchange(exchange_, Exchange::none);
    if (line == "*") return say(canned::auth_cancelled());
    if (line.size() + 2 > limits::auth_line) return say(canned::auth_line_too_long());
    auto text = decode_base64(line);
    if (!text) return say(canned::bad_base64());
    if (exchange == Exchange::plain) return on_plain(*text);
    if (exchange == Exchange::cram_md5) return on_cram_md5(*text);
    if (exchange == Exchange::login_user) {
        credentials_.user = std::move(*text);
        exchange_ = Exchange::login_password;
        return say(canned::password_challenge());
    }
    credentials_.password = std::move(*text);
    if (credentials_.user.empty()) return say(canned::bad_credentials());
    return ask(Question::auth, Step::Kind::ask_auth);
}

Step ServerSession::on_plain(std::string_view message) {
    auto credentials = parse_plain_message(message);
    if (!credentials) return say(canned::bad_credentials());
    credentials_ = std::move(*credentials);
    return ask(Question::auth, Step::Kind::ask_auth);
}

// RFC 2195 section 2: as a msg-id, "<" unique "." something "@" host ">".
std::string ServerSession::challenge() const {
    return "<" + std::to_string(nonce_) + ".cram@" + profile_->config().host_name + ">";
}

Step ServerSession::on_cram_md5(std::string_view response) {
    auto credentials = parse_cram_md5_message(response, challenge());
    if (!credentials) return say(canned::bad_credentials());
    credentials_ = std::move(*credentials);
    return ask(Question::auth, Step::Kind::ask_auth);
}

} // namespace postopolis::smtp
