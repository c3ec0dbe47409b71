// What an experiment varies: axes of values, and their combinations.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "postopolis/experiment/experiment.hpp"
#include "postopolis/scenario/document.hpp"

namespace postopolis::experiment {

/// Steps that are combined with those of all other axes.
struct Axis {
    std::vector<std::string> names;
    std::vector<std::vector<std::pair<std::string, std::string>>> steps;
};

/// The value in a few words, for "but this is ...".
std::string describe(const scenario::Value& value);
/// Says that `expected` was expected.
void wrong(scenario::Findings& findings, const scenario::Value& value, std::string_view expected);
/// Tells the keys of an object that are not among `known`.
void check_keys(scenario::Findings& findings, const scenario::Value& object,
                std::initializer_list<std::string_view> known);
/// JSON on one line; numbers as they were written.
std::string json_text(const scenario::Value& value);

/// `grid`: an axis for each name.
std::vector<Axis> read_grid(scenario::Findings& findings, const scenario::Value& value);
/// `linked`: an axis for each object, whose names go in step.
std::vector<Axis> read_linked(scenario::Findings& findings, const scenario::Value& value);
/// `list`: one axis of points written out.
std::vector<Axis> read_list(scenario::Findings& findings, const scenario::Value& value);

/// All combinations, the last axis varying fastest; empty if there are more than `max_runs`.
std::vector<Point> combine(const std::vector<Axis>& axes);

} // namespace postopolis::experiment
