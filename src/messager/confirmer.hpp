#pragma once
// Looks through the chain, tipset by tipset, for messages of our senders. Only the holder of the lease does.

#include "core.hpp"

namespace nelumbo::messager {

/// Works on one thread.
class Confirmer {
 public:
  explicit Confirmer(Core& core) : core_(core) {}

  /// Takes or renews the lease; true while it is held. Without an answer of the database nothing is held.
  bool renew();
  /// Gives the lease back, so that another server need not wait.
  void release();
  /// One stretch of the chain, by the first node that can; true when there may be more.
  Result<bool> step();

 private:
  /// What a stretch brings.
  struct Found {
    std::vector<Removal> removed;
    std::vector<Inclusion> included;
  };
  /// A stretch by one node. `not_found` when the node does not know where the cursor is.
  Result<bool> step_by(size_t node);
  Result<TipsetPtr> first_tipset(ChainNode& node, const TipsetPtr& head);
  Result<TipsetPtr> next_target(ChainNode& node, const Cursor& cursor, const TipsetPtr& head);
  Result<Found> walk(ChainNode& node, const Cursor& cursor, const std::vector<rpc::HeadChange>& path);
  Result<> start_over(ChainNode& node, const Cursor& cursor, const TipsetPtr& head);
  Result<std::vector<Executed>> ours(ChainNode& node, const Tipset& tipset);
  Result<> keep(const TipsetPtr& to, const Found& found);
  /// Halts senders of whom the chain has messages at our nonces that are not ours. Gives how long those that are ours
  /// and were pending have waited, in milliseconds.
  Result<std::vector<int64_t>> look_at(const std::vector<Inclusion>& included);

  /// Marks a failure as the database's, so that no node is blamed for it.
  template <class T>
  Result<T> by_book(Result<T> result) {
    book_failed_ |= !result;
    return result;
  }

  Core& core_;
  bool book_failed_ = false;
  std::optional<Lease> lease_;
  std::set<Address> wallets_;         // ours, as of the stretch that is walked
  std::optional<size_t> followed_;    // the node that gave the cursor
  std::map<Address, Address> by_id_;  // key addresses of senders that blocks name by ID
};

}  // namespace nelumbo::messager
