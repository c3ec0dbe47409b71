// Names of kinds, causes, fates and stages, as they stand in reports and files.
#include "postopolis/trace/event.hpp"

#include <array>

namespace postopolis::trace {

std::string_view name(Cause cause) {
    static constexpr std::array<std::string_view, kCauses> kNames{
        "transit",          "service",      "filter",         "dns",
        "queue",            "backoff: greylisted", "backoff: refused", "backoff: no answer",
        "backoff: dns",     "backoff: quota", "backoff: throttled", "timeout",
        "held",             "pickup"};
    return kNames[static_cast<std::size_t>(cause)];
}

bool is_backoff(Cause cause) { return cause >= Cause::backoff_greylisted && cause <= Cause::backoff_throttled; }

std::string_view family(Cause cause) { return is_backoff(cause) ? "backoff" : name(cause); }

std::string_view name(Fate fate) {
    static constexpr std::array<std::string_view, kFates> kNames{
        "in transit", "delivered", "junk", "bounced", "rejected", "discarded", "lost", "expanded"};
    return kNames[static_cast<std::size_t>(fate)];
}

std::string_view name(LetterKind kind) {
    static constexpr std::array<std::string_view, kLetterKinds> kNames{"letter", "reply", "bounce", "warning", "confirmation"};
    return kNames[static_cast<std::size_t>(kind)];
}

std::string_view name(Passed::Stage stage) {
    static constexpr std::array<std::string_view, 5> kNames{"submission", "waiting", "transfer", "filing", "pickup"};
    return kNames[static_cast<std::size_t>(stage)];
}

std::string_view kind_name(const What& what) {
    return std::visit([](const auto& w) { return w.kName; }, what);
}

} // namespace postopolis::trace
