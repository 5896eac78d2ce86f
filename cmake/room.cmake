# nelumbo_room(NAME USES room... LINKS target...)
#
# Makes the library of one room and the test program of its neighbouring *_test.cpp files.
#   src/NAME/include/NAME/*.hpp   what other rooms may include, as "NAME/x.hpp"
#   src/NAME/*.cpp|hpp            the inside
#   src/NAME/*_test.cpp           unit tests: program test_NAME, ctest name unit.NAME
# A room sees the headers of the rooms in USES (and what those use) and of no other, so an undeclared include
# does not compile.
function(nelumbo_room name)
  cmake_parse_arguments(ROOM "" "" "USES;LINKS;TEST_LINKS" ${ARGN})
  foreach(used IN LISTS ROOM_USES)
    if(NOT TARGET nelumbo_${used})
      message(FATAL_ERROR "room ${name} uses ${used}, which does not stand below it (cmake/rooms.cmake)")
    endif()
  endforeach()
  list(TRANSFORM ROOM_USES PREPEND nelumbo_)

  file(GLOB_RECURSE sources CONFIGURE_DEPENDS *.cpp)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")

  if(sources)
    add_library(nelumbo_${name} STATIC ${sources})
    nelumbo_use_pch(nelumbo_${name})
    target_include_directories(nelumbo_${name} PUBLIC include PRIVATE .)
    target_link_libraries(nelumbo_${name} PUBLIC ${ROOM_USES} ${ROOM_LINKS})
  else()
    add_library(nelumbo_${name} INTERFACE)
    target_include_directories(nelumbo_${name} INTERFACE include)
    target_link_libraries(nelumbo_${name} INTERFACE ${ROOM_USES} ${ROOM_LINKS})
  endif()

  if(tests AND NOT NELUMBO_FUZZ)
    add_executable(test_${name} ${tests})
    nelumbo_use_pch(test_${name})
    target_include_directories(test_${name} PRIVATE .)
    target_link_libraries(test_${name} PRIVATE nelumbo_${name} nelumbo_rapidcheck GTest::gtest GTest::gmock
                                               GTest::gtest_main ${ROOM_TEST_LINKS})
    set_target_properties(test_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    add_dependencies(unit_tests test_${name})
    add_test(NAME unit.${name} COMMAND test_${name})
    set_tests_properties(unit.${name} PROPERTIES LABELS unit TIMEOUT 900)
  endif()
endfunction()
