// Copies of events. See event_batch.hpp.
#include "metrics/event_batch.hpp"

#include <algorithm>

#include "metrics/event_views.hpp"

namespace postopolis::metrics {

EventBatch::EventBatch() : memory_(kOctets), views_(memory_.data(), memory_.size()) {
    events_.reserve(kEvents);
}

void EventBatch::add(const trace::Event& event) {
    trace::Event& kept = events_.emplace_back(event);
    std::visit(
        [this](auto& what) {
            for_each_view(what, [this](auto& view) { view = keep(view); });
            if constexpr (requires { what.sender; }) what.sender = nullptr;
            if constexpr (requires { what.recipients; }) what.recipients = {};
            if constexpr (requires { what.kinds; }) what.kinds = {};
            if constexpr (requires { what.message; }) what.message = nullptr;
            if constexpr (requires { what.segments; }) what.segments = {};
            if constexpr (requires { what.links; }) what.links = {};
        },
        kept.what);
}

void EventBatch::clear() {
    events_.clear();
    views_.release();
}

std::string_view EventBatch::keep(std::string_view text) {
    if (text.empty()) return {};
    char* const copy = static_cast<char*>(views_.allocate(text.size(), 1));
    std::copy(text.begin(), text.end(), copy);
    return {copy, text.size()};
}

std::span<const trace::CopyId> EventBatch::keep(std::span<const trace::CopyId> ids) {
    if (ids.empty()) return {};
    auto* const copy = static_cast<trace::CopyId*>(views_.allocate(ids.size_bytes(), alignof(trace::CopyId)));
    std::uninitialized_copy(ids.begin(), ids.end(), copy);
    return {copy, ids.size()};
}

} // namespace postopolis::metrics
