#pragma once
// lotus-fountain: a faucet with a web page, for test networks.

#include <optional>

#include "base/file.hpp"

namespace nelumbo::node {

/// What `lotus-fountain run` is started with; what is not given stands in config.toml.
struct FountainOptions {
  fs::path repository;                ///< --fountain-repo, LOTUS_FOUNTAIN_PATH (default ~/.lotusfountain)
  fs::path daemon_repository;         ///< --repo, LOTUS_PATH: of the node that is asked, unless FULLNODE_API_INFO says
  std::optional<std::string> front;   ///< --front: HOST:PORT of the web page; port 0 takes any free one
  std::optional<std::string> from;    ///< --from: the wallet that pays
  std::optional<std::string> amount;  ///< --amount: FIL of a grant
  std::optional<std::string> interval;  ///< --interval: between two grants of a wallet ("10m")
};

/// Runs until SIGINT or SIGTERM. Sends through the message server of MESSAGE_API_INFO, or else through the node.
Result<> run_fountain(const FountainOptions& options);

}  // namespace nelumbo::node
