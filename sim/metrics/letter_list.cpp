// A table of letters to pick from.
#include <algorithm>
#include <vector>

#include "metrics/layout.hpp"
#include "postopolis/metrics/story.hpp"

namespace postopolis::metrics {
namespace {

using layout::count;
using layout::fit;
using layout::pad_left;
using layout::pad_right;
using trace::CopyRecord;

std::string recipients(const trace::LetterRecord& letter, const trace::Ledger& ledger) {
    std::string out;
    for (trace::CopyId id : letter.copies) {
        const trace::Found<CopyRecord> c = ledger.copy(id);
        if (c == nullptr || !c->recipient) continue;
        out = c->recipient->text();
        break;
    }
    if (letter.copies.size() > 1) out += " +" + count(letter.copies.size() - 1);
    return out;
}

/// "delivered", or "3 delivered, 1 bounced".
std::string fates(const trace::LetterRecord& letter, const trace::Ledger& ledger) {
    std::array<std::uint64_t, trace::kFates> counts{};
    for (trace::CopyId id : letter.copies)
        if (const trace::Found<CopyRecord> c = ledger.copy(id)) ++counts[static_cast<std::size_t>(c->fate)];
    std::string out;
    for (std::size_t i = 0; i < trace::kFates; ++i) {
        if (counts[i] == 0) continue;
        if (!out.empty()) out += ", ";
        if (letter.copies.size() > 1) out += count(counts[i]) + " ";
        out += trace::name(static_cast<trace::Fate>(i));
    }
    return out;
}

} // namespace

std::string list_letters(const trace::Ledger& ledger, const Selection& selection,
                         const ListOptions& options) {
    struct Row {
        std::string number, time, from, to, subject, fate;
    };
    std::vector<Row> rows{{"", "time", "from", "to", "subject", "fate"}};
    const layout::Calendar calendar(options.start_unix_seconds);
    std::uint64_t number = 0, more = 0;
    for (const trace::LetterRecord& letter : ledger.letters()) {
        if (!selection.matches(++number, letter, ledger)) continue;
        if (rows.size() > options.limit) {
            ++more;
            continue;
        }
        rows.push_back({std::to_string(number), calendar.date_and_clock(letter.composed),
                        letter.sender ? letter.sender->text() : "<>", recipients(letter, ledger),
                        layout::printable(letter.subject), fates(letter, ledger)});
    }
    if (rows.size() == 1) return "No message matches.\n";
    int number_width = 1, fate_width = 4, names_width = 8;
    for (const Row& r : rows) {
        number_width = std::max(number_width, layout::display_width(r.number));
        fate_width = std::max(fate_width, std::min(24, layout::display_width(r.fate)));
        names_width = std::max({names_width, layout::display_width(r.from), layout::display_width(r.to)});
    }
    // What is left after number, time and fate is shared by the two names and the subject.
    const int room = std::max(24, options.width - number_width - 19 - fate_width - 5 * 2);
    names_width = std::min(names_width, room / 3);
    const int subject_width = room - 2 * names_width;
    const bool unicode = !options.ascii;
    std::string out;
    for (const Row& r : rows) {
        std::string line = pad_left(r.number, number_width) + "  " + pad_right(r.time, 19) + "  " +
                           pad_right(fit(r.from, names_width, unicode), names_width) + "  " +
                           pad_right(fit(r.to, names_width, unicode), names_width) + "  " +
                           pad_right(fit(r.subject, subject_width, unicode), subject_width) + "  " +
                           fit(r.fate, fate_width, unicode);
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + '\n';
    }
    if (more > 0) out += "… and " + count(more) + " more\n";
    return options.ascii ? layout::ascii_only(out) : out;
}

} // namespace postopolis::metrics
