// One mail transaction, seen from the client: MAIL, RCPTs, DATA, content (RFC 5321 section 3.3), with or
// without PIPELINING (RFC 2920).
#include "postopolis/smtp/client.hpp"

#include <algorithm>

#include "smtp/refusal.hpp"

namespace postopolis::smtp {

using Result = Outcome::Result;

void ClientDialogue::start_envelope() {
    next_vrfy_ = next_rcpt_ = accepted_ = 0;
    chunks_sent_ = 0;
    mail_sent_ = mail_refused_ = data_sent_ = content_given_ = content_sent_ = chunk_refused_ = false;
    to_convert_ = (transaction_->eight_bit && !extensions_->eightbitmime) ||
                  (transaction_->binary && !(extensions_->binarymime && in_chunks()));
    if (const auto reply = refuse_transaction()) {
        phase_ = Phase::idle;
        decide_pending(Result::failed, Stage::mail, reply, true);
        return;
    }
    phase_ = Phase::envelope;
}

// RFC 1870 section 6.1: a client that knows the server's limit need not try.
ReplyPtr ClientDialogue::refuse_transaction() const {
    const auto limit = extensions_->size.value_or(0);
    if (limit == 0 || transaction_->size <= limit) return {};
    return make_reply(552, {5, 3, 4},
                      "Message of " + std::to_string(transaction_->size) +
                          " octets exceeds the server's limit of " + std::to_string(limit));
}

Command ClientDialogue::mail_command() const {
    Command command{.verb = Verb::mail};
    command.path = transaction_->reverse_path;
    if (extensions_->size) command.size = transaction_->size;
    if (transaction_->binary)
        command.parameters = {{"BODY", "BINARYMIME"}};
    else if (extensions_->eightbitmime && transaction_->eight_bit)
        command.parameters = {{"BODY", "8BITMIME"}};
    if (extensions_->dsn && !transaction_->mail_parameters.empty())
        command.parameters.insert(command.parameters.end(), transaction_->mail_parameters.begin(),
                                  transaction_->mail_parameters.end());
    return command;
}

// The next command of the envelope that may be sent now; nothing if a reply must come first.
std::optional<Action> ClientDialogue::next_envelope() {
    const bool waiting = first_expected_ < expected_.size();
    const bool pipelining = config_->pipelining && extensions_->pipelining;
    if (waiting && (!pipelining || mail_refused_)) return std::nullopt;
    // RFC 2920 section 3.1: VRFY is the last of its group.
    if (waiting && expected_.back().stage == Stage::vrfy) return std::nullopt;
    if (to_convert_) return Action{.kind = Action::Kind::convert};
    if (needs_reset_) {
        needs_reset_ = false;
        return send(Stage::rset, {.verb = Verb::rset});
    }
    if (config_->verifies && next_vrfy_ < transaction_->recipients.size()) {
        const auto recipient = next_vrfy_++;
        Command command{.verb = Verb::vrfy, .argument = transaction_->recipients[recipient]->text()};
        return send(Stage::vrfy, std::move(command), recipient);
    }
    if (!mail_sent_) {
        mail_sent_ = true;
        return send(Stage::mail, mail_command());
    }
    if (next_rcpt_ < transaction_->recipients.size()) {
        Command command{.verb = Verb::rcpt};
        command.path = transaction_->recipients[next_rcpt_];
        const auto recipient = next_rcpt_++;
        if (extensions_->dsn && !transaction_->rcpt_parameters.empty())
            command.parameters = transaction_->rcpt_parameters[recipient];
        return send(Stage::rcpt, std::move(command), recipient);
    }
    if (in_chunks()) return std::nullopt; // see settle_envelope
    // RFC 2920 section 3.1: DATA may end the group. If nobody is accepted, it is refused or gets an empty
    // message.
    if (data_sent_ || (waiting && config_->all_or_nothing)) return std::nullopt;
    data_sent_ = true;
    return send(Stage::data, {.verb = Verb::data});
}

void ClientDialogue::on_envelope_reply(const Expected& expected, const ReplyPtr& reply) {
    switch (expected.stage) {
    case Stage::mail:
        mail_refused_ = !reply->positive();
        if (mail_refused_) {
            for (auto& outcome : outcomes_)
                outcome = {refusal(*reply), Stage::mail, reply, false};
        }
        break;
    case Stage::rcpt:
        on_rcpt(expected.recipient, reply);
        break;
    case Stage::data:
        on_data(reply);
        break;
    case Stage::content:
        on_chunk(expected, reply);
        break;
    case Stage::end_of_data:
        on_end_of_data(expected, reply);
        break;
    default:
        break; // RSET: RFC 5321 section 4.1.1.5 knows no refusal; VRFY: RCPT decides
    }
    settle_envelope();
}

void ClientDialogue::on_rcpt(std::size_t recipient, const ReplyPtr& reply) {
    if (mail_refused_) return;
    if (reply->positive()) {
        ++accepted_;
        return;
    }
    // RFC 5321 section 4.5.3.1.10: old servers say 552 where they mean 452, too many recipients.
    const auto result = reply->code == 552 ? Result::deferred : refusal(*reply);
    outcomes_[recipient] = {result, Stage::rcpt, reply, false};
}

void ClientDialogue::on_data(const ReplyPtr& reply) {
    if (reply->intermediate()) {
        phase_ = Phase::content;
        return;
    }
    needs_reset_ = !mail_refused_;
    phase_ = Phase::idle;
    decide_pending(refusal(*reply), Stage::data, reply, false);
}

void ClientDialogue::expect_end_of_data() {
    if (!config_->lmtp) {
        expected_.push_back({Stage::end_of_data, 0});
        return;
    }
    // RFC 2033 section 4.2: a reply for each recipient that was accepted, in their order.
    for (std::size_t i = 0; i < outcomes_.size(); ++i)
        if (outcomes_[i].result == Result::pending) expected_.push_back({Stage::end_of_data, i});
    if (expected_.empty()) expected_.push_back({Stage::end_of_data, outcomes_.size()}); // a 503 after all
}

void ClientDialogue::on_end_of_data(const Expected& expected, const ReplyPtr& reply) {
    if (chunk_refused_) return on_chunk(expected, reply);
    const auto result = reply->positive() ? Result::delivered : refusal(*reply);
    if (!config_->lmtp || expected.recipient == outcomes_.size()) {
        decide_pending(result, Stage::end_of_data, reply, false);
    } else {
        outcomes_[expected.recipient] = {result, Stage::end_of_data, reply, false};
    }
    if (first_expected_ < expected_.size()) return;
    transaction_.reset();
    phase_ = Phase::idle;
}

// Ends the transaction before DATA once nothing can come of it: all replies are in and nobody was accepted.
void ClientDialogue::settle_envelope() {
    if (phase_ != Phase::envelope || first_expected_ < expected_.size()) return;
    const bool all_asked = mail_sent_ && next_rcpt_ == transaction_->recipients.size();
    if (config_->all_or_nothing && all_asked && !mail_refused_ && accepted_ != 0) {
        const auto refused = std::find_if(outcomes_.begin(), outcomes_.end(),
                                          [](const Outcome& o) { return o.result != Result::pending; });
        if (refused != outcomes_.end()) return give_up_all(Outcome(*refused));
    }
    if (!mail_refused_ && all_asked && accepted_ != 0 && in_chunks()) {
        phase_ = Phase::content; // nobody is sent a message for nothing
        return;
    }
    if (!mail_refused_ && (!all_asked || accepted_ != 0)) return;
    needs_reset_ = !mail_refused_;
    phase_ = Phase::idle;
    transaction_.reset();
}

// RFC 5321 appendix D.2: the transaction is aborted although some recipients were accepted.
void ClientDialogue::give_up_all(const Outcome& refused) {
    const bool for_good = refused.result == Result::failed;
    const mail::EnhancedStatus status{static_cast<std::uint8_t>(for_good ? 5 : 4), 0, 0};
    const auto reply = make_reply(for_good ? 554 : 451, status,
                                  "Not sent, as another recipient was refused: " + to_string(*refused.reply));
    needs_reset_ = true;
    phase_ = Phase::idle;
    decide_pending(refused.result, Stage::rcpt, reply, true);
}

} // namespace postopolis::smtp
