// Book-keeping of copies, and the checks that make it a ledger.
#include "postopolis/trace/ledger.hpp"

#include <utility>

#include "postopolis/kernel/check.hpp"
#include "trace/ledger_books.hpp"

namespace postopolis::trace {
namespace {

std::string id_text(std::uint64_t id) { return std::to_string(node_of(id)) + "." + std::to_string(count_of(id)); }

} // namespace

KindMask Ledger::listens_for() const {
    return kinds<Composed, Passed, Accepted, Deferred, Delivered, Fetched, Bounced, Rejected, Discarded, Lost, Expanded,
                 Doubted>();
}

void Ledger::on_event(const Event& event) {
    std::visit(
        [&](const auto& what) {
            if constexpr (requires { handle(event, what); }) handle(event, what);
        },
        event.what);
}

void Ledger::breach(const Event& event, std::string what) {
    std::string text = std::string(kind_name(event.what)) + " at " + kernel::exact_text(event.time.since_start()) +
                       " by node " + std::to_string(event.node) + ": " + what;
    if (mode_ == Mode::strict) kernel::check(false, text.c_str());
    breaches_.push_back(std::move(text));
}

/// A copy that was found, and its state to write in; nowhere if there is none.
struct Ledger::Entry {
    std::uint32_t place = kNowhere;
    CopyState* state = nullptr;
    explicit operator bool() const { return state != nullptr; }
    CopyState* operator->() const { return state; }
};

Ledger::Ledger(Mode mode) : mode_(mode), books_(std::make_unique<LedgerBooks>()) {}
Ledger::~Ledger() = default;

std::size_t Ledger::copy_count() const { return books_->copies(); }
std::size_t Ledger::letter_count() const { return books_->letters(); }
CopyRecord Ledger::copy_at(std::size_t index) const { return books_->copy_record(static_cast<std::uint32_t>(index)); }
LetterRecord Ledger::letter_at(std::size_t index) const {
    return books_->letter_record(static_cast<std::uint32_t>(index));
}
bool Ledger::has_copy(CopyId id) const { return books_->copy(id) != kNowhere; }
const std::string& Ledger::text(std::uint32_t index) const { return books_->texts[index]; }

Found<CopyRecord> Ledger::copy(CopyId id) const {
    const std::uint32_t place = books_->copy(id);
    return place == kNowhere ? Found<CopyRecord>() : Found<CopyRecord>(books_->copy_record(place));
}

Found<LetterRecord> Ledger::letter(LetterId id) const {
    const std::uint32_t place = books_->letter(id);
    return place == kNowhere ? Found<LetterRecord>() : Found<LetterRecord>(books_->letter_record(place));
}

std::uint64_t Ledger::letter_number(LetterId id) const {
    const std::uint32_t place = books_->letter(id);
    return place == kNowhere ? 0 : std::uint64_t{place} + 1;
}

Ledger::Entry Ledger::live(const Event& e, CopyId id) {
    std::uint32_t place = books_->copy(id);
    if (place == kNowhere) {
        // A peer took copies that the client has given up waiting for: from here on there are two of them.
        const auto doubted = books_->doubted.find(id);
        if (doubted == books_->doubted.end()) {
            breach(e, "copy " + id_text(id) + " was never composed");
            return {};
        }
        LedgerBooks::Doubt revived = std::move(doubted->second);
        books_->doubted.erase(doubted);
        revived.state.duplicate = true;
        place = static_cast<std::uint32_t>(books_->copies());
        books_->add_copy(id, revived.recipient, revived.letter, revived.state, false);
    }
    CopyState* const open = books_->opened_copy(place);
    const Fate fate = open != nullptr ? open->fate : books_->fate(place);
    if (fate != Fate::in_transit && fate != Fate::delivered && fate != Fate::junk) {
        breach(e, "copy " + id_text(id) + " has met its fate (" + std::string(name(fate)) + ") already");
        return {};
    }
    return {place, open != nullptr ? open : &books_->open(place)};
}

void Ledger::check_unfiled(const Event& e, CopyId id, Fate fate, std::string_view happens) {
    if (fate != Fate::in_transit) breach(e, "copy " + id_text(id) + std::string(happens) + " after it was filed");
}

void Ledger::handle(const Event& e, const Composed& c) {
    if (books_->letter(c.letter) != kNowhere) return breach(e, "letter " + id_text(c.letter) + " composed twice");
    std::uint32_t fresh = 0;
    for (CopyId id : c.copies) fresh += books_->copy(id) == kNowhere ? 1U : 0U;
    const std::uint32_t letter = books_->add_letter(e.time, c, fresh);
    for (std::size_t i = 0; i < c.copies.size(); ++i) {
        if (books_->copy(c.copies[i]) != kNowhere) {
            breach(e, "copy " + id_text(c.copies[i]) + " composed twice");
            continue;
        }
        CopyState state;
        state.recipient_kind = i < c.kinds.size() ? c.kinds[i] : RecipientKind::to;
        state.accounted = state.settled = state.offered = e.time;
        books_->add_copy(c.copies[i], c.recipients[i], letter, state, true);
    }
}

void Ledger::handle(const Event& e, const Passed& p) {
    if (p.spent.total() != e.time - p.begin)
        breach(e, "the causes of a " + std::string(name(p.stage)) + " stage add up to " +
                      kernel::exact_text(p.spent.total()) + " and not to " + kernel::exact_text(e.time - p.begin));
    for (CopyId id : p.copies) {
        const Entry copy = live(e, id);
        if (!copy) continue;
        if (copy->accounted != p.begin)
            breach(e, "copy " + id_text(id) + ": a " + std::string(name(p.stage)) + " stage begins at " +
                          kernel::exact_text(p.begin.since_start()) + ", the last one ended at " +
                          kernel::exact_text(copy->accounted.since_start()));
        if (p.stage != Passed::Stage::pickup) check_unfiled(e, id, copy->fate, " goes on");
        if (p.stage == Passed::Stage::transfer || p.stage == Passed::Stage::submission) {
            copy->offered = p.begin;
            copy->spent_when_offered = copy->spent;
        }
        copy->spent += p.spent;
        copy->accounted = e.time;
    }
}

void Ledger::handle(const Event& e, const Accepted& a) {
    const std::uint32_t host = books_->texts.number(a.host);
    for (CopyId id : a.copies) {
        const Entry copy = live(e, id);
        if (!copy) continue;
        check_unfiled(e, id, copy->fate, " goes on");
        if (copy->accounted != e.time) breach(e, "copy " + id_text(id) + " is accepted with time unaccounted for");
        ++copy->transfers;
        copy->place = host;
    }
}

void Ledger::handle(const Event& e, const Deferred& d) {
    const std::uint32_t reason = books_->texts.number(d.reason.text);
    for (CopyId id : d.copies) {
        const Entry copy = live(e, id);
        if (!copy) continue;
        check_unfiled(e, id, copy->fate, " is deferred");
        ++copy->deferrals;
        copy->code = d.reason.code;
        copy->reason = reason;
    }
}

void Ledger::handle(const Event& e, const Doubted& d) {
    for (std::size_t i = 0; i < d.copies.size() && i < d.renamed.size(); ++i) {
        const std::uint32_t place = books_->copy(d.copies[i]);
        if (place == kNowhere) {
            breach(e, "copy " + id_text(d.copies[i]) + " is doubted but unknown");
            continue;
        }
        CopyState copy = books_->state(place);
        const std::uint32_t letter = books_->letter_of(place);
        const mail::AddressPtr recipient = books_->recipient(place);
        if (copy.accounted <= d.begin) {
            // Not taken so far: the client's copy goes on under its new name. (Where the copy is says nothing: in a
            // loop it may have been taken and be back.)
            books_->doubted.emplace(d.copies[i], LedgerBooks::Doubt{copy, recipient, letter});
            books_->rename(place, d.renamed[i]);
            continue;
        }
        copy.duplicate = true;
        copy.fetched = false;
        copy.fate = Fate::in_transit;
        copy.place = books_->texts.number(d.host);
        if (copy.offered == d.begin) {
            copy.spent = copy.spent_when_offered;
        } else {
            // The copy has been handed on again meanwhile: what made up its way here is not known any more.
            copy.spent = Account();
            copy.spent.add(Cause::transit, d.begin - books_->composed(letter));
        }
        copy.accounted = copy.offered = d.begin;
        copy.spent_to_fate = Account();
        books_->add_copy(d.renamed[i], recipient, letter, copy, false);
    }
}

void Ledger::handle(const Event& e, const Expanded& x) {
    const Entry copy = live(e, x.copy);
    if (!copy) return;
    const CopyState origin = *copy.state;
    const std::uint32_t letter = books_->letter_of(copy.place);
    settle(e, x.copy, Fate::expanded, x.by, {}, 0, 0);
    if (origin.fate != Fate::in_transit) return; // refused: nothing comes out of a copy that is filed
    for (std::size_t i = 0; i < x.into.size(); ++i)
        books_->add_copy(x.into[i], x.recipients[i], letter, origin, false);
}

void Ledger::handle(const Event& e, const Fetched& f) {
    const Entry copy = live(e, f.copy);
    if (!copy) return;
    if (copy->fate == Fate::in_transit) breach(e, "copy " + id_text(f.copy) + " is fetched before it was filed");
    if (copy->accounted != e.time) breach(e, "copy " + id_text(f.copy) + " is fetched with time unaccounted for");
    copy->fetched = true;
    copy->read = e.time;
    books_->close(copy.place);
}

void Ledger::settle(const Event& e, CopyId id, Fate fate, std::string_view by, std::string_view why,
                    std::uint16_t code, LetterId report) {
    const Entry copy = live(e, id);
    if (!copy) return;
    if (copy->fate != Fate::in_transit)
        return breach(e, "copy " + id_text(id) + " has met its fate (" + std::string(name(copy->fate)) + ") already");
    if (copy->accounted != e.time)
        breach(e, "copy " + id_text(id) + " meets its fate with time unaccounted for since " +
                      kernel::exact_text(copy->accounted.since_start()));
    copy->fate = fate;
    copy->settled = e.time;
    copy->spent_to_fate = copy->spent;
    copy->place = books_->texts.number(by);
    copy->report = report;
    if (!why.empty()) copy->reason = books_->texts.number(why);
    if (code != 0) copy->code = code;
    books_->close(copy.place);
}

void Ledger::handle(const Event& e, const Delivered& d) {
    settle(e, d.copy, d.junk ? Fate::junk : Fate::delivered, d.host, {}, 0, 0);
}

void Ledger::handle(const Event& e, const Bounced& b) {
    for (CopyId id : b.copies) settle(e, id, Fate::bounced, b.host, b.reason.text, b.reason.code, b.report);
}

void Ledger::handle(const Event& e, const Rejected& r) {
    for (CopyId id : r.copies) settle(e, id, Fate::rejected, r.by, r.reason.text, r.reason.code, 0);
}

void Ledger::handle(const Event& e, const Discarded& d) {
    for (CopyId id : d.copies) settle(e, id, Fate::discarded, d.by, d.why, 0, 0);
}

void Ledger::handle(const Event& e, const Lost& l) {
    for (CopyId id : l.copies) settle(e, id, Fate::lost, l.by, l.why, 0, 0);
}

std::array<std::uint64_t, kLetterKinds> Ledger::letter_kinds() const {
    std::array<std::uint64_t, kLetterKinds> counts{};
    for (std::uint32_t i = 0; i < books_->letters(); ++i) ++counts[static_cast<std::size_t>(books_->kind(i))];
    return counts;
}

std::array<std::uint64_t, kFates> Ledger::fates() const {
    std::array<std::uint64_t, kFates> counts{};
    for (std::uint32_t i = 0; i < books_->copies(); ++i) ++counts[static_cast<std::size_t>(books_->fate(i))];
    return counts;
}

std::vector<std::string> Ledger::audit() const {
    std::vector<std::string> wrong = breaches_;
    if (const std::uint64_t listed = books_->listed(); listed != books_->copies())
        wrong.push_back("the letters list " + std::to_string(listed) + " copies, the ledger has " +
                        std::to_string(books_->copies()));
    for (std::uint32_t i = 0; i < books_->copies(); ++i) {
        const CopyState c = books_->state(i);
        const Time composed = books_->composed(books_->letter_of(i));
        if (c.spent.total() != c.accounted - composed)
            wrong.push_back("copy " + id_text(books_->id(i)) + ": the causes add up to " +
                            kernel::exact_text(c.spent.total()) + ", the delay is " +
                            kernel::exact_text(c.accounted - composed));
        if (c.fate != Fate::in_transit && c.spent_to_fate.total() != c.settled - composed)
            wrong.push_back("copy " + id_text(books_->id(i)) + ": the causes up to its fate do not add up");
    }
    return wrong;
}

} // namespace postopolis::trace
