#pragma once
// Passes calls on to another node as they are: parameters and answers as JSON texts, streams value by value.

#include <memory>

#include "rpc/api_info.hpp"
#include "rpc/declared.hpp"

namespace nelumbo::rpc {

/// Keeps WebSocket connections to the other node: made when first needed, again after they broke. Calls under way when
/// a connection breaks fail, streams end. Thread-safe. Lives longer than the servers it is bound on.
class Relay {
 public:
  explicit Relay(ApiInfo where);
  ~Relay();

  /// Answers the method's calls on the server with what the other node answers to them. The other node judges them by
  /// the token in `where`, this server by its callers' before that.
  void bind(Server& server, const DeclaredMethod& method);

  struct State;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace nelumbo::rpc
