#include <chrono>
#include <map>
#include <thread>

#include <signal.h>

#include "codec/json.hpp"
#include "devnet_files.hpp"
#include "node/devnet.hpp"
#include "rpc/api_info.hpp"

namespace nelumbo::node {

namespace {

constexpr auto kStopTime = std::chrono::seconds(60);

/// What is known of a folder.
struct Known {
  DevnetPaths paths;
  DevnetFile file;
  NetworkFile network;
  std::optional<int> supervisor;  ///< process
  std::map<std::string, int64_t> programs;
};

Result<Known> known_of(const fs::path& folder) {
  DevnetPaths paths{fs::absolute(folder)};
  auto file = TRY(read_devnet_file(paths));
  auto network = TRY(read_network_file(paths.network()));
  Known out{paths, std::move(file), std::move(network), running_devnet(paths), {}};
  if (!out.supervisor) return out;
  auto programs = read_programs(paths);  // not there while they are being started
  if (!programs) return out;
  for (const auto& each : *programs) out.programs[each.name] = each.pid;
  return out;
}

JsonValue program_json(const Known& known, const std::string& name, const fs::path& repository, uint16_t port) {
  JsonValue out{{"name", name},     {"repository", repository.string()},
                {"url", nullptr},   {"multiaddr", nullptr},
                {"token", nullptr}, {"pid", nullptr}};
  if (auto token = read_text_file(repository / "token", 4096)) out["token"] = *token;
  if (auto found = known.programs.find(name); found != known.programs.end() && found->second != 0)
    out["pid"] = found->second;
  if (!known.supervisor || port == 0) return out;
  out["url"] = fmt::format("http://127.0.0.1:{}", port);
  out["multiaddr"] = rpc::api_multiaddr("127.0.0.1", port);
  return out;
}

JsonValue daemon_json(const Known& known, size_t node) {
  const auto& each = known.file.nodes[node];
  auto out = program_json(known, DevnetPaths::numbered("daemon", node), known.paths.daemon(node), each.api_port);
  out["log"] = known.paths.daemon_log(node).string();
  out["p2pAddresses"] = each.p2p_addresses;
  return out;
}

JsonValue miner_json(const Known& known, size_t place) {
  const auto& miner = known.file.miners[place];
  if (place >= known.file.nodes.size()) {
    return {{"address", miner.address},
            {"worker", miner.worker},
            {"daemon", nullptr},
            {"workerKeyFile", known.paths.worker_key(miner.address).string()}};
  }
  auto out = program_json(known, DevnetPaths::numbered("miner", place), known.paths.miner(place),
                          known.file.nodes[place].miner_port);
  out["log"] = known.paths.miner_log(place).string();
  out["address"] = miner.address;
  out["worker"] = miner.worker;
  out["daemon"] = DevnetPaths::numbered("daemon", place);
  return out;
}

/// Null for a devnet that was never run with a message server.
JsonValue message_json(const Known& known) {
  if (known.file.message_port == 0) return nullptr;
  auto out = program_json(known, "message", known.paths.message(), known.file.message_port);
  out["log"] = known.paths.message_log().string();
  return out;
}

/// What must be the same on both sides for another implementation (a lotus built with its 2k tag) to follow.
JsonValue foreign_json(const NetworkFile& network, const JsonValue& chain_info) {
  return {{"drandServers", network.drand_servers},
          {"drandChainInfo", chain_info},
          {"blockDelaySeconds", network.epoch_seconds},
          {"actorDebugging", network.actor_debugging},
          {"reservedSupply", network.reserved},
          {"parameterCache", parameter_cache_folder().string()},
          {"bundle", network.bundle},
          {"environment",
           {{"LOTUS_F3_ENABLED", "0"},
            {"FIL_PROOFS_PARAMETER_CACHE", parameter_cache_folder().string()},
            // The parameters of 2 KiB sectors are made here: their digests are not those of the official files.
            {"TRUST_PARAMS", "1"}}}};
}

Result<JsonValue> devnet_info(const fs::path& folder) {
  const auto known = TRY(known_of(folder));
  const auto& [paths, file, network, pid, programs] = known;
  const auto chain_info = TRY(parse_json(network.drand_info));
  JsonValue out;
  out["running"] = pid.has_value();
  out["pid"] = pid ? JsonValue(*pid) : JsonValue(nullptr);
  out["dir"] = paths.folder.string();
  out["joined"] = file.joined;
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
  out["f3"] = false;
  out["parameterCache"] = parameter_cache_folder().string();
  out["daemon"] = daemon_json(known, 0);
  out["miner"] = file.miners.empty() ? JsonValue(nullptr) : miner_json(known, 0);
  out["daemons"] = JsonValue::array();
  for (size_t node = 0; node < file.nodes.size(); ++node) out["daemons"].push_back(daemon_json(known, node));
  out["miners"] = JsonValue::array();
  for (size_t place = 0; place < file.miners.size(); ++place) out["miners"].push_back(miner_json(known, place));
  out["message"] = message_json(known);
  out["p2pAddresses"] = JsonValue::array();
  for (const auto& node : file.nodes)
    for (const auto& address : node.p2p_addresses) out["p2pAddresses"].push_back(address);
  out["peers"] = file.peers;
  out["workerAddress"] = file.miners.empty() ? JsonValue(nullptr) : JsonValue(file.miners.front().worker);
  out["defaultAddress"] = file.default_address.empty() ? JsonValue(nullptr) : JsonValue(file.default_address);
  bool reachable = !network.drand_servers.empty() && (pid || file.joined);
  out["beacon"] = {{"url", reachable ? JsonValue(network.drand_servers.front()) : JsonValue(nullptr)},
                   {"chainInfo", chain_info}};
  out["foreign"] = foreign_json(network, chain_info);
  return out;
}

}  // namespace

Result<std::string> devnet_info_json(const fs::path& folder) { return TRY(devnet_info(folder)).dump(2) + "\n"; }

Result<std::string> devnet_info_text(const fs::path& folder) {
  auto info = TRY(devnet_info(folder));
  DevnetPaths known_paths{fs::absolute(folder)};
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
  for (const auto& daemon : info["daemons"]) put(daemon["name"].get<std::string>(), daemon["url"]);
  for (const auto& miner : info["miners"]) {
    put(miner["address"].get<std::string>(),
        miner["daemon"].is_null() ? JsonValue("no node yet: `lotus devnet join --miner`") : miner["url"]);
  }
  if (!info["message"].is_null()) put("Message server", info["message"]["url"]);
  put("Default address", info["defaultAddress"]);
  put("Beacon", info["beacon"]["url"]);
  out += fmt::format("\nTo talk to it:  export LOTUS_PATH={} LOTUS_MINER_PATH={} LOTUS_MESSAGE_PATH={}\n",
                     known_paths.daemon().string(), known_paths.miner().string(), known_paths.message().string());
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
