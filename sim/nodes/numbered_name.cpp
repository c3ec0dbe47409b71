// See numbered_name.hpp.
#include "postopolis/nodes/numbered_name.hpp"

#include "postopolis/mail/address.hpp"

namespace postopolis::nodes {

NumberedName::NumberedName(std::string_view pattern, std::uint64_t first) : first_(first) {
    constexpr std::string_view kNumber = "{n}";
    const std::size_t at = pattern.find(kNumber);
    before_ = pattern.substr(0, at);
    if (at != std::string_view::npos) after_ = pattern.substr(at + kNumber.size());
}

std::string NumberedName::at(std::uint64_t index) const {
    std::string name;
    const std::string number = std::to_string(first_ + index);
    name.reserve(before_.size() + number.size() + after_.size());
    name += before_;
    name += number;
    name += after_;
    return name;
}

std::optional<std::uint64_t> NumberedName::find(std::string_view name) const {
    constexpr std::size_t kMostDigits = 18;
    if (name.size() <= before_.size() + after_.size()) return std::nullopt;
    const std::string_view digits = name.substr(before_.size(), name.size() - before_.size() - after_.size());
    if (digits.size() > kMostDigits || (digits.size() > 1 && digits.front() == '0')) return std::nullopt;
    std::uint64_t number = 0;
    for (char c : digits) {
        if (c < '0' || c > '9') return std::nullopt;
        number = number * 10 + static_cast<std::uint64_t>(c - '0');
    }
    if (number < first_ || !mail::same_domain(name.substr(0, before_.size()), before_) ||
        !mail::same_domain(name.substr(name.size() - after_.size()), after_))
        return std::nullopt;
    return number - first_;
}

} // namespace postopolis::nodes
