#pragma once
// The API server of a program and how others find it.

#include "node/repo.hpp"
#include "rpc/declared.hpp"

namespace nelumbo::node {

struct ApiServerOptions {
  std::string listen;  ///< multiaddress of the configuration
  size_t max_pool_threads = rpc::Server::Options().max_pool_threads;
  Seconds timeout{30};           ///< for a client to send a request
  std::optional<uint16_t> port;  ///< instead of the port in `listen`
  Bytes jwt_secret;
  /// Who else decides about a token, which may end at any time; empty: the secret alone.
  std::function<Result<rpc::Permissions>(std::string_view token)> verify = nullptr;
  std::string title;
  std::string option;  ///< the command line's option for another port, for the error's text
};
/// Takes the port; a busy one is an error that says so.
Result<std::unique_ptr<rpc::Server>> make_api_server(const ApiServerOptions& options);
/// Writes the files `api` and `token` once the server answers.
Result<> publish_api(Repository& repository, const rpc::Server& server, const std::string& listen,
                     const std::string& remote, BytesView jwt_secret);

/// Throws std::logic_error, naming them, when the program declares methods that it has no handler for.
void require_handlers(const rpc::Server& server, const std::vector<rpc::DeclaredMethod>& declared);

}  // namespace nelumbo::node
