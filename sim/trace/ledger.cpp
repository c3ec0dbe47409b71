// Book-keeping of copies, and the checks that make it a ledger.
#include "postopolis/trace/ledger.hpp"

#include <algorithm>

#include "postopolis/kernel/check.hpp"

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

std::uint32_t Ledger::intern(std::string_view text) {
    if (text.empty()) return 0;
    auto [it, fresh] = text_index_.try_emplace(std::string(text), static_cast<std::uint32_t>(texts_.size()));
    if (fresh) texts_.emplace_back(text);
    return it->second;
}

CopyRecord* Ledger::find(CopyId id) {
    auto found = by_copy_.find(id);
    return found == by_copy_.end() ? nullptr : &copies_[found->second];
}

const CopyRecord* Ledger::copy(CopyId id) const {
    auto found = by_copy_.find(id);
    return found == by_copy_.end() ? nullptr : &copies_[found->second];
}

const LetterRecord* Ledger::letter(LetterId id) const {
    auto found = by_letter_.find(id);
    return found == by_letter_.end() ? nullptr : &letters_[found->second];
}

CopyRecord& Ledger::append(CopyRecord record) {
    by_copy_[record.id] = static_cast<std::uint32_t>(copies_.size());
    if (auto letter = by_letter_.find(record.letter); letter != by_letter_.end())
        letters_[letter->second].copies.push_back(record.id);
    copies_.push_back(std::move(record));
    return copies_.back();
}

CopyRecord* Ledger::live(const Event& e, CopyId id) {
    CopyRecord* record = find(id);
    if (record == nullptr) {
        // A peer took copies that the client has given up waiting for: from here on there are two of them.
        auto doubted = doubted_.find(id);
        if (doubted == doubted_.end()) {
            breach(e, "copy " + id_text(id) + " was never composed");
            return nullptr;
        }
        CopyRecord revived = doubted->second;
        doubted_.erase(doubted);
        revived.duplicate = true;
        record = &append(std::move(revived));
    }
    if (record->fate != Fate::in_transit && record->fate != Fate::delivered && record->fate != Fate::junk) {
        breach(e, "copy " + id_text(id) + " has met its fate (" + std::string(name(record->fate)) + ") already");
        return nullptr;
    }
    return record;
}

void Ledger::handle(const Event& e, const Composed& c) {
    if (!by_letter_.try_emplace(c.letter, static_cast<std::uint32_t>(letters_.size())).second)
        return breach(e, "letter " + id_text(c.letter) + " composed twice");
    LetterRecord letter;
    letter.id = c.letter;
    letter.about = c.about;
    letter.kind = c.kind;
    letter.composed = e.time;
    letter.sender = c.sender;
    letter.subject = c.subject;
    letter.message_id = c.message_id;
    letter.size = c.size;
    letters_.push_back(std::move(letter));
    for (std::size_t i = 0; i < c.copies.size(); ++i) {
        if (find(c.copies[i]) != nullptr) {
            breach(e, "copy " + id_text(c.copies[i]) + " composed twice");
            continue;
        }
        CopyRecord record;
        record.id = c.copies[i];
        record.letter = c.letter;
        record.recipient = c.recipients[i];
        record.recipient_kind = i < c.kinds.size() ? c.kinds[i] : RecipientKind::to;
        record.kind = c.kind;
        record.composed = record.accounted = record.settled = record.offered = e.time;
        append(std::move(record));
    }
}

void Ledger::handle(const Event& e, const Passed& p) {
    if (p.spent.total() != e.time - p.begin)
        breach(e, "the causes of a " + std::string(name(p.stage)) + " stage add up to " +
                      kernel::exact_text(p.spent.total()) + " and not to " + kernel::exact_text(e.time - p.begin));
    for (CopyId id : p.copies) {
        CopyRecord* record = live(e, id);
        if (record == nullptr) continue;
        if (record->accounted != p.begin)
            breach(e, "copy " + id_text(id) + ": a " + std::string(name(p.stage)) + " stage begins at " +
                          kernel::exact_text(p.begin.since_start()) + ", the last one ended at " +
                          kernel::exact_text(record->accounted.since_start()));
        if (record->fate != Fate::in_transit && p.stage != Passed::Stage::pickup)
            breach(e, "copy " + id_text(id) + " goes on after it was filed");
        if (p.stage == Passed::Stage::transfer || p.stage == Passed::Stage::submission) {
            record->offered = p.begin;
            record->spent_when_offered = record->spent;
        }
        record->spent += p.spent;
        record->accounted = e.time;
    }
}

void Ledger::handle(const Event& e, const Accepted& a) {
    const std::uint32_t host = intern(a.host);
    for (CopyId id : a.copies) {
        CopyRecord* record = live(e, id);
        if (record == nullptr) continue;
        if (record->fate != Fate::in_transit) breach(e, "copy " + id_text(id) + " goes on after it was filed");
        if (record->accounted != e.time) breach(e, "copy " + id_text(id) + " is accepted with time unaccounted for");
        ++record->transfers;
        record->place = host;
    }
}

void Ledger::handle(const Event& e, const Deferred& d) {
    const std::uint32_t reason = intern(d.reason.text);
    for (CopyId id : d.copies) {
        CopyRecord* record = live(e, id);
        if (record == nullptr) continue;
        if (record->fate != Fate::in_transit) breach(e, "copy " + id_text(id) + " is deferred after it was filed");
        ++record->deferrals;
        record->code = d.reason.code;
        record->reason = reason;
    }
}

void Ledger::handle(const Event& e, const Doubted& d) {
    for (std::size_t i = 0; i < d.copies.size() && i < d.renamed.size(); ++i) {
        CopyRecord* record = find(d.copies[i]);
        if (record == nullptr) {
            breach(e, "copy " + id_text(d.copies[i]) + " is doubted but unknown");
            continue;
        }
        if (record->accounted <= d.begin) {
            // Not taken so far: the client's copy goes on under its new name. (Where the copy is says nothing: in a
            // loop it may have been taken and be back.)
            doubted_.emplace(record->id, *record);
            const std::uint32_t index = by_copy_[record->id];
            by_copy_.erase(record->id);
            std::vector<CopyId>& listed = letters_[by_letter_[record->letter]].copies;
            std::replace(listed.begin(), listed.end(), record->id, d.renamed[i]);
            record->id = d.renamed[i];
            by_copy_[record->id] = index;
            continue;
        }
        CopyRecord copy = *record;
        copy.id = d.renamed[i];
        copy.duplicate = true;
        copy.fetched = false;
        copy.fate = Fate::in_transit;
        copy.place = intern(d.host);
        if (copy.offered == d.begin) {
            copy.spent = copy.spent_when_offered;
        } else {
            // The copy has been handed on again meanwhile: what made up its way here is not known any more.
            copy.spent = Account();
            copy.spent.add(Cause::transit, d.begin - copy.composed);
        }
        copy.accounted = copy.offered = d.begin;
        copy.spent_to_fate = Account();
        append(std::move(copy));
    }
}

void Ledger::handle(const Event& e, const Expanded& x) {
    CopyRecord* record = live(e, x.copy);
    if (record == nullptr) return;
    CopyRecord origin = *record;
    settle(e, x.copy, Fate::expanded, x.by, {}, 0, 0);
    if (origin.fate != Fate::in_transit) return; // refused: nothing comes out of a copy that is filed
    for (std::size_t i = 0; i < x.into.size(); ++i) {
        CopyRecord copy = origin;
        copy.id = x.into[i];
        copy.recipient = x.recipients[i];
        append(std::move(copy));
    }
}

void Ledger::handle(const Event& e, const Fetched& f) {
    CopyRecord* record = live(e, f.copy);
    if (record == nullptr) return;
    if (record->fate == Fate::in_transit) breach(e, "copy " + id_text(f.copy) + " is fetched before it was filed");
    if (record->accounted != e.time) breach(e, "copy " + id_text(f.copy) + " is fetched with time unaccounted for");
    record->fetched = true;
    record->read = e.time;
}

void Ledger::settle(const Event& e, CopyId id, Fate fate, std::string_view by, std::string_view why,
                    std::uint16_t code, LetterId report) {
    CopyRecord* record = live(e, id);
    if (record == nullptr) return;
    if (record->fate != Fate::in_transit)
        return breach(e, "copy " + id_text(id) + " has met its fate (" + std::string(name(record->fate)) + ") already");
    if (record->accounted != e.time)
        breach(e, "copy " + id_text(id) + " meets its fate with time unaccounted for since " +
                      kernel::exact_text(record->accounted.since_start()));
    record->fate = fate;
    record->settled = e.time;
    record->spent_to_fate = record->spent;
    record->place = intern(by);
    record->report = report;
    if (!why.empty()) record->reason = intern(why);
    if (code != 0) record->code = code;
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

std::array<std::uint64_t, kFates> Ledger::fates() const {
    std::array<std::uint64_t, kFates> counts{};
    for (const CopyRecord& c : copies_) ++counts[static_cast<std::size_t>(c.fate)];
    return counts;
}

std::vector<std::string> Ledger::audit() const {
    std::vector<std::string> wrong = breaches_;
    std::uint64_t listed = 0;
    for (const LetterRecord& letter : letters_) listed += letter.copies.size();
    if (listed != copies_.size())
        wrong.push_back("the letters list " + std::to_string(listed) + " copies, the ledger has " +
                        std::to_string(copies_.size()));
    for (const CopyRecord& c : copies_) {
        if (c.spent.total() != c.accounted - c.composed)
            wrong.push_back("copy " + id_text(c.id) + ": the causes add up to " + kernel::exact_text(c.spent.total()) +
                            ", the delay is " + kernel::exact_text(c.accounted - c.composed));
        if (c.fate != Fate::in_transit && c.spent_to_fate.total() != c.settled - c.composed)
            wrong.push_back("copy " + id_text(c.id) + ": the causes up to its fate do not add up");
    }
    return wrong;
}

} // namespace postopolis::trace
