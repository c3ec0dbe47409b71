// The fields of mediators: see fields.hpp for how they are used.
#pragma once

#include "scenario/codec.hpp"

namespace postopolis::scenario {

inline constexpr std::array<std::string_view, 2> reply_to_words{"author", "list"};
inline constexpr std::array<std::string_view, 2> posting_words{"anybody", "members"};

/// A text; an empty one isn't written.
struct TextIfAny {
    void read(ReadContext& c, const Value& v, std::string& to) const { Text{}.read(c, v, to); }
    std::optional<Value> write(const std::string& s) const {
        return s.empty() ? std::nullopt : std::optional(text_value(s));
    }
};
struct AliasesCodec { ///< {"info": "alice", "*": ["bob", "carol@b.example"]}; not written when there are none
    void read(ReadContext& c, const Value& v, std::vector<Alias>& to) const;
    std::optional<Value> write(const std::vector<Alias>& list) const;
};
struct ListsCodec { ///< lists in { } by their names; not written when there are none
    void read(ReadContext& c, const Value& v, std::vector<MailingList>& to) const;
    std::optional<Value> write(const std::vector<MailingList>& list) const;
};

bool shorthand(ReadContext& c, const Value& v, Forward& to);        ///< where to
bool shorthand(ReadContext& c, const Value& v, VacationNotice& to); ///< its text
bool shorthand(ReadContext& c, const Value& v, MailingList& to);    ///< its members

void read_span(ObjectReader& a, std::string_view from, Span& span);
void write_span(ObjectWriter& a, std::string_view from, const Span& span);

template<class A>
void fields(A& a, MailingList& l) {
    a("members", l.members, Texts{});
    a("subject_prefix", l.subject_prefix, Text{});
    a("reply_to", l.reply_to, Word{reply_to_words});
    a("footer", l.footer, Text{});
    a("posting", l.posting, Word{posting_words});
    a("to_author", l.to_author, Bool{});
    a("verp", l.verp, Bool{});
    a("remove_after", l.remove_after, Whole{0, 1e6});
}
template<class A>
void fields(A& a, Forward& f) {
    a("to", f.to, Texts{});
    a("keep", f.keep, Bool{});
    a("srs", f.srs, Bool{});
}
template<class A>
void fields(A& a, VacationNotice& n) {
    a("text", n.text, Text{});
    a("subject", n.subject, Text{});
    a("again_after", n.again_after, Dur{});
    a("polite", n.polite, Bool{});
    if constexpr (A::reading)
        read_span(a, "from", n.when);
    else
        write_span(a, "from", n.when);
}

} // namespace postopolis::scenario
