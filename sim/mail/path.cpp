// The Mailbox and Path parsers of RFC 5321 section 4.1.2, for envelopes: strict, with places in errors.
#include "postopolis/mail/address.hpp"

#include "mail/chars.hpp"

#include <optional>

namespace postopolis::mail {
namespace {

constexpr std::size_t max_local = 64;   // RFC 5321 section 4.5.3.1.1
constexpr std::size_t max_domain = 255; // 4.5.3.1.2
constexpr std::size_t max_path = 256;   // 4.5.3.1.3, "including the punctuation and element separators"

/// Reads from the front of the text; the first error stays.
class PathReader {
public:
    explicit PathReader(std::string_view text) : text_(text) {}

    std::size_t position() const { return at_; }
    bool at_end() const { return at_ == text_.size(); }
    bool next_is(char c) const { return !at_end() && text_[at_] == c; }
    bool failed() const { return error_.has_value(); }
    AddressError error() const { return *error_; }
    void fail(std::size_t position, std::string expected) {
        if (!error_) error_ = AddressError{position, std::move(expected)};
    }
    bool take(char c) {
        if (!next_is(c)) return false;
        ++at_;
        return true;
    }

    /// Local-part = Dot-string / Quoted-string
    std::string local_part() {
        const std::size_t begin = at_;
        std::string local = next_is('"') ? quoted_string() : dot_string();
        if (!failed() && at_ - begin > max_local)
            fail(begin + max_local, "a local part of at most 64 octets");
        return local;
    }

    /// Domain / address-literal
    std::string domain() {
        const std::size_t begin = at_;
        if (next_is('[')) return address_literal();
        while (!at_end() && (is_alnum(text_[at_]) || text_[at_] == '-' || text_[at_] == '.'))
            ++at_;
        const std::string_view name = text_.substr(begin, at_ - begin);
        if (name.size() > max_domain)
            fail(begin + max_domain, "a domain of at most 255 octets");
        else if (!is_domain_name(name))
            fail(begin + bad_label(name),
                 "a domain label of letters, digits and inner hyphens, at most 63 octets");
        return std::string(name);
    }

    /// A-d-l ":" of appendix C, which "SHOULD be ignored" and is therefore only passed over.
    void source_route() {
        if (!next_is('@')) return;
        do {
            if (!take('@')) return fail(at_, "'@' and a domain of the source route");
            domain();
            if (failed()) return;
        } while (take(','));
        if (!take(':')) fail(at_, "':' after the source route");
    }

    Address mailbox() {
        Address address;
        address.local = local_part();
        if (failed()) return address;
        if (!take('@')) {
            fail(at_, "'@' and a domain");
            return address;
        }
        address.domain = domain();
        return address;
    }

    /// What stands between the angle brackets: also postmaster alone.
    Address path_content() {
        source_route();
        if (failed()) return {};
        const PathReader before = *this;
        Address address = mailbox();
        if (failed() && !before.failed() && is_postmaster(address.local) && address.domain.empty() &&
            text_.substr(before.at_ + address.local.size()).starts_with('>')) {
            at_ = before.at_ + address.local.size();
            error_.reset();
        }
        return address;
    }

private:
    std::string dot_string() {
        const std::size_t begin = at_;
        do {
            if (at_end() || !is_atext(text_[at_])) {
                fail(at_, at_ == begin ? "a local part" : "a letter, digit or other atom character");
                return {};
            }
            while (!at_end() && is_atext(text_[at_]))
                ++at_;
        } while (take('.'));
        return std::string(text_.substr(begin, at_ - begin));
    }

    std::string quoted_string() {
        std::string local;
        ++at_;
        while (!at_end() && text_[at_] != '"') {
            if (text_[at_] == '\\') ++at_;
            if (at_end()) break;
            if (text_[at_] < ' ' || text_[at_] > '~') { // char is signed or not: both ends are covered
                fail(at_, "a printable ASCII character");
                return local;
            }
            local += text_[at_++];
        }
        if (!take('"')) fail(at_, "'\"' at the end of the quoted local part");
        return local;
    }

    std::string address_literal() {
        const std::size_t begin = at_;
        const std::size_t close = text_.find(']', at_);
        if (close == std::string_view::npos) {
            at_ = text_.size();
            fail(at_, "']' at the end of the address literal");
            return {};
        }
        at_ = close + 1;
        const std::string_view literal = text_.substr(begin, at_ - begin);
        if (!is_address_literal(literal)) fail(begin + 1, "an IPv4 address or \"IPv6:\" and an IPv6 address");
        return std::string(literal);
    }

    static std::size_t bad_label(std::string_view name) {
        std::size_t begin = 0;
        for (;;) {
            const std::size_t dot = name.find('.', begin);
            if (dot == std::string_view::npos || !is_domain_name(name.substr(begin, dot - begin)))
                return begin;
            begin = dot + 1;
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::optional<AddressError> error_;
};

} // namespace

std::variant<Address, AddressError> parse_mailbox(std::string_view text) {
    PathReader reader(text);
    Address address = reader.mailbox();
    if (!reader.failed() && !reader.at_end()) reader.fail(reader.position(), "the end of the address");
    if (reader.failed()) return reader.error();
    return address;
}

std::variant<LeadingPath, AddressError> parse_leading_path(std::string_view text) {
    PathReader reader(text);
    if (!reader.take('<')) return AddressError{0, "'<'"};
    if (reader.take('>')) return LeadingPath{nullptr, 2};
    Address address = reader.path_content();
    if (!reader.failed() && !reader.take('>')) reader.fail(reader.position(), "'>'");
    if (!reader.failed() && reader.position() > max_path)
        reader.fail(max_path, "a path of at most 256 octets");
    if (reader.failed()) return reader.error();
    return LeadingPath{std::make_shared<const Address>(std::move(address)), reader.position()};
}

std::variant<AddressPtr, AddressError> parse_path(std::string_view text) {
    auto parsed = parse_leading_path(text);
    if (auto* error = std::get_if<AddressError>(&parsed)) return std::move(*error);
    auto& path = std::get<LeadingPath>(parsed);
    if (path.length != text.size()) return AddressError{path.length, "the end of the path"};
    return std::move(path.address);
}

} // namespace postopolis::mail
