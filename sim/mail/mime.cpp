// The tree of MIME parts (RFC 2046 section 5). Work is bounded: depth by the caller, parts by a constant.
#include "postopolis/mail/parse.hpp"

#include "mail/chars.hpp"

#include <algorithm>

namespace postopolis::mail {
namespace {

constexpr int most_parts = 1000;

/// A parameter's value: a token, or a quoted string without its quotes. Takes it off the text.
std::string take_value(std::string_view& text) {
    std::string value;
    text = trimmed(text);
    if (!text.starts_with('"')) {
        const std::size_t end = std::min(text.find(';'), text.size());
        value = trimmed(text.substr(0, end));
        text.remove_prefix(end);
        return value;
    }
    std::size_t at = 1;
    for (; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] == '\\' && at + 1 < text.size()) ++at;
        value += text[at];
    }
    text.remove_prefix(std::min(at + 1, text.size()));
    return value;
}

/// Content-Type of RFC 2045 section 5.1.
void read_content_type(Part& part, const std::string& value) {
    std::string_view rest = value;
    const std::size_t end = std::min(rest.find(';'), rest.size());
    const std::string_view type = trimmed(rest.substr(0, end));
    if (type.find('/') == std::string_view::npos) return; // section 5.2: the default stays
    part.type = lower_text(type);
    rest.remove_prefix(end);
    while (!rest.empty()) {
        rest.remove_prefix(1); // ';'
        const std::size_t equals = rest.find_first_of("=;");
        if (equals == std::string_view::npos) return;
        const std::string name = lower_text(trimmed(rest.substr(0, equals)));
        rest.remove_prefix(equals);
        if (!rest.starts_with('=')) continue;
        rest.remove_prefix(1);
        part.parameters.emplace_back(name, take_value(rest));
        rest.remove_prefix(std::min(rest.find(';'), rest.size()));
    }
}

class PartReader {
public:
    explicit PartReader(std::string_view source) : source_(source) {}

    Part read(std::size_t begin, std::size_t end, int depth) {
        Part part;
        const ParsedMessage header = parse_message(header_of(begin, end));
        read_content_type(part, header.value("Content-Type"));
        const std::string encoding = header.value("Content-Transfer-Encoding");
        if (!encoding.empty()) part.transfer_encoding = lower_text(encoding);
        part.begin = begin;
        part.body = begin + header.body_offset;
        part.end = end;
        if (depth > 0 && part.type.starts_with("multipart/")) read_multipart(part, depth);
        if (depth > 0 && part.type == "message/rfc822" && count_ < most_parts) {
            ++count_;
            part.parts.push_back(read(part.body, end, depth - 1));
        }
        return part;
    }

private:
    /// The header with its empty line, so that a large body is not copied at every level.
    std::string header_of(std::size_t begin, std::size_t end) const {
        std::size_t at = begin;
        while (at < end) {
            const std::size_t feed = source_.find('\n', at);
            if (feed == std::string_view::npos || feed >= end) {
                at = end;
                break;
            }
            const bool empty = trimmed(source_.substr(at, feed - at)).empty() && !is_blank(source_[at]);
            at = feed + 1;
            if (empty) break;
        }
        return std::string(source_.substr(begin, at - begin));
    }

    void read_multipart(Part& part, int depth) {
        const std::string delimiter = "--" + std::string(part.parameter("boundary"));
        if (delimiter.size() == 2) return;
        std::size_t open = std::string_view::npos; // where the body part being read begins
        for (std::size_t at = part.body; at < part.end;) {
            const std::size_t feed = source_.find('\n', at);
            const std::size_t next = feed == std::string_view::npos ? part.end : std::min(feed + 1, part.end);
            std::string_view line = source_.substr(at, next - at);
            if (line.starts_with(delimiter)) {
                line.remove_prefix(delimiter.size());
                const bool closing = line.starts_with("--");
                if (!closing && !trimmed(line).empty()) { // some other boundary of which ours is a beginning
                    at = next;
                    continue;
                }
                if (open != std::string_view::npos) add(part, open, at, depth);
                if (closing || count_ >= most_parts) return;
                open = next;
            }
            at = next;
        }
        if (open != std::string_view::npos) add(part, open, part.end, depth); // never closed
    }

    void add(Part& part, std::size_t begin, std::size_t end, int depth) {
        // The line break before a delimiter belongs to the delimiter.
        if (end > begin && end < part.end && source_[end - 1] == '\n') --end;
        if (end > begin && end < part.end && source_[end - 1] == '\r') --end;
        ++count_;
        part.parts.push_back(read(begin, end, depth - 1));
    }

    std::string_view source_;
    int count_ = 0;
};

} // namespace

std::string_view Part::parameter(std::string_view name) const {
    for (const auto& [key, value] : parameters)
        if (key == name) return value;
    return {};
}

Part parse_parts(const ParsedMessage& message, int max_depth) {
    const std::size_t begin = message.fields.empty() ? message.body_offset : message.fields.front().offset;
    PartReader reader(message.source);
    Part root = reader.read(begin, message.source.size(), max_depth);
    return root;
}

std::string decoded_body(const ParsedMessage& message, const Part& part) {
    const std::string_view body = std::string_view(message.source).substr(part.body, part.end - part.body);
    if (part.transfer_encoding == "base64") return decode_base64(body);
    if (part.transfer_encoding == "quoted-printable") return decode_quoted_printable(body);
    return std::string(body);
}

} // namespace postopolis::mail
