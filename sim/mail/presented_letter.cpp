// What such a letter stores is its specification: text and attachments are made again from the seed whenever it is
// rendered. Its size takes one rendering without the attachments, whose sizes in base64 follow from a formula.
//
// multipart/mixed                if there are attachments
//   multipart/alternative        if there is HTML
//     text/plain
//     text/html
//   application/pdf ...          attachments, in base64
#include "mail/presented_letter.hpp"

#include "mail/chars.hpp"
#include "mail/letter.hpp"
#include "mail/parameters.hpp"
#include "mail/prose.hpp"
#include "mail/prose_languages.hpp"
#include "mail/quoting.hpp"

namespace postopolis::mail {
namespace {

std::string html_escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else
            out += c;
    }
    return out;
}

/// A paragraph of each run of lines without an empty one.
std::string html_of(std::string_view text, std::string_view language, std::string_view title) {
    std::string out = "<!DOCTYPE html>\r\n<html lang=\"" + std::string(language) +
                      "\">\r\n<head><meta charset=\"utf-8\"><title>" + html_escaped(title) +
                      "</title></head>\r\n<body>\r\n";
    bool open = false;
    while (!text.empty()) {
        const std::size_t end = text.find("\r\n");
        const std::string_view line = text.substr(0, end);
        if (line.empty() && open) out += "</p>\r\n";
        if (!line.empty()) out += (open ? "<br>\r\n" : "<p>") + html_escaped(line);
        open = !line.empty();
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 2);
    }
    if (open) out += "</p>\r\n";
    return out += "</body>\r\n</html>\r\n";
}

bool is_text(const Attachment& file) {
    return file.type.starts_with("text/");
}

void append_parameterized(std::string& out, std::string_view field, std::string_view value,
                          const std::vector<std::string>& parameters) {
    FieldWriter writer(out, field);
    std::string before(value);
    for (const std::string& parameter : parameters) {
        writer.word(before + ';');
        before = parameter;
    }
    writer.word(before);
    writer.end();
}

class PresentedLetter final : public Letter {
public:
    explicit PresentedLetter(LetterSpec spec) : Letter(std::move(spec)) {
        if (const auto* body = std::get_if<GeneratedBody>(&spec_.body)) {
            seed_ = body->seed;
            text_size_ = std::max(body->size, minimum_body_size);
        }
        files_ = look().attachments;
        if (files_.empty() && text_size_ > attachment_threshold) {
            const std::uint64_t whole = text_size_;
            text_size_ = 400 + TextRandom(seed_).next() % 1200;
            files_.push_back({attachment_name(seed_), {}, whole - text_size_});
        }
        for (Attachment& file : files_)
            if (file.type.empty()) file.type = usual_type(file.name);
        std::string rest;
        write(rest, false);
        eight_bit_ = !is_ascii(rest);
        size_ = rest.size();
        for (const Attachment& file : files_)
            size_ += base64_size(file.size);
    }

    std::uint64_t size() const override { return size_; }
    bool eight_bit() const override { return eight_bit_; }
    void render(std::string& out) const override {
        out.reserve(out.size() + size_);
        write(out, true);
    }
    void render_headers(std::string& out) const override {
        std::string whole;
        write(whole, false);
        out += std::string_view(whole).substr(0, whole.find("\r\n\r\n") + 2);
    }
    std::optional<Quote> quote() const override {
        Quote quote = basic_quote();
        quote.text = std::make_shared<const std::string>(own_text(quoted().size()));
        return quote;
    }

private:
    const Presentation& look() const { return *spec_.presentation; }
    std::string boundary(std::uint64_t salt) const { return boundary_for(spec_.message_id, seed_ + salt); }

    /// Of generated text at most half is quoted.
    std::string quoted() const {
        const bool generated = std::holds_alternative<GeneratedBody>(spec_.body);
        if (!spec_.quote) return {};
        return crlf_lines(valid_utf8(quote_block(*spec_.quote, generated ? text_size_ / 2 : explicit_quote, false)));
    }
    std::string own_text(std::size_t taken) const {
        if (const auto* written = std::get_if<std::string>(&spec_.body)) return crlf_lines(valid_utf8(*written));
        std::string text;
        const std::string greeted = spec_.to.size() == 1 ? calling_name(spec_.to[0]) : std::string("all");
        append_prose(text, look().language, seed_, text_size_ - taken, greeted, calling_name(spec_.from));
        return text;
    }

    void write(std::string& out, bool with_files) const {
        append_letter_header(out, spec_);
        append_plain_field(out, "Content-Language", language_tag(look().language));
        if (files_.empty()) return append_text(out);
        const std::string delimiter = boundary(0);
        out += "Content-Type: multipart/mixed; boundary=\"" + delimiter + "\"\r\n\r\n--" + delimiter + "\r\n";
        append_text(out);
        std::uint64_t number = 0;
        for (const Attachment& file : files_) {
            out += "\r\n--" + delimiter + "\r\n"; // the line break before a delimiter belongs to it
            append_file(out, file, with_files, number++);
        }
        out += "--" + delimiter + "--\r\n";
    }

    void append_text(std::string& out) const {
        std::string text = quoted();
        text += own_text(text.size());
        const std::string html = look().html ? html_of(text, language_tag(look().language), spec_.subject) : std::string();
        const EncodedText plain = encode_text(std::move(text), look().encoding);
        if (!look().html) {
            append_text_type(out, "text/plain", plain);
            out += "\r\n" + plain.octets;
            return;
        }
        const std::string delimiter = boundary(1);
        const EncodedText marked_up = encode_text(html, look().encoding);
        out += "Content-Type: multipart/alternative; boundary=\"" + delimiter + "\"\r\n\r\n--" + delimiter + "\r\n";
        append_text_type(out, "text/plain", plain);
        out += "\r\n" + plain.octets + "\r\n--" + delimiter + "\r\n";
        append_text_type(out, "text/html", marked_up);
        out += "\r\n" + marked_up.octets + "\r\n--" + delimiter + "--\r\n";
    }

    void append_file(std::string& out, const Attachment& file, bool with_content, std::uint64_t number) const {
        std::vector<std::string> type_parameters = parameter_texts("name", file.name);
        if (is_text(file)) type_parameters.insert(type_parameters.begin(), "charset=us-ascii");
        append_parameterized(out, "Content-Type", file.type, type_parameters);
        out += "Content-Transfer-Encoding: base64\r\n";
        append_parameterized(out, "Content-Disposition", "attachment", parameter_texts("filename", file.name));
        out += "\r\n";
        if (!with_content) return;
        const std::uint64_t seed = seed_ + number * 0x9e3779b97f4a7c15U;
        if (!is_text(file)) return append_attachment(out, seed, file.size);
        std::string text;
        append_prose(text, seed, file.size, {}, {});
        append_base64(out, std::string_view(text).substr(0, file.size));
    }

    std::uint64_t seed_ = 0;
    std::uint64_t text_size_ = 0;
    std::vector<Attachment> files_;
    std::uint64_t size_ = 0;
    bool eight_bit_ = false;
};

} // namespace

ContentPtr compose_presented(LetterSpec spec) {
    return std::make_shared<const PresentedLetter>(std::move(spec));
}

} // namespace postopolis::mail
