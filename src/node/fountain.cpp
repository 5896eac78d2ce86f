#include "node/fountain.hpp"

#include <cstdlib>

#include "base/log.hpp"
#include "grants.hpp"
#include "node/pages.hpp"
#include "node/repo.hpp"
#include "process.hpp"
#include "rpc/client.hpp"
#include "rpc/methods.hpp"
#include "rpc/declared.hpp"

namespace nelumbo::node {

namespace {

namespace full = rpc::full;
constexpr rpc::Client::Options kCallOptions{.connect_timeout = std::chrono::seconds(10),
                                            .call_timeout = std::chrono::seconds(60)};
constexpr ChainEpoch kSearchEpochs = 2880;  ///< a day: older grants are of no interest
/// A grant is one small message: whoever asks more of the port than that is slowed down.
constexpr size_t kMaxCallers = 8, kMaxConnections = 256, kMaxBody = 16 << 10;

/// In the order of making; destroyed the other way round.
struct Fountain {
  FountainConfig config;
  std::shared_ptr<rpc::Client> full_node;
  std::shared_ptr<rpc::Client> messager;  ///< null: the node sends
  std::string network;
  GrantRules rules;
  std::shared_ptr<Grants> grants;
  std::unique_ptr<rpc::Server> server;
};

Result<> connect(Fountain& f, const fs::path& daemon_repository) {
  auto where = TRY(rpc::find_api_info("FULLNODE_API_INFO", daemon_repository, "lotus daemon"));
  f.full_node = std::make_shared<rpc::Client>(std::move(where), kCallOptions);
  TRY_IN("the full node", f.full_node->check_version(rpc::kFullApiVersion1));
  f.network = TRY_IN("the full node", f.full_node->call(full::StateGetNetworkParams)).network_name;
  set_address_network(f.network == "mainnet" || f.network == "testnetnet" ? AddressNetwork::mainnet
                                                                          : AddressNetwork::testnet);
  const char* info = std::getenv("MESSAGE_API_INFO");
  if (info == nullptr || *info == '\0') return {};
  auto server = TRY_IN("MESSAGE_API_INFO", rpc::parse_api_info(info));
  f.messager = std::make_shared<rpc::Client>(std::move(server), kCallOptions);
  TRY_IN("the message server", f.messager->call(rpc::common::Version));
  return {};
}

/// The wallet that pays: the configured one, or the only one there is.
Result<Address> sender_of(const Fountain& f) {
  if (!f.config.from.empty()) {
    auto from = TRY_IN("[Fountain] From", Address::parse(f.config.from));
    return in_context(f.full_node->call(full::StateAccountKey, from, TipsetKey()), "[Fountain] From");
  }
  if (!f.messager) return in_context(f.full_node->call(full::WalletDefaultAddress), "the node's default wallet");
  auto wallets = TRY_IN("the message server", f.messager->call(rpc::message::WalletList));
  if (wallets.size() == 1) return wallets.front();
  return fail(ErrorCode::invalid,
              "the message server has {} wallets: say with --from or [Fountain] From which one pays", wallets.size());
}

/// Wallets go by many names, and a grant under one is a grant under all.
Result<std::vector<Address>> names_of(const rpc::Client& node, const Address& wallet) {
  std::vector<Address> out{wallet};
  Address id = wallet;
  if (!wallet.is_id()) {
    auto found = node.call(full::StateLookupID, wallet, TipsetKey());
    if (!found && found.error().code == ErrorCode::unavailable) return std::unexpected(std::move(found).error());
    if (!found && wallet.protocol() == Protocol::actor)
      return fail(ErrorCode::invalid, "{} was never on chain: an actor's f2 address can get nothing before",
                  wallet.str());
    if (!found) return out;
    id = *found;
    out.push_back(id);
  }
  auto key = node.call(full::StateAccountKey, id, TipsetKey());
  if (key && *key != wallet) out.push_back(*key);
  if (key) return out;
  if (key.error().code == ErrorCode::unavailable) return std::unexpected(std::move(key).error());
  // An actor without a key of its own, a multisig for one, takes FIL too; one that is not there does not.
  TRY_IN("the wallet", node.call(full::StateGetActor, id, TipsetKey()));
  return out;
}

Result<Cid> send(const Fountain& f, const Message& message, const std::string& uuid) {
  rpc::MessageSendSpec spec;
  spec.max_fee = f.config.max_fee;
  spec.msg_uuid = uuid;
  auto sent = f.messager ? f.messager->call(rpc::message::MpoolPushMessage, message, std::optional(spec))
                         : f.full_node->call(full::MpoolPushMessage, message, std::optional(spec));
  if (sent) return sent->cid();
  log_error(f.messager ? "messager" : "fountain", "a grant to {} was not sent: {}", message.to.str(),
            sent.error().message);
  return std::unexpected(std::move(sent).error());
}

Result<GrantFate> fate_at_server(const rpc::Client& server, const Cid& cid) {
  auto record = TRY(server.call(rpc::message::MessageGet, cid));
  GrantFate out{record.cid, "waiting", record.wait, record.epoch};
  if (record.epoch == 0 && record.fault.empty()) return out;
  const bool good = record.fault.empty() && record.exit_code.value_or(0) == 0;
  out.state = good ? "on chain" : "failed";
  if (!record.fault.empty()) {
    out.detail = record.fault;
  } else if (!good) {
    out.detail = fmt::format("exit code {}", *record.exit_code);
  }
  return out;
}

Result<GrantFate> fate_at_node(const rpc::Client& node, const Cid& cid) {
  auto found = TRY(node.call(full::StateSearchMsg, TipsetKey(), cid, kSearchEpochs, true));
  if (!found) return GrantFate{cid, "waiting", "it is not in a block yet", 0};
  const auto code = found->receipt.exit_code;
  return GrantFate{found->message, code == 0 ? "on chain" : "failed",
                   code == 0 ? "" : fmt::format("exit code {}", code), found->height};
}

Result<rpc::FountainTerms> terms(const Fountain& f) {
  rpc::FountainTerms out;
  out.network = f.network;
  out.amount = f.rules.amount;
  out.interval_seconds = f.rules.interval.count();
  out.hourly_limit = f.rules.hourly_limit;
  out.hourly_left = TRY(f.grants->hourly_left());
  out.sender = f.rules.sender;
  out.balance = TRY(f.full_node->call(full::WalletBalance, f.rules.sender));
  return out;
}

Result<> serve(Fountain& f) {
  auto listen = TRY_IN("[Fountain] ListenAddress", rpc::parse_api_multiaddr(f.config.listen_address));
  f.server = TRY(rpc::Server::make({.address = listen.host,
                                    .port = listen.port,
                                    .max_pool_threads = kMaxCallers,
                                    .max_connections = kMaxConnections,
                                    .max_body = kMaxBody,
                                    .title = "Nelumbo faucet"}));
  f.server->set_pages(fountain_pages());
  f.server->bind(rpc::fountain::FountainInfo, [&f] { return terms(f); });
  f.server->bind(rpc::fountain::FountainGrant, [&f](const std::string& wallet) { return f.grants->grant(wallet); });
  f.server->bind(rpc::fountain::FountainState, [&f](const std::string& wallet) { return f.grants->state(wallet); });
  f.server->start();
  log_info("fountain", "the faucet of {} gives {} from {} at http://{}:{}/", f.network, fil_string(f.rules.amount),
           f.rules.sender.str(), listen.host, f.server->port());
  return {};
}

Result<FountainConfig> config_of(const Repository& repository, const FountainOptions& options) {
  std::vector<std::string> unknown;
  auto config = TRY(load_config<FountainConfig>(repository.config_file(), &unknown));
  for (const auto& key : unknown)
    log_warn("fountain", "the configuration has an option that this program does not know: {}", key);
  if (options.front) {
    const auto colon = options.front->rfind(':');
    if (colon == std::string::npos)
      return fail(ErrorCode::invalid, "--front: \"{}\" is not HOST:PORT, such as 127.0.0.1:7777", *options.front);
    config.listen_address =
        fmt::format("/ip4/{}/tcp/{}/http", options.front->substr(0, colon), options.front->substr(colon + 1));
  }
  if (options.from) config.from = *options.from;
  if (options.amount) config.amount = TRY_IN("--amount", parse_fil(*options.amount));
  if (options.interval) config.interval = TRY_IN("--interval", parse_duration(*options.interval));
  if (config.amount <= 0) return fail(ErrorCode::invalid, "a grant of {} is none", fil_string(config.amount));
  if (config.hourly_limit < 1) return fail(ErrorCode::invalid, "[Fountain] HourlyLimit is below 1");
  return config;
}

}  // namespace

Result<> run_fountain(const FountainOptions& options) {
  StopEvent stop;
  auto repository = TRY(Repository::open(options.repository, RepoKind::fountain));
  Fountain f;
  f.config = TRY(config_of(repository, options));
  set_log_level(parse_log_level(f.config.log_level));
  TRY(connect(f, options.daemon_repository));
  auto sender = TRY(sender_of(f));
  f.rules = {.sender = std::move(sender),
             .amount = f.config.amount,
             .interval = f.config.interval,
             .hourly_limit = f.config.hourly_limit};
  auto store = TRY_IN("opening the datastore", KvStore::open(repository.datastore(), Grants::spaces()));
  GrantSteps steps;
  steps.names = [&f](const Address& wallet) { return names_of(*f.full_node, wallet); };
  steps.send = [&f](const Message& message, const std::string& uuid) { return send(f, message, uuid); };
  steps.fate = [&f](const Cid& cid) {
    return f.messager ? fate_at_server(*f.messager, cid) : fate_at_node(*f.full_node, cid);
  };
  f.grants = std::make_shared<Grants>(f.rules, std::move(steps), std::move(store), system_clock());
  TRY(serve(f));
  stop.wait();
  log_info("fountain", "stopping");
  f.server->stop();
  return {};
}

}  // namespace nelumbo::node
