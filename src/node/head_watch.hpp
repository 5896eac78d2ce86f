#pragma once
// The head as the API serves it: its JSON text, made once per head, and the streams of its changes.

#include <mutex>

#include "chain/store.hpp"
#include "rpc/server.hpp"
#include "rpc/methods.hpp"

namespace nelumbo::node {

/// Thread-safe.
class HeadWatch {
 public:
  explicit HeadWatch(chain::ChainStore& store);

  /// Never null once a genesis is set.
  TipsetPtr head() const;
  /// The text of ChainHead.
  rpc::RawJson head_json() const;
  /// Adds a stream: first the head as "current", then every change.
  void add(rpc::Subscriber<rpc::full::ChainNotify_t> subscriber);

 private:
  void changed(const std::vector<chain::HeadChange>& changes);

  chain::ChainStore& store_;
  mutable std::mutex mutex_;
  TipsetPtr head_;
  mutable rpc::RawJson head_json_;  ///< null until asked for
  std::vector<rpc::Subscriber<rpc::full::ChainNotify_t>> subscribers_;
  chain::Subscription subscription_;  ///< last, so that it ends first
};

/// A chain's head change in the API's words.
rpc::HeadChange api_head_change(const chain::HeadChange& change);

}  // namespace nelumbo::node
