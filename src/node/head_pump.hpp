#pragma once
// Brings head changes to the message pool, on a thread of its own: checking the pool may execute tipsets, which must
// not hold up the chain.

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "chain/store.hpp"
#include "pool/message_pool.hpp"

namespace nelumbo::node {

class HeadPump {
 public:
  HeadPump(chain::ChainStore& store, std::shared_ptr<pool::MessagePool> pool);
  ~HeadPump() { stop(); }
  /// Ends the thread; changes not yet brought are dropped (the pool catches up from the head at the next start).
  void stop();

 private:
  void run();
  void bring(const std::vector<chain::HeadChange>& changes);

  std::shared_ptr<pool::MessagePool> pool_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::vector<chain::HeadChange>> waiting_;
  bool stopping_ = false;
  ChainEpoch republished_ = 0;
  std::thread thread_;
  chain::Subscription subscription_;
};

}  // namespace nelumbo::node
