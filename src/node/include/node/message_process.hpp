#pragma once
// The message server: keeps the keys and nonces of many senders and brings their messages onto the chain.

#include <optional>
#include <span>

#include "base/file.hpp"

namespace nelumbo::node {

/// What `lotus-message daemon` is started with.
struct MessageServerOptions {
  fs::path repository;                    ///< --message-repo, LOTUS_MESSAGE_PATH (default ~/.lotusmessage)
  fs::path daemon_repository;             ///< --repo, LOTUS_PATH: the node's, when nothing else names one
  std::optional<std::string> daemon_api;  ///< FULLNODE_API_INFO, when [Nodes] ApiInfo is empty
  std::optional<std::string> passphrase;  ///< LOTUS_MESSAGE_PASSPHRASE
  std::optional<fs::path> config;         ///< --config: instead of config.toml in the repository
  std::optional<uint16_t> api_port;       ///< --api: instead of the port in the configuration; 0 takes any free one
};

/// Exit statuses of the server, for what starts it.
enum class MessageExit : int {
  failed = 1,
  configuration = 10,
  database = 11,
  passphrase = 12,
  signer = 13,
  port = 14,
  repository = 15,
  node = 16,
};
struct MessageExitText {
  MessageExit status;
  std::string_view meaning;
};
std::span<const MessageExitText> message_exits();

/// Why the server did not start, or ended: one sentence, and the exit status.
struct MessageServerFailure {
  MessageExit status = MessageExit::failed;
  Error error;

  MessageServerFailure(Error e) : error(std::move(e)) {}
  MessageServerFailure(MessageExit s, Error e) : status(s), error(std::move(e)) {}
};

/// Runs until SIGINT, SIGTERM or the API's Shutdown, then stops cleanly. While no full node has ever answered it says
/// so, is not ready, and waits for one.
std::expected<void, MessageServerFailure> run_message_server(const MessageServerOptions& options);

}  // namespace nelumbo::node
