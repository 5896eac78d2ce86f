#include "api_server.hpp"

#include "rpc/api_info.hpp"
#include "rpc/jwt.hpp"

namespace nelumbo::node {

Result<std::unique_ptr<rpc::Server>> make_api_server(const ApiServerOptions& options) {
  auto listen = TRY_IN("API.ListenAddress", rpc::parse_api_multiaddr(options.listen));
  uint16_t port = options.port.value_or(listen.port);
  rpc::Server::Options with;
  with.address = listen.host;
  with.port = port;
  with.max_pool_threads = options.max_pool_threads;
  with.request_timeout = options.timeout;
  with.title = options.title;
  with.verify = options.verify;
  with.verify_each = with.verify != nullptr;
  if (!with.verify) {
    with.verify = [secret = options.jwt_secret](std::string_view token) { return rpc::verify_token(secret, token); };
  }
  auto server = rpc::Server::make(std::move(with));
  if (!server && server.error().code == ErrorCode::exists) {
    return fail(ErrorCode::exists, "port {} of {} is taken by another program: stop it, or choose a port with {}", port,
                listen.host, options.option);
  }
  return server;
}

Result<> publish_api(Repository& repository, const rpc::Server& server, const std::string& listen,
                     const std::string& remote, BytesView jwt_secret) {
  auto where = TRY(rpc::parse_api_multiaddr(listen));
  std::string told = rpc::api_multiaddr(where.host, server.port());
  // Only a daemon's remote address is a multiaddress that clients on this machine should use.
  if (remote.starts_with('/')) told = remote;
  return repository.publish_api(told, rpc::make_token(jwt_secret, rpc::kAllPermissions));
}

void require_handlers(const rpc::Server& server, const std::vector<rpc::DeclaredMethod>& declared) {
  std::string names;
  for (const auto& method : rpc::unanswered(server, declared)) names += fmt::format(" {}", method.info.name);
  if (!names.empty()) throw std::logic_error("declared methods without a handler:" + names);
}

}  // namespace nelumbo::node
