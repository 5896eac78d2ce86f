#include "genesis/genesis.hpp"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "actors/miner_params.hpp"
#include "actors/states.hpp"
#include "codec/car.hpp"
#include "crypto/hash.hpp"
#include "engine/vm.hpp"
#include "test_template.hpp"
#include "types/state_tree.hpp"

namespace nelumbo::genesis {
namespace {

using namespace actors;

struct Made {
  BlockstorePtr store = make_memory_blockstore();
  GenesisResult result;
};

NetworkParams network(std::string bundle) {
  auto params = devnet_params();
  params.bundle = std::move(bundle);
  return params;
}

Made make(const Template& value, const std::string& bundle = "devnet") {
  Made made;
  made.result = must(build_genesis(value, made.store, network(bundle)));
  return made;
}

class Genesis : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!kVmRuns) GTEST_SKIP() << "machines do not run under the thread sanitizer";
    auto bundle = bundle_file(GetParam(), 18);
    if (fs::exists(bundle)) return;
    auto line = "no " + bundle.string() + ": make assets writes it";
    if (std::getenv("CI")) FAIL() << line;
    GTEST_SKIP() << line;
  }
};

Actor actor_of(const StateTree& tree, ActorId id) {
  auto actor = must(tree.get(id));
  if (!actor) throw std::runtime_error("no actor " + std::to_string(id));
  return *actor;
}

TEST_P(Genesis, SameTemplateSameBlock) {
  auto value = test_template(1, 2);
  EXPECT_EQ(make(value, GetParam()).result.block, make(value, GetParam()).result.block);
  value.timestamp += 1;
  auto other = make(value, GetParam());
  EXPECT_NE(other.result.block, make(test_template(1, 2), GetParam()).result.block);
}

TEST_P(Genesis, StateHoldsTogether) {
  auto made = make(test_template(2, 3), GetParam());
  auto tree = must(StateTree::load(made.store, made.result.state_root));
  TokenAmount sum;
  must(tree.for_each([&](ActorId, const Actor& actor) -> Result<> {
    sum += actor.balance;
    return {};
  }));
  EXPECT_EQ(sum, kAttoPerFil * kTotalFilecoin);

  auto power = must(load_power(*made.store, actor_of(tree, kPowerActor).head));
  StoragePower raw, qa;
  must(for_each_claim(made.store, power, [&](const Address&, const PowerClaim& claim) -> Result<> {
    raw += claim.raw_byte_power;
    qa += claim.quality_adj_power;
    return {};
  }));
  EXPECT_EQ(raw, 2 * 3 * 2048);
  EXPECT_EQ(qa, 2 * 3 * 20480);
  EXPECT_EQ(power.total_raw_byte_power, raw);
  EXPECT_EQ(power.total_quality_adj_power, qa);
  EXPECT_EQ(power.this_epoch_quality_adj_power, qa);
  EXPECT_EQ(power.miner_count, 2);
  EXPECT_EQ(power.ramp_duration_epochs, 0u);

  for (const auto& address : made.result.miners) {
    auto view = must(MinerView::load(made.store, actor_of(tree, must(address.id())).head));
    EXPECT_EQ(must(view.active_sectors()).size(), 3u);
    EXPECT_EQ(must(must(view.live_sectors()).values()), (std::vector<uint64_t>{0, 1, 2}));
    EXPECT_TRUE(view.state().deadline_cron_active);
    EXPECT_GT(view.state().initial_pledge, 0);
    EXPECT_EQ(view.state().pre_commit_deposits, 0);
    EXPECT_GT(must(view.sector(1))->verified_deal_weight, 0);
    auto info = must(view.info());
    EXPECT_EQ(info.sector_size, 2048u);
    EXPECT_EQ(info.partition_sectors, 2u);
    // The deposit of creation vests.
    EXPECT_FALSE(must(view.vesting_funds()).empty());
  }
}

TEST_P(Genesis, SingletonsAreThere) {
  auto made = make(test_template(1, 1), GetParam());
  auto tree = must(StateTree::load(made.store, made.result.state_root));
  for (ActorId id : {0, 1, 2, 3, 4, 5, 6, 7, 10, 80, 81, 90, 99, 100, 1000, 1001}) {
    EXPECT_TRUE(must(tree.get(id))) << id;
  }
  auto zero = must(Address::delegated(10, Bytes(20, 0)));
  EXPECT_EQ(must(tree.lookup_id(zero)), 1001u);
  EXPECT_EQ(must(tree.get(1001))->delegated_address, zero);
  auto init = must(load_init(*made.store, actor_of(tree, kInitActor).head));
  EXPECT_EQ(init.next_id, 1002u);
  EXPECT_EQ(init.network_name, "nelumbo-test");
  auto registry = must(load_verified_registry(*made.store, actor_of(tree, kVerifiedRegistryActor).head));
  EXPECT_EQ(registry.root_key, Address::from_id(80));
}

TEST_P(Genesis, BlockIsAsLotusMakesIt) {
  auto made = make(test_template(1, 1), GetParam());
  const auto& header = made.result.header;
  EXPECT_EQ(header.height, 0);
  EXPECT_EQ(header.parents.at(0).str(), "bafyreiaqpwbbyjo4a42saasj36kkrpv4tsherf2e7bvezkert2a7dhonoi");
  EXPECT_EQ(header.ticket->vrf_proof.size(), 32u);
  EXPECT_EQ(header.beacon_entries, (std::vector<BeaconEntry>{{0, Bytes(32, 0)}}));
  EXPECT_EQ(header.parent_message_receipts.str(), "bafy2bzacedswlcz5ddgqnyo3sak3jmhmkxashisnlpq6ujgyhe4mlobzpnhs6");
  EXPECT_EQ(must(get_cbor<BlockHeader>(*made.store, made.result.block)), header);
}

TEST_P(Genesis, CarHoldsAllThatTheBlockReaches) {
  auto made = make(test_template(1, 2), GetParam());
  auto path = fs::temp_directory_path() / ("nelumbo-genesis-" + made.result.block.str() + GetParam() + ".car");
  must(write_genesis_car(made.result.block, made.store, path));
  auto reader = must(CarReader::open(path));
  EXPECT_EQ(reader.roots(), std::vector<Cid>{made.result.block});
  auto store = make_memory_blockstore();
  while (auto block = must(reader.next())) must(store->put(block->cid, block->data));
  fs::remove(path);
  auto tree = must(StateTree::load(store, made.result.state_root));
  auto system = must(load_system(*store, actor_of(tree, kSystemActor).head));
  for (const auto& entry : must(get_cbor<std::vector<ManifestEntry>>(*store, system.builtin_actors))) {
    EXPECT_TRUE(must(store->has(entry.code))) << entry.name;
  }
}

/// A chain whose every ticket and beacon entry is zero.
class ZeroChain : public VmExterns {
 public:
  Result<std::array<uint8_t, 32>> chain_randomness(ChainEpoch) override { return std::array<uint8_t, 32>{}; }
  Result<std::array<uint8_t, 32>> beacon_randomness(ChainEpoch) override { return std::array<uint8_t, 32>{}; }
  Result<Cid> tipset_cid(ChainEpoch) override { return Cid(); }
  Result<std::optional<ConsensusFault>> verify_consensus_fault(BytesView, BytesView, BytesView, int64_t&) override {
    return std::nullopt;
  }
};

/// What the actors draw from such a chain: personalisation, digest, epoch, no entropy.
Bytes zero_chain_draw(int64_t purpose, ChainEpoch epoch) {
  Bytes input;
  auto put = [&](uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8) input.push_back(static_cast<uint8_t>(value >> shift));
  };
  put(static_cast<uint64_t>(purpose));
  input.resize(input.size() + 32, 0);
  put(static_cast<uint64_t>(epoch));
  auto digest = blake2b_256(input);
  return to_bytes(digest);
}
constexpr int64_t kPoStChainCommit = 9;

/// The genesis's chain without blocks: epoch after epoch, implicit messages only.
class Epochs {
 public:
  Epochs(BlockstorePtr store, Cid root) : store_(std::move(store)), root_(root) {}

  const Cid& root() const { return root_; }
  StateTree tree() const { return must(StateTree::load(store_, root_)); }
  MinerView miner(ActorId id) const { return must(MinerView::load(store_, actor_of(tree(), id).head)); }
  PowerState power() const { return must(load_power(*store_, actor_of(tree(), kPowerActor).head)); }

  /// Runs an epoch: the given messages, then cron.
  void run(ChainEpoch epoch, std::vector<Message> messages = {}) {
    VmConfig config{.network_version = 28,
                    .epoch = epoch,
                    .timestamp = 1'700'000'000,
                    .state_root = root_,
                    .base_fee = 100,
                    .circulating_supply = kAttoPerFil * 100'000};
    auto vm = must(Vm::make(config, store_, std::make_shared<ZeroChain>()));
    Message tick;
    tick.to = singleton(kCronActor);
    tick.from = singleton(kSystemActor);
    tick.method = methods::kCronEpochTick;
    messages.push_back(tick);
    for (auto& each : messages) {
      each.gas_limit = 1'000'000'000'000'000;
      auto result = must(vm->apply_implicit(each));
      EXPECT_EQ(result.receipt.exit_code, 0) << "epoch " << epoch << ": " << result.failure;
    }
    root_ = must(vm->flush());
  }

  /// The proof of the deadline that is open, when it has sectors and no proof yet.
  std::optional<Message> window_post(ActorId id, ChainEpoch epoch) const {
    auto view = miner(id);
    auto deadline = view.deadline_at(epoch);
    auto partitions = must(view.partitions(deadline.index));
    if (partitions.empty() || !must(view.deadline(deadline.index)).partitions_posted.empty()) {
      return std::nullopt;
    }
    SubmitWindowedPoStParams params{
        .deadline = deadline.index,
        .partitions = {},
        .proofs = {{static_cast<int64_t>(must(view.info()).window_post_proof_type), Bytes(192, 1)}},
        .chain_commit_epoch = epoch - 1,
        .chain_commit_rand = zero_chain_draw(kPoStChainCommit, epoch - 1)};
    for (uint64_t i = 0; i < partitions.size(); ++i) params.partitions.push_back({i, {}});
    Message message;
    message.to = Address::from_id(id);
    message.from = must(view.info()).worker;
    message.method = methods::kSubmitWindowedPoSt;
    message.params = to_cbor(params);
    return message;
  }

 private:
  BlockstorePtr store_;
  Cid root_;
};

TEST_P(Genesis, PowerStaysOverAProvingPeriodWithProofs) {
  // Each miner has its own proving period; three sectors of 2 KiB are two partitions.
  constexpr uint64_t kMiners = 3;
  auto made = make(test_template(kMiners, 3), GetParam());
  Epochs epochs(made.store, made.result.state_root);
  auto power = epochs.power().total_quality_adj_power;
  std::map<ActorId, size_t> proofs;
  for (ChainEpoch epoch = 1; epoch <= kProvingPeriod + 2 * kChallengeWindow; ++epoch) {
    std::vector<Message> messages;
    for (ActorId id = kFirstMiner; id < kFirstMiner + kMiners; ++id) {
      auto proof = epochs.window_post(id, epoch);
      if (!proof) continue;
      messages.push_back(*proof);
      ++proofs[id];
    }
    epochs.run(epoch, messages);
  }
  EXPECT_EQ(epochs.power().total_quality_adj_power, power);
  for (ActorId id = kFirstMiner; id < kFirstMiner + kMiners; ++id) {
    EXPECT_EQ(must(epochs.miner(id).active_sectors()).size(), 3u);
    EXPECT_GE(proofs[id], 1u);
  }
}

TEST_P(Genesis, PowerGoesWithoutProofs) {
  auto made = make(test_template(1, 2), GetParam());
  Epochs epochs(made.store, made.result.state_root);
  for (ChainEpoch epoch = 1; epoch <= 2 * kProvingPeriod && epochs.power().total_quality_adj_power > 0; ++epoch) {
    epochs.run(epoch);
  }
  EXPECT_EQ(epochs.power().total_quality_adj_power, 0);
  EXPECT_TRUE(must(epochs.miner(kFirstMiner).active_sectors()).empty());
}

INSTANTIATE_TEST_SUITE_P(Bundles, Genesis, testing::Values("devnet", "testing-fake-proofs"), [](const auto& info) {
  auto name = info.param;
  std::ranges::replace(name, '-', '_');
  return name;
});

TEST(GenesisRefuses, WhatItCannotMake) {
  auto store = make_memory_blockstore();
  auto params = devnet_params();
  auto old = test_template(1, 1);
  old.network_version = 20;
  EXPECT_FALSE(build_genesis(old, store, params));
  auto unknown = test_template(1, 1);
  unknown.network_version = 99;
  EXPECT_FALSE(build_genesis(unknown, store, params));
  params.bundle = "no-such-bundle";
  auto missing = build_genesis(test_template(1, 1), store, params);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace nelumbo::genesis
