// Deep copies of events. See kept_event.hpp.
#include "metrics/kept_event.hpp"

#include <type_traits>

namespace postopolis::metrics {

using trace::CopyId;

std::string_view KeptEvent::keep(std::string_view text) {
    if (text.empty()) return {};
    return *texts_.emplace_back(std::make_unique<const std::string>(text));
}

std::span<const CopyId> KeptEvent::keep(std::span<const CopyId> ids) {
    return *ids_.emplace_back(std::make_unique<const std::vector<CopyId>>(ids.begin(), ids.end()));
}

template<class T>
void KeptEvent::own(T& w) {
    // Every view that a kind of event may have, by the names that event.hpp gives them.
    if constexpr (requires { w.copies; }) w.copies = keep(w.copies);
    if constexpr (requires { w.into; }) w.into = keep(w.into);
    if constexpr (requires { w.renamed; }) w.renamed = keep(w.renamed);
    if constexpr (requires { w.recipients; }) {
        addresses_.assign(w.recipients.begin(), w.recipients.end());
        w.recipients = addresses_;
    }
    if constexpr (requires { w.kinds; }) {
        kinds_.assign(w.kinds.begin(), w.kinds.end());
        w.kinds = kinds_;
    }
    if constexpr (requires { w.message; }) {
        if (w.message != nullptr) {
            message_ = *w.message;
            w.message = &message_;
        }
    }
    if constexpr (requires { w.reason; }) {
        w.reason.enhanced = keep(w.reason.enhanced);
        w.reason.text = keep(w.reason.text);
    }
    if constexpr (requires { w.from; }) w.from = keep(w.from);
    if constexpr (requires { w.to; }) w.to = keep(w.to);
    if constexpr (requires { w.host; }) w.host = keep(w.host);
    if constexpr (requires { w.remote; }) w.remote = keep(w.remote);
    if constexpr (requires { w.subject; }) w.subject = keep(w.subject);
    if constexpr (requires { w.message_id; }) w.message_id = keep(w.message_id);
    if constexpr (requires { w.queue_id; }) w.queue_id = keep(w.queue_id);
    if constexpr (requires { w.from_host; }) w.from_host = keep(w.from_host);
    if constexpr (requires { w.mailbox; }) w.mailbox = keep(w.mailbox);
    if constexpr (requires { w.by; }) w.by = keep(w.by);
    if constexpr (requires { w.why; }) w.why = keep(w.why);
    if constexpr (requires { w.how; }) w.how = keep(w.how);
    if constexpr (requires { w.client; }) w.client = keep(w.client);
    if constexpr (requires { w.server; }) w.server = keep(w.server);
    if constexpr (requires { w.bytes; }) w.bytes = keep(w.bytes);
    if constexpr (requires { w.resolver; }) w.resolver = keep(w.resolver);
    if constexpr (requires { w.question; }) w.question = keep(w.question);
    if constexpr (requires { w.type; }) w.type = keep(w.type);
    if constexpr (requires { w.result; }) w.result = keep(w.result);
}

KeptEvent::KeptEvent(const trace::Event& event) : event_(event) {
    std::visit([this](auto& w) { own(w); }, event_.what);
}

trace::LetterId letter_of(const trace::What& what) {
    return std::visit(
        [](const auto& w) -> trace::LetterId {
            if constexpr (requires { w.letter; })
                return w.letter;
            else
                return 0;
        },
        what);
}

std::span<const CopyId> copies_of(const trace::What& what) {
    return std::visit(
        [](const auto& w) -> std::span<const CopyId> {
            if constexpr (requires { w.copies; })
                return w.copies;
            else if constexpr (requires { w.copy; })
                return {&w.copy, 1};
            else
                return {};
        },
        what);
}

} // namespace postopolis::metrics
