# One precompiled header for all rooms: the standard library and the two heavy libraries that nearly every source sees
# through base and types. It takes two thirds off the time of a source that knows the API. A source still includes what it
# uses: nothing of the suite itself is in here.
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/pch/empty.cpp CONTENT "")  # written once: no rebuild by a configure step
add_library(nelumbo_pch OBJECT ${CMAKE_BINARY_DIR}/pch/empty.cpp)
target_link_libraries(nelumbo_pch PRIVATE fmt::fmt spdlog::spdlog)
target_precompile_headers(nelumbo_pch PRIVATE
  <algorithm> <array> <atomic> <charconv> <chrono> <condition_variable> <expected> <filesystem> <functional> <future> <map>
  <memory> <mutex> <optional> <set> <span> <sstream> <stop_token> <string> <thread> <unordered_map> <variant> <vector>
  <boost/multiprecision/cpp_int.hpp> <fmt/format.h>)

# Lets a target of C++ sources use it.
function(nelumbo_use_pch target)
  target_precompile_headers(${target} REUSE_FROM nelumbo_pch)
endfunction()
