#include "postopolis/access/imap_search.hpp"

#include <algorithm>

#include "access/imap_lexer.hpp"
#include "postopolis/access/imap_fetch.hpp"

namespace postopolis::access {
namespace {

using Kind = ImapSearchKey::Kind;

bool has_text(std::string_view text, std::string_view wanted) {
    const auto found = std::search(text.begin(), text.end(), wanted.begin(), wanted.end(),
                                   [](char a, char b) { return imap_upper(a) == imap_upper(b); });
    return wanted.empty() || found != text.end();
}

/// Decoded text of the part and those within; headers of messages within a message included.
bool body_has(const ImapParts& message, const mail::Part& part, std::string_view wanted) {
    if (part.parts.empty())
        return part.type.starts_with("text/") && has_text(mail::decoded_body(message.header(), part), wanted);
    return std::any_of(part.parts.begin(), part.parts.end(), [&](const mail::Part& inner) {
        return (part.type == "message/rfc822" && has_text(message.header_of(inner), wanted)) ||
               body_has(message, inner, wanted);
    });
}

} // namespace

ImapSearch::ImapSearch(ImapSearchKey key, std::uint32_t largest_number, std::uint32_t largest_uid,
                       const ImapSet& saved)
    : key_(std::move(key)) {
    resolve(key_, largest_number, largest_uid, saved);
}

void ImapSearch::resolve(ImapSearchKey& key, std::uint32_t largest_number, std::uint32_t largest_uid,
                         const ImapSet& saved) {
    if (key.kind == Kind::numbers || key.kind == Kind::uids) {
        const bool uids = key.kind == Kind::uids || key.set.saved();
        const ImapSet& set = key.set.saved() ? saved : key.set;
        key.number = static_cast<std::int64_t>(sets_.size());
        sets_.push_back({uids, set.resolved(uids ? largest_uid : largest_number)});
    }
    for (auto& inner : key.keys)
        resolve(inner, largest_number, largest_uid, saved);
}

bool ImapSearch::matches(const ImapSearched& searched) {
    return holds(key_, searched);
}

bool ImapSearch::holds(const ImapSearchKey& key, const ImapSearched& searched) {
    const ImapMessage& m = *searched.message;
    auto inner = [&](const ImapSearchKey& k) { return holds(k, searched); };
    switch (key.kind) {
    case Kind::all:
        return true;
    case Kind::both:
        return std::all_of(key.keys.begin(), key.keys.end(), inner);
    case Kind::either:
        return std::any_of(key.keys.begin(), key.keys.end(), inner);
    case Kind::negated:
        return !inner(key.keys.front());
    case Kind::numbers:
    case Kind::uids: {
        const auto& set = sets_[static_cast<std::size_t>(key.number)];
        return contains(set.ranges, set.uids ? m.uid : searched.number);
    }
    case Kind::flag: {
        const auto flag = imap_system_flag(key.text);
        return flag ? m.flags.has(*flag) : m.flags.has_keyword(key.text);
    }
    case Kind::recent:
        return searched.recent;
    case Kind::larger:
        return m.message.size() > static_cast<std::uint64_t>(key.number);
    case Kind::smaller:
        return m.message.size() < static_cast<std::uint64_t>(key.number);
    case Kind::modseq:
        return m.modseq >= static_cast<std::uint64_t>(key.number);
    case Kind::header:
    case Kind::body:
    case Kind::text:
        return text_holds(key, searched);
    default:
        return day_holds(key, searched);
    }
}

bool ImapSearch::day_holds(const ImapSearchKey& key, const ImapSearched& searched) {
    std::int64_t day = imap_day(searched.message->received);
    if (key.kind == Kind::sent_before || key.kind == Kind::sent_on || key.kind == Kind::sent_since) {
        const auto date = mail::parse_date(parts(searched).header().value("Date"));
        if (!date) return false;
        day = imap_day(*date);
    }
    if (key.kind == Kind::before || key.kind == Kind::sent_before) return day < key.number;
    if (key.kind == Kind::on || key.kind == Kind::sent_on) return day == key.number;
    return day >= key.number;
}

bool ImapSearch::text_holds(const ImapSearchKey& key, const ImapSearched& searched) {
    const ImapParts& message = parts(searched);
    if (key.kind != Kind::body) {
        for (const auto& field : message.header().fields) {
            if (key.kind == Kind::header && !imap_same(field.name, key.field)) continue;
            const std::string value = mail::unfold(field.body);
            const std::string shown = key.kind == Kind::text ? field.name + ": " + value : value;
            if (has_text(shown, key.text) || has_text(mail::decode_rfc2047(shown), key.text)) return true;
        }
        if (key.kind == Kind::header) return false;
    }
    return body_has(message, message.root(), key.text);
}

const ImapParts& ImapSearch::parts(const ImapSearched& searched) {
    if (!parts_ || parts_uid_ != searched.message->uid) {
        parts_.emplace(searched.message->message);
        parts_uid_ = searched.message->uid;
    }
    return *parts_;
}

} // namespace postopolis::access
