#pragma once
// A file on a web server, read as a stream that survives broken connections.

#include <chrono>
#include <functional>

#include "codec/car_source.hpp"

namespace nelumbo::rpc {

struct HttpSourceOptions {
  std::chrono::milliseconds silence{60'000};   ///< without a byte for so long, a connection counts as broken
  int tries = 8;                               ///< in a row without a byte before it is given up
  std::function<bool()> stopped;               ///< asked while it waits between tries; may be empty
  std::chrono::milliseconds first_pause{500};  ///< before the second try in a row; each further one is twice as long
};

/// Opens http:// or https:// (certificates verified); follows redirects. When the connection breaks, reading goes on
/// with a Range request, so the server must serve parts of a file that does not change.
Result<std::unique_ptr<CarSource>> open_http_source(std::string_view url, HttpSourceOptions options = {});

}  // namespace nelumbo::rpc
