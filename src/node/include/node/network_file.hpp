#pragma once
// A test network's parameters as a file, so that every program of the network agrees on them.

#include "base/file.hpp"
#include "types/network.hpp"

namespace nelumbo::node {

/// Mock proofs are refused on every network whose name does not begin with this.
inline constexpr std::string_view kMockPrefix = "mock-";

struct NetworkFile {
  std::string network_name;      ///< as in the init actor's state
  std::string bundle;            ///< name of the bundle asset
  uint32_t network_version = 0;  ///< from genesis on
  uint64_t genesis_time = 0;     ///< Unix seconds
  uint64_t epoch_seconds = 0;
  uint64_t eth_chain_id = 0;
  bool mock_proofs = false;
  bool actor_debugging = true;
  uint64_t miners = 1;                     ///< that begin with the genesis; one alone waits for nobody's blocks
  std::string reserved = "0";              ///< attoFIL in the reserve actor at genesis
  std::string genesis_cid;                 ///< of the genesis block
  std::string manifest_cid;                ///< of the actors
  std::string drand_info;                  ///< the beacon's chain info JSON
  std::vector<std::string> drand_servers;  ///< HTTP base URLs
  static constexpr auto fields = nelumbo::fields(
      field("NetworkName", &NetworkFile::network_name), field("Bundle", &NetworkFile::bundle),
      field("NetworkVersion", &NetworkFile::network_version), field("GenesisTime", &NetworkFile::genesis_time),
      field("EpochSeconds", &NetworkFile::epoch_seconds), field("EthChainId", &NetworkFile::eth_chain_id),
      field("MockProofs", &NetworkFile::mock_proofs), field("ActorDebugging", &NetworkFile::actor_debugging),
      field("Miners", &NetworkFile::miners), field("Reserved", &NetworkFile::reserved),
      field("GenesisCid", &NetworkFile::genesis_cid), field("ManifestCid", &NetworkFile::manifest_cid),
      field("DrandInfo", &NetworkFile::drand_info), field("DrandServers", &NetworkFile::drand_servers));
};

Result<NetworkFile> read_network_file(const fs::path& path);
Result<> write_network_file(const fs::path& path, const NetworkFile& file);

/// The parameters that the file describes. Refuses mock proofs under a name that does not say so.
Result<NetworkParams> network_params(const NetworkFile& file);
/// "mainnet", "calibration" (also "calibnet", "calibrationnet").
Result<NetworkParams> named_network(std::string_view name);

}  // namespace nelumbo::node
