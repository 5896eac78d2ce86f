// What a miner must lock: deposits and pledges, by the formulas of the actors on the state of the network.

#include "actors/market.hpp"
#include "actors/pledge.hpp"
#include "cached_answer.hpp"

namespace nelumbo::node {

namespace {

namespace full = rpc::full;

/// Amounts to send are a tenth above what the state of the tipset asks for: the state of the execution is a later one.
constexpr int64_t kMarginNumerator = 110, kMarginDenominator = 100;
TokenAmount with_margin(const TokenAmount& amount) { return amount * kMarginNumerator / kMarginDenominator; }

constexpr uint32_t kCreationDepositVersion = 27;  ///< network version of FIP-0077

Result<Cid> head_of(const StateTree& tree, ActorId id) {
  auto actor = TRY(tree.get(id));
  if (!actor) return fail(ErrorCode::not_found, "the state has no actor f0{}", id);
  return actor->head;
}

Result<actors::PledgeInputs> inputs(Context& context, const TipsetPtr& tipset) {
  auto tree = TRY(context.states->parent_state(*tipset));
  auto& blocks = *context.store->blocks();
  auto reward_head = TRY(head_of(tree, actors::kRewardActor));
  auto power_head = TRY(head_of(tree, actors::kPowerActor));
  auto reward = TRY(actors::load_reward(blocks, reward_head));
  auto power = TRY(actors::load_power(blocks, power_head));
  auto supply = TRY(context.states->vm_supply(tipset->height(), tree));
  return actors::pledge_inputs(reward, power, supply.circulating, tipset->height());
}

/// Verified space-time of the deals that a pre-commitment names, byte-epochs.
Result<BigInt> verified_weight(Context& context, const TipsetPtr& tipset, const rpc::SectorPreCommitInfo& sector) {
  BigInt weight;
  if (sector.deal_ids.empty()) return weight;
  auto tree = TRY(context.states->parent_state(*tipset));
  auto market_head = TRY(head_of(tree, actors::kMarketActor));
  auto market = TRY(actors::load_market(*context.store->blocks(), market_head));
  auto proposals = TRY(Amt::load(context.store->blocks(), market.proposals));
  for (DealId id : sector.deal_ids) {
    auto deal = TRY(proposals.get_as<actors::DealProposal>(id));
    if (!deal) return fail(ErrorCode::not_found, "deal {} is not on the chain", id);
    if (deal->verified_deal) weight += BigInt(deal->piece_size) * (deal->end_epoch - deal->start_epoch);
  }
  return weight;
}

Result<BigInt> pledge_of(Context& context, const TipsetPtr& tipset, uint64_t sector_size, ChainEpoch duration,
                         const BigInt& weight) {
  if (duration <= 0) return fail(ErrorCode::invalid, "a sector's duration must be positive, was {}", duration);
  auto network = TRY(inputs(context, tipset));
  return with_margin(actors::initial_pledge(network, actors::qa_power(sector_size, duration, weight)));
}

Result<BigInt> pledge_collateral(Context& context, const TipsetPtr& tipset, const rpc::SectorPreCommitInfo& sector) {
  auto proof = TRY(seal_proof_info(sector.seal_proof));
  auto weight = TRY(verified_weight(context, tipset, sector));
  return pledge_of(context, tipset, proof.sector_size, sector.expiration - tipset->height(), weight);
}

Result<BigInt> pledge_for_sector(Context& context, const TipsetPtr& tipset, ChainEpoch duration, uint64_t sector_size,
                                 uint64_t verified_size) {
  if (sector_size == 0) return fail(ErrorCode::invalid, "the sector size must not be zero");
  if (verified_size > sector_size) {
    return fail(ErrorCode::invalid, "{} verified bytes in a sector of {}", verified_size, sector_size);
  }
  return pledge_of(context, tipset, sector_size, duration, BigInt(verified_size) * duration);
}

Result<BigInt> creation_deposit(Context& context, const TipsetPtr& tipset) {
  if (context.params.network_version_at(tipset->height()) < kCreationDepositVersion) return BigInt(0);
  auto network = TRY(inputs(context, tipset));
  return actors::create_miner_deposit(network, context.params);
}

}  // namespace

void bind_state_pledge(rpc::Server& server, Context& context) {
  bind_cached(server, context, full::StateMinerPreCommitDepositForPower,
              [&](const TipsetPtr& tipset, const Address&, const rpc::SectorPreCommitInfo& sector) -> Result<BigInt> {
                auto proof = TRY(seal_proof_info(sector.seal_proof));
                auto network = TRY(inputs(context, tipset));
                return with_margin(actors::pre_commit_deposit(network, proof.sector_size));
              });
  bind_cached(server, context, full::StateMinerInitialPledgeCollateral,
              [&](const TipsetPtr& tipset, const Address&, const rpc::SectorPreCommitInfo& sector) {
                return pledge_collateral(context, tipset, sector);
              });
  bind_cached(server, context, full::StateMinerInitialPledgeForSector,
              [&](const TipsetPtr& tipset, ChainEpoch duration, uint64_t sector_size, uint64_t verified_size) {
                return pledge_for_sector(context, tipset, duration, sector_size, verified_size);
              });
  bind_cached(server, context, full::StateMinerCreationDeposit,
              [&](const TipsetPtr& tipset) { return creation_deposit(context, tipset); });
}

}  // namespace nelumbo::node
