// The grammar of SEARCH.
#include <algorithm>
#include <array>
#include <utility>

#include "access/imap_lexer.hpp"
#include "postopolis/access/imap_fetch.hpp"
#include "postopolis/access/imap_search.hpp"

namespace postopolis::access {
namespace {

using Key = ImapSearchKey;
using Kind = Key::Kind;

// Deeper conditions serve nobody but who wants the reader to run out of stack.
constexpr int deepest = 32;
constexpr std::size_t most_keys = 1000;

struct Flagged {
    std::string_view word, flag;
    bool set;
};
constexpr std::array<Flagged, 10> flagged = {{{"ANSWERED", "\\Answered", true},
                                              {"DELETED", "\\Deleted", true},
                                              {"DRAFT", "\\Draft", true},
                                              {"FLAGGED", "\\Flagged", true},
                                              {"SEEN", "\\Seen", true},
                                              {"UNANSWERED", "\\Answered", false},
                                              {"UNDELETED", "\\Deleted", false},
                                              {"UNDRAFT", "\\Draft", false},
                                              {"UNFLAGGED", "\\Flagged", false},
                                              {"UNSEEN", "\\Seen", false}}};

constexpr std::array<std::pair<std::string_view, Kind>, 6> days = {{{"BEFORE", Kind::before},
                                                                    {"ON", Kind::on},
                                                                    {"SINCE", Kind::since},
                                                                    {"SENTBEFORE", Kind::sent_before},
                                                                    {"SENTON", Kind::sent_on},
                                                                    {"SENTSINCE", Kind::sent_since}}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> fields = {
    {{"BCC", "Bcc"}, {"CC", "Cc"}, {"FROM", "From"}, {"SUBJECT", "Subject"}, {"TO", "To"}}};

Key negated(Key key) {
    Key result{.kind = Kind::negated};
    result.keys.push_back(std::move(key));
    return result;
}

class KeyReader {
public:
    explicit KeyReader(ImapLexer& in) : in_(in) {}

    std::optional<Key> all() {
        Key both{.kind = Kind::both};
        do {
            auto key = one();
            if (!key) return std::nullopt;
            both.keys.push_back(std::move(*key));
        } while (in_.space());
        return both;
    }

private:
    std::optional<Key> one() {
        if (++depth_ > deepest || ++count_ > most_keys) return std::nullopt;
        auto key = read();
        --depth_;
        return key;
    }

    std::optional<Key> read() {
        if (in_.take('(')) {
            auto inner = all();
            if (!inner || !in_.take(')')) return std::nullopt;
            return inner;
        }
        const char c = in_.peek();
        if ((c >= '0' && c <= '9') || c == '*' || c == '$') return set(Kind::numbers);
        const auto word = in_.take_word();
        return word ? named(*word) : std::nullopt;
    }

    std::optional<Key> named(const std::string& word) {
        if (word == "ALL") return Key{};
        if (word == "NOT") {
            auto key = in_.space() ? one() : std::nullopt;
            if (!key) return std::nullopt;
            return negated(std::move(*key));
        }
        if (word == "OR") return either();
        if (word == "UID") return in_.space() ? set(Kind::uids) : std::nullopt;
        for (const auto& f : flagged) {
            if (f.word != word) continue;
            Key key{.kind = Kind::flag, .text = std::string(f.flag)};
            return f.set ? key : negated(std::move(key));
        }
        if (word == "RECENT") return Key{.kind = Kind::recent};
        if (word == "OLD") return negated({.kind = Kind::recent});
        if (word == "NEW") {
            Key both{.kind = Kind::both};
            both.keys.push_back({.kind = Kind::recent});
            both.keys.push_back(negated({.kind = Kind::flag, .text = "\\Seen"}));
            return both;
        }
        if (!in_.space()) return std::nullopt; // what is left has an argument
        if (word == "KEYWORD" || word == "UNKEYWORD") {
            auto name = in_.take_atom();
            if (!name) return std::nullopt;
            Key key{.kind = Kind::flag, .text = std::move(*name)};
            return word == "KEYWORD" ? key : negated(std::move(key));
        }
        return with_argument(word);
    }

    std::optional<Key> with_argument(const std::string& word) {
        for (const auto& [name, kind] : days) {
            if (name != word) continue;
            const auto text = in_.peek() == '"' ? in_.take_quoted() : in_.take_atom();
            const auto day = text ? parse_imap_day(*text) : std::nullopt;
            if (!day) return std::nullopt;
            return Key{.kind = kind, .number = *day};
        }
        if (word == "LARGER" || word == "SMALLER") {
            const auto octets = in_.take_number();
            if (!octets) return std::nullopt;
            return Key{.kind = word == "LARGER" ? Kind::larger : Kind::smaller,
                       .number = static_cast<std::int64_t>(*octets)};
        }
        if (word == "MODSEQ") return modseq();
        if (word == "HEADER") {
            auto field = in_.take_astring();
            if (!field || !in_.space()) return std::nullopt;
            return text(Kind::header, *field);
        }
        if (word == "BODY") return text(Kind::body, {});
        if (word == "TEXT") return text(Kind::text, {});
        for (const auto& [name, field] : fields)
            if (name == word) return text(Kind::header, std::string(field));
        return std::nullopt;
    }

    std::optional<Key> either() {
        Key key{.kind = Kind::either};
        for (int i = 0; i < 2; ++i) {
            auto part = in_.space() ? one() : std::nullopt;
            if (!part) return std::nullopt;
            key.keys.push_back(std::move(*part));
        }
        return key;
    }

    std::optional<Key> set(Kind kind) {
        const auto text = in_.take_while([](char c) { return is_atom_char(c) || c == '*'; });
        auto parsed = text ? ImapSet::parse(*text) : std::nullopt;
        if (!parsed) return std::nullopt;
        return Key{.kind = kind, .set = std::move(*parsed)};
    }

    std::optional<Key> text(Kind kind, std::string field) {
        auto wanted = in_.take_astring();
        if (!wanted) return std::nullopt;
        return Key{.kind = kind, .field = std::move(field), .text = std::move(*wanted)};
    }

    /// RFC 7162 section 3.1.5: the name of an entry and its type may stand before the number.
    std::optional<Key> modseq() {
        if (in_.peek() == '"') {
            if (!in_.take_quoted() || !in_.space() || !in_.take_word() || !in_.space()) return std::nullopt;
        }
        const auto number = in_.take_number();
        if (!number) return std::nullopt;
        return Key{.kind = Kind::modseq, .number = static_cast<std::int64_t>(*number)};
    }

    ImapLexer& in_;
    int depth_ = 0;
    std::size_t count_ = 0;
};

} // namespace

std::optional<ImapSearchKey> parse_search_keys(ImapLexer& in) {
    return KeyReader(in).all();
}

bool asks_modseq(const ImapSearchKey& key) {
    return key.kind == Kind::modseq || std::any_of(key.keys.begin(), key.keys.end(), asks_modseq);
}

} // namespace postopolis::access
