// postopolis lesson: walks a person through one lesson: the question, a prediction, the run, the answer and why.
// postopolis lessons: those that there are, by subject.
#include <charconv>
#include <iostream>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "driver.hpp"
#include "postopolis/metrics/lesson.hpp"
#include "postopolis/metrics/story.hpp"
#include "run_report.hpp"
#include "scenario_source.hpp"
#include "terminal.hpp"

namespace postopolis::tools {
namespace {

using Json = nlohmann::ordered_json;

struct LessonArguments {
    ScenarioArguments source;
    int answer = 0; ///< the prediction; 0: ask
    bool no_wait = false;
    bool story = false;
    bool no_progress = false;
    Appearance appearance;
};

struct LessonsArguments {
    bool names = false;
    bool json = false;
};

metrics::ReportOptions report_options(const Appearance& appearance) {
    metrics::ReportOptions options;
    options.width = appearance.columns();
    options.colour = appearance.coloured();
    options.ascii = appearance.only_ascii();
    return options;
}

/// What the person thinks, from 1; nothing if they would rather see.
std::optional<int> ask(int choices) {
    std::string line;
    for (;;) {
        std::cerr << "Your prediction (1 to " << choices << ", or Enter to see what happens): " << std::flush;
        if (!std::getline(std::cin, line)) {
            std::cerr << '\n';
            return std::nullopt;
        }
        line.erase(0, line.find_first_not_of(" \t\r"));
        line.erase(line.find_last_not_of(" \t\r.") + 1);
        if (line.empty()) return std::nullopt;
        int said = 0;
        const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), said);
        if (error == std::errc() && end == line.data() + line.size() && said >= 1 && said <= choices) return said;
    }
}

/// The run as it is: its report, and the story of the letter that shows it.
int play(const LessonArguments& a, const scenario::Scenario& scenario, std::vector<metrics::LessonRun>& runs) {
    metrics::ReportOptions options = report_options(a.appearance);
    const std::string& letter = scenario.lesson->letter;
    metrics::StoryTeller teller(metrics::parse_selection(letter), {.dialogue = false, .letters = 3});
    experiment::RunOptions run_options;
    run_options.name = a.source.scenario;
    if (a.story) run_options.observers.push_back(&teller);
    auto opened = experiment::Run::open(scenario, std::move(run_options));
    if (auto* error = std::get_if<std::string>(&opened)) {
        complain(*error);
        return kInputOutput;
    }
    auto& run = std::get<experiment::Run>(opened);
    const experiment::RunOutcome outcome = drive(run, !a.no_progress);
    runs.push_back({"As it is", outcome.summary});
    std::string text = "\n" + run_report(run, outcome, options) + "\n";
    if (a.story) {
        metrics::StoryOptions story;
        story.width = std::max(60, options.width);
        story.colour = options.colour;
        story.ascii = options.ascii;
        story.start_unix_seconds = scenario.start;
        text += teller.tell(story) + "\n";
    }
    const int exit_code = exit_code_of(outcome);
    return print(text) || exit_code != kFine ? exit_code : kInputOutput;
}

/// The runs that the lesson wants to be seen beside it.
int play_trials(const LessonArguments& a, const scenario::Lesson& lesson, std::vector<metrics::LessonRun>& runs) {
    for (const scenario::LessonTrial& trial : lesson.trials) {
        ScenarioArguments changed = a.source;
        changed.sets.insert(changed.sets.end(), trial.set.begin(), trial.set.end());
        int exit_code = kFine;
        const auto scenario = load_or_complain(changed, exit_code);
        if (!scenario) return exit_code;
        const experiment::RunOutcome outcome = experiment::run_to_end(*scenario, {});
        if (!outcome.sound()) {
            if (!outcome.error.empty()) complain(outcome.error);
            return exit_code_of(outcome);
        }
        runs.push_back({trial.what, outcome.summary});
    }
    return kFine;
}

std::string to_play_with(const LessonArguments& a, const scenario::Lesson& lesson) {
    std::string command = " " + shell_quoted(a.source.scenario);
    for (const std::string& set : a.source.sets) command += " --set " + shell_quoted(set);
    if (a.source.seed) command += " --seed " + std::to_string(*a.source.seed);
    std::string text = "\nTo play with\n";
    if (!lesson.letter.empty()) text += "  postopolis explain" + command + " " + shell_quoted(lesson.letter) + "\n";
    for (const scenario::LessonTrial& trial : lesson.trials) {
        text += "  postopolis run" + command;
        for (const std::string& set : trial.set) text += " --set " + shell_quoted(set);
        text += "\n";
    }
    return text + "  postopolis scenarios " + shell_quoted(a.source.scenario) + " --copy .\n";
}

int lesson(const LessonArguments& a) {
    int exit_code = kFine;
    const auto scenario = load_or_complain(a.source, exit_code);
    if (!scenario) return exit_code;
    if (!scenario->lesson) {
        complain(a.source.scenario + " is no lesson: it has no \"lesson\" (`postopolis lessons` lists those that there are)");
        return kUsage;
    }
    const int choices = static_cast<int>(scenario->lesson->choices.size());
    if (a.answer > choices) {
        complain("--answer " + std::to_string(a.answer) + ": there are " + std::to_string(choices) + " to choose from");
        return kUsage;
    }
    const metrics::ReportOptions options = report_options(a.appearance);
    if (!print(metrics::lesson_question(*scenario, options))) return kInputOutput;
    std::optional<int> predicted;
    if (a.answer != 0)
        predicted = a.answer;
    else if (!a.no_wait)
        predicted = ask(choices);
    std::vector<metrics::LessonRun> runs;
    exit_code = play(a, *scenario, runs);
    if (exit_code != kFine && exit_code != kNotAsExpected) return exit_code;
    if (const int trials = play_trials(a, *scenario->lesson, runs); trials != kFine) return trials;
    std::string text = metrics::lesson_comparison(runs, options);
    if (!text.empty()) text += "\n";
    text += metrics::lesson_answer(*scenario->lesson, predicted, options) + to_play_with(a, *scenario->lesson);
    return print(text) ? exit_code : kInputOutput;
}

struct Listed {
    ShippedScenario shipped;
    scenario::Scenario scenario;
};

/// In the order of the subjects, then by name. What is wrong with one of them is told, and is no reason to hide the others.
std::vector<Listed> listed(int& exit_code) {
    std::vector<Listed> all;
    for (ShippedScenario& s : shipped_lessons()) {
        ScenarioArguments source;
        source.scenario = s.path.string();
        auto scenario = load_or_complain(source, exit_code);
        if (scenario && scenario->lesson) all.push_back({std::move(s), std::move(*scenario)});
    }
    const auto place = [](const Listed& l) {
        return std::find(scenario::lesson_subjects.begin(), scenario::lesson_subjects.end(), l.scenario.lesson->subject);
    };
    std::stable_sort(all.begin(), all.end(), [&](const Listed& a, const Listed& b) { return place(a) < place(b); });
    return all;
}

std::string list_text(const std::vector<Listed>& all) {
    std::size_t width = 0;
    for (const Listed& l : all) width = std::max(width, l.shipped.name.size());
    std::string text, subject;
    for (const Listed& l : all) {
        if (l.scenario.lesson->subject != subject) {
            if (!subject.empty()) text += "\n";
            subject = l.scenario.lesson->subject;
            text += subject + "\n";
        }
        text += "  " + l.shipped.name + std::string(width + 2 - l.shipped.name.size(), ' ') + l.scenario.title + "\n";
    }
    return text + "\nTake one with: postopolis lesson NAME\n";
}

int lessons(const LessonsArguments& a) {
    std::string text;
    if (a.names) {
        for (const ShippedScenario& s : shipped_lessons()) text += s.name + "\n";
        return print(text) ? kFine : kInputOutput;
    }
    int exit_code = kFine;
    const auto all = listed(exit_code);
    if (all.empty()) {
        complain("no lessons are found; POSTOPOLIS_SCENARIOS may name the directory of the shipped scenarios");
        return kInputOutput;
    }
    if (!a.json) return print(list_text(all)) ? exit_code : kInputOutput;
    Json list = Json::array();
    for (const Listed& l : all) {
        const scenario::Lesson& lesson = *l.scenario.lesson;
        list.push_back(Json{{"name", l.shipped.name},
                            {"subject", lesson.subject},
                            {"title", l.scenario.title},
                            {"description", l.scenario.description},
                            {"question", lesson.question},
                            {"choices", lesson.choices},
                            {"answer", lesson.answer},
                            {"reason", lesson.reason},
                            {"file", l.shipped.path.string()}});
    }
    text = Json{{"lessons", std::move(list)}}.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
    return print(text) ? exit_code : kInputOutput;
}

} // namespace

void add_lesson_command(CLI::App& app, int& exit_code) {
    CLI::App* command = app.add_subcommand("lesson", "Take a lesson: a question, your prediction, what happens, and why");
    auto a = std::make_shared<LessonArguments>();
    command
        ->add_option("lesson", a->source.scenario,
                     "The name of a lesson (`postopolis lessons` lists them), or a scenario file with a \"lesson\"")
        ->type_name("LESSON")
        ->required();
    a->source.add_options(*command);
    command->add_option("--answer", a->answer, "Your prediction; it is not asked for then")
        ->type_name("N")
        ->check(check_whole_number)
        ->check(CLI::Range(1, 100));
    command->add_flag("--no-wait", a->no_wait, "Don't ask for a prediction");
    command->add_flag("--story", a->story, "With the story of the letter that shows it");
    command->add_flag("--no-progress", a->no_progress, "No progress line, even on a terminal")->group("Appearance");
    a->appearance.add_options(*command);
    command->footer("Examples:\n"
                    "  postopolis lesson down-an-hour\n"
                    "  postopolis lesson down-an-hour --answer 3 --story");
    command->callback([a, &exit_code] { exit_code = lesson(*a); });
}

void add_lessons_command(CLI::App& app, int& exit_code) {
    CLI::App* command = app.add_subcommand("lessons", "List the lessons, by subject");
    auto a = std::make_shared<LessonsArguments>();
    command->add_flag("--names", a->names, "Only the names, one a line");
    command->add_flag("--json", a->json, "One JSON object, for programs");
    command->footer("Example:\n"
                    "  postopolis lessons");
    command->callback([a, &exit_code] { exit_code = lessons(*a); });
}

} // namespace postopolis::tools
