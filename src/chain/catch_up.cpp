// A catch-up as a whole, and its second half: messages and states from a validated ancestor up to the target.

#include "catch_up.hpp"

#include <deque>
#include <future>

#include "base/log.hpp"
#include "chain/message_meta.hpp"

namespace nelumbo::chain {

namespace {

using SteadyTime = std::chrono::steady_clock::time_point;
constexpr std::chrono::seconds kLogEvery{10};

/// Rates over the last seconds.
class Speed {
 public:
  void count(ChainEpoch height, uint64_t messages) {
    messages_ += messages;
    samples_.push_back({std::chrono::steady_clock::now(), height, messages_});
    while (samples_.size() > 2 && samples_.back().time - samples_.front().time > kSpan) samples_.pop_front();
  }
  void report(SyncStatus& status) const {
    const auto& first = samples_.front();
    const auto& last = samples_.back();
    const double seconds = std::chrono::duration<double>(last.time - first.time).count();
    status.height = last.height;
    if (seconds <= 0) return;
    status.epochs_per_second = static_cast<double>(last.height - first.height) / seconds;
    status.messages_per_second = static_cast<double>(last.messages - first.messages) / seconds;
    if (status.epochs_per_second <= 0) return;
    const auto left = static_cast<double>(status.target->height() - last.height);
    status.seconds_left = static_cast<int64_t>(left / status.epochs_per_second);
  }

 private:
  static constexpr std::chrono::seconds kSpan{15};
  struct Sample {
    SteadyTime time;
    ChainEpoch height;
    uint64_t messages;
  };
  std::deque<Sample> samples_;
  uint64_t messages_ = 0;
};

uint64_t message_count(const std::vector<FullBlock>& blocks) {
  uint64_t count = 0;
  for (const auto& block : blocks) count += block.bls.size() + block.secp.size();
  return count;
}

/// What the source gave is what was asked for. If not, that is the source's fault, not the chain's.
Result<> check_given(const Tipset& tipset, const std::vector<FullBlock>& blocks, const std::string& whitelisted) {
  bool same = blocks.size() == tipset.blocks().size();
  for (size_t i = 0; same && i < blocks.size(); ++i) {
    same = blocks[i].header == tipset.blocks()[i];
    if (!same || tipset.cids()[i].str() == whitelisted) continue;
    const auto listed = blocks[i].block_message();
    auto root = TRY(write_message_meta(make_memory_blockstore(), listed.bls_messages, listed.secp_messages));
    same = root == blocks[i].header.messages;
  }
  if (same) return {};
  return fail(ErrorCode::unavailable, "what was given is not the messages of tipset {}", tipset.key().str());
}

}  // namespace

/// Tipsets that follow one another, oldest first, with their messages on the way.
struct CatchUp::Window {
  std::vector<TipsetPtr> tipsets;
  std::future<Result<std::vector<std::vector<FullBlock>>>> blocks;
};

CatchUp::CatchUp(Parts parts, TipsetPtr target, bool forced)
    : parts_(std::move(parts)),
      target_(std::move(target)),
      head_(parts_.states.store().heaviest()),
      forced_(forced),
      store_(parts_.states.store()),
      checks_{parts_.states.params(), *parts_.states.beacons(), parts_.clock} {}

std::unexpected<Error> CatchUp::end(Kind kind, std::string reason) {
  failure_.kind = kind;
  failure_.reason = reason;
  return std::unexpected(Error{ErrorCode::failed, std::move(reason)});
}

Result<> CatchUp::going_on() {
  if (parts_.stop.stop_requested()) return end(Kind::stopped, "stopped");
  return {};
}

void CatchUp::report(const std::function<void(SyncStatus&)>& change) {
  parts_.syncer.statuses()->update(worker_, change);
}

Result<TipsetPtr> CatchUp::run() {
  worker_ = parts_.syncer.statuses()->begin(head_, target_, SyncStatus::Stage::headers);
  auto result = all();
  if (!result && failure_.reason.empty()) failure_.reason = result.error().message;
  parts_.syncer.statuses()->end(worker_, result);
  return result;
}

Result<TipsetPtr> CatchUp::all() {
  checks_.genesis_time = TRY(store_.genesis())->min_timestamp();
  TipsetPtr base = target_;
  if (!TRY(store_.is_validated(*target_))) {
    base = TRY(collect());
    auto followed = follow(base);
    // However it ended: what was validated is not lost.
    if (!followed) {
      TRY(move_head(base));
      return std::unexpected(followed.error());
    }
  }
  if (forced_) return base;
  auto tipset = TRY(store_.expand(base->blocks().front()));
  TRY(move_head(tipset));
  return tipset;
}

Result<> CatchUp::move_head(const TipsetPtr& tipset) {
  if (!forced_) TRY(store_.consider(tipset));
  return parts_.log.drop_to(*tipset);
}

/// After a stop in between, headers are still in the log that were validated.
Result<> CatchUp::skip_validated(TipsetPtr& base) {
  while (true) {
    auto next = TRY(parts_.log.read(base->height(), 1));
    if (next.empty() || !TRY(store_.is_validated(*next.front()))) return {};
    base = next.front();
  }
}

Result<CatchUp::Window> CatchUp::window_above(const Tipset& base) {
  Window window;
  window.tipsets = TRY(parts_.log.read(base.height(), parts_.options.message_window));
  if (window.tipsets.empty()) return window;
  if (window.tipsets.front()->parents() != base.key()) {
    TRY(parts_.log.clear());
    return end(Kind::incomplete, fmt::format("the fetched headers have a gap above epoch {}", base.height()));
  }
  window.blocks = std::async(std::launch::async, [this, tipsets = window.tipsets] { return messages(tipsets); });
  return window;
}

Result<> CatchUp::follow(TipsetPtr& base) {
  TRY(skip_validated(base));
  report([&](SyncStatus& status) {
    status.stage = SyncStatus::Stage::messages;
    status.base = base;
  });
  Speed speed;
  speed.count(base->height(), 0);
  auto moved = std::chrono::steady_clock::now(), logged = moved;
  auto window = TRY(window_above(*base));
  while (!window.tipsets.empty()) {
    auto blocks = window.blocks.get();
    if (!blocks) return end(Kind::incomplete, fmt::format("no messages: {}", blocks.error().message));
    auto next = TRY(window_above(*window.tipsets.back()));
    for (const auto& each : *blocks) {
      TRY(going_on());
      base = TRY(validate(each));
      speed.count(base->height(), message_count(each));
      report([&](SyncStatus& status) { speed.report(status); });
      const auto now = std::chrono::steady_clock::now();
      if (now - moved > parts_.options.head_every) {
        TRY(move_head(base));
        moved = now;
      }
      if (now - logged > kLogEvery) {
        SyncStatus status{.target = target_};
        speed.report(status);
        log_info("sync", "epoch {} of {}, {:.1f} epochs/s, {:.0f} messages/s, {} s left", base->height(),
                 target_->height(), status.epochs_per_second, status.messages_per_second,
                 status.seconds_left.value_or(0));
        logged = now;
      }
    }
    window = std::move(next);
  }
  if (base->key() == target_->key()) return {};
  TRY(parts_.log.clear());
  return end(Kind::incomplete, fmt::format("the fetched headers end at epoch {}", base->height()));
}

Result<TipsetPtr> CatchUp::validate(const std::vector<FullBlock>& blocks) {
  auto tipset = parts_.syncer.take_in(blocks);
  if (tipset) return tipset;
  if (tipset.error().code != ErrorCode::invalid) return end(Kind::incomplete, tipset.error().message);
  std::vector<BlockHeader> headers;
  for (const auto& block : blocks) headers.push_back(block.header);
  TRY(check_bad(TRY(Tipset::make(std::move(headers)))->key()));
  return end(Kind::bad_chain, tipset.error().message);
}

Result<std::vector<std::vector<FullBlock>>> CatchUp::messages(const std::vector<TipsetPtr>& tipsets) const {
  std::vector<std::vector<FullBlock>> out;
  for (const auto& tipset : tipsets) {
    std::vector<FullBlock> blocks;
    for (const auto& header : tipset->blocks()) {
      auto here = store_.full_block(header);
      if (!here) break;
      blocks.push_back(*std::move(here));
    }
    if (blocks.size() != tipset->blocks().size()) break;
    out.push_back(std::move(blocks));
  }
  if (out.size() == tipsets.size()) return out;

  std::vector<TipsetPtr> missing(tipsets.rbegin(), tipsets.rend() - static_cast<ptrdiff_t>(out.size()));
  auto given = TRY(parts_.source.blocks(missing));
  if (given.size() != missing.size())
    return fail(ErrorCode::unavailable, "asked for {} tipsets, got {}", missing.size(), given.size());
  for (size_t i = missing.size(); i-- > 0;) {
    TRY(check_given(*missing[i], given[i], parts_.states.params().whitelisted_block));
    out.push_back(std::move(given[i]));
  }
  return out;
}

}  // namespace nelumbo::chain
