# Puts the JSON Schema into the library, so that `postopolis schema` and the check work wherever the program is.
set(schema_file "${PROJECT_SOURCE_DIR}/scenarios/schema/postopolis-1.schema.json")
set(schema_source "${PROJECT_BINARY_DIR}/generated/scenario/schema_text.cpp")
add_custom_command(OUTPUT "${schema_source}"
  COMMAND ${CMAKE_COMMAND} -DINPUT=${schema_file} -DOUTPUT=${schema_source} -P "${PROJECT_SOURCE_DIR}/sim/scenario/embed.cmake"
  DEPENDS "${schema_file}" "${PROJECT_SOURCE_DIR}/sim/scenario/embed.cmake" VERBATIM)
target_sources(postopolis_scenario PRIVATE "${schema_source}")
# Longer than C++ promises that a literal may be; GCC and clang take it.
set_source_files_properties("${schema_source}" PROPERTIES COMPILE_OPTIONS -Wno-overlength-strings)
