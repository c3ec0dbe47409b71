// libFuzzer target: any octets are read as a message with parts, and as a report. Nothing may crash, and what was read
// must print as the same octets.
#include "postopolis/mail/dsn.hpp"
#include "postopolis/mail/edit.hpp"
#include "postopolis/mail/parse.hpp"
#include "postopolis/mail/received.hpp"

#include <cstdlib>

namespace mail = postopolis::mail;

namespace {

void demand(bool holds) {
    if (!holds) std::abort();
}

/// Parts lie within each other, in their order.
void try_parts(const mail::ParsedMessage& message, const mail::Part& part, std::size_t from, std::size_t end) {
    demand(from <= part.begin && part.begin <= part.body && part.body <= part.end && part.end <= end);
    demand(mail::decoded_body(message, part).size() <= part.end - part.body);
    static_cast<void>(mail::decoded_text(message, part));
    static_cast<void>(part.filename());
    std::size_t at = part.body;
    for (const mail::Part& inner : part.parts) {
        try_parts(message, inner, at, part.end);
        at = inner.end;
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    const mail::ParsedMessage message = mail::parse_message(bytes);
    demand(message.source == bytes && message.body_offset <= size);
    for (const mail::HeaderField& field : message.fields) {
        static_cast<void>(mail::parse_received(field.body));
        static_cast<void>(message.decoded_value(field.name));
    }
    static_cast<void>(mail::parse_report(message));
    try_parts(message, mail::parse_parts(message), 0, size);
    demand(mail::print(message) == bytes);
    mail::EditedMessage edited(message);
    demand(edited.print() == bytes);
    mail::append_footer(edited, "a footer\n");
    static_cast<void>(mail::parse_parts(mail::parse_message(edited.print())));

    const mail::ContentPtr content = mail::content_from_bytes(bytes);
    std::string rendered;
    content->render(rendered);
    demand(rendered.size() == content->size());
    static_cast<void>(content->quote());
    return 0;
}
