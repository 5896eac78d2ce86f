# nelumbo_pages(ROOM FUNCTION FILE...)
#
# Compiles files of web/ into a room: `rpc::Pages nelumbo::ROOM::FUNCTION()` gives them under their names, index.html
# as "/". Only CMake itself is needed for it. FUNCTION is declared in ROOM/pages.hpp.
function(nelumbo_pages room function)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${function}.cpp)
  list(TRANSFORM ARGN PREPEND ${CMAKE_SOURCE_DIR}/web/ OUTPUT_VARIABLE files)
  list(JOIN files "|" joined)
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DROOM=${room} -DFUNCTION=${function} "-DFILES=${joined}" -DOUT=${out} -P
            ${CMAKE_SOURCE_DIR}/cmake/embed_pages.cmake
    DEPENDS ${files} ${CMAKE_SOURCE_DIR}/cmake/embed_pages.cmake
    VERBATIM)
  target_sources(nelumbo_${room} PRIVATE ${out})
endfunction()
