#pragma once
// Answers kept as JSON text. Only for answers that never change: of a tipset by its key, of an actor by the state root.

#include <mutex>
#include <string>

#include "base/lru_cache.hpp"
#include "rpc/raw_json.hpp"

namespace nelumbo::node {

/// Thread-safe. Holds at most `max_bytes` of text; one answer larger than a quarter of that is not kept.
class AnswerCache {
 public:
  explicit AnswerCache(size_t max_bytes) : max_bytes_(max_bytes), entries_(kMaxEntries) {}

  std::optional<rpc::RawJson> get(const std::string& key) {
    std::lock_guard lock(mutex_);
    return entries_.get(key);
  }
  void put(std::string key, rpc::RawJson answer) {
    size_t size = key.size() + answer.text().size();
    if (size > max_bytes_ / 4) return;
    std::lock_guard lock(mutex_);
    if (bytes_ + size > max_bytes_) {
      entries_.clear();
      bytes_ = 0;
    }
    bytes_ += size;
    entries_.put(std::move(key), std::move(answer));
  }

 private:
  static constexpr size_t kMaxEntries = 16'384;
  std::mutex mutex_;
  size_t max_bytes_;
  size_t bytes_ = 0;  ///< of everything put since the last clearing: an upper bound of what is held
  LruCache<std::string, rpc::RawJson> entries_;
};

}  // namespace nelumbo::node
