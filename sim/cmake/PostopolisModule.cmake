# One static library per module. The DEPENDS list of each is the architecture: tests/layers checks that
# no include points to a module that is not in it.

add_library(postopolis_options INTERFACE)
target_compile_features(postopolis_options INTERFACE cxx_std_20)
target_compile_options(postopolis_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  -Wold-style-cast -Wcast-align -Wformat=2)
# What is built tells no path of the machine that built it.
target_compile_options(postopolis_options INTERFACE "-fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=")
if(POSTOPOLIS_WERROR)
  target_compile_options(postopolis_options INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 warns falsely about std::string concatenation (GCC bug 105651).
  target_compile_options(postopolis_options INTERFACE -Wno-restrict)
  if(POSTOPOLIS_UNITY)
    # What a source file keeps to itself is in no header, though GCC takes it for one.
    target_compile_options(postopolis_options INTERFACE -Wno-subobject-linkage)
  endif()
  # Debug builds too: without sibling calls, symmetric transfer between coroutines grows the stack.
  target_compile_options(postopolis_options INTERFACE $<$<CONFIG:Debug>:-Og -foptimize-sibling-calls>)
endif()
if(POSTOPOLIS_SANITIZE)
  target_compile_options(postopolis_options INTERFACE
    -fsanitize=${POSTOPOLIS_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g1)
  target_link_options(postopolis_options INTERFACE -fsanitize=${POSTOPOLIS_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 reports false positives from inlined string code once sanitizers are on.
    target_compile_options(postopolis_options INTERFACE -Wno-maybe-uninitialized -Wno-stringop-overflow
      -Wno-stringop-overread -Wno-array-bounds -Wno-restrict)
  endif()
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    # Clang 14 cannot assemble coroutines with it ("Cannot represent a difference across sections").
    target_compile_options(postopolis_options INTERFACE -fno-sanitize=function)
  endif()
endif()

if(POSTOPOLIS_FUZZ)
  # The fuzzer sees which paths an input takes only where the code is instrumented for it; its main comes with the targets.
  target_compile_options(postopolis_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# postopolis_module(NAME [DEPENDS module...] [LIBRARIES target...])
# Sources are sim/NAME/*.cpp, public headers include/postopolis/NAME/*.hpp.
function(postopolis_module name)
  cmake_parse_arguments(arg "" "" "DEPENDS;LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/sim/${name}/*.cpp" "${PROJECT_SOURCE_DIR}/sim/${name}/*/*.cpp")
  file(GLOB headers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/include/postopolis/${name}/*.hpp")
  set(target postopolis_${name})
  add_library(${target} STATIC ${sources} ${headers})
  add_library(postopolis::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name} LINKER_LANGUAGE CXX)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${POSTOPOLIS_UNITY})
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/sim")
  list(TRANSFORM arg_DEPENDS PREPEND postopolis_ OUTPUT_VARIABLE dependencies)
  target_link_libraries(${target} PUBLIC ${dependencies})
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:postopolis_options> ${arg_LIBRARIES})
  set_property(GLOBAL APPEND PROPERTY POSTOPOLIS_MODULES ${target})
  set_property(GLOBAL APPEND_STRING PROPERTY POSTOPOLIS_LAYERS "${name}: ${arg_DEPENDS}\n")
endfunction()
