// Deep copies of events. See kept_event.hpp.
#include "metrics/kept_event.hpp"

#include <type_traits>

#include "metrics/event_views.hpp"

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
    for_each_view(w, [this](auto& view) { view = keep(view); });
    if constexpr (requires { w.sender; }) {
        sender_ = w.sender.share();
        w.sender = sender_;
    }
    if constexpr (requires { w.recipients; }) {
        addresses_.assign(w.recipients.begin(), w.recipients.end());
        w.recipients = addresses_;
    }
    if constexpr (requires { w.links; }) w.links = {};
    if constexpr (requires { w.segments; }) w.segments = {};
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
