#pragma once
// For tests: a KvStore in memory, and blocks by hand.

#include <map>
#include <mutex>

#include "chain/store.hpp"

namespace nelumbo::chain::testing {

class MemoryKv : public KvStore {
 public:
  Result<std::optional<Bytes>> get(std::string_view space, BytesView key) override {
    std::lock_guard lock(mutex_);
    auto& in = spaces_[std::string(space)];
    auto it = in.find(to_bytes(key));
    if (it == in.end()) return std::optional<Bytes>();
    return std::optional(it->second);
  }
  Result<> put(std::string_view space, BytesView key, BytesView value) override {
    std::lock_guard lock(mutex_);
    spaces_[std::string(space)][to_bytes(key)] = to_bytes(value);
    return {};
  }
  Result<> remove(std::string_view space, BytesView key) override {
    std::lock_guard lock(mutex_);
    spaces_[std::string(space)].erase(to_bytes(key));
    return {};
  }
  Result<bool> has(std::string_view space, BytesView key) override { return TRY(get(space, key)).has_value(); }
  Result<> write_views(std::span<const WriteView> writes, bool) override {
    for (const auto& each : writes) {
      TRY(each.value ? put(each.space, each.key, *each.value) : remove(each.space, each.key));
    }
    return {};
  }
  Result<> scan(std::string_view space, BytesView from,
                const std::function<bool(BytesView key, BytesView value)>& f) override {
    std::lock_guard lock(mutex_);
    auto& in = spaces_[std::string(space)];
    for (auto it = in.lower_bound(to_bytes(from)); it != in.end(); ++it) {
      if (!f(it->first, it->second)) break;
    }
    return {};
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::map<Bytes, Bytes>> spaces_;
};

}  // namespace nelumbo::chain::testing
