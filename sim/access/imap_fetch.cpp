#include "postopolis/access/imap_fetch.hpp"

#include <algorithm>

#include "access/imap_lexer.hpp"

namespace postopolis::access {
namespace {

using Kind = ImapFetchItem::Kind;
using Text = ImapFetchItem::Text;
using Items = std::vector<ImapFetchItem>;

ImapFetchItem of(Kind kind) {
    return {.kind = kind};
}

/// The header fields that are asked for, or the others, with the empty line (section 6.4.5.1).
std::string select_fields(std::string_view header, const ImapFetchItem& item) {
    const auto parsed = mail::parse_message(std::string(header));
    std::string out;
    for (const auto& field : parsed.fields) {
        const bool named = std::any_of(item.fields.begin(), item.fields.end(),
                                       [&](const auto& name) { return imap_same(name, field.name); });
        if (named == (item.text == Text::fields)) out.append(parsed.source, field.offset, field.length);
    }
    return out += "\r\n";
}

/// Nothing if there is no such section.
std::optional<std::string> section_of(const ImapParts& message, const ImapFetchItem& item) {
    const auto found = message.find(item.part);
    if (!found) return std::nullopt;
    const mail::Part* part = found->part;
    if (item.part.empty() && item.text == Text::all) return std::string(message.source());
    if (item.text == Text::all) return std::string(message.text_of(*part));
    if (item.text == Text::mime) {
        if (item.part.empty()) return std::nullopt;
        return std::string(message.header_of(*part));
    }
    // HEADER and TEXT are of a message: this one, or one within a part.
    if (!item.part.empty()) {
        if (part->type != "message/rfc822" || part->parts.empty() || found->whole_message)
            return std::nullopt;
        part = &part->parts.front();
    }
    switch (item.text) {
    case Text::header:
        return std::string(message.header_of(*part));
    case Text::text:
        return std::string(message.text_of(*part));
    default:
        return select_fields(message.header_of(*part), item);
    }
}

bool known_encoding(const std::string& encoding) {
    return encoding == "7bit" || encoding == "8bit" || encoding == "binary" || encoding == "base64" ||
           encoding == "quoted-printable";
}

std::string cut(std::string text, const ImapFetchItem& item) {
    if (!item.partial) return text;
    const auto [first, count] = *item.partial;
    if (first >= text.size()) return {};
    return text.substr(first, count);
}

bool put_binary(ImapOutput& out, const ImapParts& message, const ImapFetchItem& item) {
    const auto found = message.find(item.part);
    out.add(item.label()).add(" ");
    if (!found) {
        out.add(item.kind == Kind::binary_size ? "0" : "NIL");
        return true;
    }
    if (!known_encoding(found->part->transfer_encoding)) {
        out.add(item.kind == Kind::binary_size ? "0" : "NIL");
        return false;
    }
    const std::string whole = item.part.empty() ? std::string(message.source())
                                                : mail::decoded_body(message.header(), *found->part);
    if (item.kind == Kind::binary_size) {
        out.number(whole.size());
        return true;
    }
    const std::string text = cut(whole, item);
    if (text.find('\0') != std::string::npos) out.add("~"); // literal8: only there may a NUL stand
    out.literal(text);
    return true;
}

std::optional<std::vector<std::string>> take_fields(ImapLexer& in) {
    std::vector<std::string> fields;
    if (!in.space() || !in.take('(')) return std::nullopt;
    do {
        auto name = in.take_astring();
        if (!name) return std::nullopt;
        fields.push_back(std::move(*name));
    } while (in.space());
    if (!in.take(')')) return std::nullopt;
    return fields;
}

bool take_section(ImapLexer& in, ImapFetchItem& item) {
    if (!in.take('[')) return false;
    while (in.peek() >= '0' && in.peek() <= '9') {
        const auto n = in.take_number();
        if (!n || *n == 0 || *n > 0xFFFFFFFFU) return false;
        item.part.push_back(static_cast<std::uint32_t>(*n));
        if (in.peek() == ']') break;
        if (!in.take('.')) return false;
        if (!(in.peek() >= '0' && in.peek() <= '9') && in.peek() == ']') return false;
    }
    if (in.peek() != ']') {
        if (item.kind != Kind::section) return false; // BINARY has no texts
        const auto word = in.take_while([](char c) { return is_atom_char(c) && c != ']'; });
        const std::string name = word ? imap_upper(*word) : std::string();
        if (name == "HEADER") {
            item.text = Text::header;
        } else if (name == "TEXT") {
            item.text = Text::text;
        } else if (name == "MIME" && !item.part.empty()) {
            item.text = Text::mime;
        } else if (name == "HEADER.FIELDS" || name == "HEADER.FIELDS.NOT") {
            item.text = name == "HEADER.FIELDS" ? Text::fields : Text::fields_not;
            auto fields = take_fields(in);
            if (!fields) return false;
            item.fields = std::move(*fields);
        } else {
            return false;
        }
    }
    return in.take(']');
}

bool take_partial(ImapLexer& in, ImapFetchItem& item) {
    if (!in.take('<')) return true;
    const auto first = in.take_number();
    if (!first || !in.take('.')) return false;
    const auto count = in.take_number();
    if (!count || *count == 0 || !in.take('>')) return false;
    item.partial.emplace(*first, *count);
    return item.kind != Kind::binary_size;
}

bool take_item(ImapLexer& in, Items& items) {
    const auto word =
        in.take_while([](char c) { return is_atom_char(c) && c != '[' && c != ']' && c != '<'; });
    const std::string name = word ? imap_upper(*word) : std::string();
    ImapFetchItem item;
    if (name == "BODY" || name == "BODY.PEEK" || name.starts_with("BINARY")) {
        if (name == "BODY" && in.peek() != '[') {
            items.push_back(of(Kind::body));
            return true;
        }
        item.peek = name.ends_with(".PEEK");
        item.kind = name.starts_with("BODY") ? Kind::section
                    : name == "BINARY.SIZE"  ? Kind::binary_size
                                             : Kind::binary;
        if (item.kind == Kind::binary && name != "BINARY" && name != "BINARY.PEEK") return false;
        items.push_back(std::move(item));
        return take_section(in, items.back()) && take_partial(in, items.back());
    }
    if (name == "RFC822" || name == "RFC822.HEADER" || name == "RFC822.TEXT") {
        item.kind = Kind::section;
        item.old_name = name;
        item.peek = name == "RFC822.HEADER";
        item.text = name == "RFC822" ? Text::all : item.peek ? Text::header : Text::text;
        items.push_back(std::move(item));
        return true;
    }
    for (const Kind kind : {Kind::uid, Kind::flags, Kind::internal_date, Kind::size, Kind::modseq,
                            Kind::envelope, Kind::structure}) {
        if (name != of(kind).label()) continue;
        items.push_back(of(kind));
        return true;
    }
    return false;
}

} // namespace

std::string ImapFetchItem::label() const {
    switch (kind) {
    case Kind::uid:
        return "UID";
    case Kind::flags:
        return "FLAGS";
    case Kind::internal_date:
        return "INTERNALDATE";
    case Kind::size:
        return "RFC822.SIZE";
    case Kind::modseq:
        return "MODSEQ";
    case Kind::envelope:
        return "ENVELOPE";
    case Kind::body:
        return "BODY";
    case Kind::structure:
        return "BODYSTRUCTURE";
    default:
        break;
    }
    if (!old_name.empty()) return old_name;
    std::string out = kind == Kind::section ? "BODY[" : kind == Kind::binary ? "BINARY[" : "BINARY.SIZE[";
    for (std::size_t i = 0; i < part.size(); ++i)
        out.append(i > 0 ? "." : "").append(std::to_string(part[i]));
    if (!part.empty() && text != Text::all) out += '.';
    static constexpr std::string_view texts[] = {"",     "HEADER", "HEADER.FIELDS", "HEADER.FIELDS.NOT",
                                                 "TEXT", "MIME"};
    out += texts[static_cast<std::size_t>(text)];
    if (!fields.empty()) {
        ImapOutput names;
        for (std::size_t i = 0; i < fields.size(); ++i) {
            const bool atom =
                std::all_of(fields[i].begin(), fields[i].end(), is_atom_char) && !fields[i].empty();
            names.add(i > 0 ? " " : "");
            if (atom)
                names.add(fields[i]);
            else
                names.string(fields[i]);
        }
        out += " (" + names.text() + ")";
    }
    out += "]";
    if (partial) out += "<" + std::to_string(partial->first) + ">";
    return out;
}

std::optional<Items> parse_fetch_items(ImapLexer& in) {
    Items items;
    if (in.take('(')) {
        do {
            if (!take_item(in, items)) return std::nullopt;
        } while (in.space());
        if (!in.take(')')) return std::nullopt;
        return items;
    }
    const ImapLexer before = in;
    const auto word = in.take_word();
    const std::string macro = word ? *word : std::string();
    if (macro == "ALL" || macro == "FAST" || macro == "FULL") {
        items = {of(Kind::flags), of(Kind::internal_date), of(Kind::size)};
        if (macro != "FAST") items.push_back(of(Kind::envelope));
        if (macro == "FULL") items.push_back(of(Kind::body));
        return items;
    }
    in = before;
    if (!take_item(in, items)) return std::nullopt;
    return items;
}

bool put_fetch(ImapOutput& out, const ImapMessage& message, const Items& items, const std::string& flags,
               std::unique_ptr<ImapParts>& parts) {
    bool understood = true;
    bool first = true;
    auto taken_apart = [&]() -> const ImapParts& {
        if (!parts) parts = std::make_unique<ImapParts>(message.message);
        return *parts;
    };
    for (const auto& item : items) {
        if (!first) out.add(" ");
        first = false;
        if (item.kind == Kind::binary || item.kind == Kind::binary_size) {
            understood = put_binary(out, taken_apart(), item) && understood;
            continue;
        }
        out.add(item.label()).add(" ");
        switch (item.kind) {
        case Kind::uid:
            out.number(message.uid);
            break;
        case Kind::flags:
            out.add("(").add(flags).add(")");
            break;
        case Kind::internal_date:
            out.add("\"").add(imap_date_time(message.received)).add("\"");
            break;
        case Kind::size:
            out.number(message.message.size());
            break;
        case Kind::modseq:
            out.add("(").number(message.modseq).add(")");
            break;
        case Kind::envelope:
            put_envelope(out, taken_apart().header());
            break;
        case Kind::body:
        case Kind::structure:
            put_structure(out, taken_apart(), item.kind == Kind::structure);
            break;
        default:
            if (item.whole()) { // nothing is rendered
                out.literal(message.message);
                break;
            }
            if (const auto text = section_of(taken_apart(), item))
                out.literal(cut(*text, item));
            else
                out.add("NIL");
        }
    }
    return understood;
}

} // namespace postopolis::access
