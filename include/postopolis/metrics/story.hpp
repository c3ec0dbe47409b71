// The story of a message: hop by hop, who did what, when, and why it took so long.
//
// A StoryTeller listens to a run (a run is deterministic, so it can be run again for this) and keeps all that
// happens to the selected letters, with the reports about them, and nothing else. What is known only later
// to belong to them is kept meanwhile, within bounds: look-ups, failed connections and the lines of dialogues
// at hosts that have a selected copy, of connections that are open and of the 256 that closed last. A
// connection's dialogue belongs to a letter if message content, an acceptance or a transfer says so, or
// if its envelope (MAIL and RCPT) names the letter's sender and recipient. Lines from before a letter was
// composed are not known.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "postopolis/trace/bus.hpp"
#include "postopolis/trace/ledger.hpp"

namespace postopolis::metrics {

/// Which letters: all that is said must hold; nothing said is every letter.
struct Selection {
    std::uint64_t number = 0; ///< in the order of composition, from 1; 0 is any
    std::string message_id;   ///< whole, with or without angle brackets
    std::string subject;      ///< a part of it, without regard to case
    std::string recipient;    ///< a part of the address of one recipient, without regard to case
    std::string anything;     ///< a part of subject, Message-ID, sender or a recipient

    bool matches(std::uint64_t letter_number, const trace::Composed& composed) const;
    bool matches(std::uint64_t letter_number, const trace::LetterRecord& letter,
                 const trace::Ledger& ledger) const;
};

/// What a person writes: "17" or "#17" is a number, "<...>" a Message-ID, else anything.
Selection parse_selection(std::string_view text);

struct StoryOptions {
    bool postal = false;   ///< in the words of the post office
    bool dialogue = false; ///< with what was said (the StoryTeller must have been told to listen for it)
    bool headers = false;  ///< with the header as the reader sees it, explained
    int width = 80;        ///< columns, at least 60
    bool colour = false;
    bool ascii = false;
    std::int64_t start_unix_seconds = 0; ///< calendar instant of virtual time 0
};

struct StoryRecord;

class StoryTeller final : public trace::Observer {
public:
    struct Settings {
        bool dialogue = false; ///< listen for what is said: makes the model render it
        std::size_t letters =
            8; ///< keep at most so many of those that match (reports about them not counted)
    };
    explicit StoryTeller(Selection selection);
    StoryTeller(Selection selection, Settings settings);
    ~StoryTeller() override;

    trace::KindMask listens_for() const override;
    void on_event(const trace::Event& event) override;

    /// Letters that matched, the ones beyond `Settings::letters` too.
    std::uint64_t matched() const;
    /// The stories, each followed by those of the reports about its letter; empty if nothing matched.
    std::string tell(const StoryOptions& options = {}) const;
    /// The same for programs: one JSON object {"stories": [...]}, times in seconds since virtual time 0.
    std::string story_json() const;

private:
    Selection selection_;
    Settings settings_;
    std::unique_ptr<StoryRecord> record_;
};

struct ListOptions {
    int width = 80;
    std::size_t limit = 40; ///< letters, then "... and so many more"
    bool ascii = false;
    std::int64_t start_unix_seconds = 0;
};

/// The letters that match, one a line with number, time, sender, recipients, subject and fates, to pick from.
std::string list_letters(const trace::Ledger& ledger, const Selection& selection,
                         const ListOptions& options = {});

} // namespace postopolis::metrics
