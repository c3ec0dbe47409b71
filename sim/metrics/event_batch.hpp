// Many events that outlive their telling, in memory that is used again: what is handed to another thread.
//
// Texts and ids of copies are kept. Addresses, kinds of recipients and messages, which their holders share by
// counting, are not, nor are segments of packets and the links on their way: they come out empty, as do events of
// which nobody in the background wants them.
#pragma once

#include <cstddef>
#include <memory_resource>
#include <span>
#include <vector>

#include "postopolis/trace/event.hpp"

namespace postopolis::metrics {

class EventBatch {
public:
    EventBatch();
    EventBatch(const EventBatch&) = delete;
    EventBatch& operator=(const EventBatch&) = delete;

    void add(const trace::Event& event);
    bool full() const { return events_.size() == kEvents; }
    std::span<const trace::Event> events() const { return events_; }
    void clear();

private:
    static constexpr std::size_t kEvents = 1024;
    static constexpr std::size_t kOctets = 128 * 1024; ///< for their texts and ids, where they are usual ones

    std::string_view keep(std::string_view text);
    std::span<const trace::CopyId> keep(std::span<const trace::CopyId> ids);

    std::vector<trace::Event> events_;
    std::vector<std::byte> memory_;
    std::pmr::monotonic_buffer_resource views_; ///< what the events' views point into
};

} // namespace postopolis::metrics
