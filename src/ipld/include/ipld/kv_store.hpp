#pragma once
// A RocksDB of named key spaces (column families): the node's one database for blocks and metadata.

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "ipld/blockstore.hpp"

namespace nelumbo {

class KvStore {
 public:
  struct Write {
    std::string space;
    Bytes key;
    std::optional<Bytes> value;  ///< none removes the key
  };
  /// The same without owning its bytes.
  struct WriteView {
    std::string_view space;
    BytesView key;
    std::optional<BytesView> value;
  };
  /// Opens or makes the database with these spaces (others that it holds are kept). Errors: `exists` when another
  /// process uses it, `exhausted` when the disk is full, `invalid` when its files are damaged.
  static Result<std::shared_ptr<KvStore>> open(const fs::path& folder, const std::vector<std::string>& spaces);
  virtual ~KvStore() = default;

  virtual Result<std::optional<Bytes>> get(std::string_view space, BytesView key) = 0;
  virtual Result<bool> has(std::string_view space, BytesView key) = 0;
  virtual Result<> put(std::string_view space, BytesView key, BytesView value) = 0;
  virtual Result<> remove(std::string_view space, BytesView key) = 0;
  /// All writes at once; with sync they are on the disk when it returns.
  virtual Result<> write_views(std::span<const WriteView> writes, bool sync) = 0;
  Result<> write(std::span<const Write> writes, bool sync);
  /// Keys from `from` upwards in byte order until f returns false.
  virtual Result<> scan(std::string_view space, BytesView from,
                        const std::function<bool(BytesView key, BytesView value)>& f) = 0;
};

/// Blocks in one space of a KvStore.
BlockstorePtr make_kv_blockstore(std::shared_ptr<KvStore> store, std::string space);

}  // namespace nelumbo
