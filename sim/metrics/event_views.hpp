// The views of texts and of copies' ids that each kind of event may have, for those who keep events.
#pragma once

#include "postopolis/trace/event.hpp"

namespace postopolis::metrics {

/// Calls keep(view) for each std::string_view and std::span of ids, by the names that event.hpp gives them.
template<class T, class Keep>
void for_each_view(T& w, const Keep& keep) {
    if constexpr (requires { w.copies; }) keep(w.copies);
    if constexpr (requires { w.into; }) keep(w.into);
    if constexpr (requires { w.renamed; }) keep(w.renamed);
    if constexpr (requires { w.reason; }) {
        keep(w.reason.enhanced);
        keep(w.reason.text);
    }
    if constexpr (requires { w.from; }) keep(w.from);
    if constexpr (requires { w.to; }) keep(w.to);
    if constexpr (requires { w.host; }) keep(w.host);
    if constexpr (requires { w.remote; }) keep(w.remote);
    if constexpr (requires { w.subject; }) keep(w.subject);
    if constexpr (requires { w.message_id; }) keep(w.message_id);
    if constexpr (requires { w.queue_id; }) keep(w.queue_id);
    if constexpr (requires { w.from_host; }) keep(w.from_host);
    if constexpr (requires { w.mailbox; }) keep(w.mailbox);
    if constexpr (requires { w.by; }) keep(w.by);
    if constexpr (requires { w.why; }) keep(w.why);
    if constexpr (requires { w.how; }) keep(w.how);
    if constexpr (requires { w.client; }) keep(w.client);
    if constexpr (requires { w.server; }) keep(w.server);
    if constexpr (requires { w.bytes; }) keep(w.bytes);
    if constexpr (requires { w.resolver; }) keep(w.resolver);
    if constexpr (requires { w.question; }) keep(w.question);
    if constexpr (requires { w.type; }) keep(w.type);
    if constexpr (requires { w.result; }) keep(w.result);
}

} // namespace postopolis::metrics
