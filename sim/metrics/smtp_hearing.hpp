// What a listener makes of the bytes of an SMTP connection: commands, each with its reply, and message
// content.
//
// Reads what both sides say in any pieces, pipelined or not. It judges nothing: what it does not understand
// is a command without effect. After a failed connection or TLS handshake it simply goes on.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "postopolis/kernel/time.hpp"

namespace postopolis::metrics {

/// A command that has got its reply.
struct HeardCommand {
    std::string verb;         ///< in capitals; "CONNECT" for the greeting, "END-OF-MESSAGE" for content
    std::string argument;     ///< as it was said
    kernel::Time sent;        ///< by the client
    int code = 0;             ///< of the reply, or 0
    std::string reply;        ///< its lines without codes, with blanks between
    std::uint64_t octets = 0; ///< of content, as the author counts them: without what only SMTP adds
};

class SmtpHearing {
public:
    using Heard = std::function<void(const HeardCommand&)>;

    SmtpHearing();
    void client_says(std::string_view bytes, bool content, kernel::Time sent);
    void server_says(std::string_view bytes, const Heard& heard);

    // As far as it has come:
    std::string helo;
    bool extended = false; ///< EHLO rather than HELO
    std::string user;      ///< that AUTH was accepted for; "?" if it cannot be read
    std::string sender;    ///< of the transaction, without brackets
    bool in_transaction = false;
    kernel::Time mail_sent;           ///< when the client sent MAIL
    std::uint64_t content_octets = 0; ///< of the last content
    std::vector<std::pair<std::string, int>>
        counts; ///< accepted commands by their verbs in small letters, in order
    int commands = 0;

private:
    void command_line(std::string_view line, kernel::Time sent);
    void take_effect(const HeardCommand& command);
    void count(std::string_view verb);

    std::deque<HeardCommand> waiting_; ///< for their replies
    std::string client_line_, server_line_, reply_text_;
    bool in_content_ = false;
    bool chunk_ = false;          ///< content that comes belongs to BDAT
    bool authenticating_ = false; ///< lines are answers to challenges
};

/// What stands between the brackets of "FROM:<a@b.example> SIZE=12", or the word itself.
std::string path_of(std::string_view argument);

} // namespace postopolis::metrics
