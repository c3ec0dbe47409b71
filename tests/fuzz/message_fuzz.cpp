// libFuzzer target: any octets are read as a message, a report and addresses. Nothing may crash, the octets
// must stay as they were, and what was accepted must read back the same.
#include "postopolis/mail/dsn.hpp"
#include "postopolis/mail/parse.hpp"
#include "postopolis/mail/received.hpp"

#include <cstdlib>

namespace mail = postopolis::mail;

namespace {

void demand(bool holds) {
    if (!holds) std::abort();
}

void try_addresses(std::string_view text) {
    const auto mailbox = mail::parse_mailbox(text);
    if (const auto* address = std::get_if<mail::Address>(&mailbox)) {
        const auto again = mail::parse_mailbox(address->text());
        demand(mail::text_size(*address) == address->text().size());
        demand(std::holds_alternative<mail::Address>(again) && std::get<mail::Address>(again) == *address);
    } else {
        demand(std::get<mail::AddressError>(mailbox).position <= text.size());
    }
    static_cast<void>(mail::parse_path(text));
    static_cast<void>(mail::parse_address_list(text));
    if (const auto date = mail::parse_date(text)) demand(mail::parse_date(mail::rfc5322_text(*date)) == date);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    const mail::ParsedMessage message = mail::parse_message(bytes);
    demand(message.source == bytes && message.body_offset <= size);
    for (const mail::HeaderField& field : message.fields) {
        try_addresses(mail::unfold(field.body));
        static_cast<void>(mail::parse_received(field.body));
        static_cast<void>(mail::decode_rfc2047(field.body));
    }
    try_addresses(bytes);
    static_cast<void>(mail::parse_report(message));

    const mail::ContentPtr content = mail::content_from_bytes(bytes);
    std::string rendered;
    content->render(rendered);
    demand(rendered.size() == content->size());
    static_cast<void>(content->quote());
    return 0;
}
