// A file that is either whole or not called done: written as X.part, renamed to X by commit().
//
// Every error of open, write, sync, close and rename is kept, with the path and the system's words; after the
// first one nothing more is written and the .part stays. A file that is destroyed without commit() leaves its
// .part.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace postopolis::metrics {

class OutputFile {
public:
    OutputFile() = default; ///< No file.
    /// Opens `path`.part anew (its directory must exist); look at error() then.
    explicit OutputFile(const std::filesystem::path& path);
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;
    ~OutputFile();

    void write(std::string_view bytes);
    /// To build text in place: append to it, then call written().
    std::string& buffer() { return buffer_; }
    void written() {
        if (buffer_.size() >= kBuffer) flush();
    }
    /// Writes what is left, syncs, closes and renames. True if the file is done.
    bool commit();

    const std::optional<std::string>& error() const { return error_; }
    const std::filesystem::path& path() const { return path_; }

private:
    static constexpr std::size_t kBuffer = 256 * 1024;
    void flush();
    void put(std::string_view bytes);
    void fail(const std::filesystem::path& place, int error_number);
    std::filesystem::path part() const;

    std::filesystem::path path_;
    std::string buffer_;
    std::optional<std::string> error_;
    int descriptor_ = -1;
};

/// Syncs a finished file or directory to the disk and gives it its final name. The error, if any.
std::optional<std::string> sync_and_rename(const std::filesystem::path& part,
                                           const std::filesystem::path& path);

/// "PATH: the system's words for `error_number`"
std::string system_error_text(const std::filesystem::path& path, int error_number);

} // namespace postopolis::metrics
