#include "postopolis/scenario/load.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "scenario/complete.hpp"
#include "scenario/expand.hpp"
#include "scenario/scenario_tree.hpp"

namespace postopolis::scenario {

namespace {

constexpr std::size_t most_mistakes = 1000;

class Loader {
public:
    Loader(std::string_view text, const LoadOptions& options)
        : options_(options), document_(text, findings_) {}

    LoadResult load() {
        if (!document_.parsed()) return result(std::nullopt);
        Value root = document_.root();
        if (!root.is(Value::Kind::Object)) {
            findings_.mistake(root.offset, "a scenario is an object in { }, but this is " +
                                               std::string(kind_name(root.kind)));
            return result(std::nullopt);
        }
        apply_sets(root, options_.sets, findings_);
        Value written = root; // as the schema knows it
        auto parameters = substitute_parameters(root, findings_);
        expand_templates(root, findings_, options_.series_from);
        ReadContext context{findings_};
        Scenario s = read_scenario(context, root);
        s.parameters = std::move(parameters);
        if (options_.seed) s.seed = *options_.seed;
        find_files(s);
        net_of_schema(written);
        // What a scenario means can only be said of one that could be read; but a wrong number here doesn't
        // hide an unknown host there, so meaning is checked in any case, unless hosts and people are missing because
        // a generator that makes them could not be understood.
        if (!wrong_generator()) mean(s, root);
        return result(findings_.good() ? std::optional(std::move(s)) : std::nullopt);
    }

private:
    bool wrong_generator() const {
        return std::any_of(findings_.mistakes().begin(), findings_.mistakes().end(), [&](const Findings::Entry& e) {
            return e.offset < set_offset_base && document_.pointer(e.offset).starts_with("/generate");
        });
    }

    void find_files(Scenario& s) {
        auto* graph = std::get_if<GraphmlNetwork>(&s.network.generated);
        if (!graph) return;
        std::filesystem::path path(graph->file);
        if (path.is_relative() && !options_.base_directory.empty()) path = options_.base_directory / path;
        graph->path = path.string();
    }

    void mean(Scenario& s, const Value& root) {
        bool readable = findings_.good();
        Remarks remarks;
        fill_defaults(s, remarks);
        check_meaning(s, remarks);
        for (Remark& r : remarks) {
            std::uint32_t offset = locate(root, r.pointer);
            if (r.warning) findings_.warning(offset, std::move(r.message), std::move(r.suggestion));
            // After a value that couldn't be read, what is said of its place is only an echo.
            else if (readable || !told_near(offset))
                findings_.mistake(offset, std::move(r.message), std::move(r.suggestion));
        }
    }

    bool told_near(std::uint32_t offset) {
        if (places_.empty())
            for (const Findings::Entry& e : findings_.mistakes())
                if (e.offset < set_offset_base && places_.size() < most_mistakes)
                    places_.push_back(document_.pointer(e.offset));
        if (offset >= set_offset_base) return false;
        std::string here = document_.pointer(offset);
        return std::any_of(places_.begin(), places_.end(), [&](const std::string& p) {
            return p == here || p.starts_with(here + "/") || here.starts_with(p + "/");
        });
    }

    /// The second net: what the schema refuses and the reader let pass.
    void net_of_schema(const Value& written) {
        std::vector<std::string> told;
        for (const Findings::Entry& e : findings_.mistakes())
            told.push_back(document_.pointer(e.offset));
        if (!told.empty()) return;
        for (auto& [pointer, message] : check_schema(written))
            findings_.mistake(locate(written, pointer), std::move(message));
    }

    Mistake mistake(const Findings::Entry& e) const {
        Mistake m;
        m.message = e.message;
        m.suggestion = e.suggestion;
        if (e.offset >= set_offset_base) {
            const std::string& path = options_.sets[e.offset - set_offset_base].first;
            m.pointer = path.starts_with('/') ? path : "";
            if (!m.message.starts_with("--set")) m.message = "--set " + path + ": " + m.message;
            return m;
        }
        m.pointer = document_.pointer(e.offset);
        std::tie(m.line, m.column) = document_.position(e.offset);
        return m;
    }

    std::vector<Mistake> ordered(std::vector<Findings::Entry> entries) const {
        std::stable_sort(entries.begin(), entries.end(),
                         [](const auto& a, const auto& b) { return a.offset < b.offset; });
        std::vector<Mistake> mistakes;
        for (std::size_t i = 0; i < entries.size() && i < most_mistakes; ++i)
            mistakes.push_back(mistake(entries[i]));
        if (entries.size() > most_mistakes) {
            mistakes.back().message +=
                " (and " + std::to_string(entries.size() - most_mistakes) + " more mistakes)";
        }
        return mistakes;
    }

    LoadResult result(std::optional<Scenario> s) const {
        return {std::move(s), ordered(findings_.mistakes()), ordered(findings_.warnings())};
    }

    const LoadOptions& options_;
    Findings findings_;
    Document document_;
    std::vector<std::string> places_;
};

} // namespace

LoadResult load_text(std::string_view json, const LoadOptions& options) {
    return Loader(json, options).load();
}

LoadResult load_file(const std::string& path, LoadOptions options) {
    options.file_name = path;
    auto refused = [&](std::string message) {
        LoadResult result;
        result.mistakes.push_back({"", 0, 0, std::move(message), ""});
        return result;
    };
    std::string text;
    if (path == "-") {
        options.file_name = "standard input";
        text.assign(std::istreambuf_iterator<char>(std::cin), {});
    } else {
        std::error_code error;
        auto status = std::filesystem::status(path, error);
        if (!std::filesystem::exists(status)) return refused("there is no file \"" + path + "\"");
        if (std::filesystem::is_directory(status))
            return refused("\"" + path + "\" is a folder, not a scenario file");
        if (std::filesystem::is_regular_file(status) &&
            std::filesystem::file_size(path, error) > max_text_bytes)
            return refused("\"" + path + "\" is larger than " + std::to_string(max_text_bytes) +
                           " bytes: use \"generate\" for large towns");
        std::ifstream file(path, std::ios::binary);
        if (!file) return refused("\"" + path + "\" can't be opened for reading");
        text.assign(std::istreambuf_iterator<char>(file), {});
        if (options.base_directory.empty())
            options.base_directory = std::filesystem::path(path).parent_path().string();
    }
    return load_text(text, options);
}

LoadResult complete(Scenario scenario) {
    LoadResult result;
    Remarks remarks;
    fill_defaults(scenario, remarks);
    check_meaning(scenario, remarks);
    for (Remark& r : remarks)
        (r.warning ? result.warnings : result.mistakes).push_back({r.pointer, 0, 0, r.message, r.suggestion});
    if (result.mistakes.empty()) result.scenario = std::move(scenario);
    return result;
}

std::string text(const Mistake& m, std::string_view file_name) {
    std::string result(file_name);
    if (m.line > 0) result += ":" + std::to_string(m.line) + ":" + std::to_string(m.column);
    result += ": ";
    if (!m.pointer.empty()) result += m.pointer + ": ";
    result += m.message;
    if (!m.suggestion.empty()) result += " (did you mean " + m.suggestion + "?)";
    return result;
}

} // namespace postopolis::scenario
