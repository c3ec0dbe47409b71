# Writes INPUT as a C++ source OUTPUT, in pieces below the length that every compiler takes for one literal.
file(READ "${INPUT}" text)
string(LENGTH "${text}" length)
set(pieces "")
set(at 0)
while(at LESS length)
  string(SUBSTRING "${text}" ${at} 8000 piece)
  string(APPEND pieces "R\"json~(${piece})json~\"\n")
  math(EXPR at "${at} + 8000")
endwhile()
file(WRITE "${OUTPUT}" "// Made from the schema by embed.cmake.
#include \"postopolis/scenario/load.hpp\"

namespace postopolis::scenario {

std::string_view schema_json() {
    static constexpr std::string_view text = ${pieces};
    return text;
}

} // namespace postopolis::scenario
")
