#pragma once
// What the message server's configuration says, as its parts take it.

#include "messager/service.hpp"
#include "node/message_process.hpp"
#include "node/repo.hpp"
#include "rpc/api_info.hpp"

namespace nelumbo::node {

struct MessageSettings {
  messager::DatabaseConfig database;
  messager::ServiceConfig service;  ///< but for holder and topic
  std::vector<rpc::ApiInfo> nodes;  ///< at least one
  std::chrono::milliseconds node_timeout{30'000};
  std::vector<Address> required_signers;  ///< key addresses
  std::vector<rpc::PeerInfo> bootstrap;
};

/// An error names the option.
Result<MessageSettings> message_settings(const MessageServerConfig& config, const MessageServerOptions& options,
                                         const fs::path& repository);

/// Where the secret that protects the keys comes from: the passphrase of the environment, the configured file, or a key
/// file in the repository.
struct VaultSource {
  std::shared_ptr<const messager::Vault> vault;
  std::optional<fs::path> made;  ///< a key file that was made now
  std::string place;             ///< for errors, "the key file …"
};
Result<VaultSource> open_vault(const MessageServerConfig& config, const std::optional<std::string>& passphrase,
                               const fs::path& repository);

}  // namespace nelumbo::node
