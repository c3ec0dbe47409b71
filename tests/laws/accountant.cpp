// See accountant.hpp.
#include "accountant.hpp"

#include <algorithm>

namespace postopolis::laws {

using trace::CopyId;
using trace::Event;
using trace::Fate;

namespace {

std::string id_text(std::uint64_t id) {
    return std::to_string(trace::node_of(id)) + "." + std::to_string(trace::count_of(id));
}

/// Received fields in the text of a message's header.
int received_in(const std::string& text) {
    const std::size_t end = text.find("\r\n\r\n");
    int count = text.starts_with("Received:") ? 1 : 0;
    for (std::size_t at = text.find("\r\nReceived:"); at < end; at = text.find("\r\nReceived:", at + 1))
        ++count;
    return count;
}

} // namespace

void Accountant::on_event(const Event& event) {
    std::visit(
        [&](const auto& what) {
            if constexpr (requires { handle(event, what); }) handle(event, what);
        },
        event.what);
}

void Accountant::wrong(const Event& e, const std::string& what) {
    wrong_.push_back(std::string(trace::kind_name(e.what)) + " at " +
                     kernel::exact_text(e.time.since_start()) + ": " + what);
}

Accountant::Copy* Accountant::touch(const Event& e, CopyId id) {
    auto found = copies_.find(id);
    if (found == copies_.end()) {
        wrong(e, "unknown copy " + id_text(id));
        return nullptr;
    }
    if (found->second.dormant) { // somebody had taken it after all: there are two of it now
        found->second.dormant = false;
        ++duplicates_;
    }
    return &found->second;
}

void Accountant::handle(const Event& e, const trace::Composed& c) {
    if (!letters_
             .try_emplace(c.letter,
                          Letter{c.kind, c.about, c.sender.share(), {c.recipients.begin(), c.recipients.end()}})
             .second)
        wrong(e, "letter " + id_text(c.letter) + " composed twice");
    const bool report = trace::is_report(c.kind);
    if (report == static_cast<bool>(c.sender)) wrong(e, "reports, and only reports, have the null reverse path");
    if (c.recipients.empty() || c.recipients.size() != c.copies.size())
        wrong(e, "one copy for each recipient");
    for (CopyId id : c.copies) {
        Copy copy;
        copy.letter = c.letter;
        copy.composed = e.time;
        ++composed_;
        if (!copies_.emplace(id, std::move(copy)).second) wrong(e, "copy " + id_text(id) + " composed twice");
    }
}

void Accountant::handle(const Event& e, const trace::Passed& p) {
    for (std::size_t i = 0; i < trace::kCauses; ++i)
        if (p.spent.spent(static_cast<trace::Cause>(i)) < kernel::Duration())
            wrong(e, "a cause of negative length");
    for (CopyId id : p.copies) {
        Copy* copy = touch(e, id);
        if (copy == nullptr) continue;
        if (copy->fate && !(copy->fate == Fate::delivered && p.stage == trace::Passed::Stage::pickup))
            wrong(e, "copy " + id_text(id) + " moves after its fate");
        copy->stages.push_back({p.begin, e.time, p.spent});
    }
}

void Accountant::handle(const Event& e, const trace::Accepted& a) {
    if (a.copies.empty()) wrong(e, "nothing was accepted");
    for (CopyId id : a.copies) {
        Copy* copy = touch(e, id);
        if (copy == nullptr) continue;
        if (copy->fate) wrong(e, "copy " + id_text(id) + " is accepted after its fate");
        const int before = copy->hops.empty() ? -1 : copy->hops.back().second;
        const bool own_report = a.connection == 0;
        if (own_report ? a.hops != 0 : a.hops != std::max(before, 0) + 1)
            wrong(e, "copy " + id_text(id) + " comes with " + std::to_string(a.hops) +
                         " Received fields after " + std::to_string(before));
        copy->hops.emplace_back(e.time, a.hops);
    }
}

void Accountant::handle(const Event& e, const trace::Deferred& d) {
    if (d.copies.empty()) wrong(e, "nothing was deferred");
    if (d.next_try <= e.time) wrong(e, "the next try is not later");
    // A 5xx greeting is no verdict on the mail (Postfix's smtp_skip_5xx_greeting), nor is a 552 that means
    // 452.
    if (d.reason.code / 100 != 4 && d.reason.code / 100 != 5)
        wrong(e, "deferred for a reason of " + std::to_string(d.reason.code));
    for (CopyId id : d.copies)
        if (Copy* copy = touch(e, id); copy != nullptr && copy->fate) wrong(e, "deferred after its fate");
}

void Accountant::handle(const Event& e, const trace::Doubted& d) {
    for (std::size_t i = 0; i < d.copies.size(); ++i) {
        auto found = copies_.find(d.copies[i]);
        if (found == copies_.end()) {
            wrong(e, "unknown copy " + id_text(d.copies[i]));
            continue;
        }
        // The client's copy is as it was when the client's stage began.
        Copy twin = found->second;
        std::erase_if(twin.stages, [&](const Stage& s) { return s.end > d.begin; });
        std::erase_if(twin.hops, [&](const auto& h) { return h.first > d.begin; });
        twin.fate.reset();
        twin.fetches = 0;
        const bool taken = found->second.stages.size() > twin.stages.size();
        if (taken)
            ++duplicates_;
        else
            found->second.dormant = true;
        if (!copies_.emplace(d.renamed[i], std::move(twin)).second) wrong(e, "a name is given twice");
    }
}

void Accountant::settle(const Event& e, CopyId id, Fate fate) {
    Copy* copy = touch(e, id);
    if (copy == nullptr) return;
    if (copy->fate) wrong(e, "copy " + id_text(id) + " has a second fate");
    copy->fate = fate;
    copy->settled = e.time;
}

void Accountant::handle(const Event& e, const trace::Delivered& d) {
    settle(e, d.copy, Fate::delivered);
    Copy* copy = touch(e, d.copy);
    if (copy == nullptr) return;
    copy->mailbox = d.mailbox;
    const std::string text = d.message->text();
    if (!text.starts_with("Return-Path: <")) wrong(e, "a filed message begins with " + text.substr(0, 20));
    const int hops = copy->hops.empty() ? -1 : copy->hops.back().second;
    if (received_in(text) != hops)
        wrong(e, "a message that came " + std::to_string(hops) + " hops far has " +
                     std::to_string(received_in(text)) + " Received fields");
    if (text.size() != d.message->size()) wrong(e, "a message is not as long as it says");
}

void Accountant::handle(const Event& e, const trace::Fetched& f) {
    Copy* copy = touch(e, f.copy);
    if (copy == nullptr) return;
    if (copy->fate != Fate::delivered) wrong(e, "fetched what was not filed");
    if (copy->mailbox != f.mailbox) wrong(e, std::string(f.mailbox) + " fetched mail of " + copy->mailbox);
    if (++copy->fetches > 1) wrong(e, "copy " + id_text(f.copy) + " is fetched twice");
}

void Accountant::handle(const Event& e, const trace::Bounced& b) {
    if (b.copies.empty()) wrong(e, "nothing bounced");
    for (CopyId id : b.copies)
        settle(e, id, Fate::bounced);
    reports_expected_[b.report] = b.letter;
    auto letter = letters_.find(b.letter);
    if (letter != letters_.end() && !letter->second.sender) wrong(e, "a report bounced");
}

void Accountant::handle(const Event& e, const trace::Rejected& r) {
    if (r.copies.empty() || r.reason.text.empty()) wrong(e, "rejected without a copy or a reason");
    for (CopyId id : r.copies)
        settle(e, id, Fate::rejected);
}

// Nobody drops mail on purpose here but for senders who want to hear of no failure.
void Accountant::handle(const Event& e, const trace::Discarded& d) {
    if (d.copies.empty() || d.by.empty() || !d.why.starts_with("NOTIFY="))
        wrong(e, "discarded without a copy, a place or the sender's wish");
    for (CopyId id : d.copies)
        settle(e, id, Fate::discarded);
}

void Accountant::handle(const Event& e, const trace::Lost& l) {
    if (l.copies.empty() || l.why.empty() || l.by.empty())
        wrong(e, "lost without a copy, a place or a cause");
    auto letter = letters_.find(l.letter);
    const bool report = letter != letters_.end() && !letter->second.sender;
    if (!report && !disks_lost_.contains({e.time, std::string(l.by)}))
        wrong(e, "mail is lost and no disk was: " + std::string(l.why));
    for (CopyId id : l.copies)
        settle(e, id, Fate::lost);
}

void Accountant::handle(const Event& e, const trace::HostWentDown& d) {
    if (d.queue_lost) disks_lost_.emplace(e.time, std::string(d.host));
}

void Accountant::check_way(CopyId id, const Copy& copy) {
    kernel::Time at = copy.composed;
    for (const Stage& s : copy.stages) {
        if (s.begin != at)
            wrong_.push_back("copy " + id_text(id) + ": a gap from " + kernel::exact_text(at.since_start()) +
                             " to " + kernel::exact_text(s.begin.since_start()));
        at = s.end;
    }
    // A letter is picked up after its fate; all that leads to the fate adds up to it, to the nanosecond.
    kernel::Duration sum;
    for (const Stage& s : copy.stages)
        if (!copy.fate || s.end <= copy.settled) sum += s.spent.total();
    if (copy.fate && sum != copy.settled - copy.composed)
        wrong_.push_back("copy " + id_text(id) + ": causes of " + kernel::exact_text(sum) + ", a delay of " +
                         kernel::exact_text(copy.settled - copy.composed));
}

std::vector<std::string> Accountant::close_books() {
    for (const auto& [id, copy] : copies_)
        check_way(id, copy);
    for (const auto& [report, about] : reports_expected_) {
        auto found = letters_.find(report);
        if (found == letters_.end()) {
            wrong_.push_back("a bounce without a report");
            continue;
        }
        const Letter& r = found->second;
        const mail::AddressPtr& author = letters_.at(about).sender;
        if (r.kind != trace::LetterKind::bounce || r.about != about || r.recipients.size() != 1 || !author ||
            !(*r.recipients.front() == *author))
            wrong_.push_back("a report does not go to the author of what it reports on");
    }
    return wrong_;
}

std::map<CopyId, const Accountant::Copy*> Accountant::copies() const {
    std::map<CopyId, const Copy*> live;
    for (const auto& [id, copy] : copies_)
        if (!copy.dormant) live.emplace(id, &copy);
    return live;
}

std::size_t Accountant::fates(Fate fate) const {
    std::size_t count = 0;
    for (const auto& [id, copy] : copies_)
        if (!copy.dormant && copy.fate.value_or(Fate::in_transit) == fate) ++count;
    return count;
}

} // namespace postopolis::laws
