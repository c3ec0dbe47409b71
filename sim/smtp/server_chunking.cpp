// The server's side of BDAT (RFC 3030). Whoever names a chunk has sent it: its octets are on the wire whatever the reply
// is, and are dropped unless the session says that they belong to the message.
#include "postopolis/smtp/server.hpp"
#include "smtp/canned.hpp"
#include "smtp/text.hpp"

namespace postopolis::smtp {

// RFC 3030 section 3: DATA after BODY=BINARYMIME is out of sequence.
bool ServerSession::needs_chunks() const {
    for (const Parameter& p : mail_parameters_)
        if (same_keyword(p.keyword, "BODY")) return p.value && same_keyword(*p.value, "BINARYMIME");
    return false;
}

Step ServerSession::on_bdat(const Command& command) {
    chunk_taken_ = false;
    if (state_ != State::mail && state_ != State::chunks) return say(canned::no_transaction());
    if (recipients_.empty()) return say(saw_rcpt_ ? canned::no_valid_recipients() : canned::rcpt_first());
    const auto limit = profile_->config().max_message_size;
    const std::uint64_t octets = command.size.value_or(0);
    if (limit != 0 && octets > limit - chunk_octets_) {
        if (lmtp() && command.last) return refuse_each(canned::too_large());
        end_transaction();
        return say(canned::too_large());
    }
    state_ = State::chunks;
    chunk_taken_ = true;
    chunk_octets_ += octets;
    return command.last ? ask(Question::content, Step::Kind::ask_content) : say(canned::chunk_taken());
}

} // namespace postopolis::smtp
