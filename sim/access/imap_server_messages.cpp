// Commands of the selected state (RFC 9051 section 6.4): messages of one folder.
#include <algorithm>

#include "access/imap_answer.hpp"

namespace postopolis::access {
namespace {

constexpr const char* no_such_number = "A message number is beyond the last message.";
constexpr const char* read_only = "[NOPERM] The mailbox was opened read-only.";
constexpr const char* gone = "[EXPUNGEISSUED] Some of the messages are gone."; // RFC 5530, as RFC 2180 has it

} // namespace

ImapServer::Answer ImapServer::close(bool expunges) {
    if (expunges && view_->writable()) expunge_deleted(nullptr);
    view_.reset();
    saved_ = {};
    state_ = State::authenticated;
    return Answer::ok();
}

// Of the UIDs that are named, if any.
void ImapServer::expunge_deleted(const ImapCommand* c) {
    ImapFolder& folder = view_->folder();
    const auto all = folder.messages();
    std::vector<ImapSet::Range> uids;
    const bool some = c != nullptr && c->uid;
    if (some && !all.empty()) uids = (c->set.saved() ? saved_ : c->set).resolved(all.back()->uid);
    for (const auto& m : all)
        if (m->flags.has(ImapFlag::deleted) && (!some || contains(uids, m->uid))) folder.expunge(*m);
}

ImapServer::Answer ImapServer::expunge(const ImapCommand& c) {
    if (!view_->writable()) return Answer::no(read_only);
    expunge_deleted(&c);
    return Answer::ok();
}

ImapServer::Answer ImapServer::search(const ImapCommand& c) {
    if (!c.charset.empty() && c.charset != "UTF-8" && c.charset != "US-ASCII") {
        if (c.returns.save) saved_ = {};
        return Answer::no("[BADCHARSET (US-ASCII UTF-8)] The character set is not known.");
    }
    const bool modseq = offer_.condstore && asks_modseq(c.key);
    if (modseq) want_modseq();
    ImapSearch search(c.key, view_->size(), view_->largest_uid(), saved_);
    std::vector<std::uint32_t> found;
    std::vector<std::uint32_t> uids;
    std::uint64_t highest = 0;
    for (std::uint32_t n = 1; n <= view_->size(); ++n) {
        const auto& row = view_->row(n);
        if (!search.matches({row.message.get(), n, row.recent && !rev2_})) continue;
        found.push_back(c.uid ? row.message->uid : n);
        uids.push_back(row.message->uid);
        highest = std::max(highest, row.message->modseq);
    }
    ImapOutput out;
    if (!c.returns.given && !rev2_) {
        out.add("* SEARCH");
        for (const auto n : found)
            out.add(" ").number(n);
        if (modseq && !found.empty()) out.add(" (MODSEQ ").number(highest).add(")");
        return Answer::ok({}, std::move(out.add("\r\n")));
    }
    const ImapReturns& r = c.returns;
    const bool only_save = r.save && !r.min && !r.max && !r.all && !r.count;
    if (r.save) { // RFC 5182 section 2.4: with MIN or MAX alone, only those are saved
        const bool ends = (r.min || r.max) && !r.all && !r.count && !uids.empty();
        std::vector<std::uint32_t> kept = uids;
        if (ends) {
            kept.clear();
            if (r.min) kept.push_back(uids.front());
            if (r.max && (kept.empty() || kept.back() != uids.back())) kept.push_back(uids.back());
        }
        saved_ = ImapSet(kept);
    }
    if (only_save) return Answer::ok();
    out.add("* ESEARCH (TAG ").string(c.tag).add(")");
    if (c.uid) out.add(" UID");
    if (!found.empty()) {
        if (r.min) out.add(" MIN ").number(found.front());
        if (r.max) out.add(" MAX ").number(found.back());
        if (r.all || !r.given) out.add(" ALL ").add(ImapSet(found).text());
    }
    if (r.count) out.add(" COUNT ").number(found.size());
    if (modseq && !found.empty()) out.add(" MODSEQ ").number(highest);
    return Answer::ok({}, std::move(out.add("\r\n")));
}

ImapServer::Answer ImapServer::fetch(const ImapCommand& c) {
    const auto numbers = view_->numbers(c.set, c.uid, saved_);
    if (!numbers) return Answer::bad(no_such_number);
    std::vector<ImapFetchItem> items = c.items;
    auto asks = [&](ImapFetchItem::Kind kind) {
        return std::any_of(items.begin(), items.end(), [&](const auto& item) { return item.kind == kind; });
    };
    if (c.uid && !asks(ImapFetchItem::Kind::uid))
        items.insert(items.begin(), {.kind = ImapFetchItem::Kind::uid});
    if (c.modseq || asks(ImapFetchItem::Kind::modseq)) want_modseq();
    if (c.modseq && !asks(ImapFetchItem::Kind::modseq))
        items.push_back({.kind = ImapFetchItem::Kind::modseq});
    const bool sets_seen = view_->writable() && std::any_of(items.begin(), items.end(), [](const auto& item) {
                               return item.sets_seen();
                           });
    const bool whole = std::any_of(items.begin(), items.end(), [](const auto& item) { return item.whole(); });
    ImapOutput out;
    bool understood = true;
    for (const std::uint32_t n : *numbers) {
        ImapView::Row& row = view_->row(n);
        const ImapMessagePtr m = row.message;
        if (c.modseq && m->modseq <= *c.modseq) continue;
        bool tells_flags = asks(ImapFetchItem::Kind::flags);
        std::vector<ImapFetchItem> with_flags;
        if (sets_seen && !m->flags.has(ImapFlag::seen)) {
            ImapFlags flags = m->flags;
            flags.add(ImapFlags(ImapFlag::seen));
            view_->folder().set_flags(*m, flags);
            if (!tells_flags) {
                with_flags = items;
                with_flags.push_back({.kind = ImapFetchItem::Kind::flags});
                tells_flags = true;
            }
        }
        if (tells_flags && modseq_ && !asks(ImapFetchItem::Kind::modseq)) {
            if (with_flags.empty()) with_flags = items;
            with_flags.push_back({.kind = ImapFetchItem::Kind::modseq});
        }
        const std::string flags = view_->flags(out, row, manner(c.uid));
        if (tells_flags) row.told = m->modseq;
        out.add("* ").number(n).add(" FETCH (");
        std::unique_ptr<ImapParts> parts;
        understood = put_fetch(out, *m, with_flags.empty() ? items : with_flags, flags, parts) && understood;
        out.add(")\r\n");
        if (whole) sent_.push_back(m->origin);
    }
    if (!understood) return Answer::no("[UNKNOWN-CTE] A transfer encoding is not known.", std::move(out));
    return Answer::ok({}, std::move(out));
}

ImapServer::Answer ImapServer::store(const ImapCommand& c) {
    if (!view_->writable()) return Answer::no(read_only);
    const auto numbers = view_->numbers(c.set, c.uid, saved_);
    if (!numbers) return Answer::bad(no_such_number);
    if (c.modseq) want_modseq();
    ImapOutput out;
    std::vector<std::uint32_t> modified;
    std::size_t missing = 0;
    for (const std::uint32_t n : *numbers) {
        ImapView::Row& row = view_->row(n);
        ImapMessage& m = *row.message;
        if (m.expunged) {
            ++missing;
            continue;
        }
        if (c.modseq && m.modseq > *c.modseq) { // RFC 7162 section 3.1.3
            modified.push_back(c.uid ? m.uid : n);
            continue;
        }
        ImapFlags flags = m.flags;
        if (c.store.how == ImapStore::How::add)
            flags.add(c.store.flags);
        else if (c.store.how == ImapStore::How::remove)
            flags.remove(c.store.flags);
        else
            flags = c.store.flags;
        const bool known = row.told == m.modseq; // others' changes are told even where this one is not
        const bool changed = view_->folder().set_flags(m, std::move(flags));
        if (!c.store.silent)
            view_->tell_flags(out, n, manner(c.uid));
        else if (modseq_ && changed) { // section 3.1.3: the new number is told all the same
            out.add("* ")
                .number(n)
                .add(" FETCH (UID ")
                .number(m.uid)
                .add(" MODSEQ (")
                .number(m.modseq)
                .add("))\r\n");
            if (known) row.told = m.modseq;
        } else if (known) {
            row.told = m.modseq;
        }
    }
    if (!modified.empty())
        return Answer::ok("[MODIFIED " + ImapSet(modified).text() + "] Some had changed.", std::move(out));
    // RFC 2180 section 4.2: silently, the others count; else the client is told.
    if (missing > 0 && (!c.store.silent || missing == numbers->size()))
        return Answer::no(gone, std::move(out));
    return Answer::ok({}, std::move(out));
}

ImapServer::Answer ImapServer::copy(const ImapCommand& c) {
    const bool moves = c.verb == Verb::move;
    if (moves && !view_->writable()) return Answer::no(read_only);
    const auto numbers = view_->numbers(c.set, c.uid, saved_);
    if (!numbers) return Answer::bad(no_such_number);
    const auto name = folder_name(c.name);
    const auto target = name ? account_->find(*name) : nullptr;
    if (!target) return Answer::no("[TRYCREATE] There is no mailbox of that name.");
    std::uint64_t octets = 0;
    for (const std::uint32_t n : *numbers) {
        if (view_->row(n).message->expunged) return Answer::no(gone); // all or none (section 6.4.7)
        octets += view_->row(n).message->message.size();
    }
    if (!moves && !account_->fits(octets)) return Answer::no("[OVERQUOTA] The quota is used up.");
    std::vector<std::uint32_t> from, to;
    for (const std::uint32_t n : *numbers) {
        ImapMessage& m = *view_->row(n).message;
        from.push_back(m.uid);
        to.push_back(target->add(m.message, m.received, m.flags, m.origin)->uid);
        if (moves) view_->folder().expunge(m);
    }
    if (from.empty() || (!offer_.uidplus && !rev2_)) return Answer::ok();
    const std::string code = "[COPYUID " + std::to_string(target->uid_validity()) + " " +
                             ImapSet(from).text() + " " + ImapSet(to).text() + "]";
    // RFC 6851 section 4.3: before the EXPUNGE responses.
    if (moves) return Answer::ok({}, ImapOutput("* OK " + code + " Moved.\r\n"));
    return Answer::ok(code + " COPY completed");
}

} // namespace postopolis::access
