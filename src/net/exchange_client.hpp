#pragma once
// Chain data from peers over chain exchange: whom to ask, when to ask another, and whether the answer is what was
// asked.

#include <atomic>

#include "base/lru_cache.hpp"
#include "base/thread_pool.hpp"
#include "chain/source.hpp"
#include "chain/store.hpp"
#include "net/wire.hpp"
#include "peers.hpp"
#include "race.hpp"

namespace nelumbo::net {

/// Thread-safe; calls wait.
class ExchangeClient final : public chain::ChainSource {
 public:
  /// `askers` runs the single requests; it must be gone before the transport is.
  ExchangeClient(p2p::Transport& transport, Peers& peers, chain::ChainStore& store, ThreadPool& askers,
                 RaceRules rules = {});

  Result<std::vector<TipsetPtr>> headers(const TipsetKey& from, size_t count) override;
  Result<std::vector<std::vector<chain::FullBlock>>> blocks(const std::vector<TipsetPtr>& tipsets) override;

  /// One peer alone.
  Result<std::vector<TipsetPtr>> headers_from(const PeerId& peer, const TipsetKey& from, size_t count);
  /// All messages of one tipset; `first` are asked before others.
  Result<std::vector<chain::FullBlock>> messages_of(const TipsetPtr& tipset, const std::vector<PeerId>& first);

  /// This peer has spoken of the tipset: it is asked for it first.
  void hint(const TipsetKey& tipset, const PeerId& peer);

 private:
  using Blocks = std::vector<std::vector<chain::FullBlock>>;

  Result<ExchangeResponse> request(const PeerId& peer, const ExchangeRequest& request, size_t max_bytes);
  Result<Blocks> messages_from(const PeerId& peer, const std::vector<TipsetPtr>& tipsets);
  std::optional<std::vector<chain::FullBlock>> stored(const Tipset& tipset);
  Result<> fetch_run(const std::vector<TipsetPtr>& run, Blocks& into, size_t at);
  /// Counts a failed answer against the peer: a lie when its content is wrong.
  void judge(const PeerId& peer, const Error& error);
  std::vector<PeerId> hinted(const TipsetKey& tipset);

  p2p::Transport& transport_;
  Peers& peers_;
  chain::ChainStore& store_;
  ThreadPool& askers_;
  RaceRules rules_;
  std::atomic<size_t> window_;  ///< tipsets whose messages are asked for at once
  std::mutex hints_mutex_;
  LruCache<TipsetKey, PeerId> hints_{512};
};

}  // namespace nelumbo::net
