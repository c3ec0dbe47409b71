// Copies the message part by part; only the parts that hold octets above 127, and the fields that say so, change.
#include "postopolis/mail/seven_bit.hpp"

#include "mail/chars.hpp"
#include "mail/encode.hpp"
#include "postopolis/mail/parse.hpp"

namespace postopolis::mail {
namespace {

class Converter {
public:
    explicit Converter(const ParsedMessage& message) : source_(message.source), message_(message) {}

    bool convert(const Part& part) {
        const std::string_view all = source_.substr(part.begin, part.end - part.begin);
        if (is_ascii(all) && part.transfer_encoding != "8bit" && part.transfer_encoding != "binary") {
            out_ += all;
            return true;
        }
        const std::string_view header = source_.substr(part.begin, part.body - part.begin);
        if (!is_ascii(header)) return false;
        if (!part.parts.empty()) {
            // What holds other parts has no encoding of its own (RFC 2045 section 6.4).
            append_header(header, "7bit");
            std::size_t at = part.body;
            for (const Part& inner : part.parts) {
                if (!copy(at, inner.begin) || !convert(inner)) return false;
                at = inner.end;
            }
            return copy(at, part.end);
        }
        const std::string_view body = source_.substr(part.body, part.end - part.body);
        if (is_ascii(body)) {
            append_header(header, "7bit");
            out_ += body;
            return true;
        }
        if (part.type.starts_with("message/") || part.type.starts_with("multipart/")) return false;
        const bool text = part.type.starts_with("text/");
        append_header(header, text ? "quoted-printable" : "base64");
        if (text)
            out_ += quoted_printable(body);
        else
            append_base64(out_, decoded_body(message_, part));
        return true;
    }

    std::string take() { return std::move(out_); }

private:
    /// What stands between parts, which are lines of text for nobody.
    bool copy(std::size_t from, std::size_t to) {
        const std::string_view between = source_.substr(from, to - from);
        out_ += between;
        return is_ascii(between);
    }

    void append_header(std::string_view header, std::string_view encoding) {
        constexpr std::string_view name = "Content-Transfer-Encoding:";
        bool said = false, inside = false;
        while (!header.empty()) {
            const std::size_t feed = header.find('\n');
            const std::string_view line = header.substr(0, feed == std::string_view::npos ? feed : feed + 1);
            header.remove_prefix(line.size());
            inside = inside && is_blank(line.front());
            if (lower_text(line.substr(0, name.size())) == lower_text(name)) inside = true;
            const bool end = trimmed(line).empty();
            if ((inside || end) && !said) {
                out_.append(name).append(" ").append(encoding).append("\r\n");
                said = true;
            }
            if (!inside) out_ += line;
        }
    }

    std::string_view source_;
    const ParsedMessage& message_;
    std::string out_;
};

} // namespace

std::optional<Message> to_seven_bit(const Message& message) {
    std::string content;
    message.content()->render(content);
    const ParsedMessage parsed = parse_message(std::move(content));
    const Part root = parse_parts(parsed);
    Converter converter(parsed);
    if (!converter.convert(root)) return std::nullopt;
    return message.with(content_from_bytes(converter.take()));
}

} // namespace postopolis::mail
