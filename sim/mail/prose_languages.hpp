// Generated text in the languages of a Presentation: a pure function of language, seed and size.
#pragma once

#include "postopolis/mail/presentation.hpp"

namespace postopolis::mail {

/// Appends exactly max(size, 2) octets of UTF-8 lines, each with CRLF. English is that of prose.hpp.
void append_prose(std::string& out, Language language, std::uint64_t seed, std::uint64_t size, std::string_view to,
                  std::string_view from);
std::string prose_subject(Language language, std::uint64_t seed);

} // namespace postopolis::mail
