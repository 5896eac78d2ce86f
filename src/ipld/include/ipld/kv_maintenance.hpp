#pragma once
// What keeps a database in shape: sizes, compaction, emptying a space, and a mode for loading much at once.

#include "ipld/kv_store.hpp"

namespace nelumbo {

/// What a space holds, as far as its files tell.
struct KvSpaceSize {
  uint64_t bytes = 0;    ///< on disk
  uint64_t entries = 0;  ///< keys, those removed but not yet compacted away included
  uint64_t removed = 0;  ///< marks of removal
};

class KvMaintenance {
 public:
  virtual ~KvMaintenance() = default;
  virtual Result<KvSpaceSize> size(std::string_view space) = 0;
  /// Rewrites the keys of a space from `from` up to `to` (empty: to the end) without what was removed; reading and
  /// writing go on. With `all` what lies at the bottom already is rewritten too.
  virtual Result<> compact(std::string_view space, BytesView from, BytesView to, bool all) = 0;
  /// Removes every key of a space at once.
  virtual Result<> clear(std::string_view space) = 0;
  /// Everything written so far is on the disk when it returns, also what went past the log.
  virtual Result<> flush() = 0;
};

/// The maintenance of a database; for one that needs none (in memory), operations without effect.
KvMaintenance& maintenance_of(KvStore& kv);

/// As KvStore::open, for loading gigabytes: writes without `sync` do not go through the log and are safe only after
/// flush(), and memory is used freely (some 200 MiB).
Result<std::shared_ptr<KvStore>> open_for_loading(const fs::path& folder, const std::vector<std::string>& spaces);

}  // namespace nelumbo
