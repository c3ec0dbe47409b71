// Exporters of mailboxes: what is filed goes into files of a directory, whose names follow from the
// mailboxes'.
//
// Messages are kept in memory up to a bound and then appended to all the files, so that no number of
// mailboxes runs out of file descriptors. All is written in NAME.part/, which becomes NAME/ at the end.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/exporters.hpp"

namespace postopolis::metrics {

/// Different mailboxes have different names, and none leaves the directory or hides in it: all but the
/// harmless characters are percent-encoded, and what grows too long for a file system is cut and told apart
/// by a hash.
std::string mailbox_file_name(std::string_view mailbox);

class MailboxExporter : public Exporter {
public:
    MailboxExporter(const ExportOptions& options, std::string_view directory);

    trace::KindMask listens_for() const override { return trace::kinds<trace::Delivered>(); }
    void on_event(const trace::Event& event) override;
    void finish(const RunFacts&, const trace::Ledger&) override;
    std::optional<std::string> error() const override { return error_; }
    std::vector<std::filesystem::path> files() const override { return {path_}; }

protected:
    /// A message is filed: `add` it to a file.
    virtual void file(const trace::Delivered& delivered, std::int64_t unix_nanoseconds) = 0;
    /// `name` is relative to the exporter's directory.
    void add(const std::string& name, std::string_view text);
    /// With its parents; at once, as an empty directory is a result too.
    void make_directory(const std::string& name);

private:
    void flush();
    void append(const std::filesystem::path& path, std::string_view text);

    std::filesystem::path path_, part_;
    std::int64_t start_unix_ns_;
    std::map<std::string, std::string> kept_; ///< by file name
    std::set<std::string> directories_;
    std::size_t size_ = 0;
    std::optional<std::string> error_;
};

} // namespace postopolis::metrics
