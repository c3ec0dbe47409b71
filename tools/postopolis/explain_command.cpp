// postopolis explain: the story of one letter, hop by hop, with its time and the causes of its delay.
//
// A run is deterministic, so it is played (again) for this while a story-teller listens. For a finished run's
// directory that is the run of its record, up to where it came; its fingerprint shows whether it is the same.
#include <algorithm>
#include <filesystem>
#include <utility>

#include "commands.hpp"
#include "driver.hpp"
#include "postopolis/experiment/record.hpp"
#include "postopolis/experiment/run.hpp"
#include "postopolis/metrics/story.hpp"
#include "scenario_source.hpp"
#include "terminal.hpp"

namespace postopolis::tools {
namespace {

struct ExplainArguments {
    ScenarioArguments source;
    std::string letter;
    std::string run_directory;
    std::string to;
    std::uint32_t replication = 0;
    std::string until;
    std::size_t limit = 3;
    bool dialogue = false;
    bool headers = false;
    bool postal = false;
    bool json = false;
    bool list = false;
    bool no_progress = false;
    Appearance appearance;

    bool selects() const { return !letter.empty() || !to.empty(); }
    std::string selection_text() const {
        if (to.empty()) return "\"" + letter + "\"";
        return (letter.empty() ? "" : "\"" + letter + "\" ") + "to \"" + to + "\"";
    }
};

/// What is to be played.
struct Play {
    scenario::Scenario scenario;
    experiment::RunOptions options;
    std::optional<experiment::RunRecord> record;
};

/// With --run the scenario isn't named, so what stands there is the letter.
int settle_arguments(ExplainArguments& a) {
    if (a.run_directory.empty()) {
        if (!a.source.scenario.empty()) return kFine;
        complain(
            "explain needs a SCENARIO, or --run DIR with a finished run; see `postopolis explain --help`");
        return kUsage;
    }
    if (!a.letter.empty()) {
        complain("with --run DIR the scenario is that of the run: expected only a LETTER, got two words");
        return kUsage;
    }
    if (!a.source.sets.empty() || a.source.seed || a.replication != 0 || !a.until.empty()) {
        complain(
            "a finished run stays as it is: --set, --seed, --replication and --until don't go with --run");
        return kUsage;
    }
    a.letter = std::exchange(a.source.scenario, std::string());
    return kFine;
}

std::optional<Play> from_directory(const ExplainArguments& a, int& exit_code) {
    auto record = experiment::read_record(a.run_directory);
    if (auto* error = std::get_if<std::string>(&record)) {
        complain(*error);
        exit_code = kInputOutput;
        return std::nullopt;
    }
    ScenarioArguments source;
    source.scenario = (std::filesystem::path(a.run_directory) / experiment::kScenarioFile).string();
    auto scenario = load_or_complain(source, exit_code);
    if (!scenario) return std::nullopt;
    Play play{std::move(*scenario), {}, std::get<experiment::RunRecord>(std::move(record))};
    play.options.seed = play.record->seed;
    play.options.replication = play.record->replication;
    return play;
}

std::optional<Play> from_scenario(const ExplainArguments& a, int& exit_code) {
    auto scenario = load_or_complain(a.source, exit_code);
    if (!scenario) return std::nullopt;
    Play play{std::move(*scenario), {}, {}};
    play.options.replication = a.replication;
    if (!a.until.empty()) {
        const auto until = kernel::parse_duration(a.until);
        if (!until) {
            complain("--until " + a.until + ": expected a duration such as 90s, 4h or 1d12h");
            exit_code = kUsage;
            return std::nullopt;
        }
        play.options.until = kernel::Time::at(*until);
    }
    return play;
}

struct Matches {
    std::size_t letters = 0; ///< with replies
    std::size_t reports = 0;
};

Matches matches(const trace::Ledger& ledger, const metrics::Selection& selection) {
    Matches found;
    std::uint64_t number = 0;
    for (const trace::LetterRecord& letter : ledger.letters()) {
        if (!selection.matches(++number, letter, ledger)) continue;
        ++(trace::is_report(letter.kind) ? found.reports : found.letters);
    }
    return found;
}

std::string list(const ExplainArguments& a, const Play& play, const trace::Ledger& ledger,
                 const metrics::Selection& selection) {
    metrics::ListOptions options;
    options.width = a.appearance.columns();
    options.ascii = a.appearance.only_ascii();
    options.start_unix_seconds = play.scenario.start;
    return metrics::list_letters(ledger, selection, options);
}

int tell(const ExplainArguments& a, const Play& play, const metrics::StoryTeller& teller,
         const metrics::Selection& selection, const trace::Ledger& ledger) {
    const Matches found = matches(ledger, selection);
    if (found.letters + found.reports == 0 && a.selects()) {
        complain("no letter matches " + a.selection_text() +
                 (ledger.letters().empty() ? "; none was written" : "; there are:"));
        std::string all = list(a, play, ledger, {});
        if (!all.empty()) all.pop_back();
        if (!ledger.letters().empty()) remark(all);
        return kUsage;
    }
    if (a.json) return print(teller.story_json() + "\n") ? kFine : kInputOutput;
    // Reports about a letter are told with it.
    if (a.list || found.letters > a.limit || (found.letters == 0 && found.reports > a.limit)) {
        if (!print(list(a, play, ledger, selection))) return kInputOutput;
        if (!a.list)
            remark("Say which one: its number, a part of its subject or address, or its Message-ID.");
        return kFine;
    }
    metrics::StoryOptions options;
    options.postal = a.postal;
    options.dialogue = a.dialogue;
    options.headers = a.headers;
    options.width = std::max(60, a.appearance.columns());
    options.colour = a.appearance.coloured();
    options.ascii = a.appearance.only_ascii();
    options.start_unix_seconds = play.scenario.start;
    return print(teller.tell(options)) ? kFine : kInputOutput;
}

/// Advances as far as the recorded run came, or to the end.
experiment::RunOutcome play_it(experiment::Run& run, const Play& play, bool show_progress) {
    return play.record && play.record->interrupted ? drive(run, show_progress, play.record->events)
                                                   : drive(run, show_progress);
}

int explain(ExplainArguments a) {
    int exit_code = settle_arguments(a);
    if (exit_code != kFine) return exit_code;
    auto play = a.run_directory.empty() ? from_scenario(a, exit_code) : from_directory(a, exit_code);
    if (!play) return exit_code;

    metrics::Selection selection = metrics::parse_selection(a.letter);
    selection.recipient = a.to;
    metrics::StoryTeller teller(selection, {.dialogue = a.dialogue, .letters = a.limit});
    play->options.observers.push_back(&teller);
    auto opened = experiment::Run::open(play->scenario, play->options);
    if (auto* error = std::get_if<std::string>(&opened)) {
        complain(*error);
        return kInputOutput;
    }
    auto& run = std::get<experiment::Run>(opened);
    const experiment::RunOutcome outcome = play_it(run, *play, !a.no_progress);
    if (play->record && !Interruption::wanted() &&
        play->record->fingerprint != outcome.summary.facts.fingerprint)
        complain("warning: this is not what happened in the run of " + a.run_directory +
                 " (its fingerprint is " + play->record->fingerprint + ", now it is " +
                 outcome.summary.facts.fingerprint + "): another version of Postopolis or a changed file");
    exit_code = tell(a, *play, teller, selection, run.town().ledger());
    if (!outcome.sound()) return exit_code_of(outcome);
    return exit_code == kFine && Interruption::wanted() ? kInterrupted : exit_code;
}

void add_story_options(CLI::App& command, ExplainArguments& a) {
    command.add_flag("--dialogue", a.dialogue, "With what was said on each hop, line by line")
        ->group("The story");
    command.add_flag("--headers", a.headers, "With the header as the reader sees it, explained")
        ->group("The story");
    command.add_flag("--postal", a.postal, "In the words of the post office")->group("The story");
    command.add_flag("--json", a.json, "One JSON object, for programs")->group("The story");
    command.add_flag("--list", a.list, "Only list the letters that match")->group("The story");
    command
        .add_option("--limit", a.limit,
                    "Tell the stories of so many letters at most; if more match, list them (3)")
        ->check(CLI::Range(std::size_t{1}, std::size_t{1000}))
        ->type_name("N")
        ->group("The story");
    command.add_flag("--no-progress", a.no_progress, "No progress line, even on a terminal")
        ->group("Appearance");
}

} // namespace

void add_explain_command(CLI::App& app, int& exit_code) {
    CLI::App* command = app.add_subcommand("explain", "Tell the story of one letter: why it is where it is");
    auto a = std::make_shared<ExplainArguments>();
    command
        ->add_option("scenario", a->source.scenario,
                     "A scenario file, the name of a shipped scenario, or -; not with --run")
        ->type_name("SCENARIO");
    command
        ->add_option(
            "letter", a->letter,
            "Which letter: its number (in the order of writing, from 1), its Message-ID, or a part of its "
            "subject or of an address. If not said: the only one, or a list")
        ->type_name("LETTER");
    command
        ->add_option("--run", a->run_directory,
                     "Of the finished run that `postopolis run --out DIR` kept there")
        ->type_name("DIR");
    command->add_option("--to", a->to, "Only letters to a recipient whose address has this part")
        ->type_name("ADDRESS");
    a->source.add_options(*command);
    command->add_option("--replication", a->replication, "Which of the many runs with this seed")
        ->type_name("N")
        ->check(check_whole_number);
    command->add_option("--until", a->until, "Stop the clock at this time of the town")->type_name("TIME");
    add_story_options(*command, *a);
    a->appearance.add_options(*command);
    command->footer("Examples:\n"
                    "  postopolis explain post-office --postal\n"
                    "  postopolis explain town.json 17 --dialogue\n"
                    "  postopolis explain --run results --to bob@ --headers");
    command->callback([a, &exit_code] { exit_code = explain(*a); });
}

} // namespace postopolis::tools
