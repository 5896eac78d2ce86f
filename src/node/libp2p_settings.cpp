#include "libp2p_settings.hpp"

#include <sstream>

#include "node/version.hpp"

namespace nelumbo::node {

namespace {

/// A test network's hosts are found on this machine only, unless the configuration says otherwise.
constexpr std::string_view kTestListen = "/ip4/127.0.0.1/tcp/0";
/// Connections beyond the limit at which trimming begins.
constexpr size_t kSpareConnections = 64;
constexpr size_t kMaxListBytes = 1 << 20;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty() && line.front() != '#') out.push_back(line);
  }
  return out;
}

Result<size_t> connection_count(int64_t value, std::string_view option) {
  if (value < 0 || value > 100'000) return fail(ErrorCode::invalid, "Libp2p.{}: {} connections", option, value);
  return static_cast<size_t>(value);
}

}  // namespace

Result<std::vector<std::string>> official_bootstrap_peers(const std::string& network) {
  auto file = cache_folder() / "assets" / "bootstrap" / (network + ".txt");
  auto text = read_text_file(file, kMaxListBytes);
  if (!text) {
    return fail(ErrorCode::not_found,
                "the list of bootstrap peers {} is missing: run `make assets` once to fetch the official files, name "
                "peers in Libp2p.BootstrapPeers, or start with --bootstrap=false",
                file.string());
  }
  return lines_of(*text);
}

Result<Bytes> host_identity(wallet::KeyStore& keys) {
  auto stored = keys.get(wallet::kLibp2pHostName);
  if (stored) return std::move(stored->private_key);
  if (stored.error().code != ErrorCode::not_found) return std::unexpected(std::move(stored).error());
  auto made = TRY(p2p::new_identity());
  TRY(keys.put(wallet::kLibp2pHostName, {std::string(wallet::kLibp2pHostType), made}));
  return made;
}

Result<net::PeerPolicy> configured_policy(const Libp2pConfig& config) {
  net::PeerPolicy policy;
  policy.bootstrap = config.libp2p_bootstrap;
  policy.whitelist = config.libp2p_whitelist;
  for (const auto& address : policy.whitelist) {
    if (!net::peer_of(address))
      return fail(ErrorCode::invalid, "Libp2p.WhitelistPeers: {} does not end in /p2p/ and a peer's id", address);
  }
  policy.blacklist = config.libp2p_blacklist;
  policy.protected_peers = config.libp2p_protected;
  policy.low = TRY(connection_count(config.conn_mgr_low, "ConnMgrLow"));
  policy.high = TRY(connection_count(config.conn_mgr_high, "ConnMgrHigh"));
  if (policy.low > policy.high)
    return fail(ErrorCode::invalid, "Libp2p.ConnMgrLow is {}, above ConnMgrHigh, {}", policy.low, policy.high);
  policy.grace = config.conn_mgr_grace;
  return policy;
}

void configure_host(p2p::HostConfig& host, const Libp2pConfig& config, const std::string& network, bool test_network) {
  const bool untouched = config.libp2p_listen == Libp2pConfig().libp2p_listen;
  host.listen = test_network && untouched ? StringList{std::string(kTestListen)} : config.libp2p_listen;
  host.announce = config.libp2p_announce;
  host.agent = user_version(network);
  host.max_connections = static_cast<uint32_t>(static_cast<size_t>(config.conn_mgr_high) + kSpareConnections);
  host.private_network = test_network;
}

}  // namespace nelumbo::node
