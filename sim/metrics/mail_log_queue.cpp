// See mail_log_queue.hpp.
#include "metrics/mail_log_queue.hpp"

#include <algorithm>

namespace postopolis::metrics {

using trace::Time;

void LogQueues::compose(const trace::Composed& c) {
    for (std::size_t i = 0; i < c.copies.size(); ++i)
        recipients_[c.copies[i]] = c.recipients[i];
}

void LogQueues::expand(const trace::Expanded& e) {
    for (std::size_t i = 0; i < e.into.size() && i < e.recipients.size(); ++i)
        recipients_[e.into[i]] = e.recipients[i];
}

LoggedMessage& LogQueues::accept(Time now, const trace::Accepted& a) {
    auto message = std::make_shared<LoggedMessage>();
    message->queue_id = a.queue_id;
    message->arrived = now;
    message->recipients = a.copies.size();
    for (const trace::CopyId id : a.copies) {
        const auto recipient = recipients_.find(id);
        LoggedCopy& copy = copies_[Key(a.host, id)];
        copy = {message, recipient != recipients_.end() ? recipient->second : nullptr, now, now};
    }
    nobody_ = *message;
    return a.copies.empty() ? nobody_ : *copies_[Key(a.host, a.copies.front())].message;
}

LoggedCopy* LogQueues::find(std::string_view host, trace::CopyId copy) {
    const auto found = copies_.find(Key(host, copy));
    return found != copies_.end() ? &found->second : nullptr;
}

void LogQueues::rename(std::string_view host, trace::CopyId from, trace::CopyId to) {
    if (const auto known = recipients_.find(from); known != recipients_.end())
        recipients_[to] = known->second;
    auto held = copies_.extract(Key(host, from));
    if (!held) return;
    held.key().second = to;
    copies_.insert(std::move(held));
}

bool LogQueues::done(std::string_view host, trace::CopyId copy) {
    const auto found = copies_.find(Key(host, copy));
    if (found == copies_.end()) return false;
    const bool last = --found->second.message->recipients == 0;
    copies_.erase(found);
    return last;
}

LogDelays LogQueues::delays(const LoggedCopy& copy, Time connected, Time now) const {
    const Time active = std::clamp(copy.active, copy.message->arrived, now);
    const Time started = std::clamp(copy.started, active, now);
    const Time ready = std::clamp(connected, started, now);
    return {active - copy.message->arrived, started - active, ready - started, now - ready};
}

} // namespace postopolis::metrics
