// What the exporters share, and the functions that make each of them.
#pragma once

#include <memory>
#include <utility>

#include "postopolis/metrics/exporter.hpp"
#include "postopolis/metrics/output_file.hpp"

namespace postopolis::metrics {

/// An exporter of one file.
class FileExporter : public Exporter {
public:
    explicit FileExporter(std::filesystem::path path) : file_(path) {}
    std::optional<std::string> error() const override { return file_.error(); }
    std::vector<std::filesystem::path> files() const override { return {file_.path()}; }

protected:
    OutputFile file_;
};

// Each opens its files in `options.directory`, which exists; the caller looks at error() then.
std::unique_ptr<Exporter> make_jsonl_exporter(const ExportOptions& options);
std::unique_ptr<Exporter> make_csv_exporter(const ExportOptions& options);
std::unique_ptr<Exporter> make_json_exporter(const ExportOptions& options);
std::unique_ptr<Exporter> make_sqlite_exporter(const ExportOptions& options);
std::unique_ptr<Exporter> make_mbox_exporter(const ExportOptions& options);
std::unique_ptr<Exporter> make_maildir_exporter(const ExportOptions& options);
std::unique_ptr<Exporter> make_eml_exporter(const ExportOptions& options);
std::unique_ptr<Exporter> make_transcript_exporter(const ExportOptions& options);
std::unique_ptr<Exporter> make_maillog_exporter(const ExportOptions& options);
std::unique_ptr<Exporter> make_pcap_exporter(const ExportOptions& options);

} // namespace postopolis::metrics
