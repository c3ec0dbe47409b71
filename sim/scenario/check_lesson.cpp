// Whether a lesson can be held: it asks something, and its answer is one of the choices.
#include "scenario/complete.hpp"

namespace postopolis::scenario {

void check_lesson(const Scenario& s, Remarks& remarks) {
    if (!s.lesson) return;
    const Lesson& l = *s.lesson;
    if (l.subject.empty()) remarks.push_back({"/lesson", "a lesson says its \"subject\""});
    if (l.question.empty()) remarks.push_back({"/lesson", "a lesson asks a \"question\""});
    if (l.reason.empty()) remarks.push_back({"/lesson", "a lesson tells the \"reason\" of its answer"});
    if (l.choices.size() < 2)
        remarks.push_back({"/lesson/choices", "a lesson has at least two \"choices\" to predict from"});
    else if (l.answer < 1 || l.answer > static_cast<int>(l.choices.size()))
        remarks.push_back({"/lesson/answer", "the answer is the number of one of the choices: 1 to " +
                                                 std::to_string(l.choices.size())});
    for (std::size_t i = 0; i < l.trials.size(); ++i) {
        const std::string at = "/lesson/try/" + std::to_string(i);
        if (l.trials[i].what.empty()) remarks.push_back({at, "a trial says in \"what\" what is different in it"});
        if (l.trials[i].set.empty()) remarks.push_back({at, "a trial changes something: \"set\": \"PATH=VALUE\""});
        for (std::size_t k = 0; k < l.trials[i].set.size(); ++k) {
            const std::size_t equals = l.trials[i].set[k].find('=');
            if (equals == std::string::npos || equals == 0)
                remarks.push_back({at + "/set/" + std::to_string(k), "expected PATH=VALUE, such as \"run.for=2h\""});
        }
    }
}

} // namespace postopolis::scenario
