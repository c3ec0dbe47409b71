// copies.csv: one row per recipient copy, by RFC 4180 (CRLF, quotes where needed), UTF-8, a header row.
//
// Times are seconds of virtual time with nine decimals, exactly; a cell is empty where there is no such time
// or value. The causes add up to delay_s, which goes from the author's click to the end of the copy's
// account.
#include "metrics/exporters.hpp"
#include "metrics/text.hpp"

namespace postopolis::metrics {

namespace {

using trace::CopyRecord;

class CsvExporter final : public FileExporter {
public:
    using FileExporter::FileExporter;
    trace::KindMask listens_for() const override { return 0; }
    void on_event(const trace::Event&) override {}

    void finish(const RunFacts&, const trace::Ledger& ledger) override {
        header();
        for (const CopyRecord& copy : ledger.copies()) {
            if (file_.error()) break;
            row(copy, ledger);
        }
        file_.commit();
    }

private:
    void header() {
        row_ =
            "copy_id,letter_id,about_letter_id,report_letter_id,kind,sender,recipient,recipient_kind,subject,"
            "message_id,size_octets,composed_s,settled_s,read_s,fate,place,code,reason,transfers,deferrals,"
            "duplicate,delay_s";
        for (std::size_t i = 0; i < trace::kCauses; ++i)
            row_.append(",").append(key(static_cast<trace::Cause>(i))).append("_s");
        row_ += "\r\n";
        file_.write(row_);
    }

    void row(const CopyRecord& c, const trace::Ledger& ledger) {
        const trace::Found<trace::LetterRecord> letter = ledger.letter(c.letter);
        row_.clear();
        append_integer(row_, c.id);
        number(c.letter);
        id(letter ? letter->about : 0);
        id(c.report);
        text(key(c.kind));
        text(letter && letter->sender ? letter->sender->text() : std::string());
        text(c.recipient ? c.recipient->text() : std::string());
        text(recipient_kind(c.recipient_kind));
        text(letter ? letter->subject : std::string());
        text(letter ? letter->message_id : std::string());
        number(letter ? letter->size : 0);
        seconds(true, c.composed.since_start());
        seconds(c.fate != trace::Fate::in_transit, c.settled.since_start());
        seconds(c.fetched, c.read.since_start());
        text(key(c.fate));
        text(ledger.text(c.place));
        id(c.code);
        text(ledger.text(c.reason));
        number(c.transfers);
        number(c.deferrals);
        number(c.duplicate ? 1 : 0);
        seconds(true, c.spent.total());
        for (std::size_t i = 0; i < trace::kCauses; ++i)
            seconds(true, c.spent.spent(static_cast<trace::Cause>(i)));
        row_ += "\r\n";
        file_.write(row_);
    }

    static std::string_view recipient_kind(trace::RecipientKind kind) {
        switch (kind) {
        case trace::RecipientKind::cc:
            return "cc";
        case trace::RecipientKind::bcc:
            return "bcc";
        default:
            return "to";
        }
    }

    template<class Integer>
    void number(Integer value) {
        row_ += ',';
        append_integer(row_, value);
    }
    /// 0 is "none".
    void id(std::uint64_t value) {
        row_ += ',';
        if (value != 0) append_integer(row_, value);
    }
    void seconds(bool present, kernel::Duration d) {
        row_ += ',';
        if (present) append_seconds(row_, d);
    }
    void text(std::string_view value) {
        row_ += ',';
        value = utf8(value, scratch_);
        if (value.find_first_of(",\"\r\n") == std::string_view::npos) {
            row_ += value;
            return;
        }
        row_ += '"';
        for (char c : value) {
            if (c == '"') row_ += '"';
            row_ += c;
        }
        row_ += '"';
    }

    std::string row_;
    std::string scratch_;
};

} // namespace

std::unique_ptr<Exporter> make_csv_exporter(const ExportOptions& options) {
    return std::make_unique<CsvExporter>(options.directory / "copies.csv");
}

} // namespace postopolis::metrics
