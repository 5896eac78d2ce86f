#pragma once
// Brings pending messages into one node's pool, in nonce order, whatever the pool forgets.

#include "core.hpp"

namespace nelumbo::messager {

/// Works for one node, on a thread of its own, so that a node that hangs stalls nobody else.
class Pusher {
 public:
  Pusher(Core& core, size_t node) : core_(core), node_(node) {}

  void run(std::stop_token stop);
  /// Does what is in `work`. False when the node or the database did not answer: to be done again.
  bool round(const Work& work, std::stop_token stop);

 private:
  /// What follows a push: the next message; the next one though this one was refused; no more of this sender; this
  /// sender from the pool's nonce on; nothing, the node does not answer.
  enum class Next { go_on, past, sender_done, again, give_up };
  struct Sender {
    uint64_t chain_nonce = 0;
    uint64_t next = 0;   // what the pool expects: by its own word, and by what it has taken since
    bool stuck = false;  // a message was refused: nothing after it is tried until the next head
  };

  bool serve(const Address& address, bool whole, bool fresh, std::stop_token stop);
  enum class Look { good, odd, no_answer };
  Look look(const Address& address, Sender& sender);
  Result<bool> push_window(const Address& address, Sender& sender, uint64_t from, std::stop_token stop);
  Next push(const MessageRow& row, Sender& sender);
  Next failed(const MessageRow& row, const Error& error);
  void refuse(const Address& sender, uint64_t nonce, const std::string& reason);
  void back_off();

  Outlet& outlet() { return *core_.outlets[node_]; }

  Core& core_;
  const size_t node_;
  std::map<Address, Sender> senders_;
  int failures_ = 0;  // in a row
  TimePoint not_before_{};
};

}  // namespace nelumbo::messager
