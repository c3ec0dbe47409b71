// Letters: one class for generated bodies, which stores only their seed, and one for explicit text, which
// stores its encoded form. Headers are written again for each rendering; only their size is kept. Letters with a
// presentation are in presented_letter.cpp.
#include "postopolis/mail/compose.hpp"

#include "mail/chars.hpp"
#include "mail/encode.hpp"
#include "mail/letter.hpp"
#include "mail/presented_letter.hpp"
#include "mail/prose.hpp"
#include "mail/prose_languages.hpp"
#include "mail/quoting.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>

namespace postopolis::mail {
namespace {

LetterSpec full(const PlainSpec& plain) {
    LetterSpec spec;
    spec.from = {plain.from, std::string(plain.from_name)};
    spec.to.push_back({plain.to, {}});
    spec.subject = plain.subject;
    spec.date = {plain.unix_nanoseconds, 0};
    spec.message_id = generated_message_id(spec.date, plain.number, *plain.from);
    spec.body = plain.body;
    return spec;
}

class GeneratedLetter final : public Letter {
public:
    GeneratedLetter(LetterSpec spec, GeneratedBody body) : Letter(std::move(spec)), body_(body) {
        body_.size = std::max(body_.size, minimum_body_size);
        // A cover letter of some lines; what it does not take is the attachment.
        text_size_ = has_attachment() ? 400 + TextRandom(body_.seed).next() % 1200 : body_.size;
        std::string rest;
        rest.reserve(512);
        render_headers(rest);
        append_before_text(rest);
        append_between(rest);
        append_after(rest);
        size_ = rest.size() + 2 + text_size_ + (has_attachment() ? base64_size(attachment_size()) : 0);
    }

    std::uint64_t size() const override { return size_; }

    void render(std::string& out) const override {
        out.reserve(out.size() + size_);
        render_headers(out);
        out += "\r\n";
        append_before_text(out);
        append_text_body(out);
        append_between(out);
        if (has_attachment()) append_attachment(out, body_.seed, attachment_size());
        append_after(out);
    }

    void render_headers(std::string& out) const override {
        append_letter_header(out, spec_);
        if (has_attachment())
            out += "Content-Type: multipart/mixed; boundary=\"" + boundary() + "\"\r\n";
        else
            out += "Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n";
    }

    /// Only what this author wrote, without the quotes in it.
    std::optional<Quote> quote() const override {
        Quote quote = basic_quote();
        quote.seed = body_.seed;
        quote.body_size = text_size_ - crlf_lines(quoted()).size();
        quote.salutation_name = greeted();
        quote.signature_name = calling_name(spec_.from);
        return quote;
    }

private:
    bool has_attachment() const { return body_.size > attachment_threshold; }
    std::uint64_t attachment_size() const { return body_.size - text_size_; }
    std::string boundary() const { return boundary_for(spec_.message_id, body_.seed); }
    std::string greeted() const { return spec_.to.size() == 1 ? calling_name(spec_.to[0]) : "all"; }

    /// At most half of the text is quoted.
    std::string quoted() const {
        return spec_.quote ? quote_block(*spec_.quote, text_size_ / 2, true) : std::string();
    }

    void append_text_body(std::string& out) const {
        const std::string quote = crlf_lines(quoted());
        out += quote;
        append_prose(out, body_.seed, text_size_ - quote.size(), greeted(), calling_name(spec_.from));
    }
    void append_before_text(std::string& out) const {
        if (!has_attachment()) return;
        out += "--" + boundary() + "\r\n";
        out += "Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\n";
    }
    void append_between(std::string& out) const {
        if (!has_attachment()) return;
        const std::string name = attachment_name(body_.seed);
        out += "\r\n--" + boundary() + "\r\n"; // the line break before a delimiter belongs to it
        out += "Content-Type: application/octet-stream; name=\"" + name + "\"\r\n";
        out += "Content-Transfer-Encoding: base64\r\n";
        out += "Content-Disposition: attachment; filename=\"" + name + "\"\r\n\r\n";
    }
    void append_after(std::string& out) const {
        if (has_attachment()) out += "--" + boundary() + "--\r\n";
    }

    GeneratedBody body_;
    std::uint64_t text_size_ = 0;
    std::uint64_t size_ = 0;
};

class WrittenLetter final : public Letter {
public:
    WrittenLetter(LetterSpec spec, std::string_view text)
        : Letter(std::move(spec)), text_(std::make_shared<const std::string>(crlf_lines(valid_utf8(text)))) {
        std::string whole;
        if (spec_.quote) whole = crlf_lines(valid_utf8(quote_block(*spec_.quote, explicit_quote, false)));
        whole += *text_;
        encoded_ = encode_text(std::move(whole), spec_.eight_bit ? TextEncoding::eight_bit : TextEncoding::automatic);
        std::string header;
        render_headers(header);
        size_ = header.size() + 2 + encoded_.octets.size();
    }

    std::uint64_t size() const override { return size_; }
    void render(std::string& out) const override {
        render_headers(out);
        out += "\r\n";
        out += encoded_.octets;
    }
    void render_headers(std::string& out) const override {
        append_letter_header(out, spec_);
        append_text_type(out, "text/plain", encoded_);
    }
    bool eight_bit() const override { return encoded_.encoding == "8bit"; }
    std::optional<Quote> quote() const override {
        Quote quote = basic_quote();
        quote.text = text_;
        return quote;
    }

private:
    SharedText text_; ///< What this author wrote, unencoded, for replies.
    EncodedText encoded_;
    std::uint64_t size_ = 0;
};

/// One word on a line of its own, as it is written.
bool is_simple(const Address& address) {
    const auto is_dtext = [](char c) { return c > ' ' && c < 0x7f && c != '<' && c != '>'; };
    const auto is_local = [](char c) { return is_atext(c) || c == '.'; };
    const std::string_view local = address.local;
    return !local.empty() && !address.domain.empty() && local.front() != '.' && local.back() != '.' &&
           local.find("..") == std::string_view::npos && std::all_of(local.begin(), local.end(), is_local) &&
           std::all_of(address.domain.begin(), address.domain.end(), is_dtext);
}

/// Written as it is on one line after its name.
bool is_simple_subject(std::string_view text) {
    if (text.empty() || text.size() > 66 || text.front() == ' ' || text.back() == ' ') return false;
    char before = 'x';
    for (const char c : text) {
        if (c < ' ' || c > '~' || (before == ' ' && c == ' ') || (before == '=' && c == '?')) return false;
        before = c;
    }
    return true;
}

std::size_t decimal_digits(std::uint64_t n) {
    std::size_t digits = 1;
    for (; n >= 10; n /= 10)
        ++digits;
    return digits;
}

constexpr std::int64_t kSecond = 1'000'000'000;

/// Atoms parted by single spaces.
bool is_simple_name(std::string_view name) {
    char before = ' ';
    for (const char c : name) {
        if (!(is_atext(c) || (c == ' ' && before != ' ')) || (before == '=' && c == '?')) return false;
        before = c;
    }
    return name.empty() || before != ' ';
}

/// A letter of which nothing is unusual: what others keep as texts follows from a few numbers.
class PlainLetter final : public Content {
public:
    explicit PlainLetter(const PlainSpec& spec)
        : from_(spec.from)
        , to_(spec.to)
        , texts_(std::make_unique_for_overwrite<char[]>(spec.from_name.size() + spec.subject.size()))
        , unix_nanoseconds_(spec.unix_nanoseconds)
        , number_(spec.number)
        , seed_(spec.body.seed)
        , body_size_(static_cast<std::uint32_t>(std::max(spec.body.size, minimum_body_size)))
        , name_size_(static_cast<std::uint8_t>(spec.from_name.size()))
        , subject_size_(static_cast<std::uint8_t>(spec.subject.size())) {
        spec.from_name.copy(texts_.get(), spec.from_name.size());
        spec.subject.copy(texts_.get() + name_size_, spec.subject.size());
        constexpr std::string_view fixed =
            "Date: \r\nFrom: \r\nTo: \r\nSubject: \r\nMessage-ID: <..>\r\nMIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\n";
        const auto seconds = static_cast<std::uint64_t>(unix_nanoseconds_ / kSecond);
        header_size_ = static_cast<std::uint32_t>(
            fixed.size() + rfc5322_date_size + 2 * plain_size(*from_) + plain_size(*to_) + spec.subject.size() +
            (spec.from_name.empty() ? 0 : spec.from_name.size() + std::string_view(" <>").size()) +
            decimal_digits(seconds) + decimal_digits(number_));
    }
    /// Whether a letter of all that a LetterSpec says would have the same octets.
    static bool fits(const PlainSpec& spec) {
        return spec.body.size <= attachment_threshold && spec.unix_nanoseconds >= 0 && spec.from && spec.to &&
               is_simple(*spec.from) && is_simple(*spec.to) && is_simple_subject(spec.subject) &&
               is_simple_name(spec.from_name) &&
               (spec.from_name.empty() || 9 + spec.from_name.size() + plain_size(*spec.from) <= 78);
    }

    std::uint64_t size() const override { return std::uint64_t{header_size_} + body_size_; }
    void render(std::string& out) const override { in_full().render(out); }
    void render_headers(std::string& out) const override { in_full().render_headers(out); }
    std::string message_id() const override {
        return generated_message_id({unix_nanoseconds_, 0}, number_, *from_);
    }
    std::string subject() const override { return {texts_.get() + name_size_, subject_size_}; }
    std::vector<std::string> references() const override { return {message_id()}; }
    AddressPtr author() const override { return from_; }
    std::vector<AddressPtr> addressees() const override { return {to_}; }
    std::optional<Quote> quote() const override { return in_full().quote(); }

private:
    static std::size_t plain_size(const Address& address) { return address.local.size() + 1 + address.domain.size(); }
    GeneratedLetter in_full() const {
        const GeneratedBody body{seed_, body_size_};
        const PlainSpec spec{from_,
                             {texts_.get(), name_size_},
                             to_,
                             {texts_.get() + name_size_, subject_size_},
                             unix_nanoseconds_,
                             number_,
                             body};
        return {full(spec), body};
    }

    AddressPtr from_, to_;
    std::unique_ptr<char[]> texts_; ///< The author's name and the subject.
    std::int64_t unix_nanoseconds_;
    std::uint64_t number_;
    std::uint64_t seed_;
    std::uint32_t body_size_;
    std::uint32_t header_size_ = 0;
    std::uint8_t name_size_;
    std::uint8_t subject_size_;
};

} // namespace

ContentPtr compose(LetterSpec spec) {
    if (spec.presentation) return compose_presented(std::move(spec));
    if (const auto* body = std::get_if<GeneratedBody>(&spec.body)) {
        const GeneratedBody generated = *body;
        return std::make_shared<const GeneratedLetter>(std::move(spec), generated);
    }
    const std::string text = std::move(std::get<std::string>(spec.body));
    return std::make_shared<const WrittenLetter>(std::move(spec), text);
}

ContentPtr compose(const PlainSpec& spec) {
    if (PlainLetter::fits(spec)) return std::make_shared<const PlainLetter>(spec);
    return compose(full(spec));
}

std::string generated_message_id(Date date, std::uint64_t number, const Address& author) {
    std::array<char, 48> numbers;
    char* at = std::to_chars(numbers.data(), numbers.data() + 24, date.unix_nanoseconds / kSecond).ptr;
    *at++ = '.';
    at = std::to_chars(at, numbers.data() + numbers.size() - 1, number).ptr;
    *at++ = '.';
    std::string id;
    id.reserve(static_cast<std::size_t>(at - numbers.data()) + author.local.size() + author.domain.size() + 3);
    id.append(numbers.data(), at);
    const std::size_t begin = id.size();
    append_text(id, author);
    std::replace(id.begin() + static_cast<std::ptrdiff_t>(begin), id.end(), ' ', '_');
    return id;
}

std::string generated_subject(std::uint64_t seed, Language language) {
    return prose_subject(language, seed);
}

std::string reply_subject(std::string_view subject) {
    if (subject.size() >= 3 && same_text(subject.substr(0, 3), "Re:")) return std::string(subject);
    return "Re: " + std::string(subject);
}

} // namespace postopolis::mail
