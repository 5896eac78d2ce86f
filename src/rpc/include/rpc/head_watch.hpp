#pragma once
// Knows when a node's head changes: a subscription to ChainNotify that is made anew when it breaks.

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

#include "base/clock.hpp"
#include "rpc/client.hpp"

namespace nelumbo::rpc {

/// Thread-safe.
class HeadWatch {
 public:
  explicit HeadWatch(std::shared_ptr<const Client> client);

  /// The head once it is another than `known`, or the present one when the time has come. Asks the node at least once,
  /// so that a node that is gone is noticed. `cancelled` when stop is asked for.
  Result<TipsetPtr> wait(const TipsetKey& known, TimePoint until, std::stop_token stop);

 private:
  /// Counts head changes and ends of the stream. Shared with the subscription's thread.
  struct News {
    std::mutex mutex;
    std::condition_variable_any changed;
    uint64_t count = 0;
    bool ended = true;
  };
  /// Makes sure head changes are streamed; gives how many there were.
  Result<uint64_t> listen();

  std::shared_ptr<const Client> client_;
  std::shared_ptr<News> news_ = std::make_shared<News>();
  std::mutex listen_mutex_;
  std::optional<Subscription> watch_;
};

}  // namespace nelumbo::rpc
