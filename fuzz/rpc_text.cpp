// Tokens and API addresses.
#include "fuzz.hpp"
#include "rpc/api_info.hpp"
#include "rpc/jwt.hpp"

using namespace nelumbo;

FUZZ_TARGET(input) {
  auto text = as_text(input);
  static const Bytes secret(32, 1);
  if (auto permissions = rpc::verify_token(secret, text)) {
    require(permissions->bits < 16, "a token carries known permissions");
  }
  if (auto where = rpc::parse_api_info(text)) {
    require(where->port != 0 && !where->host.empty(), "an address has host and port");
  }
  (void)rpc::parse_api_multiaddr(text);
}
