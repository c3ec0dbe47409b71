// An event that outlives its telling: a copy whose views and spans point into itself.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "postopolis/trace/event.hpp"

namespace postopolis::metrics {

class KeptEvent {
public:
    explicit KeptEvent(const trace::Event& event);
    KeptEvent(const KeptEvent&) = delete;
    KeptEvent& operator=(const KeptEvent&) = delete;

    const trace::Event& event() const { return event_; }

private:
    std::string_view keep(std::string_view text);
    std::span<const trace::CopyId> keep(std::span<const trace::CopyId> ids);
    template<class T>
    void own(T& what);

    trace::Event event_;
    std::vector<std::unique_ptr<const std::string>> texts_;
    std::vector<std::unique_ptr<const std::vector<trace::CopyId>>> ids_;
    mail::AddressPtr sender_;
    std::vector<mail::AddressPtr> addresses_;
    std::vector<trace::RecipientKind> kinds_;
    mail::Message message_;
};
using KeptPtr = std::shared_ptr<const KeptEvent>;

/// The letter and the copies that an event of mail is about; none for the others.
trace::LetterId letter_of(const trace::What& what);
std::span<const trace::CopyId> copies_of(const trace::What& what);

} // namespace postopolis::metrics
