// Base64 (RFC 4648 section 4) for the lines of an AUTH exchange, where padding is required and nothing else
// is allowed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postopolis::smtp {

std::string encode_base64(std::string_view bytes);
// Nothing if the text is not exactly what encode_base64 could have made.
std::optional<std::string> decode_base64(std::string_view text);

} // namespace postopolis::smtp
