#pragma once
// The AMT of Filecoin's state: a sparse array of CBOR values. Version 0 (root [height, count, node], width 8) for
// message and receipt lists; version 3 (root [bit width, height, count, node]) in actor state.

#include <functional>
#include <memory>
#include <optional>

#include "ipld/blockstore.hpp"

namespace nelumbo {

enum class AmtVersion { v0, v3 };

/// The encoded value at one index, read straight from the encoded nodes on its path; nullopt when it is not set.
Result<std::optional<Bytes>> amt_get(Blockstore& store, const Cid& root, uint64_t index,
                                     AmtVersion version = AmtVersion::v3);

/// Changes stay in memory until flush; flush is deterministic. Not thread-safe.
class Amt {
 public:
  static constexpr uint64_t kMaxIndex = UINT64_MAX - 1;

  /// An empty array. The bit width is 1 to 8; v0 always has bit width 3.
  explicit Amt(BlockstorePtr store, AmtVersion version = AmtVersion::v3, unsigned bit_width = 3);
  static Result<Amt> load(BlockstorePtr store, const Cid& root, AmtVersion version = AmtVersion::v3);
  Amt(Amt&&) noexcept;
  Amt& operator=(Amt&&) noexcept;
  ~Amt();

  uint64_t count() const;
  Result<std::optional<Bytes>> get(uint64_t index) const;
  /// value is one encoded CBOR item.
  Result<> set(uint64_t index, BytesView value);
  /// True when the index was set.
  Result<bool> remove(uint64_t index);
  /// Ascending indices; an error from f ends the walk and is returned.
  Result<> for_each(const std::function<Result<>(uint64_t index, BytesView value)>& f) const;
  /// Writes the changed nodes and gives the root.
  Result<Cid> flush();

  template <class T>
  Result<std::optional<T>> get_as(uint64_t index) const {
    auto raw = TRY(get(index));
    if (!raw) return std::optional<T>();
    return TRY(from_cbor<T>(*raw, CborLimits{.max_items = 1u << 20}));
  }
  template <class T>
  Result<> set_as(uint64_t index, const T& value) {
    return set(index, to_cbor(value));
  }

 private:
  struct State;
  explicit Amt(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace nelumbo
