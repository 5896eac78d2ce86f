#include "gpu_need.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/temporary_folder.hpp"
#include "engine/gpu.hpp"

namespace nelumbo::node {
namespace {

using ::testing::HasSubstr;

constexpr uint64_t kSmall = 512ULL << 20, kLarge = 32ULL << 30;
const GpuState kNoSupport, kCard{.support = "CUDA", .device = true, .environment = {}},
    kNoCard{.support = "CUDA", .device = false, .environment = {}};

std::string refused(const GpuNeed& need, const GpuState& state) {
  auto result = require_gpu(need, state);
  EXPECT_FALSE(result);
  return result ? "" : result.error().message;
}

TEST(GpuNeed, NothingIsNeededForSmallSectorsNorWhereNoWindowPostIsMade) {
  for (const auto& state : {kNoSupport, kNoCard, kCard}) {
    EXPECT_TRUE(require_gpu({.flag = {}, .window_post_sector = kSmall}, state));
    EXPECT_TRUE(require_gpu({.flag = {}, .window_post_sector = 0}, state));
  }
}

TEST(GpuNeed, LargeSectorsNeedACardUnlessTheProcessorIsChosen) {
  const GpuNeed large{.flag = {}, .window_post_sector = kLarge};
  EXPECT_THAT(refused(large, kNoSupport), HasSubstr("this build has no GPU support"));
  EXPECT_THAT(refused(large, kNoSupport), HasSubstr("--enable-gpu-proving=false"));
  EXPECT_THAT(refused(large, kNoCard), HasSubstr("there is none, or its driver is missing"));
  EXPECT_TRUE(require_gpu(large, kCard));
  EXPECT_TRUE(require_gpu({.flag = false, .window_post_sector = kLarge}, kNoSupport));
  auto off = kNoSupport;
  off.environment = {{"BELLMAN_NO_GPU", "1"}};
  EXPECT_TRUE(require_gpu(large, off));
}

TEST(GpuNeed, ACardThatIsAskedForMustBeThere) {
  const GpuNeed asked{.flag = true, .window_post_sector = kSmall};
  EXPECT_EQ(require_gpu(asked, kNoSupport).error().code, ErrorCode::unavailable);
  EXPECT_THAT(refused(asked, kNoSupport), HasSubstr("--enable-gpu-proving asks for a GPU"));
  EXPECT_THAT(refused(asked, kNoCard), HasSubstr("this build uses CUDA"));
  EXPECT_TRUE(require_gpu(asked, kCard));
  for (const char* name : {"FIL_PROOFS_USE_GPU_COLUMN_BUILDER", "FIL_PROOFS_USE_GPU_TREE_BUILDER"}) {
    auto state = kNoSupport;
    state.environment = {{name, "1"}};
    EXPECT_THAT(refused({}, state), HasSubstr(name));
    state.environment = {{name, "0"}};
    EXPECT_TRUE(require_gpu({}, state));
  }
}

TEST(GpuNeed, AskedForAndForbiddenAtOnceIsRefused) {
  auto state = kCard;
  state.environment = {{"BELLMAN_NO_GPU", "1"}, {"FIL_PROOFS_USE_GPU_TREE_BUILDER", "true"}};
  EXPECT_THAT(refused({}, state), HasSubstr("BELLMAN_NO_GPU forbids it"));
  state.environment.erase("BELLMAN_NO_GPU");
  EXPECT_THAT(refused({.flag = false, .window_post_sector = 0}, state),
              HasSubstr("--enable-gpu-proving=false forbids it"));
}

TEST(GpuNeed, ACardIsSeenByWhatTheDriverShows) {
  TemporaryFolder root;
  EXPECT_FALSE(gpu::device_present(root.path()));
  must(make_folder(root.path() / "proc/driver/nvidia/gpus"));
  EXPECT_FALSE(gpu::device_present(root.path())) << "a driver without a card";
  must(make_folder(root.path() / "proc/driver/nvidia/gpus/0000:01:00.0"));
  EXPECT_TRUE(gpu::device_present(root.path()));
}

}  // namespace
}  // namespace nelumbo::node
