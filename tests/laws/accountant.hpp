// A second pair of books: what the ledgers claim, worked out again from the events alone and in another way.
//
// Keeps every stage of every copy, so that at the end the whole way can be added up; knows nothing of
// trace::Ledger.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "postopolis/trace/bus.hpp"

namespace postopolis::laws {

class Accountant final : public trace::Observer {
public:
    struct Stage {
        kernel::Time begin, end;
        trace::Account spent;
    };
    struct Copy {
        trace::LetterId letter = 0;
        kernel::Time composed;
        std::vector<Stage> stages;
        std::vector<std::pair<kernel::Time, int>> hops; ///< Received fields at each acceptance
        std::optional<trace::Fate> fate;
        kernel::Time settled;
        std::string mailbox;
        int fetches = 0;
        bool dormant =
            false; ///< its client goes on with it under another id, and nobody else has been seen with it
    };

    trace::KindMask listens_for() const override { return trace::kAllKinds; }
    void on_event(const trace::Event& event) override;

    /// After the run. What is wrong, in words.
    std::vector<std::string> close_books();
    /// Copies without the dormant ones.
    std::map<trace::CopyId, const Copy*> copies() const;
    std::size_t fates(trace::Fate fate) const;
    std::uint64_t composed() const { return composed_; }
    std::uint64_t duplicates() const { return duplicates_; }

private:
    struct Letter {
        trace::LetterKind kind = trace::LetterKind::letter;
        trace::LetterId about = 0;
        mail::AddressPtr sender;
        std::vector<mail::AddressPtr> recipients;
    };
    void wrong(const trace::Event& e, const std::string& what);
    Copy* touch(const trace::Event& e, trace::CopyId id);
    void settle(const trace::Event& e, trace::CopyId id, trace::Fate fate);
    void handle(const trace::Event& e, const trace::Composed& c);
    void handle(const trace::Event& e, const trace::Passed& p);
    void handle(const trace::Event& e, const trace::Accepted& a);
    void handle(const trace::Event& e, const trace::Deferred& d);
    void handle(const trace::Event& e, const trace::Doubted& d);
    void handle(const trace::Event& e, const trace::Delivered& d);
    void handle(const trace::Event& e, const trace::Fetched& f);
    void handle(const trace::Event& e, const trace::Bounced& b);
    void handle(const trace::Event& e, const trace::Rejected& r);
    void handle(const trace::Event& e, const trace::Discarded& d);
    void handle(const trace::Event& e, const trace::Lost& l);
    void handle(const trace::Event& e, const trace::HostWentDown& d);
    void check_way(trace::CopyId id, const Copy& copy);

    std::map<trace::CopyId, Copy> copies_;
    std::map<trace::LetterId, Letter> letters_;
    std::map<trace::LetterId, trace::LetterId> reports_expected_; ///< report -> letter
    std::set<std::pair<kernel::Time, std::string>> disks_lost_;
    std::uint64_t composed_ = 0, duplicates_ = 0;
    std::vector<std::string> wrong_;
};

} // namespace postopolis::laws
