#pragma once
// For tests of catching up: a node whose peers' data lie in another node's store.

#include <chrono>
#include <set>
#include <thread>

#include "chain/sync_manager.hpp"
#include "living_chain.hpp"

namespace nelumbo::chain::testing {

/// Waits for an event that other threads bring about.
inline bool eventually(const std::function<bool()>& happened, std::chrono::seconds limit = std::chrono::minutes(2)) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!happened()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

/// Gives what a store and some tipsets beside it hold, and counts it.
class StoreSource : public ChainSource {
 public:
  explicit StoreSource(std::shared_ptr<ChainStore> store) : store_(std::move(store)) {}

  Result<std::vector<TipsetPtr>> headers(const TipsetKey& from, size_t count) override {
    if (before_headers) TRY(before_headers());
    std::vector<TipsetPtr> out;
    auto key = from;
    while (out.size() < count) {
      auto tipset = find(key);
      if (!tipset) {
        if (out.empty()) return fail(ErrorCode::unavailable, "nobody has {}", key.str());
        break;
      }
      out.push_back(*tipset);
      if ((*tipset)->height() == 0) break;
      key = (*tipset)->parents();
    }
    fetched_headers += out.size();
    if (change_headers) change_headers(out);
    return out;
  }
  Result<std::vector<std::vector<FullBlock>>> blocks(const std::vector<TipsetPtr>& tipsets) override {
    std::vector<std::vector<FullBlock>> out;
    for (const auto& tipset : tipsets) {
      if (before_blocks) TRY(before_blocks(*tipset));
      auto& blocks = out.emplace_back();
      for (const auto& header : tipset->blocks()) blocks.push_back(TRY(store_->full_block(header)));
    }
    fetched_blocks += out.size();
    if (change_blocks) change_blocks(out);
    return out;
  }
  /// A tipset that is in no store.
  void add(const TipsetPtr& tipset) { beside_[tipset->key()] = tipset; }

  std::atomic<size_t> fetched_headers = 0, fetched_blocks = 0;
  // Set before use: what comes before an answer, and what becomes of it.
  std::function<Result<>()> before_headers;
  std::function<Result<>(const Tipset&)> before_blocks;
  std::function<void(std::vector<TipsetPtr>&)> change_headers;
  std::function<void(std::vector<std::vector<FullBlock>>&)> change_blocks;

 private:
  Result<TipsetPtr> find(const TipsetKey& key) {
    if (auto it = beside_.find(key); it != beside_.end()) return it->second;
    return store_->load_tipset(key);
  }
  std::shared_ptr<ChainStore> store_;
  std::map<TipsetKey, TipsetPtr> beside_;
};

/// A node that catches up from a source.
struct SyncingNode {
  explicit SyncingNode(const LivingChain& other) : chain(LivingChain::NodeOf{other}) { from(other); }
  ~SyncingNode() { stop(); }

  void from(const LivingChain& other) { source = std::make_shared<StoreSource>(other.store); }
  void start(SyncOptions options = {}) {
    manager = must(SyncManager::make({.states = chain.states,
                                      .syncer = chain.syncer,
                                      .source = source,
                                      .kv = chain.kv,
                                      .clock = chain.clock,
                                      .on_bad_peer =
                                          [this](const std::string& peer, const std::string& reason) {
                                            std::lock_guard lock(mutex);
                                            blamed[peer] = reason;
                                          }},
                                     options));
  }
  void stop() {
    if (manager) manager->stop();
    manager.reset();
  }
  /// Stops, and opens all that stands on the disk anew, as a new process does.
  void restart(SyncOptions options = {}) {
    stop();
    chain.open();
    start(options);
  }
  bool reaches(const TipsetPtr& tipset) {
    return eventually([&] { return chain.store->heaviest()->key() == tipset->key(); });
  }
  /// Waits for the end of the sync of a target; gives its status.
  SyncStatus ended(const TipsetPtr& target) {
    SyncStatus out;
    eventually([&] {
      for (const auto& each : chain.syncer->status()) {
        if (each.end == 0 || !each.target || each.target->key() != target->key()) continue;
        out = each;
        return true;
      }
      return false;
    });
    return out;
  }
  std::string blame(const std::string& peer) {
    eventually([&] {
      std::lock_guard lock(mutex);
      return blamed.contains(peer);
    });
    std::lock_guard lock(mutex);
    return blamed.contains(peer) ? blamed[peer] : "";
  }

  LivingChain chain;
  std::shared_ptr<StoreSource> source;
  std::shared_ptr<SyncManager> manager;
  std::mutex mutex;
  std::map<std::string, std::string> blamed;
};

}  // namespace nelumbo::chain::testing
