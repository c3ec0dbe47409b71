// What makes a lesson of a scenario: a question, predictions to choose from, the answer with its reason, and what to try.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace postopolis::scenario {

/// What lessons are about, in the order in which they are taught.
inline constexpr std::array<std::string_view, 8> lesson_subjects{"postal",  "routing", "queueing", "bounces",
                                                                 "loops",   "access",  "lists",    "history"};

/// The same scenario with something changed, to be seen beside it.
struct LessonTrial {
    std::string what;             ///< "Without the second server"
    std::vector<std::string> set; ///< PATH=VALUE, as for `postopolis run --set`
};

struct Lesson {
    std::string subject;              ///< of lesson_subjects
    std::string question;
    std::vector<std::string> choices; ///< predictions, at least two
    int answer = 0;                   ///< which of them is right, from 1
    std::string reason;               ///< why it is right, and what to look at
    std::string letter;               ///< whose story shows it (as `postopolis explain` takes it); empty: the report alone
    std::vector<LessonTrial> trials;
};

} // namespace postopolis::scenario
