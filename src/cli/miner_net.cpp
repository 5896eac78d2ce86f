#include "miner_net.hpp"

namespace nelumbo::cli {
namespace {

/// It has a peer ID, which the chain was told, and nothing that speaks under it.
Result<> no_host(Context&) {
  return fail(ErrorCode::unsupported,
              "lotus-miner has no libp2p host yet: it comes with deals, which nobody can offer to it without. What the "
              "node's host knows says `lotus net`; `lotus-miner net id` says under which ID the miner will be found");
}

}  // namespace

std::vector<Command> miner_net_commands() {
  auto out = net_commands();
  for (auto& command : out) {
    if (command.path != "net id") command.run = no_host;
  }
  return out;
}

}  // namespace nelumbo::cli
