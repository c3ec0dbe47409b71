// The report that `postopolis run` prints: what was sent, what became of it, how long it took, and why.
//
// Plain text for people, the same for the same run; programs read `summary_json`. It fits one letter as well
// as a million: figures of a distribution are left out where there is only one value.
#pragma once

#include <string>

#include "postopolis/metrics/summary.hpp"

namespace postopolis::metrics {

struct ReportOptions {
    int width = 80;            ///< columns, at least 40
    bool colour = false;       ///< ANSI
    bool ascii = false;        ///< no character beyond ASCII
    std::string question = {}; ///< the scenario's description: what it asks
    /// The command that explains messages of this run, such as "postopolis explain FILE --seed 7": the report
    /// adds the number of the slowest message. Empty: no such hint.
    std::string explain_command = {};
    std::size_t reasons = 8; ///< of non-delivery, at most so many
};

/// Lines, the last ended by '\n'.
std::string report_text(const Summary& summary, const trace::Ledger& ledger,
                        const ReportOptions& options = {});

} // namespace postopolis::metrics
