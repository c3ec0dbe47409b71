// The client's side of BDAT (RFC 3030), and of content that a server cannot take as it is (RFC 6152 section 3).
#include <algorithm>

#include "postopolis/smtp/client.hpp"
#include "smtp/refusal.hpp"
#include "smtp/require.hpp"

namespace postopolis::smtp {

using Result = Outcome::Result;

// The next chunk that may be sent now; nothing if a reply must come first.
std::optional<Action> ClientDialogue::next_chunk() {
    const bool waiting = first_expected_ < expected_.size();
    if (content_sent_ || chunk_refused_ || (waiting && !(config_->pipelining && extensions_->pipelining)))
        return std::nullopt;
    const std::uint64_t left = transaction_->size - chunks_sent_;
    const std::uint64_t octets = config_->chunk_octets == 0 ? left : std::min(left, config_->chunk_octets);
    content_given_ = true;
    content_sent_ = octets == left;
    if (!waiting) {
        expected_.clear();
        first_expected_ = 0;
    }
    if (content_sent_)
        expect_end_of_data();
    else
        expected_.push_back({Stage::content, 0});
    Action action{.kind = Action::Kind::chunk};
    action.command.verb = Verb::bdat;
    action.command.size = octets;
    action.command.last = content_sent_;
    action.offset = chunks_sent_;
    chunks_sent_ += octets;
    return action;
}

// RFC 3030 section 2: where one chunk is refused the message has failed, and what follows is RSET.
void ClientDialogue::on_chunk(const Expected&, const ReplyPtr& reply) {
    if (!chunk_refused_ && reply->positive()) return;
    if (!chunk_refused_) {
        chunk_refused_ = true;
        for (auto& outcome : outcomes_)
            if (outcome.result == Result::pending) outcome = {refusal(*reply), Stage::content, reply, false};
    }
    if (first_expected_ < expected_.size()) return; // the replies to what was sent already
    needs_reset_ = true;
    transaction_.reset();
    phase_ = Phase::idle;
}

void ClientDialogue::converted(std::uint64_t size) {
    require(to_convert_, "a message was converted though nobody asked");
    to_convert_ = false;
    transaction_->size = size;
    transaction_->eight_bit = transaction_->binary = false;
    if (const auto reply = refuse_transaction()) {
        phase_ = Phase::idle;
        decide_pending(Result::failed, Stage::mail, reply, true);
    }
}

void ClientDialogue::cannot_convert() {
    to_convert_ = false;
    phase_ = Phase::idle;
    // RFC 3463 section 3.7: X.6.3, conversion required but not supported.
    const auto reply = make_reply(554, {5, 6, 3}, "The server takes 7-bit messages only, and this one cannot be converted");
    decide_pending(Result::failed, Stage::mail, reply, true);
}

} // namespace postopolis::smtp
