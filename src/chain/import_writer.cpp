#include "import_writer.hpp"

#include "ipld/kv_maintenance.hpp"

namespace nelumbo::chain {

ImportWriter::~ImportWriter() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

void ImportWriter::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
    if (stopped_) return;
    Batch batch = std::move(queue_.front());
    queue_.pop_front();
    busy_ = true;
    changed_.notify_all();
    lock.unlock();
    auto stored = store(batch);
    lock.lock();
    busy_ = false;
    if (!stored && !error_) error_ = std::move(stored).error();
    changed_.notify_all();
  }
}

Result<> ImportWriter::store(const Batch& batch) {
  std::vector<KvStore::WriteView> views;
  views.reserve(batch.blocks.size() + batch.writes.size());
  for (const auto& [cid, data] : batch.blocks) views.push_back({space_, cid.hash(), BytesView(data)});
  for (const auto& each : batch.writes) {
    auto& view = views.emplace_back(KvStore::WriteView{each.space, each.key, std::nullopt});
    if (each.value) view.value = BytesView(*each.value);
  }
  return kv_.write_views(views, false);
}

Result<> ImportWriter::hand_over() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return error_ || queue_.size() < kBatches; });
  if (error_) return std::unexpected(*error_);
  queue_.push_back(std::exchange(batch_, {}));
  changed_.notify_all();
  return {};
}

Result<> ImportWriter::put(const Cid& cid, Bytes data) {
  if (cid.hash_code() == multihash::kIdentity) return {};
  batch_.bytes += data.size();
  batch_.blocks.push_back({cid, std::move(data)});
  if (batch_.bytes < kBatchBytes) return {};
  return hand_over();
}

Result<> ImportWriter::write(KvStore::Write write) {
  batch_.bytes += write.key.size() + (write.value ? write.value->size() : 0);
  batch_.writes.push_back(std::move(write));
  if (batch_.bytes < kBatchBytes) return {};
  return hand_over();
}

Result<> ImportWriter::flush() {
  TRY(hand_over());
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return queue_.empty() && !busy_; });
  if (error_) return std::unexpected(*error_);
  lock.unlock();
  return maintenance_of(kv_).flush();
}

}  // namespace nelumbo::chain
