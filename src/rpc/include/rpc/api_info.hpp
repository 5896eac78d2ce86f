#pragma once
// Where an API answers and with which token: "TOKEN:MULTIADDR" (FULLNODE_API_INFO, MINER_API_INFO) and the files `api`
// and `token` of a repository.

#include "base/file.hpp"

namespace nelumbo::rpc {

struct ApiInfo {
  std::string token;  ///< empty: none, read permission only
  std::string host;
  uint16_t port = 0;
  bool tls = false;
  friend bool operator==(const ApiInfo&, const ApiInfo&) = default;
};

/// Reads "TOKEN:MULTIADDR", "MULTIADDR", or the same with a URL ("http://host:port", "ws://…") in the multiaddr's
/// place; https and wss stand for TLS.
Result<ApiInfo> parse_api_info(std::string_view text);
/// Reads the host and port of "/ip4/127.0.0.1/tcp/1234/http" (ip4, ip6, dns, dns4, dns6; with or without /http, /ws;
/// /https and /wss ask for TLS). Port 0 is for who listens: any free one.
Result<ApiInfo> parse_api_multiaddr(std::string_view text);
/// "/ip4/127.0.0.1/tcp/1234/http".
std::string api_multiaddr(std::string_view ip, uint16_t port);
/// The environment variable if it is set, else the repository's files; not_found with a sentence that says how to start
/// the program when there is neither.
Result<ApiInfo> find_api_info(const char* variable, const fs::path& repository, std::string_view program);

}  // namespace nelumbo::rpc
