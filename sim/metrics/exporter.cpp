// The table of exporters, the output directory's manners, and the JSON summary, the smallest exporter.
#include "postopolis/metrics/exporter.hpp"

#include <algorithm>
#include <array>
#include <system_error>

#include "metrics/exporters.hpp"

namespace postopolis::metrics {

namespace fs = std::filesystem;

namespace {

using Make = std::unique_ptr<Exporter> (*)(const ExportOptions&);

// A new exporter is a row in each of these.
constexpr std::array kInfos{
    ExporterInfo{"jsonl", "trace.jsonl", "every event but what was said, one JSON object a line"},
    ExporterInfo{"csv", "copies.csv", "one row per recipient copy: times, fate, reason, causes of delay"},
    ExporterInfo{"json", "summary.json", "the figures of the run, as `run --json` prints them"},
    ExporterInfo{"sqlite", "run.sqlite",
                 "a database of letters, copies, stages, deferrals, look-ups, connections"},
    ExporterInfo{"mbox", "mbox/", "a mailbox file per recipient with the messages as they were delivered"},
    ExporterInfo{"maildir", "maildir/", "a Maildir per recipient with the messages as they were delivered"},
    ExporterInfo{"eml", "eml/", "each message as it was delivered, in a file of its own"},
    ExporterInfo{"transcript", "transcripts.txt", "what clients and servers said, connection by connection"},
    ExporterInfo{"maillog", "mail.log", "what the servers would log, in the lines of Postfix"},
    ExporterInfo{"pcap", "capture.pcapng", "the packets of SMTP, POP3 and DNS, for Wireshark"},
};
constexpr std::array<Make, kInfos.size()> kMakers{
    make_jsonl_exporter, make_csv_exporter,        make_json_exporter,    make_sqlite_exporter, make_mbox_exporter,
    make_maildir_exporter, make_eml_exporter,      make_transcript_exporter, make_maillog_exporter, make_pcap_exporter};

class JsonExporter final : public FileExporter {
public:
    using FileExporter::FileExporter;
    trace::KindMask listens_for() const override { return 0; }
    void on_event(const trace::Event&) override {}
    void finish(const RunFacts& facts, const trace::Ledger& ledger) override {
        file_.write(summary_json(summarize(ledger, facts)));
        file_.write("\n");
        file_.commit();
    }
};

fs::path result_path(const ExporterInfo& info, const ExportOptions& options) {
    std::string_view file = info.file;
    if (file.ends_with('/')) file.remove_suffix(1);
    return options.directory / file;
}

/// Of an earlier run's result that is in the way.
std::optional<std::string> clear(const ExporterInfo& info, const ExportOptions& options) {
    const fs::path path = result_path(info, options);
    std::error_code ec;
    const fs::file_status status = fs::symlink_status(path, ec);
    if (status.type() == fs::file_type::not_found) return std::nullopt;
    if (ec) return path.string() + ": " + ec.message();
    if (!options.force)
        return path.string() +
               " exists already: choose another directory, or --force to replace the results in it";
    if (info.file.ends_with('/'))
        fs::remove_all(path, ec);
    else
        fs::remove(path, ec);
    if (ec) return path.string() + ": " + ec.message();
    return std::nullopt;
}

std::optional<std::string> prepare(const ExportOptions& options) {
    std::error_code ec;
    fs::create_directories(options.directory, ec);
    if (ec) return options.directory.string() + ": " + ec.message();
    for (const ExporterInfo& info : kInfos)
        if (auto error = clear(info, options)) return error;
    return std::nullopt;
}

const ExporterInfo* find(std::string_view name) {
    const auto info =
        std::find_if(kInfos.begin(), kInfos.end(), [&](const auto& i) { return i.name == name; });
    return info != kInfos.end() ? &*info : nullptr;
}

std::string unknown_exporter(std::string_view name) {
    std::string text = "no exporter is called \"" + std::string(name) + "\"; there are";
    for (const ExporterInfo& info : kInfos)
        text += std::string(&info == kInfos.data() ? " " : ", ").append(info.name);
    return text;
}

} // namespace

std::unique_ptr<Exporter> make_json_exporter(const ExportOptions& options) {
    return std::make_unique<JsonExporter>(options.directory / "summary.json");
}

std::span<const ExporterInfo> exporters() {
    return kInfos;
}

std::variant<std::unique_ptr<Exporter>, std::string> make_exporter(std::string_view name,
                                                                   const ExportOptions& options) {
    const ExporterInfo* info = find(name);
    if (info == nullptr) return unknown_exporter(name);
    if (auto error = prepare(options)) return *error;
    std::unique_ptr<Exporter> exporter = kMakers[static_cast<std::size_t>(info - kInfos.data())](options);
    if (auto error = exporter->error()) return *error;
    return exporter;
}

std::variant<ExportSet, std::string> ExportSet::open(std::span<const std::string> names,
                                                     const ExportOptions& options) {
    // First of all, as `force` makes way by removing earlier results.
    for (const std::string& name : names)
        if (find(name) == nullptr) return unknown_exporter(name);
    ExportSet set;
    for (auto name = names.begin(); name != names.end(); ++name) {
        if (std::find(names.begin(), name, *name) != name) continue;
        auto made = make_exporter(*name, options);
        if (auto* error = std::get_if<std::string>(&made)) return std::move(*error);
        set.exporters_.push_back(std::move(std::get<0>(made)));
    }
    return set;
}

void ExportSet::listen(trace::Bus& bus) {
    for (const auto& exporter : exporters_)
        if (exporter->listens_for() != 0) bus.add(*exporter);
}

std::optional<std::string> ExportSet::error() const {
    for (const auto& exporter : exporters_)
        if (auto error = exporter->error()) return error;
    return std::nullopt;
}

std::optional<std::string> ExportSet::finish(const RunFacts& facts, const trace::Ledger& ledger) {
    std::optional<std::string> all;
    for (const auto& exporter : exporters_) {
        exporter->finish(facts, ledger);
        if (auto error = exporter->error()) all = all ? *all + "\n" + *error : *error;
    }
    return all;
}

std::vector<fs::path> ExportSet::files() const {
    std::vector<fs::path> all;
    for (const auto& exporter : exporters_)
        for (fs::path& file : exporter->files())
            all.push_back(std::move(file));
    return all;
}

} // namespace postopolis::metrics
