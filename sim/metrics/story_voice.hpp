// Says one event of a letter's story in a sentence, in either register.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "metrics/layout.hpp"
#include "metrics/story_record.hpp"
#include "postopolis/metrics/words.hpp"

namespace postopolis::metrics {

class StoryVoice {
public:
    StoryVoice(const StoryRecord& record, Register words, std::int64_t start)
        : record_(record), words_(words), calendar_(start) {}

    /// The sentence, or nothing for what goes without saying. `tale` is the letter that the story is about.
    std::optional<std::string> say(const Tale& tale, const trace::Event& event) const;
    /// "From A to B in 120 ms: transit 100 ms, service 20 ms."; nothing for a stage that took no time.
    std::optional<std::string> say_stage(const trace::Passed& p, trace::Duration took) const;

    /// "bob@b.example, carol@c.example and 3 others"
    std::string names(std::span<const CopyId> copies) const;
    std::string names(std::span<const mail::AddressPtr> addresses) const;
    std::string recipient(CopyId copy) const;
    const layout::Calendar& calendar() const { return calendar_; }
    Register words() const { return words_; }

private:
    std::string instant(Time t, Time now) const;
    std::string report(LetterId id) const;
    std::string sentence_of(const Tale& t, const trace::Event& e, const trace::Composed& c) const;
    std::string sentence_of(const Tale& t, const trace::Event& e, const trace::Accepted& a) const;
    std::string sentence_of(const Tale& t, const trace::Event& e, const trace::Deferred& d) const;
    std::string sentence_of(const Tale& t, const trace::Event& e, const trace::Delivered& d) const;
    std::string sentence_of(const Tale& t, const trace::Event& e, const trace::Fetched& f) const;
    std::string sentence_of(const Tale& t, const trace::Event& e, const trace::Bounced& b) const;
    std::string sentence_of(const Tale& t, const trace::Event& e, const trace::Warned& w) const;
    std::string sentence_of(const Tale& t, const trace::Event& e, const trace::Rejected& r) const;
    std::string sentence_of(const Tale& t, const trace::Event& e, const trace::Discarded& d) const;
    std::string sentence_of(const Tale& t, const trace::Event& e, const trace::Lost& l) const;
    std::string sentence_of(const Tale& t, const trace::Event& e, const trace::Expanded& x) const;
    std::string sentence_of(const Tale& t, const trace::Event& e, const trace::Doubted& d) const;
    std::string sentence_of(const Tale& t, const trace::Event& e, const trace::Connected& c) const;
    std::string sentence_of(const Tale& t, const trace::Event& e, const trace::ConnectFailed& c) const;
    std::string sentence_of(const Tale& t, const trace::Event& e, const trace::LookedUp& l) const;
    std::string sentence_of(const Tale& t, const trace::Event& e, const trace::HostWentDown& h) const;
    std::string sentence_of(const Tale& t, const trace::Event& e, const trace::HostCameUp& h) const;

    const StoryRecord& record_;
    Register words_;
    layout::Calendar calendar_;
};

/// "450 4.7.1 Greylisted", without saying twice what the text says already.
std::string reason_text(const trace::Reason& reason);

} // namespace postopolis::metrics
