// Office English from templates. Sentences are drawn until little room is left; a last sentence, whose words
// are chosen by their lengths, fills the rest exactly.
#include "mail/prose.hpp"

#include "mail/encode.hpp"

#include <algorithm>
#include <array>

namespace postopolis::mail {
namespace {

using std::string_view;

constexpr std::array<string_view, 40> nouns{
    "budget",   "report",    "contract",    "meeting",  "schedule",   "invoice",       "proposal", "agenda",
    "delivery", "prototype", "warehouse",   "survey",   "newsletter", "presentation",  "strategy", "training",
    "workshop", "catalogue", "brochure",    "forecast", "inventory",  "migration",     "printer",  "summary",
    "project",  "campaign",  "application", "draft",    "checklist",  "reservation",   "manual",   "shipment",
    "estimate", "interview", "timetable",   "archive",  "analysis",   "questionnaire", "offer",    "release"};
constexpr std::array<string_view, 30> adjectives{
    "new",      "final",    "revised",      "quarterly",   "annual", "missing",   "updated", "short",
    "detailed", "internal", "confidential", "brilliant",   "first",  "second",    "monthly", "weekly",
    "official", "simple",   "complete",     "preliminary", "joint",  "technical", "urgent",  "latest",
    "original", "printed",  "public",       "regional",    "recent", "optional"};
constexpr std::array<string_view, 30> verbs{
    "review",    "finish",  "send",    "approve", "discuss", "update",  "prepare", "check",
    "present",   "sign",    "print",   "move",    "cancel",  "confirm", "deliver", "complete",
    "translate", "revise",  "publish", "test",    "correct", "plan",    "compare", "share",
    "collect",   "forward", "file",    "replace", "study",   "improve"};
constexpr std::array<string_view, 24> times{"today",
                                            "tomorrow",
                                            "next week",
                                            "on Monday",
                                            "on Tuesday",
                                            "on Wednesday",
                                            "on Thursday",
                                            "on Friday",
                                            "this afternoon",
                                            "before lunch",
                                            "next month",
                                            "by the weekend",
                                            "in the evening",
                                            "after the holidays",
                                            "within ten days",
                                            "at nine o'clock",
                                            "this morning",
                                            "in March",
                                            "in September",
                                            "at the end of the year",
                                            "as soon as possible",
                                            "during the break",
                                            "in two hours",
                                            "at noon"};
constexpr std::array<string_view, 20> people{
    "our accountant", "the customer",    "the director",  "my colleague",  "the supplier",
    "the whole team", "the new trainee", "the printer",   "our partner",   "the committee",
    "the lawyer",     "the engineer",    "my assistant",  "the reception", "the sales staff",
    "the postmaster", "the mayor",       "our neighbour", "the librarian", "the night shift"};
constexpr std::array<string_view, 16> places{
    "in the main hall",    "in room twelve",    "at the town hall",     "in the old building",
    "at the station",      "in the cafeteria",  "at headquarters",      "in the archive",
    "on the second floor", "at the harbour",    "in the server room",   "at the post office",
    "in my office",        "at the exhibition", "at the branch office", "in the conference centre"};
constexpr std::array<string_view, 34> sentences{
    "Please %v the %a %n %t.",
    "I would like to %v the %n with you %t.",
    "%P asked me to %v the %a %n.",
    "The %a %n is almost ready, but we still have to %v the %n.",
    "Could you %v the %n and tell %p about it?",
    "We met %p %l and talked about the %a %n.",
    "From now on, %p will %v the %n.",
    "I am afraid that the %n must be ready %t.",
    "Thank you for your help with the %a %n.",
    "Nobody could find the %a %n, although %p had seen it %l.",
    "If you have any questions about the %n, please ask %p.",
    "The %n will take place %l %t.",
    "Let us %v the %a %n first and then %v the %n.",
    "As far as I know, %p wants to %v the %n %t.",
    "There are still some open points in the %a %n.",
    "%P sent me the %n, and I will %v it %t.",
    "You will find a copy of the %a %n %l.",
    "It would be great if we could %v the %n %t.",
    "My suggestion is to %v the %n before %p leaves.",
    "We have decided to %v the %a %n, because %p needs more time.",
    "Did you have a chance to %v the %n?",
    "The costs of the %n are higher than we thought.",
    "%P and I are going to %v the %n %l.",
    "Unfortunately, the %a %n was late again.",
    "What do you think of the %a %n?",
    "I have just spoken to %p about the %n.",
    "Both the %n and the %n are waiting for your signature.",
    "Without the %a %n, we cannot %v anything.",
    "%P was very pleased with the %n.",
    "Please remember that the %n starts %t.",
    "Everybody who wants to %v the %n should write to %p.",
    "I promise to %v the %a %n %t.",
    "The door %l is locked, so please call %p.",
    "When the %n is over, we will %v the %a %n."};

/// By length, 2 to 13: what may end "Thanks for the", and what may end a sentence that is complete already.
constexpr std::array<string_view, 12> last_nouns{
    "ad",       "tea",       "plan",       "draft",       "advice",       "answers",
    "comments", "agreement", "statistics", "information", "presentation", "documentation"};
constexpr std::array<string_view, 12> last_adverbs{
    "ok",       "now",       "soon",       "again",       "indeed",       "already",
    "tomorrow", "certainly", "regardless", "furthermore", "additionally", "independently"};
static_assert([] {
    for (std::size_t i = 0; i < last_nouns.size(); ++i)
        if (last_nouns[i].size() != i + 2 || last_adverbs[i].size() != i + 2) return false;
    return true;
}());
constexpr std::array<string_view, 12> short_nouns{"report", "budget", "plan",  "list",   "draft", "agenda",
                                                  "offer",  "manual", "table", "letter", "map",   "summary"};


string_view pick_kind(TextRandom& random, char kind) {
    switch (kind) {
    case 'n':
        return pick(random, nouns);
    case 'a':
        return pick(random, adjectives);
    case 'v':
        return pick(random, verbs);
    case 't':
        return pick(random, times);
    case 'l':
        return pick(random, places);
    default:
        return pick(random, people);
    }
}

char upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

std::string capitalised(string_view text) {
    std::string out(text);
    if (!out.empty()) out[0] = upper(out[0]);
    return out;
}

std::string filled(TextRandom& random, string_view pattern) {
    std::string out;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == '%')
            out += pick_kind(random, pattern[++i]);
        else
            out += pattern[i];
    }
    return capitalised(out);
}

/// Words in lines, with an exact number of octets to fill.
class Filler {
public:
    Filler(std::string& out, std::size_t octets) : out_(out), end_(out.size() + octets) {}

    std::size_t left() const { return end_ - out_.size(); }

    void words(string_view text) {
        for (;;) {
            const std::size_t space = text.find(' ');
            word(text.substr(0, space));
            if (space == string_view::npos) return;
            text.remove_prefix(space + 1);
        }
    }
    void line(string_view text) {
        out_ += text;
        out_ += "\r\n";
        column_ = 0;
    }
    /// Ends the text with one more sentence of exactly left() octets.
    void last_sentence(TextRandom& random);

private:
    static constexpr std::size_t stop = 3; // ".\r\n"
    static constexpr std::size_t shortest = 2, longest = 13;

    bool fits(std::size_t length) const { return column_ + 1 + length + 1 <= line_width; }

    void word(string_view text) {
        if (column_ > 0 && column_ + 1 + text.size() > line_width) line("");
        if (column_ > 0) {
            out_ += ' ';
            ++column_;
        }
        out_ += text;
        column_ += text.size();
    }

    /// The length of the word that, with the separator before it, takes just `room`; 0 if there is none.
    std::size_t closing_length(std::size_t room) const {
        const std::size_t separator = column_ == 0 ? 0 : fits(room - 1) ? 1 : 2;
        const std::size_t length = room - separator;
        return length >= shortest && length <= longest ? length : 0;
    }

    std::string& out_;
    std::size_t end_;
    std::size_t column_ = 0;
};

void Filler::last_sentence(TextRandom& random) {
    if (left() < stop + shortest) // no room for a sentence at all
        return line(string_view("OK").substr(0, left() - 2));
    bool wants_noun = false;
    bool begins = true;
    for (int step = 0;; ++step) {
        const std::size_t room = left() - stop;
        const std::size_t length = room <= longest + 1 ? closing_length(room) : 0;
        if (length > 0) {
            const string_view last = (wants_noun ? last_nouns : last_adverbs)[length - shortest];
            if (length + 2 == room) line("");
            word(begins ? capitalised(last) : std::string(last));
            return line(".");
        }
        // "Thanks for the A and the B and ...": no word is longer than 7, so at least 4 octets remain for the
        // last.
        constexpr std::array<string_view, 3> thanks{"Thanks", "for", "the"};
        constexpr std::array<string_view, 2> link{"and", "the"};
        const auto at = static_cast<std::size_t>(step);
        const bool is_noun = at >= 3 && (at - 3) % 3 == 0;
        word(at < 3 ? thanks[at] : is_noun ? pick(random, short_nouns) : link[(at - 4) % 3]);
        wants_noun = !is_noun && at > 0;
        begins = false;
    }
}

} // namespace

void append_prose(std::string& out, std::uint64_t seed, std::uint64_t size, string_view to,
                  string_view from) {
    TextRandom random(seed);
    const std::string salutation = "Dear " + std::string(to) + ",";
    const std::string signature = "\r\nBest regards,\r\n" + std::string(from) + "\r\n";
    std::size_t room = std::max<std::size_t>(size, 2);
    const bool polite = !to.empty() && !from.empty() && room >= salutation.size() + signature.size() + 80;
    if (polite) {
        out += salutation + "\r\n\r\n";
        room -= salutation.size() + 4 + signature.size();
    }
    Filler filler(out, room);
    std::size_t in_paragraph = 0;
    for (;;) {
        const std::string sentence = filled(random, pick(random, sentences));
        const std::size_t at_most = sentence.size() + 8; // what line ends add over spaces
        if (filler.left() < at_most + 32) break;
        filler.words(sentence);
        if (++in_paragraph >= 3 + random.below(3) && filler.left() > 64) {
            filler.line("");
            filler.line("");
            in_paragraph = 0;
        }
    }
    filler.last_sentence(random);
    if (polite) out += signature;
}

std::string prose_subject(std::uint64_t seed) {
    constexpr std::array<string_view, 10> subjects{
        "%a %n", "the %a %n", "%n and %n",   "question about the %n", "please %v the %n",
        "%n %t", "the %n %l", "minutes: %n", "who will %v the %n?",   "reminder: %a %n %t"};
    TextRandom random(seed ^ 0x5375626a656374U); // another stream than the body's
    const string_view pattern = pick(random, subjects);
    return filled(random, pattern);
}

std::string attachment_name(std::uint64_t seed) {
    TextRandom random(seed ^ 0x4e616d65U);
    std::string name(pick(random, adjectives));
    name += '-';
    name += pick(random, nouns);
    return name += ".bin";
}

void append_attachment(std::string& out, std::uint64_t seed, std::uint64_t octets) {
    TextRandom random(seed ^ 0x46696c65U);
    std::string line;
    while (octets > 0) {
        line.clear();
        const std::uint64_t wanted = std::min<std::uint64_t>(octets, base64_line_octets);
        while (line.size() < wanted) {
            std::uint64_t bits = random.next();
            for (int i = 0; i < 8 && line.size() < wanted; ++i, bits >>= 8U)
                line += static_cast<char>(bits & 255U);
        }
        append_base64(out, line);
        octets -= wanted;
    }
}

} // namespace postopolis::mail
