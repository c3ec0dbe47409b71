// SASL PLAIN (RFC 4616 section 2).
#include "postopolis/smtp/credentials.hpp"

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

} // namespace postopolis::smtp
