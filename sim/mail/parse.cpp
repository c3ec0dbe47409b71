// The header section: one pass over the lines. See the header; MIME is in mime.cpp.
#include "postopolis/mail/parse.hpp"

#include "mail/chars.hpp"
#include "mail/encode.hpp"

#include <algorithm>

namespace postopolis::mail {
namespace {

/// The end of the line that begins at `begin`, with its line break.
std::size_t line_end(std::string_view text, std::size_t begin) {
    const std::size_t feed = text.find('\n', begin);
    return feed == std::string_view::npos ? text.size() : feed + 1;
}

std::string_view without_break(std::string_view line) {
    if (line.ends_with('\n')) line.remove_suffix(1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

/// The length of the field name with which a line opens, 0 if it opens with none (RFC 5322 section 2.2).
/// Blanks before the colon are obsolete (section 4.5) and no part of the name.
std::size_t name_length(std::string_view line) {
    std::size_t length = 0;
    while (length < line.size() && line[length] > ' ' && line[length] < 0x7f && line[length] != ':')
        ++length;
    const std::size_t colon = line.find_first_not_of(" \t", length);
    return colon != std::string_view::npos && line[colon] == ':' ? length : 0;
}

class BytesContent final : public Content {
public:
    explicit BytesContent(std::string bytes) : bytes_(std::move(bytes)) {
        const ParsedMessage parsed = parse_message(bytes_);
        received_ = parsed.count("Received");
        subject_ = parsed.decoded_value("Subject");
        const std::string submitted = parsed.value("Auto-Submitted");
        auto_submitted_ = !submitted.empty() && !same_text(submitted, "no");
        eight_bit_ = !is_ascii(bytes_);
        const std::vector<std::string> ids = ids_of(parsed.value("Message-ID"));
        if (!ids.empty()) message_id_ = ids.front();
        references_ = ids_of(parsed.value("References"));
        if (references_.empty()) references_ = ids_of(parsed.value("In-Reply-To"));
        if (!message_id_.empty()) references_.push_back(message_id_);
    }
    std::uint64_t size() const override { return bytes_.size(); }
    void render(std::string& out) const override { out += bytes_; }
    std::string message_id() const override { return message_id_; }
    std::string subject() const override { return subject_; }
    int received_count() const override { return received_; }
    bool eight_bit() const override { return eight_bit_; }
    bool auto_submitted() const override { return auto_submitted_; }
    std::vector<std::string> references() const override { return references_; }
    std::optional<Quote> quote() const override;
    AddressPtr author() const override { return first_of("From"); }
    AddressPtr reply_to() const override { return first_of("Reply-To"); }
    std::vector<AddressPtr> addressees() const override {
        std::vector<AddressPtr> all = named_in("To");
        const std::vector<AddressPtr> more = named_in("Cc");
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }

private:
    std::vector<AddressPtr> named_in(std::string_view field) const {
        std::vector<AddressPtr> all;
        const auto parsed = parse_address_list(parse_message(bytes_).value(field));
        if (const auto* list = std::get_if<std::vector<HeaderAddress>>(&parsed))
            for (const HeaderAddress& who : *list)
                all.push_back(std::make_shared<const Address>(who.address));
        return all;
    }
    AddressPtr first_of(std::string_view field) const {
        const std::vector<AddressPtr> all = named_in(field);
        return all.empty() ? nullptr : all.front();
    }
    static std::vector<std::string> ids_of(std::string_view value) {
        std::vector<std::string> ids;
        for (;;) {
            const std::size_t open = value.find('<');
            const std::size_t close = open == std::string_view::npos ? open : value.find('>', open);
            if (close == std::string_view::npos) return ids;
            ids.emplace_back(value.substr(open + 1, close - open - 1));
            value.remove_prefix(close + 1);
        }
    }

    std::string bytes_;
    std::string message_id_, subject_;
    std::vector<std::string> references_;
    int received_ = 0;
    bool eight_bit_ = false, auto_submitted_ = false;
};

const Part* first_text(const Part& part) {
    if (part.type == "text/plain") return &part;
    for (const Part& inner : part.parts)
        if (const Part* found = first_text(inner)) return found;
    return nullptr;
}

std::optional<Quote> BytesContent::quote() const {
    const ParsedMessage parsed = parse_message(bytes_);
    const Part root = parse_parts(parsed);
    const Part* part = first_text(root);
    if (!part) return std::nullopt;
    Quote quote;
    const auto from = parse_address_list(parsed.value("From"));
    const auto* list = std::get_if<std::vector<HeaderAddress>>(&from);
    quote.author = "somebody";
    if (list && !list->empty()) {
        const std::string name = decode_rfc2047(list->front().display_name);
        quote.author = name.empty() ? list->front().address.text() : name;
    }
    if (const auto date = parse_date(parsed.value("Date"))) quote.date = *date;
    quote.text = std::make_shared<const std::string>(decoded_text(parsed, *part));
    return quote;
}

} // namespace

const HeaderField* ParsedMessage::first(std::string_view name) const {
    const auto found = std::find_if(fields.begin(), fields.end(),
                                    [&](const HeaderField& field) { return same_text(field.name, name); });
    return found == fields.end() ? nullptr : &*found;
}

int ParsedMessage::count(std::string_view name) const {
    return static_cast<int>(std::count_if(
        fields.begin(), fields.end(), [&](const HeaderField& field) { return same_text(field.name, name); }));
}

std::string ParsedMessage::value(std::string_view name) const {
    const HeaderField* field = first(name);
    return field ? unfold(field->body) : std::string();
}

std::string ParsedMessage::decoded_value(std::string_view name) const {
    return valid_utf8(decode_rfc2047(value(name)));
}

ParsedMessage parse_message(std::string source) {
    ParsedMessage message;
    message.source = std::move(source);
    const std::string_view text = message.source;
    // Not "From : a@b.example", a field in obsolete syntax.
    std::size_t at = text.starts_with("From ") && name_length(text) == 0 ? line_end(text, 0) : 0;
    while (at < text.size()) {
        const std::string_view line = without_break(text.substr(at, line_end(text, at) - at));
        const std::size_t name = name_length(line);
        if (name == 0) break;
        std::size_t end = line_end(text, at);
        // Continuation lines; one of blanks alone is obsolete syntax and still a continuation (section 4.2).
        while (end < text.size() && is_blank(text[end]))
            end = line_end(text, end);
        const std::size_t colon = text.find(':', at + name);
        const std::string_view body = without_break(text.substr(colon + 1, end - colon - 1));
        message.fields.push_back({std::string(line.substr(0, name)), std::string(body), at, end - at});
        at = end;
    }
    const bool empty_line =
        at < text.size() && without_break(text.substr(at, line_end(text, at) - at)).empty();
    message.body_offset = empty_line ? line_end(text, at) : at;
    return message;
}

std::string unfold(std::string_view raw) {
    std::string out;
    for (const char c : trimmed(raw))
        if (c != '\r' && c != '\n') out += c;
    return out;
}

ContentPtr content_from_bytes(std::string bytes) {
    return std::make_shared<const BytesContent>(crlf_lines(bytes));
}

} // namespace postopolis::mail
