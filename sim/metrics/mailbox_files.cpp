// See mailbox_files.hpp.
#include "metrics/mailbox_files.hpp"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "postopolis/kernel/random.hpp"

namespace postopolis::metrics {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kKept = 16 * 1024 * 1024;
constexpr std::size_t kLongestName = 180; ///< file systems take 255 octets

void append_hex(std::string& out, std::uint64_t value, int digits) {
    static constexpr char kHex[] = "0123456789ABCDEF";
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4)
        out += kHex[(value >> shift) & 15];
}

} // namespace

std::string mailbox_file_name(std::string_view mailbox) {
    std::string out;
    for (char c : mailbox) {
        const bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        const bool plain = alphanumeric || c == '@' || c == '_' || c == '-' || c == '+' || c == '=';
        if (plain || (c == '.' && !out.empty())) {
            out += c;
        } else {
            out += '%';
            append_hex(out, static_cast<unsigned char>(c), 2);
        }
    }
    if (out.size() <= kLongestName) return out.empty() ? "%" : out;
    out.resize(kLongestName - 17);
    out += '%';
    append_hex(out, kernel::hash_name(mailbox), 16);
    return out;
}

MailboxExporter::MailboxExporter(const ExportOptions& options, std::string_view directory)
    : path_(options.directory / directory)
    , part_(path_.string() + ".part")
    , start_unix_ns_(options.start_unix_seconds * 1'000'000'000) {
    std::error_code ec;
    fs::remove_all(part_, ec);
    if (!ec) fs::create_directory(part_, ec);
    if (ec) error_ = part_.string() + ": " + ec.message();
}

void MailboxExporter::on_event(const trace::Event& event) {
    const auto* delivered = std::get_if<trace::Delivered>(&event.what);
    if (error_ || delivered == nullptr || delivered->message == nullptr) return;
    file(*delivered, start_unix_ns_ + event.time.since_start().count());
    if (size_ >= kKept) flush();
}

void MailboxExporter::finish(const RunFacts&, const trace::Ledger&) {
    flush();
    if (!error_) error_ = sync_and_rename(part_, path_);
}

void MailboxExporter::add(const std::string& name, std::string_view text) {
    kept_[name] += text;
    size_ += text.size();
}

void MailboxExporter::make_directory(const std::string& name) {
    if (error_ || !directories_.insert(name).second) return;
    std::error_code ec;
    fs::create_directories(part_ / name, ec);
    if (ec) error_ = (part_ / name).string() + ": " + ec.message();
}

void MailboxExporter::flush() {
    for (const auto& [name, text] : kept_) {
        if (error_) break;
        append(part_ / name, text);
    }
    kept_.clear();
    size_ = 0;
}

void MailboxExporter::append(const fs::path& path, std::string_view text) {
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (descriptor < 0) {
        error_ = system_error_text(path, errno);
        return;
    }
    while (!text.empty() && !error_) {
        const ssize_t n = ::write(descriptor, text.data(), text.size());
        if (n >= 0)
            text.remove_prefix(static_cast<std::size_t>(n));
        else if (errno != EINTR)
            error_ = system_error_text(path, errno);
    }
    if (::close(descriptor) != 0 && errno != EINTR && !error_) error_ = system_error_text(path, errno);
}

} // namespace postopolis::metrics
