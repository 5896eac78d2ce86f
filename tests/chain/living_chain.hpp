#pragma once
// A chain in one process, for tests: a genesis of one miner, the real machine and actors, mock proofs, a beacon with a
// key at hand, and a clock that the test moves.

#include <functional>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "base/temporary_folder.hpp"
#include "chain/beacon.hpp"
#include "chain/block_builder.hpp"
#include "chain/election.hpp"
#include "chain/syncer.hpp"
#include "crypto/keys.hpp"
#include "genesis/genesis.hpp"
#include "genesis/preseal.hpp"

namespace nelumbo::chain::testing {

class ManualClock : public Clock {
 public:
  TimePoint now() const override { return from_unix_seconds(seconds); }
  bool wait_until(TimePoint, std::stop_token) const override { return true; }
  std::atomic<int64_t> seconds = 0;
};

inline constexpr uint64_t kGenesisTime = 1'700'000'000;

inline const Bytes kBeaconSecret(32, 7);

/// The network of all living chains; each has a genesis of its own.
inline NetworkParams living_params() {
  auto params = devnet_params();
  params.network_name = "living-chain-test";
  params.bundle = "testing-fake-proofs";
  params.mock_proofs = true;
  params.block_delay = 4;
  DrandNetwork drand;
  drand.public_key = to_hex(must(drand::public_key(kBeaconSecret)));
  drand.genesis_time = kGenesisTime - 100;
  drand.period = 4;
  params.beacons = {{0, drand}};
  return params;
}

class LivingChain {
 public:
  /// Gives another root for the genesis state: for chains that begin with more than their miner.
  using ChangeState = std::function<Cid(const BlockstorePtr& blocks, const Cid& root)>;

  explicit LivingChain(const std::string& network_name = "living-chain-test", ChangeState change = {})
      : change_state(std::move(change)) {
    params.network_name = network_name;
    plan = genesis::new_template(params.network_name, 28);
    plan.timestamp = kGenesisTime;
    auto sealed = must(genesis::pre_seal(folder.path() / "sealed", {.sectors = 2, .fake = true}));
    worker = sealed.key;
    must(genesis::add_miners(plan, {{sealed.miner.id.str(), sealed.miner}}, kAttoPerFil * 1'000'000));
    miner = sealed.miner.id;
    begin();
  }
  /// Another node of the same network, with nothing but its genesis; the miner's key and the clock are shared.
  struct NodeOf {
    const LivingChain& other;
  };
  explicit LivingChain(NodeOf of)
      : params(of.other.params),
        change_state(of.other.change_state),
        plan(of.other.plan),
        worker(of.other.worker),
        miner(of.other.miner),
        clock(of.other.clock) {
    begin();
  }

  void begin() {
    kv = must(KvStore::open(folder.path() / "db", spaces()));
    blocks = make_cached_blockstore(make_kv_blockstore(kv, "blocks"), 64 << 20);
    genesis_header = must(genesis::build_genesis(plan, blocks, params)).header;
    if (change_state) genesis_header.parent_state_root = change_state(blocks, genesis_header.parent_state_root);
    open();
  }

  static std::vector<std::string> spaces() {
    auto all = ChainStore::spaces();
    all.push_back("blocks");
    return all;
  }

  /// Opens (again) all that stands on the database.
  void open() {
    syncer.reset();
    states.reset();
    store = must(ChainStore::open(kv, blocks, params));
    must(store->set_genesis(genesis_header));
    auto source = make_key_beacon_source(kBeaconSecret);
    auto beacons = must(BeaconSchedule::make(params, kGenesisTime, [&](const DrandNetwork&) { return source; }));
    states = StateManager::make(store, beacons, make_mock_prover());
    syncer = std::make_shared<Syncer>(states, pool, clock);
  }

  Address worker_address() const { return must(worker.address()); }

  SignedMessage sign_message(Message message) const {
    auto bytes = must(signing_bytes(message, SignatureType::bls, params.eth_chain_id));
    return {message, must(sign(SignatureType::bls, worker.private_key, bytes))};
  }
  /// A transfer from the miner's worker account, ready for a block.
  SignedMessage transfer(const Address& to, TokenAmount value, uint64_t nonce) const {
    Message message;
    message.from = worker_address();
    message.to = to;
    message.nonce = nonce;
    message.value = std::move(value);
    message.gas_limit = 10'000'000;
    message.gas_fee_cap = 1'000'000'000;
    message.gas_premium = 100'000;
    return sign_message(std::move(message));
  }

  /// A template for an epoch on a tipset; nullopt when the miner does not win the epoch.
  std::optional<BlockTemplate> plan_block(const TipsetPtr& base, ChainEpoch epoch,
                                          std::vector<SignedMessage> messages = {}) {
    const auto time = static_cast<int64_t>(base->min_timestamp() + params.block_delay * (epoch - base->height()));
    clock->seconds = std::max<int64_t>(clock->seconds, time);
    auto info = must(states->mining_base_info(base, epoch, miner));
    if (!info || !info->eligible) throw std::runtime_error("the miner may not mine");
    const auto& beacon = info->beacon_entries.empty() ? info->previous_beacon_entry : info->beacon_entries.back();
    auto vrf = [&](const Hash256& input) { return must(bls::sign(worker.private_key, input)); };
    BlockTemplate plan;
    plan.election_proof.vrf_proof = vrf(election_input(beacon, epoch, miner));
    plan.election_proof.win_count = win_count(plan.election_proof.vrf_proof, info->miner_power, info->network_power);
    if (plan.election_proof.win_count < 1) return std::nullopt;
    plan.miner = miner;
    plan.parents = base->key();
    plan.ticket.vrf_proof = vrf(ticket_input(beacon, epoch, miner, *base->min_ticket_block().ticket, true));
    plan.beacon_entries = info->beacon_entries;
    plan.messages = std::move(messages);
    plan.epoch = epoch;
    plan.timestamp = static_cast<uint64_t>(time);
    std::vector<PrivateSectorInfo> sectors;
    for (const auto& each : info->sectors) sectors.push_back({each.info, {}, {}});
    plan.winning_post = must(states->prover().prove_winning_post(static_cast<PoStType>(0), must(miner.id()),
                                                                 winning_post_input(beacon, epoch, miner), sectors));
    return plan;
  }

  FullBlock finish(UnsignedBlock unsigned_block) const {
    auto& header = unsigned_block.block.header;
    header.block_sig = must(sign(SignatureType::bls, worker.private_key, header.signing_bytes()));
    return std::move(unsigned_block.block);
  }

  /// The next block that the miner wins on the head (or another base), not before `from`, signed but not given to
  /// anyone.
  FullBlock next_block(std::vector<SignedMessage> messages = {}, ChainEpoch skip = 0, TipsetPtr base = nullptr) {
    if (!base) base = store->heaviest();
    for (ChainEpoch epoch = base->height() + 1 + skip;; ++epoch) {
      if (auto plan = plan_block(base, epoch, messages)) return finish(must(build_block(*states, *plan)));
    }
  }

  /// Mines a block onto the head, `skip` epochs left out before it.
  TipsetPtr mine(std::vector<SignedMessage> messages = {}, ChainEpoch skip = 0) {
    return must(syncer->accept(next_block(std::move(messages), skip)));
  }

  TemporaryFolder folder;
  NetworkParams params = living_params();
  ChangeState change_state;
  genesis::Template plan;
  genesis::KeyInfo worker;
  Address miner;
  std::shared_ptr<KvStore> kv;
  BlockstorePtr blocks;
  BlockHeader genesis_header;
  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
  std::shared_ptr<ThreadPool> pool = std::make_shared<ThreadPool>(2);
  std::shared_ptr<ChainStore> store;
  std::shared_ptr<StateManager> states;
  std::shared_ptr<Syncer> syncer;
};

/// A test on a fresh chain.
class ChainTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!kVmRuns) GTEST_SKIP() << "machines do not run under the thread sanitizer";
    auto file = actors::bundle_file("testing-fake-proofs", actors::kNewestActorsVersion);
    if (!fs::exists(file)) FAIL() << "no actors bundle " << file << ": make assets writes it";
    chain = std::make_unique<LivingChain>();
  }
  std::unique_ptr<LivingChain> chain;
};

}  // namespace nelumbo::chain::testing
