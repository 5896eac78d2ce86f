#pragma once
// A bounded cache that forgets what was used longest ago.

#include <list>
#include <optional>
#include <unordered_map>
#include <utility>

namespace nelumbo {

/// Not thread-safe: its owner guards it.
template <class Key, class Value, class Hash = std::hash<Key>>
class LruCache {
 public:
  /// capacity: entries, at least one.
  explicit LruCache(size_t capacity) : capacity_(capacity == 0 ? 1 : capacity) {}

  /// The value, counted as used now.
  std::optional<Value> get(const Key& key) {
    auto found = index_.find(key);
    if (found == index_.end()) return std::nullopt;
    order_.splice(order_.begin(), order_, found->second);
    return found->second->second;
  }

  bool contains(const Key& key) const { return index_.contains(key); }

  void put(const Key& key, Value value) {
    if (auto found = index_.find(key); found != index_.end()) {
      found->second->second = std::move(value);
      order_.splice(order_.begin(), order_, found->second);
      return;
    }
    if (index_.size() == capacity_) {
      index_.erase(order_.back().first);
      order_.pop_back();
    }
    order_.emplace_front(key, std::move(value));
    index_.emplace(key, order_.begin());
  }

  size_t size() const { return index_.size(); }
  void clear() {
    index_.clear();
    order_.clear();
  }

 private:
  size_t capacity_;
  std::list<std::pair<Key, Value>> order_;
  std::unordered_map<Key, typename std::list<std::pair<Key, Value>>::iterator, Hash> index_;
};

}  // namespace nelumbo
