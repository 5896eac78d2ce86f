#pragma once
// Addresses of files on web servers.

#include "rpc/api_info.hpp"

namespace nelumbo::rpc {

struct Url {
  ApiInfo host;
  std::string path;  ///< with the query
};

/// Reads "http://host:port/path" or the same with https.
Result<Url> parse_http_url(std::string_view text);
/// Where a redirect's Location leads from `base`. A way from https to http is refused.
Result<Url> follow_redirect(const Url& base, std::string_view location);
/// A GET request for it; `extra` are further header lines, each ended with CR LF.
std::string get_request(const Url& url, std::string_view extra);

}  // namespace nelumbo::rpc
