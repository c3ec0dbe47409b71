// What a person reads who takes a lesson: the question, the runs side by side, the answer and its reason.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "postopolis/metrics/report.hpp"
#include "postopolis/scenario/scenario.hpp"

namespace postopolis::metrics {

/// A run of the lesson's scenario, as it is or with something changed.
struct LessonRun {
    std::string what; ///< "as it is", or what is different
    Summary summary;
};

/// Title, description, question and numbered choices. The scenario has a lesson.
std::string lesson_question(const scenario::Scenario& scenario, const ReportOptions& options);
/// The runs as columns of a table, a line for each figure that is not the same in all, and the delays. Empty for
/// fewer than two.
std::string lesson_comparison(const std::vector<LessonRun>& runs, const ReportOptions& options);
/// Which choice is right, whether that was `predicted` (from 1), and why.
std::string lesson_answer(const scenario::Lesson& lesson, std::optional<int> predicted, const ReportOptions& options);

} // namespace postopolis::metrics
