#pragma once
// The headers that a catch-up has fetched and not yet validated, on disk, so that a restart does not fetch them again
// and a long catch-up does not hold them in memory. They lie outside the block store: what turns out bad leaves no
// trace.

#include "ipld/kv_store.hpp"
#include "types/block.hpp"
#include "types/network.hpp"

namespace nelumbo::chain {

/// A run of linked tipsets. Ends at `top`; what comes below its lowest tipset is named by `next`.
struct HeaderSegment {
  TipsetKey top;   ///< empty when another segment has cut the top off
  TipsetKey next;  ///< parents of the lowest tipset: the key to fetch next
  ChainEpoch high = 0, low = 0;
  static constexpr auto fields =
      nelumbo::fields(field("Top", &HeaderSegment::top), field("Next", &HeaderSegment::next),
                      field("High", &HeaderSegment::high), field("Low", &HeaderSegment::low));
};

/// The newest segment is the one being worked on; older ones below it are joined when it reaches them. One thread at a
/// time. Errors are `failed`: they say something of this node's disk, never of the chain.
class HeaderLog {
 public:
  static constexpr std::string_view kSegments = "chain_sync";  ///< "segments": list of HeaderSegment, newest first
  static constexpr std::string_view kHeaders = "chain_sync_headers";  ///< epoch (8 bytes, big-endian): list of headers

  static Result<HeaderLog> open(std::shared_ptr<KvStore> kv);

  /// Makes `target` the top of the newest segment: of a known one where that holds it, else of a new one.
  Result<> begin(const TipsetPtr& target);
  /// Adds tipsets below the lowest one, newest first, each the parent of the one before it. Where one is known already
  /// the segments join and the rest of the page is left out.
  Result<> extend(std::span<const TipsetPtr> page);
  /// The lowest tipset of the newest segment.
  Result<TipsetPtr> lowest();
  /// The key to fetch next: the lowest tipset's parents.
  const TipsetKey& next() const { return segments_.front().next; }
  /// Tipsets of the newest segment above an epoch, oldest first, at most `count`.
  Result<std::vector<TipsetPtr>> read(ChainEpoch above, size_t count);
  /// Forgets the tipsets up to and with this one: they are validated and in the chain store.
  Result<> drop_to(const Tipset& validated);
  Result<> clear();
  bool empty() const { return segments_.empty(); }

 private:
  explicit HeaderLog(std::shared_ptr<KvStore> kv) : kv_(std::move(kv)) {}
  Result<bool> join(const TipsetPtr& lowest, std::vector<KvStore::Write>& writes);
  void add(const TipsetPtr& tipset, std::vector<KvStore::Write>& writes);
  Result<> remove_entries(ChainEpoch from, ChainEpoch to, std::vector<KvStore::Write>& writes);
  Result<std::optional<std::vector<BlockHeader>>> entry(ChainEpoch epoch);
  Result<> save(std::vector<KvStore::Write> writes);

  std::shared_ptr<KvStore> kv_;
  std::vector<HeaderSegment> segments_;
};

}  // namespace nelumbo::chain
