#pragma once
// Which programs make up a devnet, and how each is started: data for the keepers.

#include "devnet_files.hpp"
#include "devnet_keeper.hpp"

namespace nelumbo::node {

/// The programs to run: `lotus` (default: this one), `lotus-miner` and `lotus-message` (default: beside it).
struct DevnetBinaries {
  std::string lotus, miner, message;
  static DevnetBinaries find(const std::string& lotus, const std::string& miner, const std::string& message);
};

/// A node: a daemon, and the miner on it.
struct NodePlan {
  std::string name = "daemon";  ///< of its daemon
  fs::path repository, log;
  fs::path network, genesis;       ///< files
  std::string bundle_file;         ///< empty: the asset
  uint16_t api_port = 0;           ///< 0: any free one
  std::string p2p_listen;          ///< multiaddress; empty: as configured
  std::vector<std::string> peers;  ///< multiaddresses to keep connected to
};
struct MinerPlan {
  std::string name = "miner";
  fs::path repository, log, daemon_repository;
  fs::path network;
  uint16_t api_port = 0;
  std::string p2p_listen;  ///< multiaddress; empty: as configured
  bool catch_up = false;   ///< mines missed time at full speed
  int64_t sparse = 0;
};

/// The message server on the devnet's daemons.
struct MessagePlan {
  fs::path repository, log;
  std::vector<std::string> nodes;  ///< "TOKEN:MULTIADDR" of the daemons
  uint16_t api_port = 0;           ///< 0: any free one
  std::string p2p_listen;          ///< multiaddress
  std::vector<std::string> peers;  ///< multiaddresses of the daemons
};

ProgramSpec daemon_program(const DevnetBinaries& binaries, const NodePlan& plan);
ProgramSpec miner_program(const DevnetBinaries& binaries, const MinerPlan& plan);
ProgramSpec message_program(const DevnetBinaries& binaries, const MessagePlan& plan);

/// "/ip4/127.0.0.1/tcp/4001"; an empty host for none.
std::string p2p_listen_address(const std::string& host, uint16_t port);
/// The TCP port in a multiaddress; 0 when it has none.
uint16_t tcp_port(std::string_view multiaddress);

}  // namespace nelumbo::node
