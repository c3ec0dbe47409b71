// The tree of MIME parts (RFC 2046 section 5). Work is bounded: depth by the caller, parts by a constant.
#include "postopolis/mail/parse.hpp"

#include "mail/chars.hpp"
#include "mail/charset.hpp"
#include "mail/encode.hpp"
#include "mail/parameters.hpp"

#include <algorithm>

namespace postopolis::mail {
namespace {

constexpr int most_parts = 1000;

/// Content-Type of RFC 2045 section 5.1. One that cannot be read leaves the default (section 5.2).
void read_content_type(Part& part, const std::string& value) {
    ParameterizedValue read = parse_parameterized(value);
    const std::size_t slash = read.value.find('/');
    if (slash == 0 || slash == std::string::npos || slash + 1 == read.value.size() || slash != read.value.rfind('/'))
        return;
    part.type = std::move(read.value);
    part.parameters = std::move(read.parameters);
}

std::string_view find_parameter(const Parameters& all, std::string_view name) {
    for (const auto& [key, value] : all)
        if (key == name) return value;
    return {};
}

bool is_message(const Part& part) {
    const bool encoded = part.transfer_encoding == "base64" || part.transfer_encoding == "quoted-printable";
    return (part.type == "message/rfc822" || part.type == "message/global") && !encoded;
}

class PartReader {
public:
    explicit PartReader(std::string_view source) : source_(source) {}

    Part read(std::size_t begin, std::size_t end, int depth, std::string_view default_type = "text/plain") {
        Part part;
        part.type = default_type;
        const ParsedMessage header = parse_message(header_of(begin, end));
        if (header.first("Content-Type") != nullptr) {
            part.type = "text/plain";
            read_content_type(part, header.value("Content-Type"));
        }
        const std::string encoding = parse_parameterized(header.value("Content-Transfer-Encoding")).value;
        if (!encoding.empty()) part.transfer_encoding = encoding;
        ParameterizedValue disposition = parse_parameterized(header.value("Content-Disposition"));
        part.disposition = std::move(disposition.value);
        part.disposition_parameters = std::move(disposition.parameters);
        part.begin = begin;
        part.body = begin + header.body_offset;
        part.end = end;
        if (depth > 0 && part.type.starts_with("multipart/")) read_multipart(part, depth);
        if (depth > 0 && is_message(part) && count_ < most_parts) {
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
        // RFC 2046 section 5.1.5: what a digest holds is messages unless it says otherwise.
        const std::string_view usual = part.type == "multipart/digest" ? "message/rfc822" : "text/plain";
        part.parts.push_back(read(begin, end, depth - 1, usual));
    }

    std::string_view source_;
    int count_ = 0;
};

} // namespace

std::string_view Part::parameter(std::string_view name) const {
    return find_parameter(parameters, name);
}

std::string_view Part::filename() const {
    const std::string_view said = find_parameter(disposition_parameters, "filename");
    return said.empty() ? parameter("name") : said;
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

std::string decoded_text(const ParsedMessage& message, const Part& part) {
    const std::string octets = decoded_body(message, part);
    const std::string_view charset = part.parameter("charset");
    return to_utf8(charset.empty() ? "us-ascii" : charset, octets).value_or(valid_utf8(octets));
}

} // namespace postopolis::mail
