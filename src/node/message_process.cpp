#include "node/message_process.hpp"

#include <malloc.h>

#include "api_server.hpp"
#include "base/log.hpp"
#include "libp2p_settings.hpp"
#include "message_server.hpp"
#include "net/network.hpp"
#include "node/pages.hpp"
#include "node/version.hpp"
#include "process.hpp"
#include "process_api.hpp"

namespace nelumbo::node {

namespace {

/// Found on this machine only, unless the configuration says otherwise.
constexpr std::string_view kDevnetListen = "/ip4/127.0.0.1/tcp/0";
constexpr std::chrono::milliseconds kMaxSurvey{10'000};
constexpr std::chrono::seconds kAskAgain{2};
/// For handlers that wait for messages, and those that do not.
constexpr size_t kPoolThreads = 256;
/// Of tokens made with AuthNew, which names no time.
constexpr std::chrono::hours kAuthNewTokens{24 * 365};

/// In the order of making; destroyed the other way round.
struct Process {
  MessageServerOptions options;
  Repository repository;
  MessageServerConfig config;
  MessageExit& step;  ///< the status with which a failure now ends the program
  VaultSource vault;
  MessageServer parts;
  std::unique_ptr<rpc::Server> server;
  std::optional<Error> late_failure;  ///< of the thread that waits for a node
};

Result<std::shared_ptr<messager::Book>> open_the_book(Process& p, uint64_t eth_chain_id) {
  const auto& database = p.parts.settings.database;
  p.step = MessageExit::database;
  auto book = messager::open_book(database, p.vault.vault, eth_chain_id);
  if (book) return book;
  std::error_code ignored;
  // A key file that was made for this start has protected nothing.
  if (p.vault.made) fs::remove(*p.vault.made, ignored);
  if (book.error().message.find(messager::kOtherVault) == std::string::npos) {
    return std::unexpected(
        std::move(book).error().in(fmt::format("the database {}", messager::database_place(database))));
  }
  p.step = MessageExit::passphrase;
  return fail(ErrorCode::permission, "{} than {}{}", messager::kOtherVault, p.vault.place,
              p.vault.made ? ", which is missing: put it back, or name the passphrase" : "");
}

/// There is a key for each signer that the configuration asks for, and it can be read.
Result<> check_signers(Process& p, messager::Book& book) {
  p.step = MessageExit::signer;
  for (const auto& address : p.parts.settings.required_signers) {
    auto key = book.key(address);
    if (key) continue;
    if (key.error().code != ErrorCode::not_found) return std::unexpected(std::move(key).error().in(address.str()));
    return fail(ErrorCode::not_found,
                "there is no key for {}, which Keys.RequiredSigners asks for: import it with `lotus-message wallet "
                "import` while it does not, then start again",
                address.str());
  }
  return {};
}

/// Where peers reach the server; nullptr when it shall not gossip.
Result<std::shared_ptr<p2p::Transport>> start_host(Process& p, const MessageNetwork& network) {
  std::shared_ptr<p2p::Transport> none;
  p2p::HostConfig host;
  host.listen = p.config.libp2p_listen;
  if (!network.is_public() && host.listen == MessageServerConfig().libp2p_listen)
    host.listen = {std::string(kDevnetListen)};
  if (host.listen.empty()) return none;
  auto keys = TRY_IN("opening the keystore", wallet::open_key_store(p.repository.keystore()));
  host.identity = TRY_IN("the server's peer key", host_identity(*keys));
  host.agent = user_version(network.name);
  host.kad_protocol = fmt::format("/fil/kad/{}/kad/1.0.0", network.name);
  host.topics = {{net::messages_topic(network.name), {}}};
  host.private_network = !network.is_public();
  std::shared_ptr<p2p::Transport> out = TRY_IN("starting the peer-to-peer host", p2p::start_libp2p(std::move(host)));
  for (const auto& address : out->listen_addresses())
    log_info("messager", "peers reach this server at {}/p2p/{}", address, out->id());
  return out;
}

std::vector<rpc::PeerInfo> first_peers(const Process& p, const MessageNetwork& network) {
  if (!p.parts.settings.bootstrap.empty() || !network.is_public()) return p.parts.settings.bootstrap;
  std::vector<rpc::PeerInfo> out;
  auto official = official_bootstrap_peers(network.addresses() == AddressNetwork::mainnet ? "mainnet" : network.name);
  if (!official) {
    log_warn("messager", "gossip begins with the nodes' peers alone: {}", official.error().message);
    return out;
  }
  for (const auto& address : *official) {
    if (auto peer = net::peer_of(address)) out.push_back({*peer, {address}});
  }
  return out;
}

/// All that needs the network.
Result<> begin_work(Process& p, const MessageNetwork& network) {
  set_address_network(network.addresses());
  auto work = std::make_shared<MessageWork>();
  work->network = network;
  work->book = TRY(open_the_book(p, static_cast<uint64_t>(network.eth_chain_id)));
  TRY(check_signers(p, *work->book));
  p.step = MessageExit::failed;
  TRY_IN("remembering the network", store_network(p.repository.folder(), network));
  TRY(p.parts.tokens->use(work->book));
  for (const auto& node : p.parts.settings.nodes)
    work->nodes.push_back(guard_node(node, network, p.parts.settings.node_timeout));
  work->transport = TRY(start_host(p, network));
  auto config = p.parts.settings.service;
  config.holder = new_uuid();
  if (work->transport) config.topic = net::messages_topic(network.name);
  work->decoder = std::make_unique<MessageDecoder>(work->nodes.front());
  work->service = messager::make_service(std::move(config), work->book, work->nodes, work->transport, system_clock());
  work->service->start();
  work->service->report_peers(first_peers(p, network));
  p.parts.set_work(std::move(work));
  log_info("messager", "network {}: messages are taken", network.name);
  return {};
}

/// Begins the work if the network is known, else only looks whether the database is the right one.
Result<bool> try_to_begin(Process& p) {
  p.step = MessageExit::node;
  auto known = TRY(stored_network(p.repository.folder()));
  auto survey = TRY(
      survey_network(p.parts.settings.nodes, std::move(known), std::min(kMaxSurvey, p.parts.settings.node_timeout)));
  for (const auto& node : survey.silent) log_warn("messager", "a full node does not answer: {}", node);
  p.parts.set_silent(std::move(survey.silent));
  if (survey.network) {
    TRY(begin_work(p, *survey.network));
    return true;
  }
  return false;
}

Result<> begin(Process& p) {
  if (TRY(try_to_begin(p))) return {};
  log_warn("messager", "no full node has answered yet, so the network is not known: waiting for one");
  auto book = TRY(open_the_book(p, 0));
  TRY(check_signers(p, *book));
  p.step = MessageExit::failed;
  return p.parts.tokens->use(std::move(book));
}

/// Goes on asking until a node has told the network; the server ends when what it says cannot be right.
void wait_for_network(Process& p, StopEvent& stop, std::stop_token end) {
  auto clock = system_clock();
  while (clock->wait_until(clock->now() + kAskAgain, end)) {
    auto begun = try_to_begin(p);
    if (begun && *begun) return;
    if (begun) continue;
    p.late_failure = std::move(begun).error();
    stop.trigger();
    return;
  }
}

Result<> make_server(Process& p, StopEvent& stop) {
  auto& tokens = *p.parts.tokens;
  auto verify = [&tokens](std::string_view token) { return tokens.verify(token); };
  p.server = TRY(make_api_server({.listen = p.config.api_listen_address,
                                  .max_pool_threads = kPoolThreads,
                                  .timeout = p.config.api_timeout,
                                  .port = p.options.api_port,
                                  .verify = verify,
                                  .title = "Nelumbo message server",
                                  .option = "--api"}));
  auto& server = *p.server;
  bind_process(server, {.version = {std::string(kVersion), rpc::kMessageApiVersion, 0, std::string(kAgent)},
                        .verify_token = verify,
                        .new_token =
                            [&tokens](rpc::Permissions permissions) {
                              return tokens.make(permissions, "AuthNew", kAuthNewTokens);
                            },
                        .session = new_uuid(),
                        .started = system_clock()->now(),
                        .subsystems = {"messager", "rpc", "node"},
                        .shutdown = [&stop] { stop.trigger(); }});
  bind_message_server(server, p.parts);
  require_handlers(server, rpc::message_methods());
  server.set_pages(message_pages());
  server.set_ready([&p] {
    auto work = p.parts.work();
    return work && work->service->ready();
  });
  server.set_ready_text([&p]() -> std::string {
    auto work = p.parts.ready_work();
    return work ? std::string() : work.error().message + "\n";
  });
  server.set_metrics([&p] {
    auto work = p.parts.work();
    return work ? work->service->metrics() : std::string();
  });
  return {};
}

void end_work(Process& p) {
  auto work = p.parts.work();
  if (work) work->service->stop();
  p.server->stop();
  if (work && work->transport) work->transport->close();
}

Result<std::unique_ptr<Process>> open_process(const MessageServerOptions& options, MessageExit& step) {
  step = MessageExit::repository;
  auto repository = TRY(Repository::open(options.repository, RepoKind::message));
  step = MessageExit::configuration;
  std::vector<std::string> unknown;
  auto config = TRY(load_config<MessageServerConfig>(options.config.value_or(repository.config_file()), &unknown));
  set_log_level(parse_log_level(config.log_level));
  for (const auto& key : unknown)
    log_warn("messager", "the configuration has an option that this program does not know: {}", key);
  auto settings = TRY(message_settings(config, options, repository.folder()));
  step = MessageExit::passphrase;
  auto vault = TRY(open_vault(config, options.passphrase, repository.folder()));
  return std::unique_ptr<Process>(new Process{options, std::move(repository), std::move(config), step, std::move(vault),
                                              MessageServer(std::move(settings)), nullptr, std::nullopt});
}

Result<> run(const MessageServerOptions& options, MessageExit& step) {
  StopEvent stop;
  auto process = TRY(open_process(options, step));
  auto& p = *process;
  step = MessageExit::failed;
  const auto secret = TRY(p.repository.jwt_secret());
  p.parts.tokens = std::make_unique<MessageTokens>(secret, system_clock());
  step = MessageExit::port;
  TRY(make_server(p, stop));
  TRY(begin(p));
  step = MessageExit::failed;
  if (p.vault.made) {
    log_warn("messager",
             "no passphrase is configured: the private keys are encrypted under the new key file {}. "
             "Without it they are lost: keep a copy apart from the database",
             p.vault.made->string());
    p.vault.made.reset();
  }
  TRY(publish_api(p.repository, *p.server, p.config.api_listen_address, p.config.api_remote_listen_address, secret));
  p.server->start();
  log_info("messager", "message server on {}, API on port {}", messager::database_place(p.parts.settings.database),
           p.server->port());
  std::jthread waiting;
  if (!p.parts.work()) waiting = std::jthread([&](std::stop_token end) { wait_for_network(p, stop, end); });
  stop.wait();
  log_info("messager", "stopping");
  waiting = std::jthread();
  end_work(p);
  if (p.late_failure) return std::unexpected(*std::move(p.late_failure));
  return {};
}

}  // namespace

std::span<const MessageExitText> message_exits() {
  static constexpr MessageExitText texts[] = {
      {MessageExit::failed, "anything else"},
      {MessageExit::configuration, "the configuration cannot be read, or an option's value cannot be"},
      {MessageExit::database, "the database cannot be opened with these settings"},
      {MessageExit::passphrase, "the passphrase or key file is wrong or missing"},
      {MessageExit::signer, "a signer of [Keys] RequiredSigners has no key"},
      {MessageExit::port, "the API's port is taken"},
      {MessageExit::repository, "the repository is in use or cannot be written"},
      {MessageExit::node, "a full node is on another network, has another API version or refuses the token"},
  };
  return texts;
}

std::expected<void, MessageServerFailure> run_message_server(const MessageServerOptions& options) {
  mallopt(M_ARENA_MAX, 2);
  auto step = MessageExit::failed;
  auto ended = run(options, step);
  if (!ended) return std::unexpected(MessageServerFailure(step, std::move(ended).error()));
  return {};
}

}  // namespace nelumbo::node
