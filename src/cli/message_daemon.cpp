// lotus-message daemon, status, config.
#include <ostream>

#include "lookup.hpp"
#include "node/config.hpp"
#include "node/message_process.hpp"
#include "print.hpp"

namespace nelumbo::cli {
namespace {

namespace api = rpc::message;

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

Result<> daemon(Context& context) {
  node::MessageServerOptions options;
  options.repository = context.message_repository;
  options.daemon_repository = context.repository;
  options.daemon_api = environment("FULLNODE_API_INFO");
  options.passphrase = environment("LOTUS_MESSAGE_PASSPHRASE");
  options.config = path_flag(context, "config");
  options.api_port = TRY(port_flag(context, "api"));
  auto ended = node::run_message_server(options);
  if (ended) return {};
  context.failure_status = static_cast<int>(ended.error().status);
  return std::unexpected(std::move(ended).error().error);
}

Result<> daemon_stop(Context& context) {
  auto* server = TRY(context.message());
  return server->call(rpc::common::Shutdown);
}

std::string node_line(const rpc::MessageNodeStatus& node) {
  if (!node.ok) return node.error.empty() ? "not asked yet" : node.error;
  return fmt::format("epoch {}", node.height);
}

Result<> status(Context& context) {
  auto* server = TRY(context.message());
  auto found = TRY(server->call(api::MessageStatus));
  if (context.json()) {
    print_json(context, api::MessageStatus, found);
    return {};
  }
  context.print("Network:  {}", found.network.empty() ? "not known yet: no full node has answered" : found.network);
  context.print("Database: {}", found.database);
  context.print("Chain:    looked through up to epoch {}{}", found.height, found.leader ? ", by this server" : "");
  context.print("Wallets:  {}, {} of them halted", found.wallets, found.halted);
  context.print("Pending:  {} messages", found.pending);
  context.print("Peers:    {}", found.peers);
  Table table({"Node", "State", "Pushed", "Failed", "Queued"});
  for (const auto& node : found.nodes) {
    table.add({{"Node", node.name},
               {"State", node_line(node)},
               {"Pushed", std::to_string(node.pushed)},
               {"Failed", std::to_string(node.failed)},
               {"Queued", std::to_string(node.queued)}});
  }
  table.print(context.out);
  return {};
}

Result<> default_config(Context& context) {
  context.print("{}", node::default_config_text<node::MessageServerConfig>());
  return {};
}

std::string daemon_help() {
  std::string out = "Run the message server. Exit status: 0 after a clean stop";
  for (const auto& [status, meaning] : node::message_exits())
    out += fmt::format("; {} {}", static_cast<int>(status), meaning);
  return out;
}

}  // namespace

std::vector<Command> message_daemon_commands() {
  return {
      {"daemon",
       "",
       daemon_help(),
       {text("--config", "path of the configuration file to use"),
        number("--api", "port of the API (default: of the configuration, 5678)")},
       0,
       0,
       daemon},
      {"daemon stop", "", "Stop a running message server", {}, 0, 0, daemon_stop},
      {"status", "", "Print what the server is doing", {toggle("--json", "print JSON")}, 0, 0, status},
      {"config default", "", "Print the default configuration", {}, 0, 0, default_config},
  };
}

}  // namespace nelumbo::cli
