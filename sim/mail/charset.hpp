// Text in the charsets that mail uses, as UTF-8.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postopolis::mail {

/// Nothing if the charset is not known. Octets that it does not have become U+FFFD.
std::optional<std::string> to_utf8(std::string_view charset, std::string_view octets);

} // namespace postopolis::mail
