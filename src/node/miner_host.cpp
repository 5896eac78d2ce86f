#include "miner_host.hpp"

#include <algorithm>
#include <condition_variable>

#include "base/log.hpp"
#include "libp2p_settings.hpp"

namespace nelumbo::node {

namespace {

constexpr std::string_view kPart = "net";
constexpr std::chrono::seconds kLookEvery{10}, kDialWait{10};

Result<std::shared_ptr<p2p::Transport>> start_transport(const MinerProcess& m) {
  auto keys = TRY_IN("opening the keystore", wallet::open_key_store(m.repository.keystore()));
  p2p::HostConfig host;
  host.identity = TRY_IN("the miner's peer key", host_identity(*keys));
  host.kad_protocol = fmt::format("/fil/kad/{}/kad/1.0.0", m.network.network_name);
  configure_host(host, m.config, m.network.network_name, m.options.network_file.has_value());
  std::shared_ptr<p2p::Transport> out = TRY_IN("starting the peer-to-peer host", p2p::start_libp2p(std::move(host)));
  for (const auto& address : out->listen_addresses())
    log_info(kPart, "peers reach this miner at {}/p2p/{}", address, out->id());
  return out;
}

}  // namespace

MinerHost::MinerHost(MinerProcess& m, net::ConnectionParts parts) : m_(m), connections_(std::move(parts)) {}

Result<std::unique_ptr<MinerHost>> MinerHost::start(MinerProcess& m) {
  net::ConnectionParts parts;
  parts.policy = TRY(configured_policy(m.config));
  parts.transport = TRY(start_transport(m));
  parts.clock = system_clock();
  parts.kv = m.kv;
  std::unique_ptr<MinerHost> host(new MinerHost(m, std::move(parts)));
  host->connections_.start();
  host->keeping_ = std::jthread([&host = *host](std::stop_token stop) { host.keep_to_node(stop); });
  return host;
}

MinerHost::~MinerHost() {
  keeping_.request_stop();
  connections_.stop();
}

void MinerHost::keep_to_node(std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    if (auto kept = dial_node(); !kept) {
      // A node that is away is told of by whoever needs it more.
      if (kept.error().message != last_trouble_)
        log_debug(kPart, "no connection to the node: {}", kept.error().message);
      last_trouble_ = kept.error().message;
    } else {
      last_trouble_.clear();
    }
    never.wait_for(lock, stop, kLookEvery, [] { return false; });
  }
}

/// Its addresses are asked for each time that it is lost: a node that was started again has others.
Result<> MinerHost::dial_node() {
  auto record = connections_.peer(node_);
  if (record && record->connected) return {};
  auto found = TRY(m_.daemon->call(rpc::full::NetAddrsListen));
  node_ = found.id;
  connections_.protect(node_, true);
  TRY(connections_.transport().dial(found.addrs, node_, kDialWait));
  return {};
}

}  // namespace nelumbo::node
