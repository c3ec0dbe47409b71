#include "scenario/syntax.hpp"

#include <algorithm>

namespace postopolis::scenario {

std::size_t skip_blank(std::string_view text, std::size_t from) {
    std::size_t i = from;
    while (i < text.size()) {
        char c = text[i];
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
            ++i;
        } else if (text.substr(i, 2) == "//") {
            i = std::min(text.find('\n', i), text.size());
        } else if (text.substr(i, 2) == "/*") {
            std::size_t end = text.find("*/", i + 2);
            i = end == std::string_view::npos ? text.size() : end + 2;
        } else {
            break;
        }
    }
    return std::min(i, text.size());
}

namespace {

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string place(std::string_view text, std::size_t offset) {
    auto lines = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n');
    std::size_t start = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
    std::size_t column = offset - (start == std::string_view::npos ? 0 : start + 1);
    return "line " + std::to_string(lines + 1) + ", column " + std::to_string(column + 1);
}

std::string word_at(std::string_view text, std::size_t i) {
    std::size_t end = i;
    while (end < text.size() && end - i < 40 &&
           (is_letter(text[end]) || is_digit(text[end]) || text[end] == '.' || text[end] == '-' ||
            text[end] == '+'))
        ++end;
    return std::string(text.substr(i, end - i));
}

/// For a token that begins with a quote: what is wrong inside it; the message is empty if nothing is.
SyntaxProblem explain_string(std::string_view text, std::size_t start) {
    for (std::size_t i = start + 1; i < text.size(); ++i) {
        auto c = static_cast<unsigned char>(text[i]);
        auto here = static_cast<std::uint32_t>(i);
        if (c == '"') return {here, ""};
        if (c == '\n' || c == '\r')
            return {static_cast<std::uint32_t>(start), "this text has no closing quote on its line: add the "
                                                       "missing \" (a line break inside is written \\n)"};
        if (c < 0x20) return {here, "a control character inside a text: write it as \\t, \\n or \\u00XX"};
        if (c != '\\') continue;
        if (i + 1 >= text.size()) break;
        char e = text[i + 1];
        if (std::string_view("\"\\/bfnrtu").find(e) == std::string_view::npos)
            return {here, std::string("\\") + e +
                              " means nothing inside a text: a backslash itself is written \\\\"};
        if (e == 'u') {
            auto hex = text.substr(i + 2, 4);
            if (hex.size() < 4 || hex.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos)
                return {here, "\\u is followed by four hexadecimal digits, such as \\u00e9"};
            // A high surrogate needs a low one right after it (RFC 8259 section 7).
            auto surrogate = [](std::string_view h, char low, char high) {
                return h.size() == 4 && (h[0] == 'd' || h[0] == 'D') && (h[1] | 0x20) >= low &&
                       (h[1] | 0x20) <= high;
            };
            bool first = surrogate(hex, '8' | 0x20, '9' | 0x20) || surrogate(hex, 'a', 'b');
            bool pair = first && text.substr(i + 6, 2) == "\\u" && surrogate(text.substr(i + 8, 4), 'c', 'f');
            if ((first && !pair) || surrogate(hex, 'c', 'f'))
                return {here, "\\u" + std::string(hex) +
                                  " is half of a surrogate pair: write the character itself"};
            if (pair) i += 6;
        }
        ++i;
    }
    return {static_cast<std::uint32_t>(start),
            "the file ends inside this text: its closing quote is missing"};
}

std::string ends_early(std::string_view text, const SyntaxState& state, std::size_t limit) {
    if (state.open.empty()) return "the file holds no scenario: it should begin with {";
    std::size_t comment = text.rfind("/*");
    if (comment != std::string_view::npos && comment >= state.cursor &&
        text.find("*/", comment + 2) == std::string_view::npos)
        return "the file ends inside the comment that opens at " + place(text, comment) +
               ": close it with */";
    auto open = state.open.back();
    (void)limit;
    return std::string("the file ends too early: the ") + open.bracket + " at " + place(text, open.offset) +
           " is never closed; add the missing " + (open.bracket == '{' ? "}" : "]");
}

std::string explain_word(const std::string& word, bool key_expected) {
    if (key_expected) return "keys stand in double quotes: \"" + word + "\"";
    std::string lower = word;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (word != lower && (lower == "true" || lower == "false" || lower == "null"))
        return word + " is written " + lower;
    if (lower == "none" || lower == "undefined") return word + " is written null";
    if (lower == "yes" || lower == "on") return word + " is written true";
    if (lower == "no" || lower == "off") return word + " is written false";
    if (lower == "nan" || lower == "infinity" || lower == "inf") return word + " is not a number in JSON";
    return "a text stands in double quotes: \"" + word + "\"";
}

std::string explain_number(std::string_view text, std::size_t i, const std::string& word) {
    if (text[i] == '+') return "a number has no + in front: " + word.substr(1);
    if (text[i] == '.') return "a number has a digit before its point: 0" + word;
    if (word.size() > 1 && word[0] == '0' && (word[1] == 'x' || word[1] == 'X'))
        return "numbers are decimal: " + word + " isn't";
    if (word.size() > 1 && word[0] == '0' && is_digit(word[1]))
        return "a number doesn't begin with 0: " + word.substr(1);
    if (std::any_of(word.begin(), word.end(), [](char c) { return is_letter(c) && c != 'e' && c != 'E'; }))
        return "a value with a unit stands in double quotes: \"" + word + "\"";
    return word + " is not a number that JSON knows";
}

} // namespace

SyntaxProblem explain_syntax(std::string_view text, const SyntaxState& state, std::size_t failed_at) {
    auto problem = [](std::size_t offset, std::string message) {
        return SyntaxProblem{static_cast<std::uint32_t>(offset), std::move(message)};
    };
    bool in_object = !state.open.empty() && state.open.back().bracket == '{';
    // "5m" was understood as 5 with something after it.
    bool number = state.after_value && state.last < state.cursor && state.cursor < text.size() &&
                  (is_digit(text[state.last]) || text[state.last] == '-');
    if (number &&
        (is_letter(text[state.cursor]) || is_digit(text[state.cursor]) || text[state.cursor] == '.'))
        return problem(state.last, explain_number(text, state.last, word_at(text, state.last)));
    std::size_t i = skip_blank(text, state.cursor);
    if (i >= text.size()) return problem(text.size(), ends_early(text, state, failed_at));
    char c = text[i];
    if (state.open.empty() && state.after_value) {
        if (c == '/') return problem(i, "comments begin with // or /*");
        return problem(i, std::string("something follows after the end of the scenario: remove it") +
                              (c == '}' || c == ']' ? ", or one bracket too many was closed before" : ""));
    }

    bool separator = false; // whether the comma or colon that belongs here was seen
    std::size_t comma = i;
    if ((state.after_value && c == ',') || (state.after_key && c == ':')) {
        separator = true;
        i = skip_blank(text, i + 1);
        if (i >= text.size()) return problem(text.size(), ends_early(text, state, failed_at));
        c = text[i];
        if (text[comma] == ',' && (c == '}' || c == ']'))
            return problem(comma, "a comma after the last entry: remove it");
    }
    if (c == '/') return problem(i, "comments begin with // or /*");
    if (c == ',')
        return problem(i,
                       separator ? "two commas in a row: remove one" : "a comma where a value should stand");
    if (state.after_key && !separator) {
        if (c == '=') return problem(i, "a key and its value are separated by : and not by =");
        return problem(i, "a : is missing between the key and its value");
    }
    if (state.after_value && !separator) {
        if (c == '}' || c == ']')
            return problem(i, std::string("a ") + c + " where the " + (in_object ? "{" : "[") + " of " +
                                  place(text, state.open.back().offset) + " should be closed with " +
                                  (in_object ? "}" : "]"));
        if (c == ':') return problem(i, "a : in a list: a list has no keys; an object stands in { }");
        if (c == '"' && !explain_string(text, i).message.empty()) return explain_string(text, i);
        return problem(i, "a comma is missing before this");
    }
    bool key_expected = in_object && !state.after_key;
    if (c == '"') {
        SyntaxProblem inside = explain_string(text, i);
        if (!inside.message.empty()) return inside;
    }
    if (c == '\'') return problem(i, "texts stand in double quotes (\"), not in single ones");
    if (text.substr(i).starts_with("\xE2\x80\x9C") || text.substr(i).starts_with("\xE2\x80\x9D") ||
        text.substr(i).starts_with("\xE2\x80\x9E"))
        return problem(i, "typographic quotes: use the plain \" of the keyboard");
    if (c == '}' || c == ']')
        return problem(i, state.after_key ? "the value is missing after the key"
                                          : std::string("a ") + c + " where nothing of that kind is open");
    if (is_letter(c)) return problem(i, explain_word(word_at(text, i), key_expected));
    if (is_digit(c) || c == '-' || c == '+' || c == '.') {
        std::string word = word_at(text, i);
        if (key_expected) return problem(i, "keys stand in double quotes: \"" + word + "\"");
        return problem(i, explain_number(text, i, word));
    }
    return problem(i, std::string("unexpected ") +
                          (static_cast<unsigned char>(c) < 0x21 ? "control character" : "character") +
                          "; expected " + (key_expected ? "a key in double quotes" : "a value"));
}

} // namespace postopolis::scenario
