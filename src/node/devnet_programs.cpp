#include "devnet_programs.hpp"

#include <charconv>

#include <fmt/ranges.h>

namespace nelumbo::node {

namespace {

constexpr int kDaemonStop = 20'000, kMinerStop = 10'000, kMessageStop = 10'000;  ///< milliseconds
/// Programs of a devnet find each other through their repositories, whatever the caller's environment points to.
const std::vector<std::string> kEnvironment{"FULLNODE_API_INFO=", "MINER_API_INFO=", "MESSAGE_API_INFO="};

/// Where a program's host listens and whom it is told to know; what is empty is left as configured.
void set_peers(ProgramSpec& out, const std::string& listen, const std::vector<std::string>& peers) {
  if (!listen.empty()) out.environment.push_back("LOTUS_LIBP2P_LISTENADDRESSES=" + listen);
  if (!peers.empty()) out.environment.push_back(fmt::format("LOTUS_LIBP2P_BOOTSTRAPPEERS={}", fmt::join(peers, ",")));
}

}  // namespace

DevnetBinaries DevnetBinaries::find(const std::string& lotus, const std::string& miner, const std::string& message) {
  DevnetBinaries out{lotus, miner, message};
  if (out.lotus.empty()) out.lotus = fs::read_symlink("/proc/self/exe").string();
  const auto folder = fs::path(out.lotus).parent_path();
  if (out.miner.empty()) out.miner = (folder / "lotus-miner").string();
  if (out.message.empty()) out.message = (folder / "lotus-message").string();
  return out;
}

ProgramSpec daemon_program(const DevnetBinaries& binaries, const NodePlan& plan) {
  ProgramSpec out{.name = plan.name,
                  .program = binaries.lotus,
                  .arguments = {"--repo", plan.repository.string(), "daemon", "--network-file", plan.network.string(),
                                "--genesis", plan.genesis.string(), "--api", std::to_string(plan.api_port)},
                  .environment = kEnvironment,
                  .repository = plan.repository,
                  .log = plan.log,
                  .stop_milliseconds = kDaemonStop};
  if (!plan.bundle_file.empty()) {
    out.arguments.insert(out.arguments.end(), {"--actors-bundle", plan.bundle_file});
  }
  set_peers(out, plan.p2p_listen, plan.peers);
  return out;
}

ProgramSpec miner_program(const DevnetBinaries& binaries, const MinerPlan& plan) {
  ProgramSpec out{
      .name = plan.name,
      .program = binaries.miner,
      .arguments = {"--miner-repo", plan.repository.string(), "--repo", plan.daemon_repository.string(), "run",
                    "--network-file", plan.network.string(), "--miner-api", std::to_string(plan.api_port)},
      .environment = kEnvironment,
      .repository = plan.repository,
      .log = plan.log,
      .stop_milliseconds = kMinerStop};
  if (plan.catch_up) {
    out.arguments.insert(out.arguments.end(), {"--catch-up", "--sparse", std::to_string(plan.sparse)});
  }
  set_peers(out, plan.p2p_listen, {});
  return out;
}

ProgramSpec message_program(const DevnetBinaries& binaries, const MessagePlan& plan) {
  ProgramSpec out{
      .name = "message",
      .program = binaries.message,
      .arguments = {"--message-repo", plan.repository.string(), "daemon", "--api", std::to_string(plan.api_port)},
      .environment = kEnvironment,
      .repository = plan.repository,
      .log = plan.log,
      .stop_milliseconds = kMessageStop};
  out.environment.push_back(fmt::format("LOTUS_NODES_APIINFO={}", fmt::join(plan.nodes, ",")));
  set_peers(out, plan.p2p_listen, plan.peers);
  return out;
}

std::string p2p_listen_address(const std::string& host, uint16_t port) {
  return host.empty() ? std::string() : fmt::format("/ip4/{}/tcp/{}", host, port);
}

uint16_t tcp_port(std::string_view multiaddress) {
  constexpr std::string_view kTcp = "/tcp/";
  auto at = multiaddress.find(kTcp);
  if (at == std::string_view::npos) return 0;
  multiaddress.remove_prefix(at + kTcp.size());
  uint16_t port = 0;
  std::from_chars(multiaddress.data(), multiaddress.data() + multiaddress.size(), port);
  return port;
}

}  // namespace nelumbo::node
