#pragma once
// The miner process: mines blocks and proves storage for one miner actor, over the daemon's API.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "types/address.hpp"
#include "types/bigint.hpp"

namespace nelumbo::node {

/// What `lotus-miner run` is started with.
struct MinerOptions {
  fs::path repository;                    ///< --miner-repo, LOTUS_MINER_PATH (default ~/.lotusminer)
  fs::path daemon_repository;             ///< --repo, LOTUS_PATH: where the daemon's address and token lie
  std::optional<std::string> daemon_api;  ///< FULLNODE_API_INFO ("TOKEN:MULTIADDR") instead
  std::optional<uint16_t> api_port;       ///< --miner-api; 0 takes any free one
  std::optional<fs::path> network_file;   ///< --network-file: of a test network (it may allow mock proofs)
  bool catch_up = false;                  ///< --catch-up: test networks: mine missed time at full speed
  std::optional<bool> gpu;                ///< --enable-gpu-proving, when it was given
  int64_t sparse = 1;  ///< --sparse: while catching up, one block every so many epochs; 0: as it takes about a minute
};

/// A miner that exists in a genesis: makes the repository, remembers the actor and attaches the folder of its
/// pre-sealed sectors. Needs no node.
struct GenesisMinerOptions {
  fs::path repository;
  std::string actor;                   ///< address, "t01000"
  std::optional<fs::path> pre_sealed;  ///< folder with sealed/ and cache/
  std::optional<fs::path> metadata;    ///< --pre-sealed-metadata: the manifest of `lotus-seed pre-seal`
};
Result<> init_genesis_miner(const GenesisMinerOptions& options);

/// `lotus-miner init`.
struct MinerInitOptions {
  fs::path repository;
  fs::path daemon_repository;
  std::optional<std::string> daemon_api;
  std::optional<fs::path> network_file;
  std::string actor;                 ///< of a miner that is on the chain already; empty: one is made
  std::string owner, worker, from;   ///< addresses; empty: the default wallet, the owner, the owner
  bool create_worker_key = false;    ///< a new BLS key in the node's wallet
  bool nosync = false;               ///< the node may still be behind
  bool no_local_storage = false;     ///< the repository is no storage path
  uint64_t sector_size = 0;          ///< bytes
  std::vector<fs::path> pre_sealed;  ///< storage paths with sectors
  std::optional<fs::path> metadata;  ///< --pre-sealed-metadata: of a miner that is on the chain already
  TokenAmount gas_premium;           ///< attoFIL; 0: estimated
  int64_t confidence = 5;            ///< epochs on top of each message
  double deposit_margin = 1.01;      ///< the deposit that is sent, over the one computed; the rest stays the miner's
  std::function<void(const std::string&)> say;  ///< each step, for a person
  std::function<bool()> interrupted;
};
/// Does lotus's steps in lotus's order and stops at the first that fails: the error names it, and what was made is
/// removed.
Result<Address> init_miner(const MinerInitOptions& options);

/// `lotus-miner init restore`: a repository from a backup, with a new peer key. The miner is on the chain.
struct MinerRestoreOptions {
  fs::path repository;
  fs::path daemon_repository;
  std::optional<std::string> daemon_api;
  fs::path backup;
  bool nosync = false;
  std::optional<fs::path> config;   ///< config.toml
  std::optional<fs::path> storage;  ///< storage.json
  std::function<void(const std::string&)> say;
  std::function<bool()> interrupted;
};
Result<Address> restore_miner(const MinerRestoreOptions& options);

/// Writes all that a stopped miner's repository knows to a file, for restore_miner.
Result<> back_up_miner(const fs::path& repository, const fs::path& file);

/// Runs until SIGINT, SIGTERM or the API's Shutdown. Refuses to start without a daemon of the same API version.
Result<> run_miner(const MinerOptions& options);

}  // namespace nelumbo::node
