// maildir/ADDRESS/ and eml/ADDRESS/: each message as it was filed in a file of its own.
//
// A Maildir (https://cr.yp.to/proto/maildir.html) has new messages in new/, with LF line ends as MDAs write
// them; junk is in the subfolder .Junk of Maildir++. The name of a file has the second of its delivery, the
// nanoseconds, the number of the delivery in the run, and the host. An .eml file has the message with CRLF,
// as RFC 5322 has it, and is numbered within its mailbox; junk is in ADDRESS.junk/.
#include <cstdio>

#include "metrics/mailbox_files.hpp"
#include "metrics/text.hpp"

namespace postopolis::metrics {

namespace {

std::string with_line_feeds(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i)
        if (text[i] != '\r' || i + 1 == text.size() || text[i + 1] != '\n') out += text[i];
    return out;
}

class MaildirExporter final : public MailboxExporter {
public:
    explicit MaildirExporter(const ExportOptions& options) : MailboxExporter(options, "maildir") {}

private:
    void file(const trace::Delivered& delivered, std::int64_t unix_nanoseconds) override {
        std::string folder = mailbox_file_name(delivered.mailbox);
        make(folder);
        if (delivered.junk) {
            folder += "/.Junk";
            make(folder);
            make_subfolder(folder);
        }
        std::string name = folder + "/new/";
        append_integer(name, unix_nanoseconds / 1'000'000'000);
        name += ".N";
        append_integer(name, unix_nanoseconds % 1'000'000'000);
        name += 'Q';
        append_integer(name, ++deliveries_);
        name += '.';
        name += mailbox_file_name(delivered.host); // no slash and no colon
        add(name, with_line_feeds(delivered.message->text()));
    }
    void make(const std::string& folder) {
        for (const char* part : {"/cur", "/new", "/tmp"})
            make_directory(folder + part);
    }
    void make_subfolder(const std::string& folder) { add(folder + "/maildirfolder", {}); }

    std::uint64_t deliveries_ = 0;
};

class EmlExporter final : public MailboxExporter {
public:
    explicit EmlExporter(const ExportOptions& options) : MailboxExporter(options, "eml") {}

private:
    void file(const trace::Delivered& delivered, std::int64_t) override {
        std::string folder = mailbox_file_name(delivered.mailbox);
        if (delivered.junk) folder += ".junk";
        make_directory(folder);
        char number[32];
        std::snprintf(number, sizeof number, "/%06llu.eml",
                      static_cast<unsigned long long>(++numbers_[folder]));
        add(folder + number, delivered.message->text());
    }
    std::map<std::string, std::uint64_t> numbers_; ///< by folder
};

} // namespace

std::unique_ptr<Exporter> make_maildir_exporter(const ExportOptions& options) {
    return std::make_unique<MaildirExporter>(options);
}

std::unique_ptr<Exporter> make_eml_exporter(const ExportOptions& options) {
    return std::make_unique<EmlExporter>(options);
}

} // namespace postopolis::metrics
