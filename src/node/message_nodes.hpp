#pragma once
// The message server's full nodes: which network they are on, and that none of another one is ever asked.

#include "messager/chain_node.hpp"

namespace nelumbo::node {

/// What the message server must know of its network. Kept in its repository, which belongs to one network for ever.
struct MessageNetwork {
  std::string name;  ///< as in topics
  int64_t eth_chain_id = 0;
  uint64_t block_delay = 0;  ///< seconds
  static constexpr auto fields = nelumbo::fields(field("NetworkName", &MessageNetwork::name),
                                                 field("Eip155ChainID", &MessageNetwork::eth_chain_id),
                                                 field("BlockDelaySecs", &MessageNetwork::block_delay));
  friend bool operator==(const MessageNetwork&, const MessageNetwork&) = default;

  AddressNetwork addresses() const;
  /// A network that anyone can join; else it is a test network of somebody's own.
  bool is_public() const;
};

/// Of a repository; nullopt when no node has answered it yet.
Result<std::optional<MessageNetwork>> stored_network(const fs::path& repository);
Result<> store_network(const fs::path& repository, const MessageNetwork& network);

/// "host:port".
std::string node_name(const rpc::ApiInfo& where);

/// Asks a node for its network. `unavailable` or `cancelled` when it does not answer; `unsupported` for another API
/// version; `permission` for a token that it refuses or that may not push.
Result<MessageNetwork> ask_network(const rpc::ApiInfo& where, std::chrono::milliseconds limit);
/// Whether a node's failure is that it does not answer, which may pass.
bool is_silence(const Error& error);

/// What nodes say of their network.
struct NetworkSurvey {
  std::optional<MessageNetwork> network;  ///< none while it is not known and no node answers
  std::vector<std::string> silent;        ///< "host:port: why" of nodes that do not answer
};
/// Asks all nodes at once. Errors: two nodes on different networks, or one on another than is known; and those of
/// ask_network that do not pass.
Result<NetworkSurvey> survey_network(const std::vector<rpc::ApiInfo>& nodes, std::optional<MessageNetwork> known,
                                     std::chrono::milliseconds limit);

/// A node that is asked for its network before the first call, and again after each time that it did not answer; while
/// it is on another network every call fails (`invalid`).
std::shared_ptr<messager::ChainNode> guard_node(const rpc::ApiInfo& where, const MessageNetwork& network,
                                                std::chrono::milliseconds limit);

}  // namespace nelumbo::node
