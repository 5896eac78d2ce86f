#pragma once
// The HAMT of Filecoin's state (spec: IPLD HashMap, Filecoin's parameters): sha2-256 of the key, buckets of 3, pointers
// as map {"0": link | "1": bucket} up to v2 and as bare link/bucket from v3; bitfield as big-endian bytes.

#include <functional>
#include <memory>
#include <optional>

#include "ipld/blockstore.hpp"

namespace nelumbo {

inline constexpr unsigned kHamtBitWidth = 5;  ///< builtin.DefaultHamtBitwidth

/// How a node's pointers are written: "map" until actors v2, "bare" from actors v3 (2021) on.
enum class HamtForm { map, bare };

/// The encoded value of one key, read straight from the encoded nodes on its path: the quick way for single reads.
/// nullopt when the key is not there, not_found when a node on the path is not in the store.
Result<std::optional<Bytes>> hamt_get(Blockstore& store, const Cid& root, BytesView key,
                                      unsigned bit_width = kHamtBitWidth);
/// Every key and value in tree order without building the tree; an error from f ends the walk and is returned.
Result<> hamt_for_each(Blockstore& store, const Cid& root,
                       const std::function<Result<>(BytesView key, BytesView value)>& f,
                       unsigned bit_width = kHamtBitWidth);

/// A map from byte keys to CBOR values. Changes stay in memory until flush; flush gives the same root for the same
/// content, whatever the order of changes. Not thread-safe.
class Hamt {
 public:
  /// An empty map. The bit width is 1 to 8.
  explicit Hamt(BlockstorePtr store, unsigned bit_width = kHamtBitWidth, HamtForm form = HamtForm::bare);
  /// Reads either form; what is flushed later has the form that was read.
  static Result<Hamt> load(BlockstorePtr store, const Cid& root, unsigned bit_width = kHamtBitWidth);
  Hamt(Hamt&&) noexcept;
  Hamt& operator=(Hamt&&) noexcept;
  ~Hamt();

  /// The encoded value of a key.
  Result<std::optional<Bytes>> get(BytesView key) const;
  /// value is one encoded CBOR item.
  Result<> set(BytesView key, BytesView value);
  /// True when the key was there.
  Result<bool> remove(BytesView key);
  /// Every key and value in tree order; an error from f ends the walk and is returned.
  Result<> for_each(const std::function<Result<>(BytesView key, BytesView value)>& f) const;
  /// Writes the changed nodes and gives the root.
  Result<Cid> flush();

  template <class T>
  Result<std::optional<T>> get_as(BytesView key) const {
    auto raw = TRY(get(key));
    if (!raw) return std::optional<T>();
    return TRY(from_cbor<T>(*raw, CborLimits{.max_items = 1u << 20}));
  }
  template <class T>
  Result<> set_as(BytesView key, const T& value) {
    return set(key, to_cbor(value));
  }

 private:
  struct State;
  explicit Hamt(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace nelumbo
