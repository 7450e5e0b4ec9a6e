# hcsp_options: what every target of ours is compiled with.
add_library(hcsp_options INTERFACE)
target_include_directories(hcsp_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_definitions(hcsp_options INTERFACE _GNU_SOURCE HCSP_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                                                  HCSP_VERSION="${PROJECT_VERSION}")
target_compile_options(hcsp_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wvla -Wstrict-prototypes
  -Wmissing-prototypes -Wcast-qual -Wformat=2 -Wimplicit-fallthrough -Wundef
  # tests compare floats as the doubles that they are exactly
  $<$<NOT:$<BOOL:$<TARGET_PROPERTY:HCSP_TEST>>>:-Wdouble-promotion>)
# sizes and streams of random numbers are enums here, and counted with; clang 19 warns of that
target_compile_options(hcsp_options INTERFACE
  $<$<C_COMPILER_ID:Clang>:-Wno-enum-enum-conversion;-Wno-enum-float-conversion>)
if(HCSP_WERROR)
  target_compile_options(hcsp_options INTERFACE -Werror)
endif()
# contraction changes bits between compilers; kernels that want fused products ask for them
target_compile_options(hcsp_options INTERFACE -ffp-contract=off -fno-math-errno)
if(HCSP_NATIVE)
  target_compile_options(hcsp_options INTERFACE -march=native)
elseif(HCSP_WHEEL)
  target_compile_options(hcsp_options INTERFACE -march=x86-64-v3)  # AVX2 and FMA: processors since 2013
endif()
if(HCSP_FUZZ)
  if(NOT CMAKE_C_COMPILER_ID MATCHES Clang)
    message(FATAL_ERROR "HCSP_FUZZ needs clang: give -DCMAKE_C_COMPILER=clang")
  endif()
  # counting branches halves the speed: only where libFuzzer looks at them, see hcsp_fuzz
  target_compile_options(hcsp_options INTERFACE
    $<$<BOOL:$<TARGET_PROPERTY:HCSP_FUZZED>>:-fsanitize=fuzzer-no-link>)
endif()
if(HCSP_SANITIZE)
  target_compile_options(hcsp_options INTERFACE -fsanitize=${HCSP_SANITIZE} -fno-sanitize-recover=all
                                                -fno-omit-frame-pointer)
  target_link_options(hcsp_options INTERFACE -fsanitize=${HCSP_SANITIZE})
endif()
find_package(Threads REQUIRED)
target_link_libraries(hcsp_options INTERFACE Threads::Threads m)

# hcsp_library(name SOURCES ... LINKS ...): one static library per box of the design
function(hcsp_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC ${arg_LINKS} PRIVATE hcsp_options)
endfunction()

# hcsp_commit_header(target): target can include "hcsp_commit.h", which defines HCSP_COMMIT
function(hcsp_commit_header target)
  set(_folder ${CMAKE_BINARY_DIR}/generated)
  add_custom_target(${target}_commit
    COMMAND ${CMAKE_COMMAND} -DSOURCE=${CMAKE_SOURCE_DIR} -DOUT=${_folder}/hcsp_commit.h
            -P ${CMAKE_SOURCE_DIR}/hcsp/cmake/WriteCommit.cmake
    BYPRODUCTS ${_folder}/hcsp_commit.h COMMENT "" VERBATIM)
  add_dependencies(${target} ${target}_commit)
  target_include_directories(${target} PRIVATE ${_folder})
endfunction()
