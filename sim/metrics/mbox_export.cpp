// mbox/ADDRESS.mbox: each mailbox's messages as they were filed, with their trace headers; ADDRESS.junk.mbox
// for what was filed as junk. A mailbox that got nothing has no file.
#include "metrics/mailbox_files.hpp"
#include "postopolis/mail/mbox.hpp"

namespace postopolis::metrics {

namespace {

/// The sender as the MDA knows it is in the Return-Path that it prepended (RFC 5321 section 4.4).
mail::AddressPtr return_path(const mail::Message& message) {
    for (const mail::TraceField& field : message.trace())
        if (const auto* path = std::get_if<mail::ReturnPath>(&field)) return path->reverse_path;
    return nullptr;
}

class MboxExporter final : public MailboxExporter {
public:
    explicit MboxExporter(const ExportOptions& options) : MailboxExporter(options, "mbox") {}

private:
    void file(const trace::Delivered& delivered, std::int64_t unix_nanoseconds) override {
        std::string text;
        mail::append_mbox(text, *delivered.message, return_path(*delivered.message), {unix_nanoseconds, 0});
        add(mailbox_file_name(delivered.mailbox) + (delivered.junk ? ".junk.mbox" : ".mbox"), text);
    }
};

} // namespace

std::unique_ptr<Exporter> make_mbox_exporter(const ExportOptions& options) {
    return std::make_unique<MboxExporter>(options);
}

} // namespace postopolis::metrics
