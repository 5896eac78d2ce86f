// The newest machine on a small state of its own: transfers, traces, flush, errors.
#include "engine/vm.hpp"

#include <chrono>
#include <iostream>
#include <map>

#include <gtest/gtest.h>

#include "codec/car.hpp"
#include "types/state_tree.hpp"

using namespace nelumbo;

namespace {

class NoExterns : public VmExterns {
 public:
  Result<std::array<uint8_t, 32>> chain_randomness(ChainEpoch) override { return fail(ErrorCode::not_found, "none"); }
  Result<std::array<uint8_t, 32>> beacon_randomness(ChainEpoch) override { return fail(ErrorCode::not_found, "none"); }
  Result<Cid> tipset_cid(ChainEpoch) override { return fail(ErrorCode::not_found, "none"); }
  Result<std::optional<ConsensusFault>> verify_consensus_fault(BytesView, BytesView, BytesView, int64_t&) override {
    return fail(ErrorCode::not_found, "none");
  }
};

fs::path bundle() { return cache_folder() / "assets" / "bundles" / "devnet-v18.car"; }

struct ManifestEntry {
  std::string name;
  Cid code;
  static constexpr auto fields =
      nelumbo::fields(field("Name", &ManifestEntry::name), field("Code", &ManifestEntry::code));
};
struct Manifest {
  uint64_t version = 0;
  Cid data;
  static constexpr auto fields = nelumbo::fields(field("Version", &Manifest::version), field("Data", &Manifest::data));
};
struct SystemState {
  Cid builtin_actors;
  static constexpr auto fields = nelumbo::fields(field("BuiltinActors", &SystemState::builtin_actors));
};
struct AccountState {
  Address address;
  static constexpr auto fields = nelumbo::fields(field("Address", &AccountState::address));
};

class VmTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!kVmRuns) GTEST_SKIP() << "machines do not run under the thread sanitizer";
    if (!fs::exists(bundle())) FAIL() << "no actor bundle " << bundle() << ": make assets writes it";
    auto reader = must(CarReader::open(bundle()));
    Cid root = reader.roots().at(0);
    while (auto block = must(reader.next())) must(store_->put(block->cid, block->data));
    auto manifest = must(get_cbor<Manifest>(*store_, root));
    auto& code = codes_;
    for (auto& each : must(get_cbor<std::vector<ManifestEntry>>(*store_, manifest.data))) code[each.name] = each.code;

    auto tree = must(StateTree::empty(store_));
    must(tree.set(0, {code["system"], must(put_cbor(*store_, SystemState{manifest.data}))}));
    for (ActorId id : {100, 101}) {
      auto key = must(Address::secp256k1(Bytes(65, uint8_t(id))));
      must(tree.set(id, {code["account"], must(put_cbor(*store_, AccountState{key})), 0, TokenAmount(1000)}));
    }
    config_.state_root = must(tree.flush());
    config_.network_version = 28;
    config_.epoch = 10;
    config_.tracing = true;
  }

  Result<std::unique_ptr<Vm>> make() { return Vm::make(config_, store_, std::make_shared<NoExterns>()); }
  static Message transfer(int64_t amount) {
    Message message;
    message.from = Address::from_id(100);
    message.to = Address::from_id(101);
    message.value = amount;
    message.gas_limit = 1'000'000'000;
    return message;
  }
  TokenAmount balance(const Cid& root, ActorId id) {
    return must(must(StateTree::load(store_, root)).get(id))->balance;
  }

  BlockstorePtr store_ = make_memory_blockstore();
  std::map<std::string, Cid> codes_;
  VmConfig config_;
};

TEST_F(VmTest, ActorsAreCompiledAhead) {
  for (const auto& [name, code] : codes_) EXPECT_TRUE(Vm::preload(config_, code, store_)) << name;
  auto start = std::chrono::steady_clock::now();
  for (const auto& [name, code] : codes_) EXPECT_TRUE(Vm::preload(config_, code, store_)) << name;
  auto vm = must(make());
  std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  EXPECT_LT(seconds.count(), 1) << "they are compiled again";
  const Cid unknown = Cid::of(as_bytes("no actor"));
  auto missing = Vm::preload(config_, unknown, store_);
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find(unknown.str()), std::string::npos) << missing.error().message;
  config_.network_version = 15;
  EXPECT_EQ(Vm::preload(config_, codes_["account"], store_).error().code, ErrorCode::unsupported);
}

TEST_F(VmTest, TransfersTracesAndFlushes) {
  auto vm = must(make());
  auto result = must(vm->apply_implicit(transfer(7)));
  EXPECT_EQ(result.receipt.exit_code, 0) << result.failure;
  EXPECT_GT(result.receipt.gas_used, 0);
  auto root = must(vm->flush());
  EXPECT_NE(root, config_.state_root);
  EXPECT_EQ(balance(root, 100), 993);
  EXPECT_EQ(balance(root, 101), 1007);

  // [message, return, invoked, charges, subcalls, logs]
  CborReader reader(result.trace);
  ASSERT_EQ(must(reader.array()), 6u);
  ASSERT_EQ(must(reader.array()), 8u);
  EXPECT_EQ(must(Address::from_bytes(must(reader.bytes()))), Address::from_id(100));
  EXPECT_EQ(must(Address::from_bytes(must(reader.bytes()))), Address::from_id(101));
}

TEST_F(VmTest, FailureIsAReceipt) {
  auto vm = must(make());
  auto result = must(vm->apply_implicit(transfer(5000)));
  EXPECT_EQ(result.receipt.exit_code, 6);  // insufficient funds
  EXPECT_FALSE(result.failure.empty());
  EXPECT_EQ(must(vm->flush()), config_.state_root);
}

TEST_F(VmTest, AnotherMachineIsMadeQuickly) {
  must(make());
  constexpr int kMachines = 200;
  auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < kMachines; ++i) {
    auto vm = must(make());
    must(vm->apply_implicit(transfer(1)));
    must(vm->flush());
  }
  std::chrono::duration<double, std::milli> each = (std::chrono::steady_clock::now() - start) / kMachines;
  std::cout << "machine, message and flush: " << each.count() << " ms" << std::endl;
  EXPECT_LT(each.count(), 250) << "the compiled actors are not kept between machines";
}

TEST_F(VmTest, WhatCannotBeMadeIsAnError) {
  config_.network_version = 15;
  auto old = make();
  ASSERT_FALSE(old);
  EXPECT_EQ(old.error().code, ErrorCode::unsupported);

  config_.network_version = 28;
  config_.state_root = Cid::of(Bytes{0x80});
  auto missing = make();
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find(config_.state_root.str()), std::string::npos) << missing.error().message;
}

TEST(VmGeneration, FollowsTheNetworkVersion) {
  EXPECT_EQ(vm_generation(15), 0u);
  EXPECT_EQ(vm_generation(16), 2u);
  EXPECT_EQ(vm_generation(18), 3u);
  EXPECT_EQ(vm_generation(21), 4u);
  EXPECT_EQ(vm_generation(28), 4u);
  EXPECT_EQ(vm_generation(30), 0u);
}

}  // namespace
