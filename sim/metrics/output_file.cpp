// Checked output through POSIX descriptors: stdio would hide which write failed.
#include "postopolis/metrics/output_file.hpp"

#include <cerrno>
#include <cstdio>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace postopolis::metrics {

std::string system_error_text(const std::filesystem::path& path, int error_number) {
    return path.string() + ": " + std::generic_category().message(error_number);
}

OutputFile::OutputFile(const std::filesystem::path& path) : path_(path) {
    do {
        descriptor_ = ::open(part().c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    } while (descriptor_ < 0 && errno == EINTR);
    if (descriptor_ < 0) fail(part(), errno);
}

OutputFile::~OutputFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

std::filesystem::path OutputFile::part() const {
    return path_.string() + ".part";
}

void OutputFile::fail(const std::filesystem::path& place, int error_number) {
    if (!error_) error_ = system_error_text(place, error_number);
}

void OutputFile::write(std::string_view bytes) {
    if (buffer_.empty() && bytes.size() >= kBuffer) return put(bytes);
    buffer_.append(bytes);
    written();
}

void OutputFile::flush() {
    put(buffer_);
    buffer_.clear();
}

void OutputFile::put(std::string_view left) {
    while (!left.empty() && !error_) {
        const ssize_t n = ::write(descriptor_, left.data(), left.size());
        if (n >= 0)
            left.remove_prefix(static_cast<std::size_t>(n));
        else if (errno != EINTR)
            fail(part(), errno);
    }
}

bool OutputFile::commit() {
    if (descriptor_ < 0) return false;
    flush();
    // Some file systems tell of a full disk or quota only when the file is closed.
    if (::close(descriptor_) != 0 && errno != EINTR) fail(part(), errno);
    descriptor_ = -1;
    if (!error_) error_ = sync_and_rename(part(), path_);
    return !error_;
}

std::optional<std::string> sync_and_rename(const std::filesystem::path& part,
                                           const std::filesystem::path& path) {
    const int descriptor = ::open(part.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return system_error_text(part, errno);
    // What cannot be synced (a pipe, a device) is no error.
    const bool unsynced = ::fsync(descriptor) != 0 && errno != EINVAL && errno != ENOTSUP;
    const int why = errno;
    ::close(descriptor);
    if (unsynced) return system_error_text(part, why);
    if (std::rename(part.c_str(), path.c_str()) != 0) return system_error_text(path, errno);
    return std::nullopt;
}

} // namespace postopolis::metrics
