#include "postopolis/access/imap_view.hpp"

#include <algorithm>
#include <utility>

#include "access/imap_lexer.hpp"

namespace postopolis::access {

ImapView::ImapView(std::shared_ptr<ImapFolder> folder, bool writable)
    : folder_(std::move(folder))
    , writable_(writable)
    , expunges_told_(folder_->expunges())
    , keywords_(folder_->keywords()) {
    take_new();
    news_from_ = folder_->changes();
}

void ImapView::take_new() {
    const auto& all = folder_->messages();
    auto at = std::lower_bound(all.begin(), all.end(), next_uid_,
                               [](const ImapMessagePtr& m, std::uint32_t uid) { return m->uid < uid; });
    for (; at != all.end(); ++at)
        rows_.push_back({*at, (*at)->modseq, (*at)->uid >= folder_->recent_from()});
    next_uid_ = folder_->uid_next();
    if (writable_) folder_->recent_told();
}

std::uint32_t ImapView::recent() const {
    return static_cast<std::uint32_t>(
        std::count_if(rows_.begin(), rows_.end(), [](const Row& r) { return r.recent; }));
}

std::optional<std::vector<std::uint32_t>> ImapView::numbers(const ImapSet& set, bool uids,
                                                            const ImapSet& saved) const {
    if (set.saved()) {
        if (saved.empty()) return std::vector<std::uint32_t>();
        return numbers(saved, true, saved);
    }
    std::vector<std::uint32_t> found;
    if (rows_.empty()) {
        if (uids) return found;
        return std::nullopt;
    }
    for (const auto& [first, last] : set.resolved(uids ? largest_uid() : size())) {
        if (!uids) {
            if (last > size()) return std::nullopt;
            for (std::uint32_t n = first; n <= last; ++n)
                found.push_back(n);
            continue;
        }
        auto at = std::lower_bound(rows_.begin(), rows_.end(), first,
                                   [](const Row& r, std::uint32_t uid) { return r.message->uid < uid; });
        for (; at != rows_.end() && at->message->uid <= last; ++at)
            found.push_back(static_cast<std::uint32_t>(at - rows_.begin()) + 1);
    }
    return found;
}

void ImapView::tell_news(ImapOutput& out, bool may_expunge, const ImapManner& manner) {
    if (!has_news()) return;
    const bool gone = expunges_told_ != folder_->expunges();
    if (gone && may_expunge) {
        std::vector<Row> left;
        for (Row& row : rows_) {
            if (row.message->expunged)
                // Each takes its number away from those that follow.
                out.add("* ").number(left.size() + 1).add(" EXPUNGE\r\n");
            else
                left.push_back(std::move(row));
        }
        rows_ = std::move(left);
        expunges_told_ = folder_->expunges();
    }
    const auto before = rows_.size();
    take_new();
    if (rows_.size() != before) {
        out.add("* ").number(rows_.size()).add(" EXISTS\r\n");
        if (manner.recent) out.add("* ").number(recent()).add(" RECENT\r\n");
    }
    for (std::uint32_t n = 1; n <= size(); ++n)
        if (row(n).message->modseq > row(n).told && !row(n).message->expunged) tell_flags(out, n, manner);
    if (!gone || may_expunge) news_from_ = folder_->changes();
}

std::string ImapView::flags(ImapOutput& out, const Row& row, const ImapManner& manner) {
    bool fresh = false;
    for (const auto& keyword : row.message->flags.keywords()) {
        if (std::any_of(keywords_.begin(), keywords_.end(),
                        [&](const auto& k) { return imap_same(k, keyword); }))
            continue;
        keywords_.push_back(keyword);
        fresh = true;
    }
    if (fresh) out.add("* FLAGS (").add(applicable_flags()).add(")\r\n");
    std::string text = row.message->flags.text();
    if (row.recent && manner.recent) text += text.empty() ? "\\Recent" : " \\Recent";
    return text;
}

void ImapView::tell_flags(ImapOutput& out, std::uint32_t number, const ImapManner& manner) {
    Row& r = row(number);
    const std::string text = flags(out, r, manner);
    out.add("* ").number(number).add(" FETCH (");
    if (manner.uid) out.add("UID ").number(r.message->uid).add(" ");
    out.add("FLAGS (").add(text).add(")");
    if (manner.modseq) out.add(" MODSEQ (").number(r.message->modseq).add(")");
    out.add(")\r\n");
    r.told = r.message->modseq;
}

std::string ImapView::applicable_flags() const {
    std::string text = "\\Answered \\Flagged \\Deleted \\Seen \\Draft";
    for (const auto& keyword : keywords_)
        text += " " + keyword;
    return text;
}

} // namespace postopolis::access
