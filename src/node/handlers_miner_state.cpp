// StateMiner…, StateSector…: a miner's state on the chain.

#include "actors/miner.hpp"
#include "cached_answer.hpp"
#include "codec/base32.hpp"

namespace nelumbo::node {

namespace {

namespace full = rpc::full;

/// A miner in the tipset's parent state.
struct MinerAt {
  Actor actor;
  actors::MinerView view;
};
Result<MinerAt> miner_at(Context& context, const TipsetPtr& tipset, const Address& miner) {
  auto actor = TRY(context.states->actor(miner, *tipset));
  if (!actor) return fail(ErrorCode::not_found, "miner {}: actor not found", miner.str());
  auto code = context.code(actor->code);
  if (!code || code->name != actors::names::kMiner) return fail(ErrorCode::invalid, "{} is not a miner", miner.str());
  auto view = TRY(actors::MinerView::load(context.store->blocks(), actor->head));
  return MinerAt{*std::move(actor), std::move(view)};
}

rpc::BeneficiaryTerm api_term(const actors::BeneficiaryTerm& term) {
  return {term.quota, term.used_quota, term.expiration};
}

Result<rpc::MinerInfo> miner_info(Context& context, const TipsetPtr& tipset, const Address& miner) {
  auto info = TRY(TRY(miner_at(context, tipset, miner)).view.info());
  rpc::MinerInfo out{.owner = info.owner,
                     .worker = info.worker,
                     .control_addresses = std::move(info.control_addresses),
                     .multiaddrs = std::move(info.multiaddrs),
                     .window_post_proof_type = info.window_post_proof_type,
                     .sector_size = info.sector_size,
                     .window_post_partition_sectors = info.partition_sectors,
                     .consensus_fault_elapsed = info.consensus_fault_elapsed,
                     .pending_owner_address = info.pending_owner_address,
                     .beneficiary = info.beneficiary,
                     .beneficiary_term = api_term(info.beneficiary_term)};
  if (info.pending_worker_key) {
    out.new_worker = info.pending_worker_key->new_worker;
    out.worker_change_epoch = info.pending_worker_key->effective_at;
  }
  if (!info.peer_id.empty()) out.peer_id = to_base58(info.peer_id);
  if (const auto& p = info.pending_beneficiary_term) {
    out.pending_beneficiary_term = {p->new_beneficiary, p->new_quota, p->new_expiration, p->approved_by_beneficiary,
                                    p->approved_by_nominee};
  }
  return out;
}

Result<rpc::MinerPower> miner_power(Context& context, const TipsetPtr& tipset, const Address& miner) {
  auto power = TRY(context.states->power(tipset->parent_state(), miner));
  return rpc::MinerPower{
      {power.raw, power.quality_adjusted}, {power.total_raw, power.total_quality_adjusted}, power.has_min_power};
}

rpc::DeadlineInfo api_deadline(const actors::DeadlineInfo& d) {
  return {d.current_epoch,
          d.period_start,
          d.index,
          d.open,
          d.close,
          d.challenge,
          d.fault_cutoff,
          d.period_deadlines,
          d.proving_period,
          d.challenge_window,
          d.challenge_lookback,
          d.fault_declaration_cutoff};
}

Result<std::vector<rpc::Deadline>> deadlines(Context& context, const TipsetPtr& tipset, const Address& miner) {
  auto at = TRY(miner_at(context, tipset, miner));
  std::vector<rpc::Deadline> out;
  for (uint64_t i = 0; i < actors::kDeadlines; ++i) {
    auto deadline = TRY(at.view.deadline(i));
    Amt proofs = TRY(Amt::load(context.store->blocks(), deadline.optimistic_post_submissions_snapshot));
    out.push_back({deadline.partitions_posted, proofs.count(), deadline.daily_fee});
  }
  return out;
}

Result<std::vector<rpc::Partition>> partitions(Context& context, const TipsetPtr& tipset, const Address& miner,
                                               uint64_t deadline) {
  auto at = TRY(miner_at(context, tipset, miner));
  std::vector<rpc::Partition> out;
  for (const auto& p : TRY(at.view.partitions(deadline)))
    out.push_back({p.sectors, p.faults, p.recoveries, p.live(), p.active()});
  return out;
}

rpc::SectorOnChainInfo api_sector(const actors::SectorOnChainInfo& s) {
  return {.sector_number = s.sector_number,
          .seal_proof = s.seal_proof,
          .sealed_cid = s.sealed_cid,
          .activation = s.activation,
          .expiration = s.expiration,
          .deal_weight = s.deal_weight,
          .verified_deal_weight = s.verified_deal_weight,
          .initial_pledge = s.initial_pledge,
          .expected_day_reward = s.expected_day_reward,
          .expected_storage_pledge = s.expected_storage_pledge,
          .power_base_epoch = s.power_base_epoch,
          .replaced_day_reward = s.replaced_day_reward,
          .sector_key_cid = s.sector_key_cid,
          .flags = s.flags,
          .daily_fee = s.daily_fee};
}
std::vector<rpc::SectorOnChainInfo> api_sectors(const std::vector<actors::SectorOnChainInfo>& sectors) {
  std::vector<rpc::SectorOnChainInfo> out;
  out.reserve(sectors.size());
  for (const auto& each : sectors) out.push_back(api_sector(each));
  return out;
}

/// The union of one bit field over all partitions.
Result<BitField> over_partitions(Context& context, const TipsetPtr& tipset, const Address& miner,
                                 BitField actors::Partition::*part) {
  auto at = TRY(miner_at(context, tipset, miner));
  BitField out;
  for (uint64_t i = 0; i < actors::kDeadlines; ++i) {
    for (const auto& partition : TRY(at.view.partitions(i))) out = out | partition.*part;
  }
  return out;
}

Result<rpc::MinerSectors> sector_count(Context& context, const TipsetPtr& tipset, const Address& miner) {
  auto at = TRY(miner_at(context, tipset, miner));
  rpc::MinerSectors out;
  for (uint64_t i = 0; i < actors::kDeadlines; ++i) {
    for (const auto& partition : TRY(at.view.partitions(i))) {
      out.live += partition.live().count();
      out.active += partition.active().count();
      out.faulty += partition.faults.count();
    }
  }
  return out;
}

/// When a sector goes: on time at its expiration, early when it is faulty and stays so.
Result<rpc::SectorExpiration> sector_expiration(Context& context, const TipsetPtr& tipset, const Address& miner,
                                                SectorNumber number) {
  auto at = TRY(miner_at(context, tipset, miner));
  auto where = TRY(at.view.find_sector(number));
  auto partition = TRY(at.view.partitions(where.deadline)).at(where.partition);
  auto sector = TRY(at.view.sector(number));
  if (!sector || partition.terminated.contains(number))
    return fail(ErrorCode::not_found, "sector {} of {} is terminated", number, miner.str());
  rpc::SectorExpiration out{.on_time = sector->expiration};
  if (!partition.faults.contains(number)) return out;
  Amt queue = TRY(Amt::load(context.store->blocks(), partition.expirations_epochs));
  TRY(queue.for_each([&](uint64_t epoch, BytesView value) -> Result<> {
    CborReader r(value);
    TRY(r.array());
    TRY(r.raw());
    BitField early;
    TRY(Cbor<BitField>::get(r, early));
    if (early.contains(number)) out.early = static_cast<ChainEpoch>(epoch);
    return {};
  }));
  return out;
}

Result<std::optional<rpc::SectorPreCommitOnChainInfo>> pre_commit_info(Context& context, const TipsetPtr& tipset,
                                                                       const Address& miner, SectorNumber number) {
  return TRY(miner_at(context, tipset, miner)).view.pre_commit(number);
}

void bind_miner(rpc::Server& server, Context& context) {
  bind_cached(server, context, full::StateMinerInfo,
              [&](const TipsetPtr& tipset, const Address& miner) { return miner_info(context, tipset, miner); });
  bind_cached(server, context, full::StateMinerPower,
              [&](const TipsetPtr& tipset, const Address& miner) { return miner_power(context, tipset, miner); });
  bind_cached(server, context, full::StateMinerDeadlines,
              [&](const TipsetPtr& tipset, const Address& miner) { return deadlines(context, tipset, miner); });
  bind_cached(server, context, full::StateMinerPartitions,
              [&](const TipsetPtr& tipset, const Address& miner, uint64_t deadline) {
                return partitions(context, tipset, miner, deadline);
              });
  bind_cached(server, context, full::StateMinerProvingDeadline,
              [&](const TipsetPtr& tipset, const Address& miner) -> Result<rpc::DeadlineInfo> {
                auto at = TRY(miner_at(context, tipset, miner));
                return api_deadline(at.view.deadline_at(tipset->height()).next_not_elapsed());
              });
  bind_cached(server, context, full::StateMinerAvailableBalance,
              [&](const TipsetPtr& tipset, const Address& miner) -> Result<BigInt> {
                auto at = TRY(miner_at(context, tipset, miner));
                return at.view.available_balance(at.actor.balance, tipset->height());
              });
}

void bind_sectors(rpc::Server& server, Context& context) {
  using Sectors = Result<std::vector<rpc::SectorOnChainInfo>>;
  bind_cached(server, context, full::StateMinerSectors,
              [&](const TipsetPtr& tipset, const Address& miner, const std::optional<BitField>& only) -> Sectors {
                auto at = TRY(miner_at(context, tipset, miner));
                return api_sectors(TRY(at.view.sectors(only ? &*only : nullptr)));
              });
  bind_cached(server, context, full::StateMinerActiveSectors,
              [&](const TipsetPtr& tipset, const Address& miner) -> Sectors {
                return api_sectors(TRY(TRY(miner_at(context, tipset, miner)).view.active_sectors()));
              });
  bind_cached(server, context, full::StateMinerSectorCount,
              [&](const TipsetPtr& tipset, const Address& miner) { return sector_count(context, tipset, miner); });
  bind_cached(server, context, full::StateMinerFaults, [&](const TipsetPtr& tipset, const Address& miner) {
    return over_partitions(context, tipset, miner, &actors::Partition::faults);
  });
  bind_cached(server, context, full::StateMinerRecoveries, [&](const TipsetPtr& tipset, const Address& miner) {
    return over_partitions(context, tipset, miner, &actors::Partition::recoveries);
  });
  bind_cached(server, context, full::StateMinerSectorAllocated,
              [&](const TipsetPtr& tipset, const Address& miner, SectorNumber sector) -> Result<bool> {
                return TRY(miner_at(context, tipset, miner)).view.sector_allocated(sector);
              });
  bind_cached(server, context, full::StateMinerAllocated,
              [&](const TipsetPtr& tipset, const Address& miner) -> Result<BitField> {
                return TRY(miner_at(context, tipset, miner)).view.allocated_sectors();
              });
  bind_cached(server, context, full::StateSectorPreCommitInfo,
              [&](const TipsetPtr& tipset, const Address& miner, SectorNumber number) {
                return pre_commit_info(context, tipset, miner, number);
              });
  bind_cached(server, context, full::StateSectorGetInfo,
              [&](const TipsetPtr& tipset, const Address& miner,
                  SectorNumber number) -> Result<std::optional<rpc::SectorOnChainInfo>> {
                auto sector = TRY(TRY(miner_at(context, tipset, miner)).view.sector(number));
                if (!sector) return std::optional<rpc::SectorOnChainInfo>();
                return api_sector(*sector);
              });
  bind_cached(server, context, full::StateSectorPartition,
              [&](const TipsetPtr& tipset, const Address& miner, SectorNumber number) -> Result<rpc::SectorLocation> {
                auto where = TRY(TRY(miner_at(context, tipset, miner)).view.find_sector(number));
                return rpc::SectorLocation{where.deadline, where.partition};
              });
  bind_cached(server, context, full::StateSectorExpiration,
              [&](const TipsetPtr& tipset, const Address& miner, SectorNumber number) {
                return sector_expiration(context, tipset, miner, number);
              });
}

}  // namespace

void bind_state_miner(rpc::Server& server, Context& context) {
  bind_miner(server, context);
  bind_sectors(server, context);
}

}  // namespace nelumbo::node
