#pragma once
// Static pages that a server answers beside its API: a set of texts that were compiled in.

#include <map>
#include <string>
#include <string_view>

namespace nelumbo::rpc {

/// One file; both views outlive the server.
struct Page {
  std::string_view type;  ///< of the content, "text/html; charset=utf-8"
  std::string_view body;
};

/// Pages by their exact path ("/", "/app.js"). Nothing is looked up on a disk.
using Pages = std::map<std::string, Page, std::less<>>;

}  // namespace nelumbo::rpc
