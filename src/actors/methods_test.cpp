// Parameters and results of methods between CBOR and JSON.
#include "actors/methods.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "method_tables.hpp"

namespace nelumbo::actors {
namespace {

const MethodShape& shape(std::string_view actor, MethodNum number) {
  auto* found = find_method(actor, number);
  if (found == nullptr) throw std::runtime_error("no such method");
  return *found;
}

TEST(Methods, AreFoundByActorAndNumber) {
  EXPECT_EQ(shape(names::kMiner, methods::kSubmitWindowedPoSt).name, "SubmitWindowedPoSt");
  EXPECT_EQ(shape(names::kMultisig, 2).name, "Propose");
  // FRC-0042: the numbers that contracts call, as they stand in its specification and on mainnet.
  EXPECT_EQ(shape(names::kMiner, 2280458852).name, "WithdrawBalanceExported");
  EXPECT_EQ(shape(names::kEvm, 3844450837).name, "InvokeContract");
  EXPECT_EQ(shape(names::kVerifiedRegistry, 3726118371).name, "UniversalReceiverHook");
  EXPECT_EQ(find_method(names::kMiner, 33), nullptr);
  EXPECT_EQ(find_method(names::kPlaceholder, 2), nullptr);
  EXPECT_EQ(find_method("none", 1), nullptr);
}

TEST(Methods, NoNumberStandsTwice) {
  for (auto* table : {account_methods, init_methods, cron_methods, system_methods, multisig_methods,
                      payment_channel_methods, eth_account_methods, eam_methods, evm_methods, market_methods,
                      power_methods, verified_registry_methods, datacap_methods, reward_methods, miner_methods}) {
    std::set<MethodNum> numbers;
    for (const auto& method : table()) EXPECT_TRUE(numbers.insert(method.number).second) << method.name;
  }
}

TEST(Methods, ParametersBecomeJsonInLotussShape) {
  multisig::ProposeParams propose{Address::from_id(1000), 5, 0, {}};
  EXPECT_EQ(must(shape(names::kMultisig, 2).params.decode(to_cbor(propose))).dump(),
            R"({"To":"f01000","Value":"5","Method":0,"Params":null})");
  power::CreateMinerReturn created{Address::from_id(1001), Address::from_id(1002)};
  EXPECT_EQ(must(shape(names::kPower, methods::kCreateMiner).result.decode(to_cbor(created))).dump(),
            R"({"IDAddress":"f01001","RobustAddress":"f01002"})");
  DeclareFaultsRecoveredParams recovered{{{1, 0, BitField::from_ranges({{3, 5}})}}};
  EXPECT_EQ(must(shape(names::kMiner, methods::kDeclareFaultsRecovered).params.decode(to_cbor(recovered))).dump(),
            R"({"Recoveries":[{"Deadline":1,"Partition":0,"Sectors":[3,2]}]})");
  // Lists that are empty are null, a batch without failures too.
  EXPECT_EQ(must(shape(names::kMiner, 34).result.decode(to_cbor(BatchReturn{.success_count = 2}))).dump(),
            R"({"SuccessCount":2,"FailCodes":null})");
  EXPECT_EQ(must(shape(names::kEvm, 3).result.decode(Bytes{0xf6})).dump(), R"({"Cid":null})");
  EXPECT_EQ(must(shape(names::kMarket, 1).params.decode({})).dump(), "{}");
  // Bytes that are no CBOR are shown as they are where the actor takes any.
  EXPECT_EQ(must(shape(names::kMultisig, 3726118371).params.decode(Bytes{1, 2, 3})).dump(), R"("AQID")");
  EXPECT_FALSE(shape(names::kMultisig, 2).params.decode(Bytes{0x80}));
  EXPECT_FALSE(shape(names::kMultisig, 2).params.decode(Bytes{}));
}

TEST(Methods, JsonBecomesParameters) {
  auto bytes = must(shape(names::kMultisig, 2)
                        .params.encode(must(parse_json(R"({"To":"f01000","Value":"5","Method":2,"Params":"AQID"})"))));
  EXPECT_EQ(bytes, to_cbor(multisig::ProposeParams{Address::from_id(1000), 5, 2, {1, 2, 3}}));
  EXPECT_TRUE(must(shape(names::kMarket, 1).params.encode(nullptr)).empty());
  EXPECT_FALSE(shape(names::kMultisig, 2).params.encode("text"));
}

TEST(Methods, WhatIsDecodedIsEncodedAgain) {
  EXPECT_TRUE(rc::check([](uint64_t deadline, uint64_t partition, const Bytes& proof, ChainEpoch epoch) {
    SubmitWindowedPoStParams params{.deadline = deadline,
                                    .partitions = {{partition, BitField::from_ranges({{1, 2}, {7, 9}})}},
                                    .proofs = {{5, proof}},
                                    .chain_commit_epoch = epoch,
                                    .chain_commit_rand = proof};
    const auto& method = shape(names::kMiner, methods::kSubmitWindowedPoSt);
    auto json = must(method.params.decode(to_cbor(params)));
    RC_ASSERT(must(method.params.encode(json)) == to_cbor(params));
  }));
}

/// Untrusted bytes: every method's decoder ends with a value or an error.
TEST(Methods, AnyBytesAreAValueOrAnError) {
  EXPECT_TRUE(rc::check([](const Bytes& bytes) {
    for (auto* table : {multisig_methods, market_methods, miner_methods, verified_registry_methods}) {
      for (const auto& method : table()) {
        (void)method.params.decode(bytes);
        (void)method.result.decode(bytes);
      }
    }
  }));
}

}  // namespace
}  // namespace nelumbo::actors
