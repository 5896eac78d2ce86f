#include "chain_jobs.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"

namespace nelumbo::node {

ChainJobs::ChainJobs(Parts parts) : parts_(std::move(parts)) {
  if (parts_.policy.automatic) follow_head();
}

Result<> ChainJobs::begin_export(const TipsetPtr& head) {
  std::lock_guard lock(mutex_);
  if (stopping_) return fail(ErrorCode::unavailable, "the daemon is stopping");
  if (prune_.running) return fail(ErrorCode::unavailable, "the store is being pruned: try again when that is done");
  if (exports_ >= kMostExports) return fail(ErrorCode::unavailable, "{} exports are running already", exports_);
  ++exports_;
  export_ = {.running = true, .step = "exporting", .epoch = head->height()};
  return {};
}

Result<> ChainJobs::run_export(const TipsetPtr& head, const chain::ExportPlan& plan,
                               std::function<Result<>(BytesView)> write, std::function<bool()> stopped) {
  auto progress = [this](const chain::ExportProgress& at) {
    std::lock_guard lock(mutex_);
    export_.part = at.part;
    export_.epoch = at.epoch;
    export_.blocks = at.blocks;
    export_.bytes = at.bytes;
  };
  auto result = chain::export_chain(*parts_.store, head, plan, {std::move(write), progress, std::move(stopped)});
  std::lock_guard lock(mutex_);
  --exports_;
  export_.running = exports_ > 0;
  if (result) return {};
  export_.error = result.error().message;
  return std::unexpected(std::move(result).error());
}

Result<> ChainJobs::stream(TipsetPtr head, chain::ExportPlan plan, rpc::Subscriber<rpc::full::ChainExport_t> out) {
  TRY(begin_export(head));
  auto done = std::make_shared<std::atomic<bool>>(false);
  auto work = [this, head = std::move(head), plan, out, done] {
    auto write = [&](BytesView piece) -> Result<> {
      if (out.wait_for_room() && out.send(to_bytes(piece))) return {};
      return fail(ErrorCode::cancelled, "the client has gone");
    };
    auto result = run_export(head, plan, write, [&] { return stopping_ || out.closed(); });
    if (result) {
      out.send(Bytes());
    } else {
      log_warn("node", "{}", result.error().message);
    }
    out.close();
    *done = true;
  };
  std::lock_guard lock(mutex_);
  std::erase_if(streams_, [](const auto& each) { return each.first->load(); });
  streams_.emplace_back(done, std::jthread(std::move(work)));
  return {};
}

Result<fs::path> ChainJobs::export_range(const TipsetPtr& head, const TipsetPtr& tail, const chain::ExportPlan& plan,
                                         std::stop_token stop) {
  auto name = fmt::format("snapshot_{}_{}_{}.car", tail->height(), head->height(), system_clock()->unix_seconds());
  auto path = parts_.folder / name;
  auto file = TRY(chain::SnapshotFile::create(path, false));
  TRY(begin_export(head));
  TRY(run_export(
      head, plan, [&](BytesView piece) { return file.write(piece); },
      [&] { return stopping_ || stop.stop_requested(); }));
  TRY(file.finish());
  return path;
}

rpc::ChainJobStatus ChainJobs::export_status() const {
  std::lock_guard lock(mutex_);
  return export_;
}

void ChainJobs::stop() {
  subscription_.reset();
  decltype(streams_) streams;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    streams.swap(streams_);
    changed_.notify_all();
  }
  follower_ = {};
  pruner_ = {};
}

}  // namespace nelumbo::node
