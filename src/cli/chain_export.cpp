// lotus chain export, export-range
#include <condition_variable>
#include <iostream>
#include <mutex>

#include "chain/snapshot.hpp"
#include "lookup.hpp"
#include "rate_progress.hpp"

namespace nelumbo::cli {
namespace {

namespace full = rpc::full;

constexpr auto kAskEvery = std::chrono::seconds(1);

/// What arrives of an export goes into the file on the subscription's thread; the command's thread shows how far it is.
class Download {
 public:
  explicit Download(chain::SnapshotFile file) : file_(std::move(file)) {}

  /// An empty piece ends an export that is whole.
  void take(const Bytes& piece) {
    std::lock_guard lock(mutex_);
    if (ended_) return;
    if (piece.empty()) return end({});
    bytes_ += piece.size();
    auto written = file_.write(piece);
    if (!written) end(std::move(written));
  }
  void broke(const Error& error) {
    std::lock_guard lock(mutex_);
    if (!ended_) end(fail(ErrorCode::unavailable, "the export broke off: {}", error.message));
  }
  /// True when it has ended.
  bool wait(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, time, [this] { return ended_; });
  }
  uint64_t bytes() {
    std::lock_guard lock(mutex_);
    return bytes_;
  }
  Result<> finish() {
    std::lock_guard lock(mutex_);
    TRY(Result<>(result_));
    return file_.finish();
  }

 private:
  void end(Result<> result) {
    ended_ = true;
    result_ = std::move(result);
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  chain::SnapshotFile file_;
  uint64_t bytes_ = 0;
  bool ended_ = false;
  Result<> result_;
};

Result<> receive(Context& context, Download& download, rpc::Client& node, ChainEpoch state_roots, bool skip_old,
                 const TipsetKey& head) {
  auto subscription = TRY(node.subscribe(
      full::ChainExport, [&](Bytes piece) { download.take(piece); }, [&](const Error& error) { download.broke(error); },
      state_roots, skip_old, head));
  RateProgress progress(context.err);
  while (!download.wait(kAskEvery)) {
    if (interrupted()) return fail(ErrorCode::cancelled, "interrupted");
    auto status = node.call(full::ChainExportStatus);
    if (status) progress.show("exporting", status->part, download.bytes());
  }
  progress.show("exported", 1, download.bytes());
  return {};
}

Result<> export_chain(Context& context) {
  const auto state_roots = TRY(context.number("recent-stateroots"));
  if (context.given("recent-stateroots") && state_roots < kChainFinality)
    return fail(ErrorCode::invalid, "\"recent-stateroots\" has to be greater than {}", kChainFinality);
  const bool skip_old = context.on("skip-old-msgs");
  if (skip_old && state_roots == 0)
    return fail(ErrorCode::invalid, "must pass recent stateroots along with skip-old-msgs");
  const fs::path path = expand_home(context.args[0]);
  auto* node = TRY(context.node());
  auto head = TRY(chosen_tipset(context, *node));
  const bool compress = context.on("compress") || path.extension() == ".zst";
  Download download(TRY(chain::SnapshotFile::create(path, compress)));
  TRY(receive(context, download, *node, state_roots, skip_old, head->key()));
  auto finished = download.finish();
  if (!finished) {
    // The stream itself says nothing of why the daemon ended it.
    auto status = node->call(full::ChainExportStatus);
    if (finished.error().code == ErrorCode::unavailable && status && !status->error.empty())
      return fail(ErrorCode::failed, "the daemon: {}", status->error);
    return finished;
  }
  if (context.json()) {
    context.print("{}", fmt::format(R"({{"Path":{},"Head":{},"Epoch":{},"CarBytes":{}}})", json_string(path.string()),
                                    value_json(full::ChainHead, head), head->height(), download.bytes()));
  } else {
    context.print("{}: epoch {}, {} of blocks", path.string(), head->height(), byte_size(download.bytes()));
  }
  return {};
}

Result<TipsetPtr> end_of_range(Context& context, rpc::Client& node, const std::string& flag) {
  const auto text = context.text(flag);
  if (text == "@tail") return node.call(full::ChainGetGenesis);
  return in_context(parse_tipset(node, text), "--" + flag);
}

Result<> export_range(Context& context) {
  auto* node = TRY(context.node());
  auto head = TRY(end_of_range(context, *node, "head")), tail = TRY(end_of_range(context, *node, "tail"));
  if (head->height() < tail->height())
    return fail(ErrorCode::invalid, "the epoch of --head must not be below that of --tail");
  rpc::ChainExportConfig config;
  config.write_buffer_size = TRY(context.number("write-buffer"));
  config.num_workers = TRY(context.number("workers"));
  config.include_messages = context.on("messages");
  config.include_receipts = context.on("receipts");
  config.include_state_roots = context.on("stateroots");
  return node->call(full::ChainExportRangeInternal, head->key(), tail->key(), config);
}

}  // namespace

std::vector<Command> chain_export_commands() {
  return {
      {"chain export",
       "<outputPath>",
       "export chain to a car file",
       {text("--tipset", "specify tipset to start the export from", "@head"),
        number("--recent-stateroots", "specify the number of recent state roots to include in the export"),
        toggle("--skip-old-msgs", "leave out the messages of the tipsets whose states are left out"),
        toggle("--compress", "write zstd (as for a file called .zst)"), toggle("--json", "print JSON")},
       1,
       1,
       export_chain},
      {"chain export-range",
       "",
       "export a range of the chain to a car file in the daemon's repository",
       {text("--head", "specify tipset to start the export from (higher epoch)", "@head"),
        text("--tail", "specify tipset to end the export at (lower epoch)", "@tail"),
        toggle("--messages", "specify if messages should be include"),
        toggle("--receipts", "specify if receipts should be include"),
        toggle("--stateroots", "specify if stateroots should be include"),
        number("--workers", "accepted for compatibility: one reader is used", "1"),
        number("--write-buffer", "accepted for compatibility", "1048576"),
        toggle("--internal", "accepted for compatibility: the daemon writes the file", true)},
       0,
       0,
       export_range},
  };
}

}  // namespace nelumbo::cli
