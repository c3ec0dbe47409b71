// libFuzzer target: any octets are read as an address, a path, an address list and a date. Nothing may crash, what was
// accepted must read back the same from its text, and what was refused has a place.
#include "postopolis/mail/address_entry.hpp"
#include "postopolis/mail/date.hpp"

#include <cstdlib>

namespace mail = postopolis::mail;

namespace {

void demand(bool holds) {
    if (!holds) std::abort();
}

void try_list(std::string_view text) {
    const auto parsed = mail::parse_address_entries(text);
    if (const auto* error = std::get_if<mail::AddressError>(&parsed)) {
        demand(error->position <= text.size() && !error->expected.empty());
        return;
    }
    const auto& list = std::get<std::vector<mail::AddressEntry>>(parsed);
    const std::string written = mail::text(list);
    demand(written.find_first_of("\r\n") == std::string::npos);
    const auto again = mail::parse_address_entries(written);
    demand(std::holds_alternative<std::vector<mail::AddressEntry>>(again));
    demand(std::get<std::vector<mail::AddressEntry>>(again) == list);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto mailbox = mail::parse_mailbox(text);
    if (const auto* address = std::get_if<mail::Address>(&mailbox)) {
        const auto again = mail::parse_mailbox(address->text());
        demand(mail::text_size(*address) == address->text().size());
        demand(std::holds_alternative<mail::Address>(again) && std::get<mail::Address>(again) == *address);
    } else {
        demand(std::get<mail::AddressError>(mailbox).position <= text.size());
    }
    static_cast<void>(mail::parse_path(text));
    try_list(text);
    if (const auto date = mail::parse_date(text)) demand(mail::parse_date(mail::rfc5322_text(*date)) == date);
    return 0;
}
