// Mailing lists as Mailman has them: a posting is edited once (RFC 2369 and 2919 fields, prefix, footer, Reply-To) and
// goes to each member under the list's own envelope sender. Bounces come back to NAME-bounces, with VERP to
// NAME-bounces+member=domain, and remove a member whose mail bounces again and again. NAME-request takes "subscribe"
// and "unsubscribe" as the subject of a message.
// Not modelled: confirmation of requests, moderation, digests.
#include "nodes/mediators/mediators.hpp"

#include <algorithm>

#include "postopolis/mail/dsn.hpp"
#include "postopolis/mail/edit.hpp"

namespace postopolis::nodes {
namespace {

std::string key_of(const mail::Address& address) { return mail::to_lower_domain(address.text()); }
std::string key_of(const ListConfig& list) { return key_of(*list.address); }
std::string title_of(const ListConfig& list) { return "list " + list.address->text(); }

/// RFC 2919: the address with a dot for its "@".
std::string list_id(const ListConfig& list) { return "<" + list.address->local + "." + list.address->domain + ">"; }

std::string with_prefix(const ListConfig& list, const std::string& subject) {
    if (list.subject_prefix.empty() || subject.find(list.subject_prefix) != std::string::npos) return subject;
    // "Re:" stays in front, so that threads keep together.
    const bool reply = subject.size() >= 3 && mail::same_domain(subject.substr(0, 3), "Re:");
    const std::string rest = reply ? subject.substr(std::min(subject.find_first_not_of(' ', 3), subject.size())) : subject;
    return (reply ? "Re: " : "") + list.subject_prefix + " " + rest;
}

mail::Message edited(const ListConfig& list, mail::ParsedMessage parsed) {
    const std::string subject = with_prefix(list, parsed.decoded_value("Subject"));
    mail::EditedMessage message(std::move(parsed));
    const std::string name = list.address->local;
    const std::string request = "<mailto:" + name + "-request@" + list.address->domain + "?subject=";
    if (!list.subject_prefix.empty()) message.replace("Subject", mail::text_field("Subject", subject));
    if (list.reply_to_list) message.replace("Reply-To", mail::address_field("Reply-To", {{list.address, {}}}));
    for (const char* field : {"List-Id", "List-Post", "List-Subscribe", "List-Unsubscribe", "Precedence", "Return-Path"})
        message.remove(field);
    message.append(mail::plain_field("List-Id", list_id(list)));
    message.append(mail::plain_field("List-Post", "<mailto:" + list.address->text() + ">"));
    message.append(mail::plain_field("List-Subscribe", request + "subscribe>"));
    message.append(mail::plain_field("List-Unsubscribe", request + "unsubscribe>"));
    message.append(mail::plain_field("Precedence", "list"));
    if (!list.footer.empty()) mail::append_footer(message, list.footer);
    return mail::Message(mail::content_from_bytes(message.print()));
}

mail::AddressPtr bounces_of(const ListConfig& list, const mail::Address* member) {
    std::string local = list.address->local + "-bounces";
    if (member != nullptr) local += "+" + member->local + "=" + member->domain;
    return std::make_shared<const mail::Address>(mail::Address{std::move(local), list.address->domain});
}

std::string author_of(const mail::Message& message) {
    const mail::AddressPtr author = message.content()->author();
    return author ? key_of(*author) : std::string();
}

} // namespace

std::vector<mail::AddressPtr> Mediators::members(const ListConfig& list) {
    const ListState& state = lists_[key_of(list)];
    std::vector<mail::AddressPtr> all = list.members;
    for (const std::string& text : state.joined) {
        auto parsed = mail::parse_mailbox(text);
        if (auto* address = std::get_if<mail::Address>(&parsed))
            all.push_back(std::make_shared<const mail::Address>(std::move(*address)));
    }
    std::erase_if(all, [&](const mail::AddressPtr& m) { return state.removed.contains(key_of(*m)); });
    drop_doubles(all);
    return all;
}

DeliveryResult Mediators::post(const ListConfig& list, Arrival& a) {
    const std::string by = title_of(list);
    mail::ParsedMessage parsed = mail::parse_message(a.entry.message.text());
    const std::string author = author_of(a.entry.message);
    for (const mail::HeaderField& field : parsed.fields)
        if (mail::same_domain(field.name, "List-Id") && mail::unfold(field.body).find(list_id(list)) != std::string::npos)
            return discard(a, by, "it has been on this list already");
    std::vector<mail::AddressPtr> everybody = members(list);
    const auto is_author = [&](const mail::AddressPtr& m) { return key_of(*m) == author; };
    if (list.members_only && std::none_of(everybody.begin(), everybody.end(), is_author))
        return refuse(a, "5.7.1", "only members may write to " + list.address->text());
    if (!list.to_author) std::erase_if(everybody, is_author);
    const mail::Message message = edited(list, std::move(parsed));
    std::vector<Onward> onward;
    if (!list.verp) {
        onward.push_back({message, bounces_of(list, nullptr), std::move(everybody)});
    } else {
        for (const mail::AddressPtr& member : everybody) onward.push_back({message, bounces_of(list, member.get()), {member}});
    }
    return expand(a, by, std::move(onward));
}

DeliveryResult Mediators::note_bounce(const ListConfig& list, Arrival& a) {
    const std::string by = title_of(list);
    // An answer by a machine, or news of a delay, is no bounce, whatever address it came to.
    const std::optional<mail::ParsedReport> report = mail::parse_report(mail::parse_message(a.entry.message.text()));
    std::set<std::string> failed;
    if (report)
        for (const mail::ReportRecipient& r : report->recipients)
            if (r.action == mail::Action::failed) failed.insert(key_of(*r.final_recipient));
    if (failed.empty()) return discard(a, by, "it is no bounce");
    const std::string& local = a.recipient.address->local;
    if (const std::size_t plus = local.find('+'); plus != std::string::npos) {
        std::string member = local.substr(plus + 1);
        if (const std::size_t at = member.rfind('='); at != std::string::npos) member[at] = '@';
        failed = {mail::to_lower_domain(member)}; // whatever an address it was forwarded to has the report name
    }
    ListState& state = lists_[key_of(list)];
    std::string noted;
    for (const mail::AddressPtr& m : members(list)) {
        const std::string key = key_of(*m);
        if (!failed.contains(key)) continue;
        const int count = ++state.bounces[key];
        const bool remove = list.remove_after > 0 && count >= list.remove_after;
        if (remove) state.removed.insert(key);
        noted += (noted.empty() ? "" : ", ") + ("bounce " + std::to_string(count)) + " of " + key + (remove ? ", who is removed" : "");
    }
    return discard(a, by, noted.empty() ? "it is a bounce of nobody on the list" : noted);
}

DeliveryResult Mediators::obey(const ListConfig& list, Arrival& a) {
    const std::string by = title_of(list);
    const std::string who = author_of(a.entry.message);
    const std::string subject = mail::to_lower_domain(a.entry.message.content()->subject());
    ListState& state = lists_[key_of(list)];
    if (who.empty() || a.entry.message.content()->auto_submitted()) return discard(a, by, "nobody has asked for anything");
    if (subject == "unsubscribe") {
        state.removed.insert(who);
        state.joined.erase(who);
        return discard(a, by, who + " has left");
    }
    if (subject == "subscribe") {
        state.removed.erase(who);
        state.bounces.erase(who);
        state.joined.insert(who);
        return discard(a, by, who + " has joined");
    }
    return refuse(a, "5.6.0", "the subject is neither \"subscribe\" nor \"unsubscribe\"");
}

} // namespace postopolis::nodes
