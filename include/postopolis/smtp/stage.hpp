// Where in a dialogue something happened: the stage whose reply decided, or was waited for.
#pragma once

#include <cstdint>
#include <string_view>

namespace postopolis::smtp {

enum class Stage : std::uint8_t {
    connect,
    greeting,
    ehlo,
    starttls,
    auth,
    vrfy,
    mail,
    rcpt,
    data,        // waiting for 354
    content,     // sending the message
    end_of_data, // waiting for the reply after the final dot
    rset,
    quit,
};

constexpr std::string_view to_string(Stage stage) {
    switch (stage) {
    case Stage::connect:
        return "connect";
    case Stage::greeting:
        return "greeting";
    case Stage::ehlo:
        return "ehlo";
    case Stage::starttls:
        return "starttls";
    case Stage::auth:
        return "auth";
    case Stage::vrfy:
        return "vrfy";
    case Stage::mail:
        return "mail";
    case Stage::rcpt:
        return "rcpt";
    case Stage::data:
        return "data";
    case Stage::content:
        return "content";
    case Stage::end_of_data:
        return "end_of_data";
    case Stage::rset:
        return "rset";
    case Stage::quit:
        return "quit";
    }
    return "?";
}

} // namespace postopolis::smtp
