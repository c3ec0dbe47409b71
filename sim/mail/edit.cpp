// See the header. Footers are in footer.cpp.
#include "postopolis/mail/edit.hpp"

#include "mail/chars.hpp"
#include "mail/encode.hpp"

namespace postopolis::mail {
namespace {

/// Walks over the parts in their order; what stands between them (delimiters, preamble, epilogue) is copied as it is.
void print_part(std::string& out, std::string_view source, const Part& part) {
    std::size_t at = part.begin;
    const auto copy_until = [&](std::size_t end) {
        out += source.substr(at, end - at);
        at = end;
    };
    copy_until(part.body);
    for (const Part& inner : part.parts) {
        copy_until(inner.begin);
        print_part(out, source, inner);
        at = inner.end;
    }
    copy_until(part.end);
}

} // namespace

std::string print(const ParsedMessage& message) {
    const std::string_view source = message.source;
    const Part root = parse_parts(message);
    std::string out;
    out.reserve(source.size());
    std::size_t at = 0;
    for (const HeaderField& field : message.fields) {
        out += source.substr(at, field.offset - at); // an mbox's From_ line stands before the first one
        out += source.substr(field.offset, field.length);
        at = field.offset + field.length;
    }
    out += source.substr(at, message.body_offset - at);
    std::string body;
    print_part(body, source, root);
    // What the tree begins with is the header, which has been written.
    return out += body.substr(message.body_offset - root.begin);
}

EditedMessage::EditedMessage(ParsedMessage message)
    : message_(std::move(message)), fields_(message_.fields.size()) {}

void EditedMessage::remove(std::string_view name) {
    for (std::size_t i = 0; i < fields_.size(); ++i)
        if (same_text(message_.fields[i].name, name)) fields_[i].emplace();
}

void EditedMessage::replace(std::string_view name, std::string fields) {
    remove(name);
    for (std::size_t i = 0; i < fields_.size(); ++i) {
        if (!same_text(message_.fields[i].name, name)) continue;
        fields_[i] = std::move(fields);
        return;
    }
    append(fields);
}

std::string EditedMessage::print() const {
    const std::string_view source = message_.source;
    std::string out;
    std::size_t at = message_.fields.empty() ? 0 : message_.fields.front().offset;
    out += source.substr(0, at);
    out += above_;
    for (std::size_t i = 0; i < fields_.size(); ++i) {
        const HeaderField& field = message_.fields[i];
        out += fields_[i] ? std::string_view(*fields_[i]) : source.substr(field.offset, field.length);
        at = field.offset + field.length;
    }
    const bool changed = !above_.empty() || !below_.empty() || body_;
    if (changed && !out.empty() && !out.ends_with('\n')) out += "\r\n";
    out += below_;
    // A header that nothing parted from its body, or that has only now begun.
    if (changed && message_.body_offset == at) out += "\r\n";
    out += source.substr(at, message_.body_offset - at);
    return out += body_ ? std::string_view(*body_) : message_.body();
}

std::string text_field(std::string_view name, std::string_view utf8) {
    std::string out;
    append_text_field(out, name, utf8);
    return out;
}

std::string plain_field(std::string_view name, std::string_view words) {
    std::string out;
    append_plain_field(out, name, words);
    return out;
}

std::string address_field(std::string_view name, const std::vector<NamedAddress>& addresses) {
    std::string out;
    append_address_field(out, name, addresses, "undisclosed-recipients:;");
    return out;
}

} // namespace postopolis::mail
