#pragma once
// Writing a snapshot's blocks on a thread of its own, so that reading and hashing go on meanwhile.

#include <condition_variable>
#include <deque>
#include <thread>

#include "ipld/kv_store.hpp"

namespace nelumbo::chain {

class ImportWriter {
 public:
  ImportWriter(KvStore& kv, std::string space) : kv_(kv), space_(std::move(space)), thread_([this] { run(); }) {}
  ~ImportWriter();
  ImportWriter(const ImportWriter&) = delete;
  ImportWriter& operator=(const ImportWriter&) = delete;

  /// Takes a block; waits while too much is on its way. Gives the error of an earlier write.
  Result<> put(const Cid& cid, Bytes data);
  /// Any other write, in the order of the calls.
  Result<> write(KvStore::Write write);
  /// Waits until all that was put is on the disk.
  Result<> flush();

 private:
  struct Batch {
    std::vector<Block> blocks;
    std::vector<KvStore::Write> writes;
    size_t bytes = 0;
  };
  static constexpr size_t kBatchBytes = 4u << 20;
  static constexpr size_t kBatches = 3;  ///< waiting at most

  void run();
  Result<> hand_over();
  Result<> store(const Batch& batch);

  KvStore& kv_;
  const std::string space_;
  Batch batch_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Batch> queue_;
  bool busy_ = false, stopped_ = false;
  std::optional<Error> error_;
  std::thread thread_;
};

}  // namespace nelumbo::chain
