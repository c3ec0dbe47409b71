// One writer at a time, by a lock of the open file (Linux, F_OFD_SETLK): it ends with the process, however
// that ends, and SQLite's own locks on the same file don't touch it.
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include "experiment/results.hpp"
#include "postopolis/metrics/output_file.hpp"

namespace postopolis::experiment {

Lock::Lock(const std::filesystem::path& file) : file_(file) {
    descriptor_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor_ < 0) {
        error_ = metrics::system_error_text(file, errno);
        return;
    }
    // A byte far beyond those that SQLite locks, and beyond any content.
    struct flock lock = {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = off_t{1} << 60;
    lock.l_len = 1;
    if (::fcntl(descriptor_, F_OFD_SETLK, &lock) == 0) return;
    error_ = errno == EAGAIN || errno == EACCES
                 ? file.string() + ": another batch is writing here; wait for it, or use another --out"
                 : metrics::system_error_text(file, errno);
}

Lock::~Lock() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

void Lock::clear() {
    // The journal first: it must not be taken for that of the new file.
    std::error_code ec;
    std::filesystem::remove(file_.string() + "-journal", ec);
    if (ec || ::ftruncate(descriptor_, 0) != 0)
        error_ = ec ? file_.string() + "-journal: " + ec.message() : metrics::system_error_text(file_, errno);
}

} // namespace postopolis::experiment
