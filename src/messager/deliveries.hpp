#pragma once
// What has become of messages at one place they are sent to: a node's pool, or gossip.

#include <map>
#include <mutex>
#include <optional>

#include "messager/book.hpp"

namespace nelumbo::messager {

/// Thread-safe.
class Deliveries {
 public:
  struct Taken {
    Cid cid;
    UnixMillis since = 0;
    ChainEpoch epoch = 0;  ///< the head's height then
  };
  struct Refusal {
    uint64_t nonce = 0;
    std::string reason;
    friend bool operator==(const Refusal&, const Refusal&) = default;
  };

  void taken(const Address& sender, uint64_t nonce, Taken what) {
    std::lock_guard lock(mutex_);
    senders_[sender].taken[nonce] = std::move(what);
  }
  std::optional<Taken> taken(const Address& sender, uint64_t nonce) const {
    std::lock_guard lock(mutex_);
    auto found = senders_.find(sender);
    if (found == senders_.end()) return std::nullopt;
    auto one = found->second.taken.find(nonce);
    return one == found->second.taken.end() ? std::nullopt : std::optional(one->second);
  }
  /// It is to be sent again.
  void forget(const Address& sender, uint64_t nonce) {
    std::lock_guard lock(mutex_);
    senders_[sender].taken.erase(nonce);
  }
  void forget_below(const Address& sender, uint64_t nonce) {
    std::lock_guard lock(mutex_);
    auto& taken = senders_[sender].taken;
    taken.erase(taken.begin(), taken.lower_bound(nonce));
  }
  void forget_from(const Address& sender, uint64_t nonce) {
    std::lock_guard lock(mutex_);
    auto& taken = senders_[sender].taken;
    taken.erase(taken.lower_bound(nonce), taken.end());
  }
  /// Sets or ends why a sender's messages do not get on here; true when that is another than before.
  bool refuse(const Address& sender, std::optional<Refusal> why) {
    std::lock_guard lock(mutex_);
    auto& old = senders_[sender].refusal;
    if (old == why) return false;
    old = std::move(why);
    return true;
  }
  std::optional<Refusal> refusal(const Address& sender) const {
    std::lock_guard lock(mutex_);
    auto found = senders_.find(sender);
    return found == senders_.end() ? std::nullopt : found->second.refusal;
  }

 private:
  struct Sender {
    std::map<uint64_t, Taken> taken;
    std::optional<Refusal> refusal;
  };
  mutable std::mutex mutex_;
  std::map<Address, Sender> senders_;
};

}  // namespace nelumbo::messager
