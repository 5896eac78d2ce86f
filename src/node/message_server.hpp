#pragma once
// All parts of a running message server, as its API handlers see them.

#include <semaphore>

#include "engine/p2p.hpp"
#include "message_nodes.hpp"
#include "message_settings.hpp"
#include "message_tokens.hpp"
#include "messager/service.hpp"
#include "rpc/server.hpp"
#include "rpc/methods.hpp"

namespace nelumbo::node {

/// The parameters of messages as JSON, by the methods of the actors they go to, for which nodes are asked. Thread-safe.
class MessageDecoder {
 public:
  explicit MessageDecoder(std::shared_ptr<messager::ChainNode> node) : node_(std::move(node)) {}
  /// Fills in what can be known now.
  void decode(std::vector<rpc::MessageRecord>& records);
  void decode(rpc::MessageRecord& record);

 private:
  /// False when the node does not answer.
  bool decode_one(rpc::MessageRecord& record);
  Result<std::string> actor_of(const Address& address);

  const std::shared_ptr<messager::ChainNode> node_;
  std::mutex mutex_;
  std::map<Address, std::string> actors_;
};

/// What works once the network is known. In the order of making; destroyed the other way round.
struct MessageWork {
  MessageNetwork network;
  std::vector<std::shared_ptr<messager::ChainNode>> nodes;
  std::shared_ptr<messager::Book> book;
  std::shared_ptr<p2p::Transport> transport;  ///< null: no gossip
  std::unique_ptr<messager::Service> service;
  std::unique_ptr<MessageDecoder> decoder;
};

/// Lives longer than the server.
class MessageServer {
 public:
  explicit MessageServer(MessageSettings with) : settings(std::move(with)) {}

  const MessageSettings settings;
  std::unique_ptr<MessageTokens> tokens;
  std::counting_semaphore<> waiters{kMaxWaiters};  ///< room for calls that wait for a message

  /// Null while the network is not known.
  std::shared_ptr<MessageWork> work() const;
  /// `unavailable`, with what is waited for, while the network is not known.
  Result<std::shared_ptr<MessageWork>> ready_work() const;
  void set_work(std::shared_ptr<MessageWork> work);
  /// Nodes that did not answer when they were last asked for their network, with the reasons.
  void set_silent(std::vector<std::string> nodes);
  rpc::MessageServerStatus status_before_work() const;

  static constexpr ptrdiff_t kMaxWaiters = 192;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<MessageWork> work_;
  std::vector<std::string> silent_;
};

/// All methods of the message server that are not every program's.
void bind_message_server(rpc::Server& server, MessageServer& with);

}  // namespace nelumbo::node
