// What the miner's web page shows of the chain, of proofs and of storage.

#include "actors/methods.hpp"
#include "actors/miner.hpp"
#include "miner_parts.hpp"

namespace nelumbo::node {

namespace {

namespace full = rpc::full;

Result<std::vector<rpc::DeadlineOverview>> deadlines_of(const MinerProcess& m, const TipsetPtr& head) {
  auto info = TRY_IN("proving deadline", m.daemon->call(full::StateMinerProvingDeadline, m.actor, head->key()));
  auto all = TRY_IN("deadlines", m.daemon->call(full::StateMinerDeadlines, m.actor, head->key()));
  const auto current = actors::current_deadline(info.period_start, head->height());
  std::vector<rpc::DeadlineOverview> out;
  for (uint64_t i = 0; i < all.size(); ++i) {
    auto partitions = TRY_IN("partitions", m.daemon->call(full::StateMinerPartitions, m.actor, i, head->key()));
    if (partitions.empty() && i != current.index) continue;
    auto window = actors::deadline_info(current.period_start, i, head->height()).next_not_elapsed();
    rpc::DeadlineOverview one;
    one.index = i;
    one.open = window.open;
    one.close = window.close;
    one.current = i == current.index;
    one.partitions = partitions.size();
    one.proven = all[i].post_submissions.count();
    for (const auto& each : partitions) {
      one.sectors += each.live_sectors.count();
      one.faulty += each.faulty_sectors.count();
      one.recovering += each.recovering_sectors.count();
    }
    out.push_back(std::move(one));
  }
  return out;
}

std::string method_text(MethodNum number) {
  const auto* method = actors::find_method(actors::names::kMiner, number);
  return method ? std::string(method->name) : fmt::format("method {}", number);
}

Result<std::vector<rpc::PendingOverview>> pending_of(const MinerProcess& m) {
  std::vector<rpc::PendingOverview> out;
  for (const auto& each : TRY_IN("pending messages", m.daemon->call(full::MpoolPending, TipsetKey()))) {
    const auto& message = each.message;
    if (message.to != m.actor) continue;
    out.push_back({each.cid(), message.from, message.nonce, method_text(message.method), message.gas_fee_cap});
  }
  return out;
}

std::vector<rpc::PostOverview> posts_of(const MinerProcess& m) {
  std::vector<rpc::PostOverview> out;
  for (auto& each : m.poster->submissions())
    out.push_back({each.deadline, each.open, std::move(each.partitions), each.skipped, each.message, each.seconds});
  std::reverse(out.begin(), out.end());
  return out;
}

std::vector<rpc::PathOverview> storage_of(const MinerProcess& m) {
  std::vector<rpc::PathOverview> out;
  for (const auto& path : m.storage->paths()) {
    const auto& s = path.stat;
    rpc::FsStat stat{s.capacity, s.available, s.fs_available, s.reserved, s.max, s.used};
    out.push_back({path.meta.id, path.folder.string(), path.trouble, path.meta.can_seal, path.meta.can_store, stat});
  }
  return out;
}

}  // namespace

Result<rpc::ProvingOverview> proving_overview(const MinerProcess& m) {
  auto head = TRY(m.daemon->call(full::ChainHead));
  const auto key = head->key();
  auto info = TRY(m.daemon->call(full::StateMinerInfo, m.actor, key));
  rpc::ProvingOverview out;
  out.miner = m.actor;
  out.network = m.network.network_name;
  out.epoch = head->height();
  out.epoch_seconds = m.network.block_delay_secs;
  out.base_fee = head->parent_base_fee();
  out.sector_size = info.sector_size;
  out.power = TRY(m.daemon->call(full::StateMinerPower, m.actor, key));
  out.sectors = TRY(m.daemon->call(full::StateMinerSectorCount, m.actor, key));
  out.balance = TRY(m.daemon->call(full::StateGetActor, m.actor, key)).balance;
  out.available = TRY(m.daemon->call(full::StateMinerAvailableBalance, m.actor, key));
  out.worker_balance = TRY(m.daemon->call(full::WalletBalance, info.worker));
  out.deadlines = TRY(deadlines_of(m, head));
  out.posts = posts_of(m);
  out.pending = TRY(pending_of(m));
  out.storage = storage_of(m);
  return out;
}

}  // namespace nelumbo::node
