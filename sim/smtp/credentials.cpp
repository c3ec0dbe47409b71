// SASL PLAIN (RFC 4616 section 2) and CRAM-MD5 (RFC 2195 section 2).
#include "postopolis/smtp/credentials.hpp"

#include "postopolis/smtp/md5.hpp"

namespace postopolis::smtp {

std::string plain_message(const Credentials& credentials) {
    std::string message(1, '\0');
    message += credentials.user;
    message += '\0';
    message += credentials.password;
    return message;
}

std::optional<Credentials> parse_plain_message(std::string_view message) {
    const auto first = message.find('\0');
    if (first == std::string_view::npos) return std::nullopt;
    const auto second = message.find('\0', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    const auto authorization = message.substr(0, first);
    const auto user = message.substr(first + 1, second - first - 1);
    const auto password = message.substr(second + 1);
    if (user.empty() || password.empty() || password.find('\0') != std::string_view::npos)
        return std::nullopt;
    if (!authorization.empty() && authorization != user) return std::nullopt;
    return Credentials{std::string(user), std::string(password)};
}

std::string cram_md5_message(const Credentials& credentials, std::string_view challenge) {
    return credentials.user + " " + hmac_md5(credentials.password, challenge);
}

std::optional<Credentials> parse_cram_md5_message(std::string_view message, std::string_view challenge) {
    const auto blank = message.rfind(' ');
    if (blank == std::string_view::npos || blank == 0 || message.size() != blank + 1 + 32) return std::nullopt;
    return Credentials{std::string(message.substr(0, blank)), std::string(message.substr(blank + 1)),
                       std::string(challenge)};
}

bool proves(const Credentials& given, std::string_view password) {
    return given.password == (given.challenge.empty() ? std::string(password) : hmac_md5(password, given.challenge));
}

} // namespace postopolis::smtp
