// Any bytes as a scenario: mistakes or a scenario, never both or neither; and what is read can be written and
// read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "postopolis/scenario/load.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace postopolis::scenario;
    LoadResult result = load_text({reinterpret_cast<const char*>(data), size});
    if (result.scenario.has_value() != result.mistakes.empty()) std::abort();
    if (!result.scenario || result.scenario->hosts.size() > 1000) return 0;
    std::string once = effective_json(*result.scenario);
    LoadResult again = load_text(once);
    if (!again.scenario || effective_json(*again.scenario) != once) std::abort();
    return 0;
}
