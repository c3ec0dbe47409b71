// Bar charts in text: one row per value, labels and values aligned, bars in proportion to the largest value.
//
// Bars are drawn in eighths of a character where UTF-8 is allowed and in '#' elsewhere. A value above zero
// always shows: at least an eighth, or a '.'. No line is wider than asked; where there is no room for bars of
// at least four characters they are left out, and labels are cut. Values that are not finite have no bar.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postopolis::metrics {

struct ChartRow {
    std::string label;
    double value = 0;
    std::string value_text; ///< how people read the value, such as "1.24 s"
};

struct ChartOptions {
    int width = 80;      ///< columns, all told
    int indent = 2;      ///< columns left free before the labels
    int label_width = 0; ///< at least so many columns for the labels, to align several charts
    bool unicode = true;
    bool colour = false; ///< ANSI
};

/// Lines, each ended by '\n'; empty for no rows.
std::string bar_chart(const std::vector<ChartRow>& rows, const ChartOptions& options = {});

/// The bar alone: `share` (0..1) of `columns` columns, without padding.
std::string bar(double share, int columns, bool unicode);

} // namespace postopolis::metrics
