#include "devnet_follower.hpp"

#include "base/clock.hpp"

namespace nelumbo::node {

void DevnetFollower::poll() {
  if (!client_ && !connect()) return;
  std::deque<TipsetPtr> fresh;
  bool lost = false;
  {
    std::lock_guard lock(mutex_);
    fresh.swap(waiting_);
    lost = std::exchange(broken_, false);
  }
  for (const auto& tipset : fresh) report(*tipset);
  if (lost) disconnect();
}

void DevnetFollower::disconnect() {
  watch_.reset();
  client_.reset();
}

bool DevnetFollower::connect() {
  auto info = rpc::find_api_info("", daemon_, "lotus daemon");
  if (!info) return false;
  client_.emplace(*info);
  auto watch = client_->subscribe(
      rpc::full::ChainNotify, [this](std::vector<rpc::HeadChange> changes) { take(changes); },
      [this](const Error&) {
        std::lock_guard lock(mutex_);
        broken_ = true;
      });
  if (!watch) {
    client_.reset();
    return false;
  }
  watch_.emplace(*std::move(watch));
  return true;
}

void DevnetFollower::take(const std::vector<rpc::HeadChange>& changes) {
  std::lock_guard lock(mutex_);
  for (const auto& change : changes) {
    if (change.type != "revert") waiting_.push_back(change.val);
  }
}

void DevnetFollower::report(const Tipset& tipset) {
  if (reported_ == tipset.key()) return;
  reported_ = tipset.key();
  EpochReport r{.epoch = tipset.height(),
                .head = tipset.cids().front().str(),
                .blocks = tipset.blocks().size(),
                .base_fee = tipset.parent_base_fee(),
                .timestamp = static_cast<int64_t>(tipset.min_timestamp())};
  if (auto messages = client_->call(rpc::full::ChainGetMessagesInTipset, tipset.key())) r.messages = messages->size();
  if (auto power = client_->call(rpc::full::StateMinerPower, miner_, tipset.key()))
    r.power = power->miner_power.quality_adj_power;
  r.behind = (system_clock()->unix_seconds() - r.timestamp) / static_cast<int64_t>(epoch_seconds_);
  report_.epoch(r);
}

}  // namespace nelumbo::node
