// A step for each reply; what to send next follows from where the dialogue is.
#include "postopolis/access/pop3_client.hpp"

namespace postopolis::access {

Pop3Client::Pop3Client(Pop3ClientConfig config, const SeenUids& seen)
    : config_(std::move(config)), seen_(&seen) {}

Pop3Action Pop3Client::next() {
    if (at_ == At::closed) return {.kind = Pop3Action::Kind::close};
    if (sent_) return {.kind = Pop3Action::Kind::receive};
    sent_ = true;
    return {.kind = Pop3Action::Kind::send, .command = command()};
}

Pop3Command Pop3Client::command() const {
    switch (at_) {
    case At::user:
        return {.verb = Pop3Verb::user, .argument = config_.user};
    case At::pass:
        return {.verb = Pop3Verb::pass, .argument = config_.password};
    case At::stat:
        return {.verb = Pop3Verb::stat};
    case At::uidl:
        return {.verb = Pop3Verb::uidl};
    case At::retr:
        return {.verb = Pop3Verb::retr, .number = listing_[position_].number};
    case At::dele:
        return {.verb = Pop3Verb::dele, .number = listing_[position_].number};
    case At::greeting:
    case At::quit:
    case At::closed:
        break;
    }
    return {.verb = Pop3Verb::quit};
}

void Pop3Client::go(At at) {
    at_ = at;
    sent_ = false;
}

void Pop3Client::refuse(std::string_view reason) {
    result_ = Result::refused;
    reason_ = reason;
    go(At::quit);
}

void Pop3Client::on_reply(const Pop3Reply& reply) {
    switch (at_) {
    case At::greeting:
    case At::user:
    case At::pass:
        if (!reply.ok)
            refuse(reply.text);
        else
            go(at_ == At::greeting ? At::user : at_ == At::user ? At::pass : At::stat);
        break;
    case At::stat: {
        const auto* stat = std::get_if<Pop3Stat>(&reply.body);
        if (!reply.ok || stat == nullptr) {
            refuse(reply.text);
            break;
        }
        found_ = stat->count;
        go(found_ == 0 ? At::quit : At::uidl);
        break;
    }
    case At::uidl:
        on_uidl(reply);
        break;
    case At::retr:
        on_retr(reply);
        break;
    case At::dele:
        if (reply.ok) ++deleted_;
        ++position_;
        next_message();
        break;
    case At::quit:
        // A server that could not remove everything says so (RFC 1939 section 6); the rest of the session
        // holds.
        if (result_ == Result::pending) result_ = Result::done;
        if (!reply.ok) reason_ = reply.text;
        at_ = At::closed;
        break;
    case At::closed:
        break;
    }
}

void Pop3Client::on_uidl(const Pop3Reply& reply) {
    const auto* listing = std::get_if<std::vector<Pop3Uid>>(&reply.body);
    if (reply.ok && listing != nullptr) {
        listing_ = *listing;
    } else if (config_.leave_on_server) {
        // Without UIDs nobody can tell what is new, and everything would be fetched again and again.
        refuse("the server has no UIDL, so messages cannot be left on it");
        return;
    } else {
        for (std::uint32_t i = 1; i <= found_; ++i)
            listing_.push_back({i, {}});
    }
    next_message();
}

// From position_ on: what is new is fetched; what is old is deleted, or left where it is.
void Pop3Client::next_message() {
    for (; position_ < listing_.size(); ++position_) {
        const auto& uid = listing_[position_].uid;
        const bool seen = !uid.empty() && seen_->contains(uid);
        if (!seen) return go(At::retr);
        if (!config_.leave_on_server) return go(At::dele);
    }
    go(At::quit);
}

void Pop3Client::on_retr(const Pop3Reply& reply) {
    const auto* body = std::get_if<Pop3Message>(&reply.body);
    if (!reply.ok || body == nullptr) { // stays on the server; the next session may have more luck
        ++position_;
        next_message();
        return;
    }
    fetched_.push_back({listing_[position_].uid, body->message, body->octets});
    if (!config_.leave_on_server) return go(At::dele);
    ++position_;
    next_message();
}

void Pop3Client::on_lost() {
    if (at_ == At::closed) return;
    at_ = At::closed;
    if (result_ == Result::pending) result_ = Result::lost;
}

std::vector<Pop3Client::Fetched> Pop3Client::take_fetched() {
    return std::exchange(fetched_, {});
}

} // namespace postopolis::access
