// See event_log.hpp. Each kind's fields are listed by a structured binding, so that a new field cannot be forgotten.
#include "trace/event_log.hpp"

#include <cstring>
#include <utility>

namespace postopolis::trace {
namespace {

template <class... F>
struct Overloaded : F... {
    using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

} // namespace

std::byte* EventLog::room(std::size_t octets) {
    octets = (octets + alignof(std::uint64_t) - 1) / alignof(std::uint64_t) * alignof(std::uint64_t);
    if (octets > kBlock / 4) {
        large_.push_back(std::make_unique_for_overwrite<std::byte[]>(octets));
        return large_.back().get();
    }
    if (!blocks_.empty() && used_ + octets > kBlock) {
        ++block_;
        used_ = 0;
    }
    if (block_ == blocks_.size()) blocks_.push_back(std::make_unique_for_overwrite<std::byte[]>(kBlock));
    used_ += octets;
    return blocks_[block_].get() + (used_ - octets);
}

void EventLog::own(std::string_view& text) {
    if (text.empty()) return;
    auto* copy = reinterpret_cast<char*>(room(text.size()));
    std::memcpy(copy, text.data(), text.size());
    text = {copy, text.size()};
}

void EventLog::own(AddressView& address) {
    if (!address) { // it may show an address that is null, and not stay
        address = AddressView();
        return;
    }
    addresses_.emplace_back(1, address.share());
    address = AddressView(addresses_.back().front());
}

void EventLog::own(std::span<const mail::AddressPtr>& addresses) {
    addresses_.emplace_back(addresses.begin(), addresses.end());
    addresses = addresses_.back();
}

void EventLog::own(const mail::Message*& message) {
    if (message == nullptr) return;
    messages_.push_back(*message);
    message = &messages_.back();
}

void EventLog::own(Reason& reason) {
    auto& [code, enhanced, text] = reason;
    own_all(code, enhanced, text);
}

void EventLog::own_what(What& what) {
    std::visit(Overloaded{
                   [&](Composed& e) {
                       auto& [a, b, c, d, f, g, h, i, j, k, l] = e;
                       own_all(a, b, c, d, f, g, h, i, j, k, l);
                   },
                   [&](Passed& e) {
                       auto& [a, b, c, d, f, g] = e;
                       own_all(a, b, c, d, f, g);
                   },
                   [&](Accepted& e) {
                       auto& [a, b, c, d, f, g, h, i] = e;
                       own_all(a, b, c, d, f, g, h, i);
                   },
                   [&](Deferred& e) {
                       auto& [a, b, c, d, f, g, h, i] = e;
                       own_all(a, b, c, d, f, g, h, i);
                   },
                   [&](Delivered& e) {
                       auto& [a, b, c, d, f, g] = e;
                       own_all(a, b, c, d, f, g);
                   },
                   [&](Fetched& e) {
                       auto& [a, b, c, d] = e;
                       own_all(a, b, c, d);
                   },
                   [&](Bounced& e) {
                       auto& [a, b, c, d, f] = e;
                       own_all(a, b, c, d, f);
                   },
                   [&](Warned& e) {
                       auto& [a, b, c, d] = e;
                       own_all(a, b, c, d);
                   },
                   [&](Rejected& e) {
                       auto& [a, b, c, d] = e;
                       own_all(a, b, c, d);
                   },
                   [&](Discarded& e) {
                       auto& [a, b, c, d] = e;
                       own_all(a, b, c, d);
                   },
                   [&](Lost& e) {
                       auto& [a, b, c, d] = e;
                       own_all(a, b, c, d);
                   },
                   [&](Expanded& e) {
                       auto& [a, b, c, d, f] = e;
                       own_all(a, b, c, d, f);
                   },
                   [&](Doubted& e) {
                       auto& [a, b, c, d, f, g] = e;
                       own_all(a, b, c, d, f, g);
                   },
                   [&](Connected& e) {
                       auto& [a, b, c, d, f, g, h, i] = e;
                       own_all(a, b, c, d, f, g, h, i);
                   },
                   [&](ConnectFailed& e) {
                       auto& [a, b, c, d, f, g] = e;
                       own_all(a, b, c, d, f, g);
                   },
                   [&](Disconnected& e) {
                       auto& [a, b] = e;
                       own_all(a, b);
                   },
                   [&](Spoke& e) {
                       auto& [a, b, c, d, f, g, h, i] = e;
                       own_all(a, b, c, d, f, g, h, i);
                   },
                   [&](LookedUp& e) {
                       auto& [a, b, c, d, f, g, h] = e;
                       own_all(a, b, c, d, f, g, h);
                   },
                   [&](HostWentDown& e) {
                       auto& [a, b] = e;
                       own_all(a, b);
                   },
                   [&](HostCameUp& e) {
                       auto& [a] = e;
                       own_all(a);
                   },
                   [&](Transmitted& e) {
                       auto& [a, b, c, d, f, g, h, i, j, k] = e;
                       own_all(a, b, c, d, f, g, h, i, j, k);
                   },
                   [&](SentDatagram& e) {
                       auto& [a, b, c, d, f, g] = e;
                       own_all(a, b, c, d, f, g);
                   },
               },
               what);
}

void EventLog::add(const kernel::Place& place, const Event& event) {
    entries_.push_back({place, event});
    own_what(entries_.back().event.what);
}

void EventLog::clear() {
    entries_.clear();
    addresses_.clear();
    messages_.clear();
    large_.clear();
    block_ = used_ = 0;
}

} // namespace postopolis::trace
