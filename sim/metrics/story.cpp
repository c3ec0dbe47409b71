// Listening: what of a run belongs to the selected letters. The rules are in story.hpp.
#include "postopolis/metrics/story.hpp"

#include <charconv>

#include "metrics/layout.hpp"
#include "metrics/story_record.hpp"

namespace postopolis::metrics {
namespace {

std::string_view bare(std::string_view message_id) {
    if (message_id.size() >= 2 && message_id.front() == '<' && message_id.back() == '>')
        return message_id.substr(1, message_id.size() - 2);
    return message_id;
}

/// What a selection looks at, wherever it comes from.
struct Face {
    std::uint64_t number;
    std::string_view message_id, subject;
    std::string sender;
};

template<class AnyRecipient>
bool holds(const Selection& s, const Face& face, const AnyRecipient& any_recipient) {
    using layout::contains_without_case;
    if (s.number != 0 && s.number != face.number) return false;
    if (!s.message_id.empty() && bare(s.message_id) != bare(face.message_id)) return false;
    if (!s.subject.empty() && !contains_without_case(face.subject, s.subject)) return false;
    if (!s.recipient.empty() && !any_recipient(s.recipient)) return false;
    return s.anything.empty() || contains_without_case(face.subject, s.anything) ||
           contains_without_case(face.message_id, s.anything) ||
           contains_without_case(face.sender, s.anything) || any_recipient(s.anything);
}

bool address_contains(const mail::AddressPtr& address, std::string_view part) {
    return address && layout::contains_without_case(address->text(), part);
}

template<class AnyAddress>
std::string text_of(const AnyAddress& address) {
    return address ? address->text() : std::string();
}

} // namespace

bool Selection::matches(std::uint64_t letter_number, const trace::Composed& c) const {
    return holds(*this, {letter_number, c.message_id, c.subject, anything.empty() ? "" : text_of(c.sender)},
                 [&](std::string_view part) {
                     for (const mail::AddressPtr& r : c.recipients)
                         if (address_contains(r, part)) return true;
                     return false;
                 });
}

bool Selection::matches(std::uint64_t letter_number, const trace::LetterRecord& letter,
                        const trace::Ledger& ledger) const {
    return holds(*this, {letter_number, letter.message_id, letter.subject, text_of(letter.sender)},
                 [&](std::string_view part) {
                     for (CopyId id : letter.copies) {
                         const trace::Found<trace::CopyRecord> copy = ledger.copy(id);
                         if (copy && address_contains(copy->recipient, part)) return true;
                     }
                     return false;
                 });
}

Selection parse_selection(std::string_view text) {
    Selection s;
    std::string_view digits = text;
    if (digits.starts_with('#')) digits.remove_prefix(1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), s.number);
    if (error == std::errc() && end == digits.data() + digits.size() && s.number != 0) return s;
    s.number = 0;
    if (text.size() > 2 && text.front() == '<' && text.back() == '>')
        s.message_id = text;
    else
        s.anything = text;
    return s;
}

StoryTeller::StoryTeller(Selection selection) : StoryTeller(std::move(selection), Settings{}) {}
StoryTeller::StoryTeller(Selection selection, Settings settings)
    : selection_(std::move(selection)), settings_(settings), record_(std::make_unique<StoryRecord>()) {}
StoryTeller::~StoryTeller() = default;

trace::KindMask StoryTeller::listens_for() const {
    return settings_.dialogue ? trace::kMailLevel | trace::kinds<trace::Spoke>() : trace::kMailLevel;
}

std::uint64_t StoryTeller::matched() const {
    return record_->letters_matched;
}

void StoryTeller::on_event(const trace::Event& event) {
    StoryRecord& r = *record_;
    ++r.events_told;
    if (const auto* spoke = std::get_if<trace::Spoke>(&event.what)) return r.hear(event, *spoke);
    if (const auto* composed = std::get_if<trace::Composed>(&event.what)) {
        ++r.letters_composed;
        const bool follow = is_report(composed->kind) && r.tale(composed->about) != nullptr;
        const bool matches = selection_.matches(r.letters_composed, *composed);
        r.letters_matched += matches ? 1 : 0;
        if (follow || (matches && r.selected.size() < settings_.letters)) r.compose(event, *composed, follow);
        return;
    }
    if (r.tales.empty()) return;
    if (Tale* tale = r.tale(r.owner(event.what))) return r.keep(event, *tale);
    r.stand_by(event);
}

} // namespace postopolis::metrics
