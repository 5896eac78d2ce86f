#pragma once
// Blocks kept in memory.

#include <list>
#include <mutex>

#include "block_map.hpp"

namespace nelumbo {

/// Least-recently-used blocks up to a number of bytes. One lock: what is done under it is a look-up and a splice.
class BlockCache {
 public:
  explicit BlockCache(size_t max_bytes) : max_bytes_(max_bytes) {}

  SharedBlock find(const Cid& cid) {
    std::lock_guard lock(mutex_);
    auto it = places_.find(key_of(cid));
    if (it == places_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, it->second);
    return it->second->data;
  }

  void insert(const Cid& cid, SharedBlock data) {
    size_t size = data->size() + kOverhead;
    if (size > max_bytes_ / 4) return;  // one block must not push out everything else
    std::lock_guard lock(mutex_);
    auto [it, fresh] = places_.try_emplace(std::string(key_of(cid)));
    if (!fresh) return;
    entries_.push_front({&it->first, std::move(data)});
    it->second = entries_.begin();
    bytes_ += size;
    while (bytes_ > max_bytes_) drop_last();
  }

  /// Forgets a block, by its multihash.
  void erase(std::string_view key) {
    std::lock_guard lock(mutex_);
    auto it = places_.find(key);
    if (it == places_.end()) return;
    bytes_ -= it->second->data->size() + kOverhead;
    entries_.erase(it->second);
    places_.erase(it);
  }

 private:
  struct Entry {
    const std::string* key;
    SharedBlock data;
  };
  static constexpr size_t kOverhead = 256;  // key, list, table and allocation headers of one block

  void drop_last() {
    auto& last = entries_.back();
    bytes_ -= last.data->size() + kOverhead;
    places_.erase(places_.find(*last.key));
    entries_.pop_back();
  }

  std::mutex mutex_;
  size_t max_bytes_;
  size_t bytes_ = 0;
  std::list<Entry> entries_;
  MultihashMap<std::list<Entry>::iterator> places_;
};

}  // namespace nelumbo
