#include "postopolis/scenario/values.hpp"

#include "scenario/units.hpp"

namespace postopolis::scenario {

namespace {

template<class T>
bool compare(Condition::Op op, T actual, T value, T upper) {
    switch (op) {
    case Condition::Op::Equal:
        return actual == value;
    case Condition::Op::NotEqual:
        return actual != value;
    case Condition::Op::Less:
        return actual < value;
    case Condition::Op::AtMost:
        return actual <= value;
    case Condition::Op::AtLeast:
        return actual >= value;
    case Condition::Op::More:
        return actual > value;
    case Condition::Op::Within:
        return actual >= value && actual <= upper;
    }
    return false;
}

std::string with_operator(Condition::Op op, const std::string& value, const std::string& upper) {
    switch (op) {
    case Condition::Op::Equal:
        return "== " + value;
    case Condition::Op::NotEqual:
        return "!= " + value;
    case Condition::Op::Less:
        return "< " + value;
    case Condition::Op::AtMost:
        return "<= " + value;
    case Condition::Op::AtLeast:
        return ">= " + value;
    case Condition::Op::More:
        return "> " + value;
    case Condition::Op::Within:
        return value + " .. " + upper;
    }
    return value;
}

} // namespace

bool Condition::holds(double actual) const {
    return compare(op, actual, value, upper);
}
bool DurationCondition::holds(Duration actual) const {
    return compare(op, actual, value, upper);
}

std::string text(const Condition& c) {
    return with_operator(c.op, number_text(c.value), number_text(c.upper));
}
std::string text(const DurationCondition& c) {
    return with_operator(c.op, kernel::exact_text(c.value), kernel::exact_text(c.upper));
}

} // namespace postopolis::scenario
