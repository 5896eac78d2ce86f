# The Rust engines: one static library, built by cargo with the committed Cargo.lock.
#
# engines/build.sh keeps each build in the user's cache folder, keyed by the sources, the features and the
# compiler, so a second checkout of the same source does not build it again.
option(NELUMBO_CUDA "Build the proofs with CUDA" OFF)
option(NELUMBO_OPENCL "Build the proofs with OpenCL" OFF)
set(features "")
if(NELUMBO_CUDA)
  list(APPEND features cuda)
endif()
if(NELUMBO_OPENCL)
  list(APPEND features opencl)
endif()
list(JOIN features "," features)

set(NELUMBO_ENGINES_DIR ${CMAKE_BINARY_DIR}/engines)
file(GLOB_RECURSE engine_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/engines/src/* ${CMAKE_SOURCE_DIR}/engines/include/*)
add_custom_command(
  OUTPUT ${NELUMBO_ENGINES_DIR}/libnelumbo_engines.a
  COMMAND ${CMAKE_SOURCE_DIR}/engines/build.sh ${NELUMBO_ENGINES_DIR} "${features}"
  DEPENDS ${engine_sources} ${CMAKE_SOURCE_DIR}/engines/Cargo.toml ${CMAKE_SOURCE_DIR}/engines/Cargo.lock
          ${CMAKE_SOURCE_DIR}/engines/build.rs ${CMAKE_SOURCE_DIR}/engines/build.sh
  COMMENT "Rust engines (proofs, virtual machines, BLS): 10 minutes the first time on two cores"
  USES_TERMINAL VERBATIM)
add_custom_target(nelumbo_engines_build DEPENDS ${NELUMBO_ENGINES_DIR}/libnelumbo_engines.a)

# Link nelumbo_engines to see "nelumbo_engines/src/NAME.rs.h" (the bridge of engines/src/NAME.rs, written by cxx) and
# "rust/cxx.h".
add_library(nelumbo_engines INTERFACE)
add_dependencies(nelumbo_engines nelumbo_engines_build)
target_include_directories(nelumbo_engines INTERFACE ${NELUMBO_ENGINES_DIR}/include ${CMAKE_SOURCE_DIR}/engines/include)
pkg_check_modules(hwloc REQUIRED IMPORTED_TARGET hwloc)
target_link_libraries(nelumbo_engines INTERFACE ${NELUMBO_ENGINES_DIR}/libnelumbo_engines.a PkgConfig::hwloc
                                                Threads::Threads ${CMAKE_DL_LIBS} m)
