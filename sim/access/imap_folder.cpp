#include "postopolis/access/imap_folder.hpp"

#include <algorithm>
#include <utility>

#include "access/imap_lexer.hpp"
#include "access/require.hpp"

namespace postopolis::access {
namespace {

auto at_uid(const std::vector<ImapMessagePtr>& messages, std::uint32_t uid) {
    return std::lower_bound(messages.begin(), messages.end(), uid,
                            [](const ImapMessagePtr& m, std::uint32_t wanted) { return m->uid < wanted; });
}

} // namespace

ImapMessagePtr ImapFolder::find(std::uint32_t uid) const {
    const auto found = at_uid(messages_, uid);
    return found != messages_.end() && (*found)->uid == uid ? *found : nullptr;
}

std::size_t ImapFolder::unseen() const {
    return static_cast<std::size_t>(std::count_if(
        messages_.begin(), messages_.end(), [](const auto& m) { return !m->flags.has(ImapFlag::seen); }));
}

std::vector<std::string> ImapFolder::keywords() const {
    ImapFlags all;
    for (const auto& m : messages_)
        if (!m->flags.keywords().empty()) all.add(m->flags);
    return all.keywords();
}

ImapMessagePtr ImapFolder::add(mail::Message message, mail::Date received, ImapFlags flags,
                               ImapOriginPtr origin) {
    auto added = add_as(uid_next_, std::move(message), received, std::move(origin));
    added->flags = std::move(flags);
    return added;
}

ImapMessagePtr ImapFolder::add_as(std::uint32_t uid, mail::Message message, mail::Date received,
                                  ImapOriginPtr origin) {
    require(uid >= uid_next_ && uid != 0, "UIDs rise");
    auto added = std::make_shared<ImapMessage>();
    added->uid = uid;
    added->received = received;
    added->modseq = ++modseq_;
    added->origin = std::move(origin);
    octets_ += message.size();
    added->message = std::move(message);
    messages_.push_back(added);
    uid_next_ = uid + 1;
    ++changes_;
    return added;
}

void ImapFolder::reserve_uids(std::uint32_t next) {
    uid_next_ = std::max(uid_next_, next);
}

bool ImapFolder::set_flags(ImapMessage& message, ImapFlags flags) {
    if (message.expunged || message.flags == flags) return false;
    message.flags = std::move(flags);
    message.modseq = ++modseq_;
    ++changes_;
    return true;
}

void ImapFolder::expunge(ImapMessage& message) {
    if (message.expunged) return;
    message.expunged = true;
    ++modseq_; // RFC 7162 section 3.1.2.2: it counts as a change
    ++changes_;
    ++expunges_;
    octets_ -= message.message.size();
    messages_.erase(at_uid(messages_, message.uid));
}

void ImapFolder::expunge_all() {
    while (!messages_.empty())
        expunge(*ImapMessagePtr(messages_.back()));
}

} // namespace postopolis::access
