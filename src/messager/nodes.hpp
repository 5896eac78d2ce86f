#pragma once
// The full nodes and what is known of each: its head, whether it answers, and in which order they are asked.

#include <mutex>
#include <vector>

#include "messager/chain_node.hpp"

namespace nelumbo::messager {

/// A node as last seen.
struct NodeView {
  bool ok = false;    ///< its last answer was one
  std::string error;  ///< of the last call that failed, when not ok
  TipsetPtr head;     ///< null before the first
};

/// True for a failure to answer at all, false for an answer that says no.
bool is_no_answer(const Error& error);

/// Thread-safe.
class Nodes {
 public:
  Nodes(std::vector<std::shared_ptr<ChainNode>> nodes, std::shared_ptr<Clock> clock);

  size_t size() const { return nodes_.size(); }
  ChainNode& at(size_t index) const { return *nodes_[index]; }
  std::string name(size_t index) const { return nodes_[index]->name(); }

  void heard(size_t index, TipsetPtr head);
  /// Remembers why a node does not answer, logs it the first time, and puts the node at the end for a while.
  void failed(size_t index, const Error& error);
  NodeView view(size_t index) const;
  /// The heaviest head of all; null while none is known.
  TipsetPtr head() const;
  bool any_ok() const;

  /// The nodes in the order in which they are asked: as configured, but those that did not answer lately, or are behind
  /// the others, last.
  std::vector<size_t> order() const;

  /// The first answer of a node, be it a refusal. `unavailable`, naming all, when none answers.
  template <class F>
  auto ask(F call) -> decltype(call(std::declval<ChainNode&>())) {
    std::string troubles;
    for (size_t index : order()) {
      auto result = call(at(index));
      if (result || !is_no_answer(result.error())) {
        answered(index);
        return result;
      }
      failed(index, result.error());
      troubles += fmt::format("{}{}: {}", troubles.empty() ? "" : "; ", name(index), result.error().message);
    }
    return fail(ErrorCode::unavailable, "no full node answers ({})",
                troubles.empty() ? "none is configured" : troubles);
  }

 private:
  struct State {
    NodeView view;
    TimePoint last_until{};  // asked last until then
  };
  void answered(size_t index);

  const std::vector<std::shared_ptr<ChainNode>> nodes_;
  const std::shared_ptr<Clock> clock_;
  mutable std::mutex mutex_;
  std::vector<State> states_;
};

}  // namespace nelumbo::messager
