// A footer below a message, as list managers write it.
#include "postopolis/mail/edit.hpp"

#include "mail/chars.hpp"
#include "mail/encode.hpp"

namespace postopolis::mail {
namespace {

/// Header fields and body of a text part.
std::string text_part(std::string_view text) {
    const bool ascii = is_ascii(text);
    std::string out = ascii ? "Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n"
                            : "Content-Type: text/plain; charset=utf-8\r\n"
                              "Content-Transfer-Encoding: quoted-printable\r\n";
    out += "Content-Disposition: inline\r\n\r\n";
    return out += ascii ? std::string(text) : quoted_printable(text);
}

bool is_content_field(std::string_view name) {
    return name.size() > 8 && same_text(name.substr(0, 8), "Content-");
}

/// The text as octets in the part's charset; nothing if that is neither ASCII nor UTF-8 and the text needs more.
bool charset_holds(const Part& part, std::string_view text) {
    return is_ascii(text) || same_text(part.parameter("charset"), "utf-8");
}

/// Below plain text, in its own encoding. False if it cannot hold the footer.
bool append_to_text(EditedMessage& message, const Part& root, std::string_view text) {
    std::string body(message.original().body());
    const std::string& encoding = root.transfer_encoding;
    if (root.type != "text/plain" || !charset_holds(root, text)) return false;
    if (!body.empty() && !body.ends_with('\n') && encoding != "base64") body += "\r\n";
    if (encoding == "base64") {
        std::string octets = decode_base64(body);
        if (!octets.empty() && !octets.ends_with('\n')) octets += "\r\n";
        octets += text;
        body.clear();
        append_base64(body, octets);
    } else if (encoding == "quoted-printable") {
        body += quoted_printable(text);
    } else if (encoding == "8bit" || is_ascii(text)) {
        body += text;
    } else {
        return false;
    }
    message.set_body(std::move(body));
    return true;
}

bool append_part(EditedMessage& message, const Part& root, std::string_view text) {
    if (root.type != "multipart/mixed" || root.parts.empty()) return false;
    const std::string_view source = message.original().source;
    const std::string delimiter = "--" + std::string(root.parameter("boundary"));
    const std::size_t close = source.find(delimiter + "--", root.parts.back().end);
    std::string body(source.substr(root.body, std::min(close, source.size()) - root.body));
    if (!body.ends_with('\n')) body += "\r\n";
    body += delimiter + "\r\n" + text_part(text) + "\r\n" + delimiter + "--\r\n";
    message.set_body(std::move(body));
    return true;
}

void wrap(EditedMessage& message, std::string_view text) {
    const ParsedMessage& original = message.original();
    const std::string boundary = boundary_for(original.value("Message-ID"), original.source.size());
    std::string body = "--" + boundary + "\r\n";
    std::string moved;
    for (const HeaderField& field : original.fields) {
        if (!is_content_field(field.name)) continue;
        moved += std::string_view(original.source).substr(field.offset, field.length);
        message.remove(field.name);
    }
    body += moved;
    if (!body.ends_with('\n')) body += "\r\n";
    body += "\r\n";
    body += original.body();
    body += "\r\n--" + boundary + "\r\n" + text_part(text) + "\r\n--" + boundary + "--\r\n";
    message.remove("MIME-Version");
    message.append("MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"" + boundary + "\"\r\n");
    message.set_body(std::move(body));
}

} // namespace

void append_footer(EditedMessage& message, std::string_view text) {
    const std::string lines = crlf_lines(valid_utf8(text));
    const Part root = parse_parts(message.original());
    if (append_to_text(message, root, lines) || append_part(message, root, lines)) return;
    wrap(message, lines);
}

} // namespace postopolis::mail
