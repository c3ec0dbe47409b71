// Events kept for later: copies that own all that their views and spans point to.
//
// One partition of a run writes a log while another thread goes through the one before. Memory is kept and used
// again.
#pragma once

#include <cstddef>
#include <cstring>
#include <deque>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "postopolis/kernel/partition.hpp"
#include "postopolis/trace/event.hpp"

namespace postopolis::trace {

class EventLog {
public:
    struct Entry {
        kernel::Place place; ///< of what told it
        Event event;
    };

    void add(const kernel::Place& place, const Event& event);
    /// In the order in which they were added.
    const std::vector<Entry>& entries() const { return entries_; }
    void clear();

private:
    template <class T>
        requires std::is_arithmetic_v<T> || std::is_enum_v<T> || std::is_same_v<T, Time> ||
                 std::is_same_v<T, Duration> || std::is_same_v<T, Account>
    void own(T&) {} // a value
    void own(AddressView& address);
    void own(std::string_view& text);
    void own(Endpoint&) {} // a value
    template <class T>
        requires std::is_trivially_copyable_v<T>
    void own(std::span<const T>& values) {
        if (values.empty()) return;
        auto* copy = reinterpret_cast<T*>(room(values.size_bytes()));
        std::memcpy(copy, values.data(), values.size_bytes());
        values = {copy, values.size()};
    }
    void own(std::span<const mail::AddressPtr>& addresses);
    void own(const mail::Message*& message);
    void own(Reason& reason);
    template <class... T>
    void own_all(T&... fields) {
        (own(fields), ...);
    }
    void own_what(What& what);
    std::byte* room(std::size_t octets);

    static constexpr std::size_t kBlock = std::size_t{64} << 10;
    std::vector<Entry> entries_;
    std::vector<std::unique_ptr<std::byte[]>> blocks_;
    std::size_t block_ = 0; ///< the one that is being filled,
    std::size_t used_ = 0;  ///< and how far
    std::vector<std::unique_ptr<std::byte[]>> large_;
    std::deque<std::vector<mail::AddressPtr>> addresses_;
    std::deque<mail::Message> messages_;
};

} // namespace postopolis::trace
