// How many CNAMEs in a row are followed; more is a mistake in a zone, or a loop.
#pragma once

namespace postopolis::dns {

inline constexpr int longest_alias_chain = 16;

} // namespace postopolis::dns
