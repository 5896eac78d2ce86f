#include <chrono>
#include <thread>

#include <signal.h>

#include "codec/json.hpp"
#include "devnet_files.hpp"
#include "node/devnet.hpp"
#include "rpc/api_info.hpp"

namespace nelumbo::node {

namespace {

constexpr auto kStopTime = std::chrono::seconds(60);

JsonValue api_json(const fs::path& repository, uint16_t port, bool running) {
  JsonValue out{{"repository", repository.string()}, {"url", nullptr}, {"multiaddr", nullptr}, {"token", nullptr}};
  if (auto token = read_text_file(repository / "token", 4096)) out["token"] = *token;
  if (!running || port == 0) return out;
  out["url"] = fmt::format("http://127.0.0.1:{}", port);
  out["multiaddr"] = rpc::api_multiaddr("127.0.0.1", port);
  return out;
}

Result<JsonValue> devnet_info(const fs::path& folder) {
  DevnetPaths paths{fs::absolute(folder)};
  auto file = TRY(read_devnet_file(paths));
  auto network = TRY(read_network_file(paths.network()));
  auto pid = running_devnet(paths);
  JsonValue out;
  out["running"] = pid.has_value();
  out["pid"] = pid ? JsonValue(*pid) : JsonValue(nullptr);
  out["dir"] = paths.folder.string();
  out["networkName"] = network.network_name;
  out["networkVersion"] = network.network_version;
  out["networkFile"] = paths.network().string();
  out["genesisCar"] = paths.genesis().string();
  out["genesisCid"] = network.genesis_cid;
  out["genesisTime"] = network.genesis_time;
  out["epochSeconds"] = network.epoch_seconds;
  out["mockProofs"] = network.mock_proofs;
  out["bundle"] = network.bundle;
  out["bundleFile"] = file.bundle_file.empty() ? JsonValue(nullptr) : JsonValue(file.bundle_file);
  out["manifestCid"] = network.manifest_cid;
  out["actorDebugging"] = network.actor_debugging;
  out["reservedSupply"] = network.reserved;
  out["ethChainId"] = network.eth_chain_id;
  out["parameterCache"] = parameter_cache_folder().string();
  out["daemon"] = api_json(paths.daemon(), file.api_port, pid.has_value());
  out["daemon"]["log"] = paths.daemon_log().string();
  out["miner"] = api_json(paths.miner(), file.miner_port, pid.has_value());
  out["miner"]["log"] = paths.miner_log().string();
  out["miner"]["address"] = file.miner;
  out["p2pAddresses"] = JsonValue::array();
  out["workerAddress"] = file.worker;
  out["defaultAddress"] = file.default_address;
  out["beacon"] = {
      {"url", pid && !network.drand_servers.empty() ? JsonValue(network.drand_servers.front()) : JsonValue(nullptr)},
      {"chainInfo", TRY(parse_json(network.drand_info))}};
  return out;
}

}  // namespace

Result<std::string> devnet_info_json(const fs::path& folder) { return TRY(devnet_info(folder)).dump(2) + "\n"; }

Result<std::string> devnet_info_text(const fs::path& folder) {
  auto info = TRY(devnet_info(folder));
  std::string out;
  auto put = [&](std::string_view name, const JsonValue& value) {
    out += fmt::format("{:<18} {}\n", name,
                       value.is_string() ? value.get<std::string>()
                       : value.is_null() ? "-"
                                         : value.dump());
  };
  put("Network", info["networkName"]);
  put("State", info["running"].get<bool>() ? "running" : "stopped");
  put("Folder", info["dir"]);
  put("Genesis", info["genesisCid"]);
  put("Network version", info["networkVersion"]);
  put("Actors", info["manifestCid"]);
  put("Epoch (seconds)", info["epochSeconds"]);
  put("Daemon", info["daemon"]["url"]);
  put("Miner", info["miner"]["url"]);
  put("Miner actor", info["miner"]["address"]);
  put("Default address", info["defaultAddress"]);
  put("Beacon", info["beacon"]["url"]);
  out += fmt::format("\nTo talk to it:  export LOTUS_PATH={} LOTUS_MINER_PATH={}\n",
                     info["daemon"]["repository"].get<std::string>(), info["miner"]["repository"].get<std::string>());
  return out;
}

Result<> stop_devnet(const fs::path& folder) {
  DevnetPaths paths{fs::absolute(folder)};
  auto pid = running_devnet(paths);
  if (!pid) return fail(ErrorCode::not_found, "no devnet is running in {}", paths.folder.string());
  if (kill(*pid, SIGTERM) != 0) return fail(ErrorCode::permission, "the devnet's process {} cannot be signalled", *pid);
  auto end = std::chrono::steady_clock::now() + kStopTime;
  while (running_devnet(paths)) {
    if (std::chrono::steady_clock::now() > end)
      return fail(ErrorCode::unavailable, "the devnet (process {}) has not stopped yet", *pid);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return {};
}

fs::path default_devnet_folder() { return expand_home("~/.nelumbo-devnet"); }

}  // namespace nelumbo::node
