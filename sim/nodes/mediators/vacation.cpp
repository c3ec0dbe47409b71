// Vacation notices: those that follow RFC 3834 and RFC 5230 section 4, and the old kind, which answers everything and so
// talks to others of its kind for ever.
#include "nodes/mediators/mediators.hpp"

#include <algorithm>

#include "postopolis/mail/compose.hpp"
#include "postopolis/mail/parse.hpp"

namespace postopolis::nodes {
namespace {

/// Whether a header asks for no automatic answer, or is not to the owner.
bool forbids_answer(const mail::ParsedMessage& header, const mail::Content& content, const mail::Address& owner,
                    const mail::Address& recipient) {
    const std::string submitted = mail::to_lower_domain(header.value("Auto-Submitted"));
    if (!submitted.empty() && submitted != "no") return true;
    const std::string precedence = mail::to_lower_domain(header.value("Precedence"));
    if (precedence == "bulk" || precedence == "list" || precedence == "junk") return true;
    for (const mail::HeaderField& field : header.fields)
        if (field.name.size() > 5 && mail::same_domain(field.name.substr(0, 5), "List-")) return true;
    const std::vector<mail::AddressPtr> named = content.addressees();
    return std::none_of(named.begin(), named.end(),
                        [&](const mail::AddressPtr& n) { return *n == owner || *n == recipient; });
}

/// RFC 5230 section 4.6: addresses of programs.
bool is_machine(const mail::Address& address) {
    const std::string local = mail::to_lower_domain(address.local);
    return local == "mailer-daemon" || local.starts_with("owner-") || local.ends_with("-request") ||
           local.find("-bounces") != std::string::npos || local == "noreply" || local == "no-reply";
}

} // namespace

void Mediators::answer(const Vacation& vacation, const mail::AddressPtr& owner, const QueueEntry& entry,
                       const QueuedRecipient& recipient) {
    const Time now = host_.now();
    if (now < vacation.from || now >= vacation.until || !entry.reverse_path) return;
    const mail::Content& content = *entry.message.content();
    mail::AddressPtr to = entry.reverse_path;
    if (vacation.polite) {
        const mail::ParsedMessage header = mail::parse_message(entry.message.render_headers());
        if (*to == *owner || is_machine(*to) || forbids_answer(header, content, *owner, *recipient.address)) return;
        auto [at, fresh] = answered_.try_emplace({owner->text(), to->text()}, now);
        if (!fresh && now - at->second < vacation.again_after) return;
        at->second = now;
    }
    mail::LetterSpec spec;
    spec.from = {owner, {}};
    spec.to = {{to, {}}};
    const std::string subject = content.subject();
    spec.subject = !vacation.subject.empty() ? vacation.subject : subject.starts_with("Auto: ") ? subject : "Auto: " + subject;
    spec.date = host_.world().date(now);
    spec.in_reply_to = content.message_id();
    spec.references = content.references();
    spec.body = vacation.text;
    if (vacation.polite) spec.fields.emplace_back("Auto-Submitted", "auto-replied (vacation)");
    NewMail mail;
    mail.letter = host_.new_letter();
    mail.queue_id = host_.new_queue_id();
    spec.message_id = mail.queue_id + "@" + host_.name();
    mail.kind = trace::LetterKind::reply;
    mail.about = entry.letter;
    mail.message_id = spec.message_id;
    mail.reverse_path = vacation.polite ? nullptr : owner; // RFC 3834 section 3.3
    mail.recipient = {to, host_.new_copy()};
    mail.cause = entry.cause;
    mail.content = mail::compose(std::move(spec));
    host_.queue().post(std::move(mail));
}

} // namespace postopolis::nodes
