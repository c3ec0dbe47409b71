// What a message is made of; mail::parse_parts has read it.
#include "postopolis/access/imap_structure.hpp"

#include <algorithm>

#include "access/imap_envelope.hpp"
#include "access/imap_lexer.hpp"

namespace postopolis::access {
namespace {

using Parameters = std::vector<std::pair<std::string, std::string>>;

void put_parameters(ImapOutput& out, const Parameters& parameters) {
    if (parameters.empty()) {
        out.add("NIL");
        return;
    }
    out.add("(");
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        if (i > 0) out.add(" ");
        out.string(imap_upper(parameters[i].first)).add(" ").string(parameters[i].second);
    }
    out.add(")");
}

/// "attachment; filename=x": mail reads only Content-Type with parameters, and these are written alike.
mail::Part read_as_type(const std::string& value) {
    const auto end = std::min(value.find(';'), value.size());
    std::string type = value.substr(0, end);
    std::erase_if(type, [](char c) { return c == ' ' || c == '\t'; });
    const auto parsed = mail::parse_message("Content-Type: x/" + type + value.substr(end) + "\r\n\r\n");
    return mail::parse_parts(parsed, 0);
}

void put_disposition(ImapOutput& out, const mail::ParsedMessage& header) {
    const std::string value = header.value("Content-Disposition");
    if (value.empty()) {
        out.add(" NIL");
        return;
    }
    const mail::Part read = read_as_type(value);
    out.add(" (").string(imap_upper(std::string_view(read.type).substr(read.type.find('/') + 1))).add(" ");
    put_parameters(out, read.parameters);
    out.add(")");
}

/// One language, or a list of them (RFC 3282).
void put_language(ImapOutput& out, const mail::ParsedMessage& header) {
    const std::string value = header.value("Content-Language");
    std::vector<std::string> tags(1);
    for (const char c : value)
        if (c == ',')
            tags.emplace_back();
        else if (c != ' ' && c != '\t')
            tags.back() += c;
    std::erase_if(tags, [](const auto& tag) { return tag.empty(); });
    out.add(" ");
    if (tags.size() < 2) {
        out.nil_or_string(tags.empty() ? std::string() : tags.front());
        return;
    }
    out.add("(");
    for (std::size_t i = 0; i < tags.size(); ++i)
        out.add(i > 0 ? " " : "").string(tags[i]);
    out.add(")");
}

void put_extension(ImapOutput& out, const mail::ParsedMessage& header) {
    put_disposition(out, header);
    put_language(out, header);
    out.add(" ").nil_or_string(header.value("Content-Location"));
}

std::uint64_t lines_of(std::string_view text) {
    return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

class StructureWriter {
public:
    StructureWriter(ImapOutput& out, const ImapParts& message, bool extended)
        : out_(out), message_(message), extended_(extended) {}

    void put(const mail::Part& part) {
        out_.add("(");
        const auto header = mail::parse_message(std::string(message_.header_of(part)));
        if (part.type.starts_with("multipart/") && !part.parts.empty())
            put_multipart(part, header);
        else
            put_single(part, header);
        out_.add(")");
    }

private:
    void put_multipart(const mail::Part& part, const mail::ParsedMessage& header) {
        for (const auto& inner : part.parts)
            put(inner);
        out_.add(" ").string(imap_upper(std::string_view(part.type).substr(10)));
        if (!extended_) return;
        out_.add(" ");
        put_parameters(out_, part.parameters);
        put_extension(out_, header);
    }

    void put_single(const mail::Part& part, const mail::ParsedMessage& header) {
        // A multipart without parts is no multipart: what it has is text.
        const bool broken = part.type.starts_with("multipart/");
        const std::string type = broken ? "text/plain" : part.type;
        const auto slash = type.find('/');
        out_.string(imap_upper(std::string_view(type).substr(0, slash))).add(" ");
        out_.string(imap_upper(std::string_view(type).substr(slash + 1))).add(" ");
        Parameters parameters = broken ? Parameters() : part.parameters;
        // RFC 2045 section 5.2: text without a charset is US-ASCII.
        if (type == "text/plain" && part.parameter("charset").empty())
            parameters.emplace_back("charset", "US-ASCII");
        put_parameters(out_, parameters);
        const std::string_view text = message_.text_of(part);
        out_.add(" ").nil_or_string(header.value("Content-ID"));
        out_.add(" ").nil_or_string(header.value("Content-Description"));
        out_.add(" ").string(imap_upper(part.transfer_encoding)).add(" ").number(text.size());
        if (type == "message/rfc822" && !part.parts.empty()) {
            const auto& inner = part.parts.front();
            out_.add(" ");
            put_envelope(out_, mail::parse_message(std::string(message_.header_of(inner))));
            out_.add(" ");
            put(inner);
            out_.add(" ").number(lines_of(text));
        } else if (type.starts_with("text/")) {
            out_.add(" ").number(lines_of(text));
        }
        if (!extended_) return;
        out_.add(" ").nil_or_string(header.value("Content-MD5"));
        put_extension(out_, header);
    }

    ImapOutput& out_;
    const ImapParts& message_;
    bool extended_;
};

/// A message/rfc822 that was too deep to be opened may not be called one: its envelope is not known.
void close_unopened(mail::Part& part) {
    if (part.type == "message/rfc822" && part.parts.empty()) part.type = "application/octet-stream";
    for (auto& inner : part.parts)
        close_unopened(inner);
}

} // namespace

ImapParts::ImapParts(const mail::Message& message)
    : message_(mail::parse_message(message.text())), root_(mail::parse_parts(message_)) {
    close_unopened(root_);
}

std::optional<ImapParts::Found> ImapParts::find(const std::vector<std::uint32_t>& number) const {
    Found at{&root_, true};
    bool first = true;
    for (const std::uint32_t n : number) {
        // Below a message/rfc822 the parts of the message in it are numbered.
        const mail::Part* within = at.part;
        bool message = first;
        if (!first && within->type == "message/rfc822" && !within->parts.empty()) {
            within = &within->parts.front();
            message = true;
        }
        if (within->type.starts_with("multipart/") && !within->parts.empty()) {
            if (n == 0 || n > within->parts.size()) return std::nullopt;
            at = {&within->parts[n - 1], false};
        } else if (message && n == 1) {
            at = {within, true};
        } else {
            return std::nullopt;
        }
        first = false;
    }
    return at;
}

void put_structure(ImapOutput& out, const ImapParts& parts, bool extended) {
    StructureWriter(out, parts, extended).put(parts.root());
}

void put_envelope(ImapOutput& out, const mail::ParsedMessage& header) {
    const std::string from = header.value("From");
    auto or_from = [&](std::string_view field) {
        const std::string value = header.value(field);
        return value.empty() ? from : value; // section 7.5.2: these two default to From
    };
    out.add("(").nil_or_string(header.value("Date"));
    // A field that is there and empty is an empty string, not NIL.
    out.add(" ");
    if (header.first("Subject") != nullptr)
        out.string(header.value("Subject"));
    else
        out.add("NIL");
    for (const std::string& list : {from, or_from("Sender"), or_from("Reply-To"), header.value("To"),
                                    header.value("Cc"), header.value("Bcc")}) {
        out.add(" ");
        put_addresses(out, list);
    }
    out.add(" ").nil_or_string(header.value("In-Reply-To"));
    out.add(" ").nil_or_string(header.value("Message-ID")).add(")");
}

} // namespace postopolis::access
