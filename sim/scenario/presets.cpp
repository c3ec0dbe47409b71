#include "scenario/presets.hpp"

#include <numeric>

#include "postopolis/scenario/load.hpp"

namespace postopolis::scenario {

namespace {

// J. Buchner, "Realistic user-email generator" (blog, August 2009; data from P. Macey): sizes of 402,158 sent
// messages. Fraction of messages not larger than 1 KiB, 2 KiB, ... 4 MiB. Below 1 KiB nothing is known; the
// smallest is taken as 256 bytes.
constexpr std::array<double, 13> sent_cdf{0.21380651385774,
                                          0.49594935323927,
                                          0.70676450549287,
                                          0.81264080286852,
                                          0.86918076974721,
                                          0.89862442124737,
                                          0.92154576062145,
                                          0.94019514718096,
                                          0.95773303030152,
                                          0.97112577643613,
                                          0.98311111553171,
                                          0.99845085762312,
                                          1};

// Messages received per hour, from public pflogsumm reports: a hospital's mail host on Wednesday 2016-09-07,
// and the internal relay of an office in December 2016 (average of two days).
constexpr std::array<double, 24> hospital{15,  23,  22,  19,  49,  32, 133, 161, 139, 296, 211, 183,
                                          135, 169, 196, 157, 101, 90, 52,  42,  41,  21,  40,  23};
constexpr std::array<double, 24> office{5,  3,  1,  0,  1,  1,  3,  6,  22, 28, 6, 33,
                                        41, 51, 25, 25, 18, 26, 18, 14, 4,  4,  4, 3};

kernel::Distribution make_measured() {
    kernel::Distribution::Empirical law;
    law.value.push_back(256);
    law.cdf.push_back(0);
    double upper = 1024;
    for (double fraction : sent_cdf) {
        law.value.push_back(upper);
        law.cdf.push_back(fraction);
        upper *= 2;
    }
    return kernel::Distribution(law);
}

} // namespace

const kernel::Distribution& measured_sizes() {
    static const kernel::Distribution law = make_measured();
    return law;
}

bool is_measured_sizes(const kernel::Distribution& law) {
    const auto* empirical = std::get_if<kernel::Distribution::Empirical>(&law.law());
    const auto& measured = std::get<kernel::Distribution::Empirical>(measured_sizes().law());
    return empirical != nullptr && empirical->value == measured.value && empirical->cdf == measured.cdf;
}

std::optional<std::array<double, 24>> day_shape(std::string_view name) {
    std::array<double, 24> shape{};
    if (name == "office")
        shape = office;
    else if (name == "hospital")
        shape = hospital;
    else if (name == "flat")
        shape.fill(1);
    else
        return std::nullopt;
    double sum = std::accumulate(shape.begin(), shape.end(), 0.0);
    for (double& share : shape)
        share /= sum;
    return shape;
}

std::vector<std::string_view> day_shape_names() {
    return {day_shapes.begin(), day_shapes.end()};
}
std::vector<std::string_view> retry_preset_names() {
    return {retry_presets.begin(), retry_presets.end()};
}

} // namespace postopolis::scenario
