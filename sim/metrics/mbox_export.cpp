// mbox/ADDRESS.mbox: each mailbox's messages as they were filed, with their trace headers; ADDRESS.junk.mbox
// for what was filed as junk. A mailbox that got nothing has no file.
//
// Messages are kept in memory up to a bound and then appended to all the files, so that no number of
// mailboxes runs out of file descriptors. All is written in mbox.part/, which becomes mbox/ at the end.
#include <cerrno>
#include <map>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "metrics/exporters.hpp"
#include "metrics/text.hpp"
#include "postopolis/kernel/random.hpp"
#include "postopolis/mail/mbox.hpp"

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

/// Different mailboxes have different names, and none leaves the directory or hides in it: all but the
/// harmless characters are percent-encoded, and what grows too long for a file system is cut and told apart
/// by a hash.
std::string file_name(std::string_view mailbox) {
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

/// The sender as the MDA knows it is in the Return-Path that it prepended (RFC 5321 section 4.4).
mail::AddressPtr return_path(const mail::Message& message) {
    for (const mail::TraceField& field : message.trace())
        if (const auto* path = std::get_if<mail::ReturnPath>(&field)) return path->reverse_path;
    return nullptr;
}

class MboxExporter final : public Exporter {
public:
    explicit MboxExporter(const ExportOptions& options)
        : path_(options.directory / "mbox")
        , part_(options.directory / "mbox.part")
        , start_unix_ns_(options.start_unix_seconds * 1'000'000'000) {
        std::error_code ec;
        fs::remove_all(part_, ec);
        if (!ec) fs::create_directory(part_, ec);
        if (ec) error_ = part_.string() + ": " + ec.message();
    }

    trace::KindMask listens_for() const override { return trace::kinds<trace::Delivered>(); }

    void on_event(const trace::Event& event) override {
        const auto* delivered = std::get_if<trace::Delivered>(&event.what);
        if (error_ || delivered == nullptr || delivered->message == nullptr) return;
        std::string name = file_name(delivered->mailbox);
        name += delivered->junk ? ".junk.mbox" : ".mbox";
        std::string& mailbox = kept_[std::move(name)];
        const std::size_t before = mailbox.size();
        const mail::Date date{start_unix_ns_ + event.time.since_start().count(), 0};
        mail::append_mbox(mailbox, *delivered->message, return_path(*delivered->message), date);
        size_ += mailbox.size() - before;
        if (size_ >= kKept) flush();
    }

    void finish(const RunFacts&, const trace::Ledger&) override {
        flush();
        if (!error_) error_ = sync_and_rename(part_, path_);
    }
    std::optional<std::string> error() const override { return error_; }
    std::vector<fs::path> files() const override { return {path_}; }

private:
    void flush() {
        for (const auto& [name, text] : kept_) {
            if (error_) break;
            append(part_ / name, text);
        }
        kept_.clear();
        size_ = 0;
    }

    void append(const fs::path& path, std::string_view text) {
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

    fs::path path_, part_;
    std::int64_t start_unix_ns_;
    std::map<std::string, std::string> kept_; ///< by file name
    std::size_t size_ = 0;
    std::optional<std::string> error_;
};

} // namespace

std::unique_ptr<Exporter> make_mbox_exporter(const ExportOptions& options) {
    return std::make_unique<MboxExporter>(options);
}

} // namespace postopolis::metrics
