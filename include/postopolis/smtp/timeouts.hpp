// The time each step of a dialogue may take: RFC 5321 section 4.5.3.2, in seconds. Plain numbers, since
// the protocol modules know no clock.
#pragma once

#include <cstdint>

#include "postopolis/smtp/stage.hpp"

namespace postopolis::smtp::timeouts {

inline constexpr std::uint32_t greeting_seconds = 5 * 60;          // 4.5.3.2.1
inline constexpr std::uint32_t mail_seconds = 5 * 60;              // 4.5.3.2.2
inline constexpr std::uint32_t rcpt_seconds = 5 * 60;              // 4.5.3.2.3
inline constexpr std::uint32_t data_initiation_seconds = 2 * 60;   // 4.5.3.2.4
inline constexpr std::uint32_t data_block_seconds = 3 * 60;        // 4.5.3.2.5: each block sent
inline constexpr std::uint32_t data_termination_seconds = 10 * 60; // 4.5.3.2.6
inline constexpr std::uint32_t server_seconds = 5 * 60;            // 4.5.3.2.7: waiting for the next command
// Not in the RFC's table; its general advice is minutes. Postfix's smtp_helo_timeout, smtp_rset_timeout and
// smtp_quit_timeout. RSET and QUIT are short because nothing is lost by giving up on them.
inline constexpr std::uint32_t ehlo_seconds = 5 * 60;
inline constexpr std::uint32_t auth_seconds = 5 * 60;
inline constexpr std::uint32_t connect_seconds = 30; // Postfix's smtp_connect_timeout
inline constexpr std::uint32_t rset_seconds = 20;
inline constexpr std::uint32_t quit_seconds = 5 * 60;

// How long a client waits for the reply (for `content`: for a block to be taken) at this stage.
constexpr std::uint32_t client_seconds(Stage stage) {
    switch (stage) {
    case Stage::connect:
        return connect_seconds;
    case Stage::greeting:
        return greeting_seconds;
    case Stage::ehlo:
    case Stage::starttls:
        return ehlo_seconds;
    case Stage::auth:
        return auth_seconds;
    case Stage::vrfy:
    case Stage::mail:
        return mail_seconds;
    case Stage::rcpt:
        return rcpt_seconds;
    case Stage::data:
        return data_initiation_seconds;
    case Stage::content:
        return data_block_seconds;
    case Stage::end_of_data:
        return data_termination_seconds;
    case Stage::rset:
        return rset_seconds;
    case Stage::quit:
        return quit_seconds;
    }
    return server_seconds;
}

} // namespace postopolis::smtp::timeouts
