#pragma once
// The folder of a devnet.

#include "node/network_file.hpp"

namespace nelumbo::node {

/// What a devnet remembers besides its network (devnet.json). Written last while preparing: a folder without it is not
/// finished and is prepared again.
struct DevnetFile {
  int64_t version = 1;
  std::string created;                                     ///< RFC 3339
  std::string miner;                                       ///< ID address of the miner
  std::string worker;                                      ///< its owner and worker key
  std::string default_address;                             ///< funded, the daemon's default
  double winning_post_seconds = 0;                         ///< measured while preparing; 0 for mock proofs
  uint16_t api_port = 0, miner_port = 0, beacon_port = 0;  ///< as last used
  std::string bundle_file;                                 ///< empty: the asset
  static constexpr auto fields =
      nelumbo::fields(field("Version", &DevnetFile::version), field("Created", &DevnetFile::created),
                      field("Miner", &DevnetFile::miner), field("Worker", &DevnetFile::worker),
                      field("DefaultAddress", &DevnetFile::default_address),
                      field("WinningPoStSeconds", &DevnetFile::winning_post_seconds),
                      field("ApiPort", &DevnetFile::api_port), field("MinerPort", &DevnetFile::miner_port),
                      field("BeaconPort", &DevnetFile::beacon_port), field("BundleFile", &DevnetFile::bundle_file));
};

/// Where things lie in the folder.
struct DevnetPaths {
  fs::path folder;
  fs::path devnet() const { return folder / "devnet.json"; }
  fs::path network() const { return folder / "network.json"; }
  fs::path genesis() const { return folder / "genesis.car"; }
  fs::path genesis_template() const { return folder / "genesis.json"; }
  fs::path beacon_key() const { return folder / "beacon.key"; }
  fs::path daemon() const { return folder / "daemon"; }
  fs::path miner() const { return folder / "miner"; }
  fs::path sectors() const { return folder / "pre-sealed"; }
  fs::path daemon_log() const { return folder / "daemon.log"; }
  fs::path miner_log() const { return folder / "miner.log"; }
  fs::path lock() const { return folder / "devnet.lock"; }
  fs::path pid() const { return folder / "devnet.pid"; }
};

/// not_found with a sentence that says how to start one.
Result<DevnetFile> read_devnet_file(const DevnetPaths& paths);
Result<> write_devnet_file(const DevnetPaths& paths, const DevnetFile& file);
/// Removes everything of a devnet in the folder and nothing else.
Result<> remove_devnet(const DevnetPaths& paths);
/// The process that runs the devnet of this folder, if one does.
std::optional<int> running_devnet(const DevnetPaths& paths);

}  // namespace nelumbo::node
