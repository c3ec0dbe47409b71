// The queues of all hosts, as their logs know them: which copies are where, under which queue id, since when.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "metrics/mail_log_lines.hpp"
#include "postopolis/trace/event.hpp"

namespace postopolis::metrics {

/// A message in the queue of a host.
struct LoggedMessage {
    std::string queue_id;
    trace::Time arrived;
    std::size_t recipients = 0; ///< that have no result yet
};

/// A recipient's copy of it.
struct LoggedCopy {
    std::shared_ptr<LoggedMessage> message;
    mail::AddressPtr recipient;
    trace::Time active;  ///< since when it is in the active queue,
    trace::Time started; ///<   and since when it is being delivered
    bool local = false;  ///< into a mailbox of the host
};

class LogQueues {
public:
    void compose(const trace::Composed& c);
    void expand(const trace::Expanded& e);
    /// The copies come into the host's queue as one message. Gives the message.
    LoggedMessage& accept(trace::Time now, const trace::Accepted& a);
    /// Null where the host does not have it.
    LoggedCopy* find(std::string_view host, trace::CopyId copy);
    /// Under a name that its client has given it (trace::Doubted).
    void rename(std::string_view host, trace::CopyId from, trace::CopyId to);
    /// The copy has its result. True if it was the last one of its message.
    bool done(std::string_view host, trace::CopyId copy);

    LogDelays delays(const LoggedCopy& copy, trace::Time connected, trace::Time now) const;

private:
    using Key = std::pair<std::string, trace::CopyId>;
    std::unordered_map<trace::CopyId, mail::AddressPtr> recipients_;
    std::map<Key, LoggedCopy> copies_;
    LoggedMessage nobody_;
};

} // namespace postopolis::metrics
