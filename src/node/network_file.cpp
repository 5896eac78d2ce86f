#include "node/network_file.hpp"

#include "chain/drand.hpp"
#include "codec/json.hpp"

namespace nelumbo::node {

Result<NetworkFile> read_network_file(const fs::path& path) {
  std::string context = fmt::format("reading the network file {}", path.string());
  auto text = TRY_IN(context, read_text_file(path, 1 << 20));
  auto json = TRY_IN(context, parse_json(text));
  return in_context(from_json<NetworkFile>(json), context);
}

Result<> write_network_file(const fs::path& path, const NetworkFile& file) {
  return write_file(path, to_json(file).dump(2) + "\n");
}

Result<NetworkParams> network_params(const NetworkFile& file) {
  if (file.mock_proofs && !file.network_name.starts_with(kMockPrefix)) {
    return fail(ErrorCode::permission,
                "mock proofs are refused on the network \"{}\": only a test network whose name begins with \"{}\" may "
                "have them",
                file.network_name, kMockPrefix);
  }
  if (file.network_name.empty()) return fail(ErrorCode::invalid, "the network has no name");
  if (file.epoch_seconds == 0) return fail(ErrorCode::invalid, "an epoch must last at least one second");
  if (file.genesis_time == 0) return fail(ErrorCode::invalid, "the network has no genesis time");
  auto drand = TRY_IN("the network's beacon", chain::DrandInfo::parse(file.drand_info));
  NetworkParams params = devnet_params();
  params.network_name = file.network_name;
  params.bundle = file.bundle;
  params.genesis_network_version = file.network_version;
  params.upgrades = {{file.network_version, -1}};
  params.beacons = {{-1, drand.network(file.drand_servers)}};
  params.block_delay = file.epoch_seconds;
  params.propagation_delay = std::max<uint64_t>(1, file.epoch_seconds / 3);
  params.eth_chain_id = file.eth_chain_id;
  params.actor_debugging = file.actor_debugging;
  params.mock_proofs = file.mock_proofs;
  params.reserved = TRY_IN("the network's reserve", parse_bigint(file.reserved));
  params.genesis_cid = file.genesis_cid;
  return params;
}

Result<NetworkParams> named_network(std::string_view name) {
  if (name == "mainnet") return mainnet_params();
  if (name == "calibration" || name == "calibnet" || name == "calibrationnet") return calibration_params();
  return fail(ErrorCode::invalid,
              "no network is called \"{}\"; there are mainnet and calibration, or give --network-file", name);
}

}  // namespace nelumbo::node
