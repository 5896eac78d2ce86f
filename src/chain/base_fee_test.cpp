#include "chain/base_fee.hpp"

#include <gtest/gtest.h>

namespace nelumbo::chain {
namespace {

// The numbers of this file were printed by lotus's own Go packages (v1.36.2).

struct ByUse {
  int64_t base_fee, used;
  size_t blocks;
  int64_t after_smoke, before_smoke;
};
constexpr ByUse kByUse[] = {{100, 5'000'000'001, 1, 100, 103},
                            {100, 7'777'777'777, 1, 106, 111},
                            {100, 10'000'000'000, 1, 112, 112},
                            {100, 10'000'000'000, 3, 100, 100},
                            {107, 5'000'000'000, 1, 107, 110},
                            {107, 7'777'777'777, 3, 100, 102},
                            {108, 2'500'000'000, 1, 101, 102},
                            {1000, 0, 1, 875, 875},
                            {1000, 2'500'000'000, 3, 895, 901},
                            {1000, 30'000'000'000, 3, 1125, 1125},
                            {123456789, 1, 1, 108024690, 108024690},
                            {123456789, 2'500'000'000, 1, 115740739, 117669752},
                            {123456789, 5'000'000'001, 3, 113168723, 114454731},
                            {123456789, 7'777'777'777, 1, 132030177, 138031548},
                            {123456789, 10'000'000'000, 3, 118312756, 120884772},
                            {5000000000, 2'500'000'000, 3, 4479166666, 4505208333},
                            {5000000000, 7'777'777'777, 1, 5347222222, 5590277777}};

TEST(BaseFee, ByUseIsLotuss) {
  for (const auto& each : kByUse) {
    EXPECT_EQ(next_base_fee_by_use(each.base_fee, each.used, each.blocks, true), each.after_smoke)
        << each.base_fee << " " << each.used << " " << each.blocks;
    EXPECT_EQ(next_base_fee_by_use(each.base_fee, each.used, each.blocks, false), each.before_smoke)
        << each.base_fee << " " << each.used << " " << each.blocks;
  }
}

TEST(BaseFee, DecidingPremiumIsLotuss) {
  const std::vector<WeightedPremium> premiums = {
      {5, 3'000'000'000}, {100, 2'000'000'000}, {7, 4'000'000'000}, {100, 1'500'000'000}, {0, 9'000'000'000}};
  const std::pair<int64_t, int> facts[] = {
      {0, 100},           {1'999'999'999, 100}, {3'499'999'999, 100}, {3'500'000'000, 7}, {7'499'999'999, 7},
      {7'500'000'000, 5}, {10'499'999'999, 5},  {10'500'000'000, 0},  {19'500'000'000, 0}};
  for (const auto& [index, premium] : facts) EXPECT_EQ(premium_at(premiums, index), premium) << index;
  EXPECT_EQ(premium_at({}, kBlockGasTargetIndex), 0);
  EXPECT_EQ(premium_at({{9, kBlockGasTargetIndex}}, kBlockGasTargetIndex), 0);
  EXPECT_EQ(premium_at({{9, kBlockGasTargetIndex + 1}}, kBlockGasTargetIndex), 9);
}

TEST(BaseFee, ByPremiumMovesAtMostAnEighth) {
  EXPECT_EQ(kBlockGasTargetIndex, 7'999'999'999);
  EXPECT_EQ(next_base_fee_by_premium(1000, 0), 875);
  EXPECT_EQ(next_base_fee_by_premium(1000, 125), 1000);  // premium of one step: unchanged
  EXPECT_EQ(next_base_fee_by_premium(1000, 200), 1075);
  EXPECT_EQ(next_base_fee_by_premium(1000, 250), 1125);
  EXPECT_EQ(next_base_fee_by_premium(1000, 1'000'000), 1125);
  EXPECT_EQ(next_base_fee_by_premium(100, 0), 100);          // never below the minimum
  EXPECT_EQ(next_base_fee_by_premium(101, 1'000'000), 114);  // the step rounds up
}

}  // namespace
}  // namespace nelumbo::chain
