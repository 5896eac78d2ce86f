#include "chain/prune.hpp"

#include "base/log.hpp"
#include "ipld/kv_maintenance.hpp"
#include "prune_mark.hpp"

namespace nelumbo::chain {

namespace {

constexpr size_t kScanned = 4096;  ///< keys looked at between two removals
constexpr size_t kAtOnce = 256;    ///< keys removed while others wait

Result<> ask(const PruneOptions& options, std::string_view step, double part) {
  if (options.stopped && options.stopped()) return fail(ErrorCode::cancelled, "the prune was stopped");
  if (options.progress) options.progress(step, part);
  return {};
}

/// Ends the watch however the prune ends.
class Watch {
 public:
  static Result<std::unique_ptr<Watch>> begin(PrunableBlockstore& store) {
    TRY(store.begin_watch());
    return std::unique_ptr<Watch>(new Watch(store));
  }
  ~Watch() { store_.end_watch(); }

 private:
  explicit Watch(PrunableBlockstore& store) : store_(store) {}
  PrunableBlockstore& store_;
};

/// The keys from `from` on (a bounded number of them) that do not stay; `next` becomes the key to go on from, or none.
Result<std::vector<Bytes>> unmarked(PrunableBlockstore& store, const PruneMark& mark, const Bytes& from,
                                    std::optional<Bytes>& next) {
  std::vector<Bytes> out;
  size_t looked_at = 0;
  next.reset();
  TRY(store.kv().scan(store.space(), from, [&](BytesView key, BytesView) {
    if (looked_at++ == kScanned) {
      next = to_bytes(key);
      return false;
    }
    if (!mark.stays(key)) out.push_back(to_bytes(key));
    return true;
  }));
  return out;
}

Result<uint64_t> remove_unmarked(PrunableBlockstore& store, const PruneMark& mark, const PruneOptions& options) {
  uint64_t removed = 0;
  std::optional<Bytes> next = Bytes();
  while (next) {
    const Bytes from = *next;
    TRY(ask(options, "removing", part_of_keys(from)));
    const auto keys = TRY(unmarked(store, mark, from, next));
    for (size_t i = 0; i < keys.size(); i += kAtOnce) {
      removed += TRY(store.remove_unseen(std::span(keys).subspan(i, std::min(kAtOnce, keys.size() - i))));
    }
  }
  return removed;
}

}  // namespace

Result<> compact_chain(PrunableBlockstore& store, bool all, const PruneOptions& options) {
  // Piece by piece, so that there is progress to tell and a moment to stop at.
  constexpr unsigned kPieces = 16;
  const Cid any = Cid::of({});
  const Bytes prefix(any.hash().begin(), any.hash().end() - static_cast<ptrdiff_t>(any.digest().size()));
  auto& maintenance = maintenance_of(store.kv());
  auto bound = [&](unsigned piece) {
    if (piece == 0 || piece == kPieces) return Bytes();
    Bytes key = prefix;
    key.push_back(static_cast<uint8_t>(piece * 256 / kPieces));
    return key;
  };
  for (unsigned i = 0; i < kPieces; ++i) {
    TRY(ask(options, "compacting", static_cast<double>(i) / kPieces));
    TRY(maintenance.compact(store.space(), bound(i), bound(i + 1), all));
  }
  return {};
}

Result<double> removed_share(PrunableBlockstore& store) {
  const auto size = TRY(maintenance_of(store.kv()).size(store.space()));
  return size.entries == 0 ? 0.0 : static_cast<double>(size.removed) / static_cast<double>(size.entries);
}

Result<PruneReport> prune_chain(StateManager& states, PrunableBlockstore& store, const PruneOptions& options) {
  auto& maintenance = maintenance_of(store.kv());
  PruneReport report;
  report.bytes_before = TRY(maintenance.size(store.space())).bytes;
  {
    auto watch = TRY(Watch::begin(store));
    PruneMark mark(states, store, options);
    TRY_IN("finding what stays", mark.run());
    report.kept = mark.count();
    report.removed = TRY_IN("removing blocks", remove_unmarked(store, mark, options));
  }
  TRY(maintenance.flush());
  TRY_IN("compacting", compact_chain(store, options.rewrite_all, options));
  report.bytes_after = TRY(maintenance.size(store.space())).bytes;
  log_info("chain", "pruned: {} blocks stay, {} removed; {} MiB on disk, {} before", report.kept, report.removed,
           report.bytes_after >> 20, report.bytes_before >> 20);
  return report;
}

}  // namespace nelumbo::chain
