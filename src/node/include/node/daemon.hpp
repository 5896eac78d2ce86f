#pragma once
// The daemon: one node of one network, with its repository, chain, message pool, wallet and API.

#include <functional>
#include <optional>
#include <stop_token>

#include "base/file.hpp"

namespace nelumbo::node {

/// A chain to take in before the daemon starts (--import-snapshot, --import-chain).
struct ChainImport {
  std::string from;              ///< file or URL; empty: only remove the chain
  bool execute = false;          ///< --import-chain: execute all of it instead of trusting its states
  bool halt = false;             ///< --halt-after-import
  bool remove_existing = false;  ///< --remove-existing-chain
  /// Told of the step and how far it is: bytes, or epochs; a total of 0 is not known.
  std::function<void(std::string_view step, uint64_t done, uint64_t total)> progress;
};

/// What `lotus daemon` is started with.
struct DaemonOptions {
  fs::path repository;              ///< --repo, LOTUS_PATH (default ~/.lotus)
  std::string network = "mainnet";  ///< --network mainnet | calibration (calibnet, calibrationnet)
  std::optional<fs::path>
      network_file;                  ///< --network-file: a test network's parameters instead (node/network_file.hpp)
  std::optional<fs::path> genesis;   ///< --genesis: CAR of the genesis block and state; else the network's asset
  std::optional<fs::path> config;    ///< --config: instead of config.toml in the repository
  std::optional<uint16_t> api_port;  ///< --api: instead of the port in the configuration; 0 takes any free one
  std::optional<fs::path> bundle;    ///< --actors-bundle: instead of the network's newest bundle asset
  std::optional<ChainImport> import;
};

/// Runs until SIGINT, SIGTERM or the API's Shutdown; then stops cleanly. Errors are for the person who started it: a
/// locked repository, a busy port, a missing asset, a repository of another network.
Result<> run_daemon(const DaemonOptions& options);

}  // namespace nelumbo::node
