# Compiler flags, sanitizers, ccache and the linker. Everything that is the same for all targets.
option(NELUMBO_FUZZ "Build the libFuzzer targets (needs clang)" OFF)
set(NELUMBO_SANITIZE "" CACHE STRING "Sanitizers for all C++ code, e.g. address,undefined or thread")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1 -D_GLIBCXX_ASSERTIONS")
add_compile_options(-Wall -Wextra -Wno-missing-field-initializers -fno-omit-frame-pointer
                    -ffunction-sections -fdata-sections)
add_link_options(-Wl,--gc-sections)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)  # ccache needs it to see the precompiled header
endif()

if(NELUMBO_SANITIZE)
  add_compile_options(-fsanitize=${NELUMBO_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${NELUMBO_SANITIZE})
endif()
if(NELUMBO_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  # Paths relative to the tree, so that two checkouts of the same source share their objects.
  set(launcher ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
               CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()
