#include "lite.hpp"

#include <cstdlib>

#include "api_server.hpp"
#include "base/log.hpp"
#include "context.hpp"
#include "node/version.hpp"
#include "process.hpp"
#include "process_api.hpp"
#include "rpc/client.hpp"
#include "rpc/methods.hpp"
#include "rpc/relay.hpp"
#include "signing_api.hpp"

namespace nelumbo::node {

namespace {

namespace full = rpc::full;

/// In the order of making; destroyed the other way round.
struct Lite {
  DaemonOptions options;
  Repository repository;
  DaemonConfig config;
  std::shared_ptr<rpc::Client> full_node;
  rpc::ApiNetworkParams network;
  std::shared_ptr<KvStore> kv;
  SigningApi signing;
  std::unique_ptr<rpc::Relay> relay;
  std::unique_ptr<rpc::Server> server;
};

Result<> connect(Lite& l) {
  const char* info = std::getenv("FULLNODE_API_INFO");
  if (info == nullptr || *info == '\0') {
    return fail(ErrorCode::invalid,
                "a lite node works through a full node: set FULLNODE_API_INFO to its TOKEN:MULTIADDR "
                "(`lotus auth api-info --perm write` prints it there)");
  }
  auto where = TRY_IN("FULLNODE_API_INFO", rpc::parse_api_info(info));
  l.full_node = std::make_shared<rpc::Client>(where);
  TRY_IN("the full node", l.full_node->check_version(rpc::kFullApiVersion1));
  l.network = TRY_IN("the full node", l.full_node->call(full::StateGetNetworkParams));
  l.relay = std::make_unique<rpc::Relay>(std::move(where));
  set_address_network(l.network.network_name == "mainnet" ? AddressNetwork::mainnet : AddressNetwork::testnet);
  return {};
}

Result<Address> key_address(const rpc::Client& full_node, const Address& address) {
  switch (address.protocol()) {
    case Protocol::bls:
    case Protocol::secp256k1:
    case Protocol::delegated:
      return address;
    default:
      return full_node.call(full::StateAccountKey, address, TipsetKey());
  }
}

/// The sender's steps on the full node.
pool::SendSteps remote_steps(std::shared_ptr<rpc::Client> node) {
  pool::SendSteps steps;
  steps.key_address = [=](const Address& address) { return key_address(*node, address); };
  steps.estimate = [=](const Message& message, const pool::SendLimits& limits) {
    rpc::MessageSendSpec spec{.max_fee = limits.max_fee, .maximize_fee_cap = limits.maximize_fee_cap};
    return node->call(full::GasEstimateMessageGas, message, std::optional(spec), TipsetKey());
  };
  steps.balance = [=](const Address& address) { return node->call(full::WalletBalance, address); };
  steps.next_nonce = [=](const Address& address) { return node->call(full::MpoolGetNonce, address); };
  steps.push = [=](const SignedMessage& message) -> Result<> {
    TRY(node->call(full::MpoolPush, message));
    return {};
  };
  return steps;
}

Result<> open_wallet(Lite& l) {
  // Beside a full node's datastore: the same folder may be run either way.
  l.kv = TRY_IN("opening the datastore",
                KvStore::open(l.repository.folder() / "lite-datastore", {std::string(pool::kSentSpace)}));
  auto keys = TRY_IN("opening the keystore", wallet::open_key_store(l.repository.keystore()));
  auto& s = l.signing;
  s.wallet = std::make_shared<wallet::Wallet>(std::move(keys));
  s.eth_chain_id = static_cast<uint64_t>(l.network.eip155_chain_id);
  s.key_address = [node = l.full_node](const Address& address) { return key_address(*node, address); };
  s.messager = TRY(make_messager_link(l.config.messager_api_info, s.key_address));
  s.sender = std::make_shared<pool::MessageSender>(remote_steps(l.full_node), signer(s.wallet, s.eth_chain_id), l.kv);
  return {};
}

/// Peers are the full node's business; NetVersion and NetListening are Ethereum's names.
bool about_peers(std::string_view name) {
  return name == "ID" || (name.starts_with("Net") && name != "NetVersion" && name != "NetListening");
}

/// What others ask of the chain, and messages that are signed already.
bool goes_on(const rpc::MethodInfo& method) {
  // An export is a stream of the whole chain, for a reader beside the full node.
  if (about_peers(method.name) || method.name == "ChainExport") return false;
  bool signed_messages = method.name.starts_with("MpoolPush") || method.name.starts_with("MpoolBatchPush");
  return method.permission == rpc::Permission::read || signed_messages;
}

void bind_rest(Lite& l) {
  for (const auto& method : rpc::unanswered(*l.server, rpc::daemon_methods())) {
    if (goes_on(method.info)) {
      l.relay->bind(*l.server, method);
      continue;
    }
    auto refuse = [name = method.info.name](const auto&, const auto&, std::string&) -> rpc::Answer<> {
      return std::unexpected(
          rpc::Failure(1, fmt::format("a lite node has no {}: ask the full node", name), ErrorCode::unsupported));
    };
    l.server->bind_raw(method.info, refuse, rpc::Run::inline_, method.schemas);
  }
  alias_eth(*l.server);
}

Result<> serve(Lite& l, StopEvent& stop) {
  Bytes secret = TRY(l.repository.jwt_secret());
  l.server = TRY(make_api_server({.listen = l.config.api_listen_address,
                                  .timeout = l.config.api_timeout,
                                  .port = l.options.api_port,
                                  .jwt_secret = secret,
                                  .title = "Nelumbo lite daemon",
                                  .option = "--api"}));
  rpc::Version version{user_version(l.network.network_name), rpc::kFullApiVersion1, l.network.block_delay_secs,
                       std::string(kAgent)};
  bind_process(*l.server, {.version = version,
                           .jwt_secret = secret,
                           .session = new_uuid(),
                           .started = system_clock()->now(),
                           .subsystems = {"node", "rpc", "wallet"},
                           .shutdown = [&stop] { stop.trigger(); }});
  version.api_version = rpc::kFullApiVersion0;
  l.server->bind(rpc::v0::Version, [version]() -> Result<rpc::Version> { return version; });
  bind_signing(*l.server, l.signing);
  if (l.signing.messager) {
    l.server->set_ready_text([link = l.signing.messager] { return link->state_line(); });
    l.signing.messager->start();
  }
  bind_rest(l);
  require_handlers(*l.server, rpc::daemon_methods());
  TRY(publish_api(l.repository, *l.server, l.config.api_listen_address, l.config.api_remote_listen_address, secret));
  l.server->start();
  return {};
}

}  // namespace

Result<> run_lite(const DaemonOptions& options) {
  if (options.import) return fail(ErrorCode::invalid, "a lite node has no chain to import into");
  StopEvent stop;
  auto repository = TRY(Repository::open(options.repository, RepoKind::daemon));
  std::vector<std::string> unknown;
  auto config = TRY(load_config<DaemonConfig>(options.config.value_or(repository.config_file()), &unknown));
  set_log_level(parse_log_level(config.log_level));
  for (const auto& key : unknown)
    log_warn("node", "the configuration has an option that this program does not know: {}", key);
  Lite l{options, std::move(repository), std::move(config)};
  TRY(connect(l));
  TRY(open_wallet(l));
  TRY(serve(l, stop));
  log_info("node", "lite node of {} through {}:{}, API on port {}", l.network.network_name, l.full_node->where().host,
           l.full_node->where().port, l.server->port());
  stop.wait();
  log_info("node", "stopping");
  l.server->stop();
  return {};
}

}  // namespace nelumbo::node
