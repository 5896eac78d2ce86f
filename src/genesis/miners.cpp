#include "miners.hpp"

#include "actors/miner_params.hpp"
#include "actors/pledge.hpp"
#include "actors/storage_params.hpp"
#include "codec/base32.hpp"

namespace nelumbo::genesis {

using namespace actors;

namespace {

constexpr size_t kDealsPerMessage = 256;

/// The object a miner's state links its deadlines through.
struct Deadlines {
  std::vector<Cid> due;
  static constexpr auto fields = nelumbo::fields(field("Due", &Deadlines::due));
};

Result<Actor> require_actor(const StateTree& tree, ActorId id) {
  auto actor = TRY(tree.get(id));
  if (!actor) return fail(ErrorCode::not_found, "the genesis state has no actor {}", Address::from_id(id).str());
  return *actor;
}

/// Pledges of epoch 0: nothing circulates yet.
Result<PledgeInputs> read_pledge_inputs(const Build& build, const StateTree& tree) {
  auto reward = TRY(load_reward(*build.store, TRY(require_actor(tree, kRewardActor)).head));
  auto power = TRY(load_power(*build.store, TRY(require_actor(tree, kPowerActor)).head));
  return pledge_inputs(reward, power, 0, 0);
}

/// Makes one miner of the template.
class MinerSetup {
 public:
  MinerSetup(const Build& build, const TemplateMiner& miner, const PledgeInputs& network)
      : build_(build), miner_(miner), network_(network) {}

  /// The state's root after the miner and its sectors have been added.
  Result<Cid> run(Cid root, ActorId id) {
    id_ = id;
    root = TRY_IN("creating it", create(root));
    {
      auto vm = TRY(GenesisVm::make(build_, root));
      TRY_IN("publishing the deals", publish_deals(vm));
      TRY_IN("onboarding the sectors", onboard(vm));
      root = TRY(vm.finish());
    }
    return in_context(claim_power(root), "claiming its power");
  }

 private:
  Address address() const { return Address::from_id(id_); }

  Result<Cid> create(const Cid& root) {
    auto vm = TRY(GenesisVm::make(build_, root));
    auto proof = TRY(seal_proof_info(TRY(seal_proof_for_size(miner_.sector_size))));
    auto peer = TRY_IN("PeerId", from_base58(miner_.peer_id));
    power::CreateMinerParams params{.owner = miner_.worker,
                                    .worker = miner_.worker,
                                    .window_post_proof_type = proof.window_post,
                                    .peer = std::move(peer),
                                    .multiaddrs = {}};
    auto deposit = create_miner_deposit(network_, build_.network);
    auto created = TRY(from_cbor<power::CreateMinerReturn>(
        TRY(vm.call(singleton(kPowerActor), miner_.owner, deposit, methods::kCreateMiner, params))));
    if (created.id_address != address()) {
      return fail(ErrorCode::invalid, "it got the address {} instead of {}", created.id_address.str(), address().str());
    }
    if (miner_.market_balance > 0) {
      TRY(vm.call(singleton(kMarketActor), miner_.worker, miner_.market_balance, methods::kMarketAddBalance,
                  address()));
    }
    Cid next = TRY(vm.finish());
    auto tree = TRY(StateTree::load(build_.store, next));
    auto view = TRY(MinerView::load(build_.store, TRY(require_actor(tree, id_)).head));
    // One period less than the longest life that a sector may have.
    constexpr ChainEpoch periods = kMaxSectorExpirationExtension / kProvingPeriod;
    expiration_ = (periods - 1) * kProvingPeriod + view.state().proving_period_start - 1;
    return next;
  }

  Result<ClientDealProposal> sign_deal(const PreSeal& sector) const {
    ClientDealProposal signed_deal{.proposal = sector.deal, .client_signature = {}};
    auto& deal = signed_deal.proposal;
    if (deal.provider != address()) {
      return fail(ErrorCode::invalid, "the deal of sector {} is with {}", sector.sector_number, deal.provider.str());
    }
    deal.verified_deal = true;
    deal.end_epoch = expiration_;
    const auto& key = sector.deal_client_key;
    auto type = TRY(key.signature_type());
    signed_deal.client_signature = TRY(sign(type, key.private_key, to_cbor(deal)));
    return signed_deal;
  }

  Result<> publish_deals(GenesisVm& vm) {
    for (size_t begin = 0; begin < miner_.sectors.size(); begin += kDealsPerMessage) {
      PublishStorageDealsParams params;
      for (size_t i = begin; i < miner_.sectors.size() && i < begin + kDealsPerMessage; ++i) {
        params.deals.push_back(TRY(sign_deal(miner_.sectors[i])));
      }
      auto published = TRY(from_cbor<PublishStorageDealsReturn>(
          TRY(vm.call(singleton(kMarketActor), miner_.worker, 0, methods::kPublishStorageDeals, params))));
      if (published.ids.size() != params.deals.size()) {
        return fail(ErrorCode::invalid, "only {} of {} deals were taken", published.ids.size(), params.deals.size());
      }
      deals_.insert(deals_.end(), published.ids.begin(), published.ids.end());
    }
    return {};
  }

  /// Pre-commits and takes as proven, in batches that the actor allows.
  Result<> onboard(GenesisVm& vm) {
    for (size_t begin = 0; begin < miner_.sectors.size(); begin += kPreCommitBatchMax) {
      PreCommitSectorBatch2Params batch;
      SetupPresealParams setup{.sectors = {},
                               .reward_smoothed = network_.reward_smoothed,
                               .reward_baseline_power = network_.baseline_power,
                               .quality_adj_power_smoothed = network_.power_smoothed};
      for (size_t i = begin; i < miner_.sectors.size() && i < begin + kPreCommitBatchMax; ++i) {
        const auto& sector = miner_.sectors[i];
        batch.sectors.push_back({.seal_proof = sector.proof_type,
                                 .sector_number = sector.sector_number,
                                 .sealed_cid = sector.comm_r,
                                 .seal_rand_epoch = -1,
                                 .deal_ids = {deals_[i]},
                                 .expiration = expiration_,
                                 .unsealed_cid = sector.comm_d});
        setup.sectors.push_back(sector.sector_number);
      }
      TokenAmount each =
          pre_commit_deposit(network_, miner_.sector_size) + initial_pledge(network_, qa_power_max(miner_.sector_size));
      TRY(vm.call(address(), miner_.worker, each * batch.sectors.size(), methods::kPreCommitSectorBatch2, batch));
      TRY(vm.call(address(), singleton(kSystemActor), 0, methods::kInternalSectorSetup, setup));
    }
    return {};
  }

  /// Counts the new sectors as proven, as if their first window PoSt had been made, and claims their power.
  Result<Cid> claim_power(const Cid& root) {
    auto tree = TRY(StateTree::load(build_.store, root));
    auto actor = TRY(require_actor(tree, id_));
    auto view = TRY(MinerView::load(build_.store, actor.head));
    PowerPair proven;
    MinerState state = view.state();
    state.deadlines = TRY(activate_unproven(state.deadlines, proven));
    actor.head = TRY(put_cbor(*build_.store, state));
    TRY(tree.set(id_, actor));
    auto vm = TRY(GenesisVm::make(build_, TRY(tree.flush())));
    TRY(vm.call(singleton(kPowerActor), address(), 0, methods::kUpdateClaimedPower,
                power::UpdateClaimedPowerParams{proven.raw, proven.qa}));
    return vm.finish();
  }

  Result<Cid> activate_unproven(const Cid& root, PowerPair& proven) const {
    auto deadlines = TRY(get_cbor<Deadlines>(*build_.store, root));
    for (auto& link : deadlines.due) {
      auto deadline = TRY(get_cbor<Deadline>(*build_.store, link));
      auto partitions = TRY(Amt::load(build_.store, deadline.partitions));
      for (uint64_t i = 0; i < partitions.count(); ++i) {
        auto partition = TRY(partitions.get_as<Partition>(i));
        if (!partition) return fail(ErrorCode::invalid, "partition {} is missing", i);
        proven.raw += partition->unproven_power.raw;
        proven.qa += partition->unproven_power.qa;
        partition->unproven = {};
        partition->unproven_power = {};
        TRY(partitions.set_as(i, *partition));
      }
      deadline.partitions = TRY(partitions.flush());
      link = TRY(put_cbor(*build_.store, deadline));
    }
    return put_cbor(*build_.store, deadlines);
  }

  const Build& build_;
  const TemplateMiner& miner_;
  const PledgeInputs& network_;
  ActorId id_ = 0;
  ChainEpoch expiration_ = 0;
  std::vector<DealId> deals_;
};

/// The power that elections of the first epochs see is that of the claims: the cron has not run yet.
Result<Cid> set_epoch_power(const Build& build, const Cid& root) {
  auto tree = TRY(StateTree::load(build.store, root));
  auto actor = TRY(require_actor(tree, kPowerActor));
  auto power = TRY(load_power(*build.store, actor.head));
  power.this_epoch_raw_byte_power = power.total_raw_byte_power;
  power.this_epoch_quality_adj_power = power.total_quality_adj_power;
  actor.head = TRY(put_cbor(*build.store, power));
  TRY(tree.set(kPowerActor, actor));
  return tree.flush();
}

}  // namespace

Result<Cid> grant_datacap(const Build& build, const Cid& state_root, const std::map<Address, ActorId>& key_ids) {
  std::map<ActorId, StoragePower> needs;
  StoragePower sum;
  for (const auto& miner : build.value.miners) {
    for (const auto& sector : miner.sectors) {
      auto client = key_ids.find(sector.deal.client);
      if (client == key_ids.end()) {
        return fail(ErrorCode::invalid, "client {} of sector {} of {} has no account in the template",
                    sector.deal.client.str(), sector.sector_number, miner.id.str());
      }
      needs[client->second] += sector.deal.piece_size;
      sum += sector.deal.piece_size;
    }
  }
  if (needs.empty()) return state_root;
  auto vm = TRY(GenesisVm::make(build, state_root));
  auto registry = singleton(kVerifiedRegistryActor);
  auto verifier = singleton(kFirstVerifier);
  TRY_IN("naming the verifier", vm.call(registry, singleton(kVerifiedRegistryRoot), 0, methods::kAddVerifier,
                                        verifreg::AddressAllowance{verifier, sum}));
  for (const auto& [client, amount] : needs) {
    TRY_IN("granting DataCap", vm.call(registry, verifier, 0, methods::kAddVerifiedClient,
                                       verifreg::AddressAllowance{Address::from_id(client), amount}));
  }
  return vm.finish();
}

Result<MinersResult> add_miners_to_state(const Build& build, const Cid& state_root) {
  MinersResult result{.state_root = state_root, .miners = {}};
  if (build.value.miners.empty()) return fail(ErrorCode::invalid, "the template has no miners");
  auto network = TRY(read_pledge_inputs(build, TRY(StateTree::load(build.store, state_root))));
  for (size_t i = 0; i < build.value.miners.size(); ++i) {
    ActorId id = kFirstMiner + i;
    MinerSetup setup(build, build.value.miners[i], network);
    result.state_root = TRY_IN("genesis miner " + Address::from_id(id).str(), setup.run(result.state_root, id));
    result.miners.push_back(Address::from_id(id));
  }
  result.state_root = TRY(set_epoch_power(build, result.state_root));
  return result;
}

}  // namespace nelumbo::genesis
