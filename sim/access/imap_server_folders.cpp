// Commands of the authenticated state (RFC 9051 section 6.3): folders as a whole.
#include <algorithm>

#include "access/imap_answer.hpp"
#include "access/imap_lexer.hpp"

namespace postopolis::access {
namespace {

/// Response codes of RFC 5530.
std::string text_of(ImapAccount::Result result) {
    switch (result) {
    case ImapAccount::Result::exists:
        return "[ALREADYEXISTS] There is a mailbox of that name.";
    case ImapAccount::Result::missing:
        return "[NONEXISTENT] There is no mailbox of that name.";
    case ImapAccount::Result::bad_name:
        return "[CANNOT] No mailbox can have that name.";
    case ImapAccount::Result::over_quota:
        return "[OVERQUOTA] The quota is used up.";
    case ImapAccount::Result::refused:
        return "[CANNOT] This cannot be done to that mailbox.";
    case ImapAccount::Result::done:
        break;
    }
    return {};
}

const std::string no_such_folder = text_of(ImapAccount::Result::missing);

} // namespace

ImapServer::Answer ImapServer::select(const ImapCommand& c) {
    ImapOutput out;
    // RFC 9051 section 6.3.2: whatever comes of it, the old one is not selected any more.
    if (view_ && (rev2_ || modseq_)) out.add("* OK [CLOSED] The mailbox before is closed.\r\n");
    view_.reset();
    saved_ = {};
    state_ = State::authenticated;
    if (c.condstore) want_modseq();
    const auto name = folder_name(c.name);
    const auto folder = name ? account_->find(*name) : nullptr;
    if (!folder) return Answer::no(no_such_folder, std::move(out));
    view_ = std::make_unique<ImapView>(folder, c.verb == Verb::select);
    state_ = State::selected;
    out.add("* FLAGS (").add(view_->applicable_flags()).add(")\r\n");
    if (view_->writable())
        out.add("* OK [PERMANENTFLAGS (").add(view_->applicable_flags()).add(" \\*)] Flags stay.\r\n");
    else
        out.add("* OK [PERMANENTFLAGS ()] Read-only.\r\n");
    out.add("* ").number(view_->size()).add(" EXISTS\r\n");
    if (!rev2_) {
        out.add("* ").number(view_->recent()).add(" RECENT\r\n");
        const auto& rows = view_->rows();
        const auto unseen = std::find_if(rows.begin(), rows.end(),
                                         [](const auto& r) { return !r.message->flags.has(ImapFlag::seen); });
        if (unseen != rows.end())
            out.add("* OK [UNSEEN ")
                .number(static_cast<std::uint64_t>(unseen - rows.begin()) + 1)
                .add("] First unseen.\r\n");
    }
    out.add("* OK [UIDVALIDITY ").number(folder->uid_validity()).add("] UIDs valid\r\n");
    out.add("* OK [UIDNEXT ").number(folder->uid_next()).add("] Predicted next UID\r\n");
    if (offer_.condstore)
        out.add("* OK [HIGHESTMODSEQ ").number(folder->highest_modseq()).add("] Highest\r\n");
    if (rev2_) put_list(out, "LIST", ImapAccount::canonical(*name), {});
    const std::string word =
        c.verb == Verb::select ? "[READ-WRITE] SELECT completed" : "[READ-ONLY] EXAMINE completed";
    return Answer::ok(word, std::move(out));
}

ImapServer::Answer ImapServer::change_folders(const ImapCommand& c) {
    const auto name = folder_name(c.name);
    auto result = ImapAccount::Result::done;
    if (!name) {
        result = ImapAccount::Result::bad_name;
    } else if (c.verb == Verb::create) {
        result = account_->create(*name, c.use);
    } else if (c.verb == Verb::remove) {
        result = account_->remove(*name);
    } else if (c.verb == Verb::rename) {
        const auto fresh = folder_name(c.second);
        result = fresh ? account_->rename(*name, *fresh) : ImapAccount::Result::bad_name;
    } else if (c.verb == Verb::unsubscribe) {
        account_->unsubscribe(*name);
    } else if (!account_->entries().contains(ImapAccount::canonical(*name))) {
        result = ImapAccount::Result::missing;
    } else {
        account_->subscribe(*name);
    }
    return result == ImapAccount::Result::done ? Answer::ok() : Answer::no(text_of(result));
}

void ImapServer::put_list(ImapOutput& out, std::string_view response, const std::string& name,
                          const ImapList& asked) const {
    const auto entry = account_->entries().find(name);
    const bool there = entry != account_->entries().end();
    std::string attributes;
    auto put = [&](std::string_view attribute) {
        attributes.append(attributes.empty() ? "" : " ").append(attribute);
    };
    if (!there)
        put("\\NonExistent");
    else if (!entry->second.folder)
        put("\\Noselect");
    put(account_->has_children(name) ? "\\HasChildren" : "\\HasNoChildren");
    if ((asked.only_subscribed || asked.tells_subscribed) && account_->subscribed().contains(name))
        put("\\Subscribed");
    if (there && offer_.special_use && entry->second.use != ImapUse::none) put(to_string(entry->second.use));
    out.add("* ").add(response).add(" (").add(attributes).add(") \"/\" ").string(wire_name(name));
    if (asked.recursive && !account_->subscribed().contains(name))
        out.add(" (\"CHILDINFO\" (\"SUBSCRIBED\"))");
    out.add("\r\n");
}

ImapServer::Answer ImapServer::list(const ImapCommand& c) {
    const ImapList& asked = c.list;
    // Section 6.3.9: an empty name asks for the separator.
    if (asked.patterns.size() == 1 && asked.patterns.front().empty())
        return Answer::ok({}, ImapOutput("* LIST (\\Noselect) \"/\" \"\"\r\n"));
    std::set<std::string> names;
    if (asked.only_subscribed) {
        names = account_->subscribed();
        if (asked.recursive) // parents of subscribed names too
            for (const auto& name : account_->subscribed())
                for (auto slash = name.find(imap_separator); slash != std::string::npos;
                     slash = name.find(imap_separator, slash + 1))
                    names.insert(name.substr(0, slash));
    } else {
        for (const auto& [name, entry] : account_->entries())
            names.insert(name);
    }
    ImapOutput out;
    for (const auto& name : names) {
        const auto entry = account_->entries().find(name);
        const bool there = entry != account_->entries().end();
        if (asked.only_special && (!there || entry->second.use == ImapUse::none)) continue;
        const bool wanted =
            std::any_of(asked.patterns.begin(), asked.patterns.end(), [&](const auto& pattern) {
                const auto full = folder_name(asked.reference + pattern);
                return full && imap_matches(ImapAccount::canonical(*full), name);
            });
        if (!wanted) continue;
        put_list(out, "LIST", name, asked);
        if (!asked.status.empty() && there && entry->second.folder)
            put_status(out, name, *entry->second.folder, asked.status);
    }
    return Answer::ok({}, std::move(out));
}

ImapServer::Answer ImapServer::lsub(const ImapCommand& c) {
    ImapOutput out;
    const auto pattern = folder_name(c.list.reference + c.list.patterns.front());
    if (!pattern) return Answer::ok();
    std::set<std::string> parents; // RFC 3501 section 6.3.9: of names that "%" stops short of
    for (const auto& name : account_->subscribed()) {
        if (imap_matches(ImapAccount::canonical(*pattern), name)) {
            out.add("* LSUB () \"/\" ").string(wire_name(name)).add("\r\n");
            continue;
        }
        for (auto slash = name.find(imap_separator); slash != std::string::npos;
             slash = name.find(imap_separator, slash + 1))
            if (imap_matches(*pattern, name.substr(0, slash)) &&
                !account_->subscribed().contains(name.substr(0, slash)))
                parents.insert(name.substr(0, slash));
    }
    for (const auto& name : parents)
        out.add("* LSUB (\\Noselect) \"/\" ").string(wire_name(name)).add("\r\n");
    return Answer::ok({}, std::move(out));
}

void ImapServer::put_status(ImapOutput& out, const std::string& name, const ImapFolder& folder,
                            const std::vector<ImapStatusItem>& items) {
    out.add("* STATUS ").string(wire_name(name)).add(" (");
    bool first = true;
    for (const ImapStatusItem item : items) {
        out.add(first ? "" : " ").add(to_string(item)).add(" ");
        first = false;
        const auto& messages = folder.messages();
        switch (item) {
        case ImapStatusItem::messages:
            out.number(messages.size());
            break;
        case ImapStatusItem::recent:
            out.number(static_cast<std::uint64_t>(
                std::count_if(messages.begin(), messages.end(),
                              [&](const auto& m) { return m->uid >= folder.recent_from(); })));
            break;
        case ImapStatusItem::uid_next:
            out.number(folder.uid_next());
            break;
        case ImapStatusItem::uid_validity:
            out.number(folder.uid_validity());
            break;
        case ImapStatusItem::unseen:
            out.number(folder.unseen());
            break;
        case ImapStatusItem::deleted:
            out.number(
                static_cast<std::uint64_t>(std::count_if(messages.begin(), messages.end(), [](const auto& m) {
                    return m->flags.has(ImapFlag::deleted);
                })));
            break;
        case ImapStatusItem::size:
            out.number(folder.octets());
            break;
        case ImapStatusItem::highest_modseq:
            want_modseq();
            out.number(folder.highest_modseq());
            break;
        }
    }
    out.add(")\r\n");
}

ImapServer::Answer ImapServer::status(const ImapCommand& c) {
    const auto name = folder_name(c.name);
    const auto folder = name ? account_->find(*name) : nullptr;
    if (!folder) return Answer::no(no_such_folder);
    ImapOutput out;
    put_status(out, ImapAccount::canonical(*name), *folder, c.status);
    return Answer::ok({}, std::move(out));
}

ImapServer::Answer ImapServer::append(const ImapCommand& c, mail::Date now) {
    const auto name = folder_name(c.name);
    const auto folder = name ? account_->find(*name) : nullptr;
    if (!folder) return Answer::no("[TRYCREATE] There is no mailbox of that name.");
    if (c.literal.size() == 0) return Answer::no("An empty message cannot be kept.");
    const auto message = c.literal.as_message();
    if (!account_->fits(message.size())) return Answer::no(text_of(ImapAccount::Result::over_quota));
    const auto added = folder->add(message, c.date.value_or(now), c.flags);
    if (!offer_.uidplus && !rev2_) return Answer::ok();
    return Answer::ok("[APPENDUID " + std::to_string(folder->uid_validity()) + " " +
                      std::to_string(added->uid) + "] APPEND completed");
}

void ImapServer::put_quota(ImapOutput& out) const {
    // RFC 9208 section 5.1: STORAGE counts units of 1024 octets.
    out.add("* QUOTA \"\" (STORAGE ").number((account_->octets() + 1023) / 1024).add(" ");
    out.number(*account_->quota / 1024).add(")\r\n");
}

ImapServer::Answer ImapServer::quota(const ImapCommand& c) {
    ImapOutput out;
    if (c.verb == Verb::set_quota) return Answer::no("[NOPERM] Quotas are not a client's to set.");
    if (c.verb == Verb::get_quota) {
        if (!c.name.empty() || !account_->quota)
            return Answer::no("[NONEXISTENT] There is no such quota root.");
        put_quota(out);
        return Answer::ok({}, std::move(out));
    }
    const auto name = folder_name(c.name);
    if (!name || !account_->find(*name)) return Answer::no(no_such_folder);
    out.add("* QUOTAROOT ").string(wire_name(ImapAccount::canonical(*name)));
    out.add(account_->quota ? " \"\"\r\n" : "\r\n");
    if (account_->quota) put_quota(out);
    return Answer::ok({}, std::move(out));
}

} // namespace postopolis::access
