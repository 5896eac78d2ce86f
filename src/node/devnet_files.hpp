#pragma once
// The folder of a devnet.

#include "node/network_file.hpp"

namespace nelumbo::node {

/// A miner that was sealed into the genesis.
struct DevnetMiner {
  std::string address;  ///< ID address
  std::string worker;   ///< its owner and worker key
  static constexpr auto fields =
      nelumbo::fields(field("Address", &DevnetMiner::address), field("Worker", &DevnetMiner::worker));
};

/// A daemon of the devnet's supervisor, as it last ran. The miner of the same place in the list works on it.
struct DevnetNode {
  uint16_t api_port = 0;
  uint16_t miner_port = 0;                 ///< of the miner's API; 0: no miner works here
  std::vector<std::string> p2p_addresses;  ///< multiaddresses with the peer's id
  static constexpr auto fields =
      nelumbo::fields(field("ApiPort", &DevnetNode::api_port), field("MinerPort", &DevnetNode::miner_port),
                      field("P2pAddresses", &DevnetNode::p2p_addresses));
};

/// What a devnet remembers besides its network (devnet.json). Written last while preparing: a folder without it is not
/// finished and is prepared again.
struct DevnetFile {
  int64_t version = kDevnetFileVersion;
  std::string created;              ///< RFC 3339
  bool joined = false;              ///< a node of a devnet that another supervisor runs
  std::vector<std::string> peers;   ///< multiaddresses of daemons that are not of this folder
  std::vector<DevnetMiner> miners;  ///< of this folder, in the order of their addresses
  std::vector<DevnetNode> nodes;    ///< fewer than miners: the others wait for `devnet join --miner`
  std::string default_address;      ///< funded, the first daemon's default
  /// Measured while preparing, as many at once as there are miners; 0 for mock proofs.
  double winning_post_seconds = 0;
  uint16_t beacon_port = 0;   ///< as last used
  uint16_t message_port = 0;  ///< of the message server, as last used
  std::string bundle_file;    ///< empty: the asset
  static constexpr int64_t kDevnetFileVersion = 2;
  static constexpr auto fields = nelumbo::fields(
      field("Version", &DevnetFile::version), field("Created", &DevnetFile::created),
      field("Joined", &DevnetFile::joined), field("Peers", &DevnetFile::peers), field("Miners", &DevnetFile::miners),
      field("Nodes", &DevnetFile::nodes), field("DefaultAddress", &DevnetFile::default_address),
      field("WinningPoStSeconds", &DevnetFile::winning_post_seconds), field("BeaconPort", &DevnetFile::beacon_port),
      field("MessagePort", &DevnetFile::message_port), field("BundleFile", &DevnetFile::bundle_file));

  /// The miner that works on a node; null when none does.
  const DevnetMiner* miner_of(size_t node) const { return node < miners.size() ? &miners[node] : nullptr; }
};

/// Where things lie in the folder. Nodes are counted from 0; the first one's names have no number.
struct DevnetPaths {
  fs::path folder;
  fs::path devnet() const { return folder / "devnet.json"; }
  fs::path network() const { return folder / "network.json"; }
  fs::path genesis() const { return folder / "genesis.car"; }
  fs::path genesis_template() const { return folder / "genesis.json"; }
  fs::path beacon_key() const { return folder / "beacon.key"; }
  fs::path daemon(size_t node = 0) const { return folder / numbered("daemon", node); }
  fs::path miner(size_t node = 0) const { return folder / numbered("miner", node); }
  fs::path message() const { return folder / "message"; }
  fs::path message_log() const { return folder / "message.log"; }
  fs::path sectors() const { return folder / "pre-sealed"; }
  fs::path daemon_log(size_t node = 0) const { return folder / (numbered("daemon", node) + ".log"); }
  fs::path miner_log(size_t node = 0) const { return folder / (numbered("miner", node) + ".log"); }
  /// Keys of the miners' workers, for those that have no node in this folder.
  fs::path worker_key(const std::string& miner) const { return sectors() / (miner + ".key"); }
  fs::path programs() const { return folder / "programs.json"; }
  fs::path lock() const { return folder / "devnet.lock"; }
  fs::path pid() const { return folder / "devnet.pid"; }

  /// "daemon", "daemon-2", …
  static std::string numbered(std::string_view name, size_t node);
};

/// A program that the supervisor runs, as programs.json tells of it while it runs.
struct RunningProgram {
  std::string name;  ///< "daemon", "miner", "daemon-2", …
  int64_t pid = 0;   ///< 0: between an end and the next start
  static constexpr auto fields =
      nelumbo::fields(field("Name", &RunningProgram::name), field("Pid", &RunningProgram::pid));
};

/// not_found with a sentence that says how to start one.
Result<DevnetFile> read_devnet_file(const DevnetPaths& paths);
Result<> write_devnet_file(const DevnetPaths& paths, const DevnetFile& file);
/// Removes everything of a devnet in the folder and nothing else.
Result<> remove_devnet(const DevnetPaths& paths);
/// The process that runs the devnet of this folder, if one does.
std::optional<int> running_devnet(const DevnetPaths& paths);
Result<> write_programs(const DevnetPaths& paths, const std::vector<RunningProgram>& programs);
/// Of a devnet that runs.
Result<std::vector<RunningProgram>> read_programs(const DevnetPaths& paths);

}  // namespace nelumbo::node
