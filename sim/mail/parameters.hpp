// "value; name=value" of MIME fields (RFC 2045 section 5.1, RFC 2183), with the continuations, charsets and languages
// of RFC 2231, read and written.
#pragma once

#include "postopolis/mail/parse.hpp"

namespace postopolis::mail {

struct ParameterizedValue {
    std::string value; ///< In lower case, without comments.
    Parameters parameters;
};

/// Never fails: what is no parameter is passed over.
ParameterizedValue parse_parameterized(std::string_view field_body);

/// As it stands after "; ": a token or a quoted string where that holds it, else as RFC 2231 has it, in pieces where it
/// is long. One text per piece, none with a line break. Line breaks and other control characters are left out.
std::vector<std::string> parameter_texts(std::string_view name, std::string_view utf8);

} // namespace postopolis::mail
