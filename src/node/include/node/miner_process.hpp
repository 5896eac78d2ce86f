#pragma once
// The miner process: mines blocks and proves storage for one miner actor, over the daemon's API.

#include <optional>

#include "base/file.hpp"

namespace nelumbo::node {

/// What `lotus-miner run` is started with.
struct MinerOptions {
  fs::path repository;                    ///< --miner-repo, LOTUS_MINER_PATH (default ~/.lotusminer)
  fs::path daemon_repository;             ///< --repo, LOTUS_PATH: where the daemon's address and token lie
  std::optional<std::string> daemon_api;  ///< FULLNODE_API_INFO ("TOKEN:MULTIADDR") instead
  std::optional<uint16_t> api_port;       ///< --miner-api; 0 takes any free one
  std::optional<fs::path> network_file;   ///< --network-file: of a test network (it may allow mock proofs)
  bool catch_up = false;                  ///< --catch-up: test networks: mine missed time at full speed
  int64_t sparse = 1;  ///< --sparse: while catching up, one block every so many epochs; 0: as it takes about a minute
};

/// What `lotus-miner init` does for a miner that exists on the chain already (of a genesis): makes the repository,
/// remembers the actor and attaches the folder of its pre-sealed sectors.
struct MinerInitOptions {
  fs::path repository;
  std::string actor;                   ///< address, "t01000"
  std::optional<fs::path> pre_sealed;  ///< folder with sealed/ and cache/
};
Result<> init_miner(const MinerInitOptions& options);

/// Runs until SIGINT, SIGTERM or the API's Shutdown. Refuses to start without a daemon of the same API version.
Result<> run_miner(const MinerOptions& options);

}  // namespace nelumbo::node
