// Text bar charts. See chart.hpp for the promises.
#include "postopolis/metrics/chart.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "metrics/layout.hpp"

namespace postopolis::metrics {
namespace {

constexpr int kGap = 2;         // between label, value and bar
constexpr int kShortestBar = 4; // fewer columns show nothing

struct Columns {
    int label = 0, value = 0, bar = 0;
};

Columns divide(const std::vector<ChartRow>& rows, const ChartOptions& options) {
    Columns c;
    c.label = options.label_width;
    for (const ChartRow& row : rows) {
        c.label = std::max(c.label, layout::display_width(row.label));
        c.value = std::max(c.value, layout::display_width(row.value_text));
    }
    const int room = std::max(0, options.width - options.indent);
    c.value = std::min(c.value, room);
    // Values matter most, then labels of a readable length, then bars.
    c.label = std::max(0, std::min(c.label, room - kGap - c.value));
    c.bar = room - c.label - kGap - c.value - kGap;
    if (c.bar < kShortestBar) {
        const int shorter = c.label - (kShortestBar - c.bar);
        if (shorter >= 12) {
            c.label = shorter;
            c.bar = kShortestBar;
        } else {
            c.bar = 0;
        }
    }
    return c;
}

} // namespace

std::string bar(double share, int columns, bool unicode) {
    static constexpr std::array<std::string_view, 8> kEighths{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    if (!std::isfinite(share) || share <= 0 || columns <= 0) return {};
    share = std::min(share, 1.0);
    std::string out;
    if (!unicode) {
        const auto full = static_cast<std::size_t>(std::llround(share * columns));
        return full == 0 ? "." : std::string(full, '#');
    }
    const auto eighths =
        std::max<std::size_t>(1, static_cast<std::size_t>(std::llround(share * columns * 8)));
    for (std::size_t i = 0; i < eighths / 8; ++i)
        out += "█";
    out += kEighths[eighths % 8];
    return out;
}

std::string bar_chart(const std::vector<ChartRow>& rows, const ChartOptions& options) {
    double largest = 0;
    for (const ChartRow& row : rows)
        if (std::isfinite(row.value)) largest = std::max(largest, row.value);
    const Columns columns = divide(rows, options);
    const layout::Paint paint{options.colour};
    const int indent = std::clamp(options.indent, 0, std::max(0, options.width));
    std::string out;
    for (const ChartRow& row : rows) {
        std::string line(static_cast<std::size_t>(indent), ' ');
        if (columns.label > 0)
            line +=
                layout::pad_right(layout::fit(layout::printable(row.label), columns.label, options.unicode),
                                  columns.label) +
                "  ";
        line += layout::pad_left(layout::fit(row.value_text, columns.value, options.unicode), columns.value);
        const std::string drawn = largest > 0 ? bar(row.value / largest, columns.bar, options.unicode) : "";
        if (!drawn.empty()) line += "  " + paint.cyan(drawn);
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + '\n';
    }
    return options.unicode ? out : layout::ascii_only(out);
}

} // namespace postopolis::metrics
