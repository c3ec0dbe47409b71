// Which generators of domains stay as they are written, as series.
#pragma once

#include <string>
#include <vector>

#include "postopolis/scenario/document.hpp"

namespace postopolis::scenario {

/// Whether what a generator says (its template applied) can be kept as a series of `count` domains: nothing but the
/// people, times to live, name servers, a quota and the settings of the host that each domain has to itself.
bool could_be_series(const Value& generator, const std::string& name);

/// Whether something else in the file bears, or is about, one of the names that the series would make. `hosts` and
/// `domains` are all those that are written or made otherwise; `root` is the file without them.
bool meets_series(const std::string& name, std::uint64_t first, std::uint64_t count, const std::vector<Member>& hosts,
                  const std::vector<Member>& domains, const Value& root);

/// "people": {"total": ..., "zipf": ...} of a generator; null where there is none.
const Value* shared_people(const Value& generator);
Value* shared_people(Value& generator);

} // namespace postopolis::scenario
