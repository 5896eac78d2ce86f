# Run by nelumbo_pages: writes OUT, the C++ source of FUNCTION in ROOM, with the bytes of FILES ('|' between).
string(REPLACE "|" ";" files "${FILES}")
set(type_html "text/html; charset=utf-8")
set(type_css "text/css; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(type_svg "image/svg+xml")

set(arrays "")
set(rows "")
set(number 0)
foreach(file IN LISTS files)
  get_filename_component(name ${file} NAME)
  get_filename_component(extension ${file} LAST_EXT)
  string(SUBSTRING ${extension} 1 -1 extension)
  if(NOT DEFINED type_${extension})
    message(FATAL_ERROR "${file}: no content type is known for .${extension}")
  endif()
  set(path "/${name}")
  if(name STREQUAL "index.html")
    set(path "/")
  endif()
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${hex}")
  string(REGEX REPLACE "(......,......,......,......,......,......,......,......,......,......,......,......,......,......,......,......,)"
         "\\1\n" bytes "${bytes}")
  string(APPEND arrays "constexpr char k${number}[] = {\n${bytes}'\\0'};\n")
  string(APPEND rows "      {\"${path}\", {\"${type_${extension}}\", {k${number}, sizeof k${number} - 1}}},\n")
  math(EXPR number "${number} + 1")
endforeach()
file(WRITE ${OUT} "// Made from web/ by cmake/embed_pages.cmake.
#include \"${ROOM}/pages.hpp\"

namespace nelumbo::${ROOM} {
namespace {
${arrays}}  // namespace

rpc::Pages ${FUNCTION}() {
  return {
${rows}  };
}
}  // namespace nelumbo::${ROOM}
")
