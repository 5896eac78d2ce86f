#pragma once
// Which blocks a walk has seen, in little memory: 16 bytes a block and a table that is at most three quarters full.

#include <array>
#include <vector>

#include "codec/cid.hpp"

namespace nelumbo::chain {

/// The first 16 bytes of a block's digest; the codec is mixed in, because the same bytes are read for links under one
/// codec and not under another. Not thread-safe.
class CidSet {
 public:
  struct Key {
    uint64_t a = 0, b = 0;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const noexcept { return key.a; }
  };

  /// With `most` entries the set is full: what is inserted then is not remembered.
  explicit CidSet(size_t most = SIZE_MAX) : most_(most) {}

  static Key key_of(BytesView digest, uint64_t codec) {
    std::array<uint8_t, 16> head{};
    std::copy_n(digest.begin(), std::min(head.size(), digest.size()), head.begin());
    Key key;
    std::memcpy(&key.a, head.data(), 8);
    std::memcpy(&key.b, head.data() + 8, 8);
    key.b ^= (codec - multicodec::kDagCbor) << 48;
    return key;
  }
  static Key key_of(const Cid& cid) { return key_of(cid.digest(), cid.codec()); }

  /// True when it was not there.
  bool insert(const Key& key) {
    auto& shard = shards_[shard_of(key)];
    if (shard.table.size() * 3 <= shard.count * 4) grow(shard);
    size_t at = find(shard, key);
    if (shard.table[at] == stored(key)) return false;
    if (size_ >= most_) return true;
    shard.table[at] = stored(key);
    ++shard.count;
    ++size_;
    return true;
  }
  bool insert(const Cid& cid) { return insert(key_of(cid)); }

  bool contains(const Key& key) const {
    const auto& shard = shards_[shard_of(key)];
    return !shard.table.empty() && shard.table[find(shard, key)] == stored(key);
  }
  bool contains(const Cid& cid) const { return contains(key_of(cid)); }

  size_t size() const { return size_; }

 private:
  /// Shards grow one by one, so that growing never needs twice the memory of all.
  struct Shard {
    std::vector<Key> table;
    size_t count = 0;
  };
  static constexpr size_t kShards = 256;
  static constexpr size_t kFirstSize = 16;

  static size_t shard_of(const Key& key) { return key.a >> 56; }
  /// The zero key marks a free place; a digest that begins with 16 zeros is stored as another.
  static Key stored(const Key& key) { return key == Key{} ? Key{1, 1} : key; }

  static size_t find(const Shard& shard, const Key& key) {
    const Key wanted = stored(key);
    const size_t mask = shard.table.size() - 1;
    size_t at = wanted.a & mask;
    while (!(shard.table[at] == Key{}) && !(shard.table[at] == wanted)) at = (at + 1) & mask;
    return at;
  }

  static void grow(Shard& shard) {
    std::vector<Key> old(std::max(kFirstSize, shard.table.size() * 2));
    old.swap(shard.table);
    for (const auto& key : old) {
      if (!(key == Key{})) shard.table[find(shard, key)] = key;
    }
  }

  size_t most_;
  size_t size_ = 0;
  std::array<Shard, kShards> shards_;
};

}  // namespace nelumbo::chain
