// The pipeline on its own threads.
#include <condition_variable>
#include <thread>

#include "test_rig.hpp"

namespace nelumbo::sealing {
namespace {

using namespace testing;
using namespace std::chrono_literals;

/// Asking for a newer head makes one.
class RunningChain : public FakeChain {
 public:
  RunningChain(World& world, std::shared_ptr<ManualClock> clock)
      : FakeChain(world), world_(world), clock_(std::move(clock)) {}
  Result<TipsetPtr> wait_head(const TipsetKey&, TimePoint, std::stop_token stop) override {
    std::unique_lock pace(pace_);
    std::condition_variable_any().wait_for(pace, stop, 2ms, [] { return false; });  // an epoch
    std::lock_guard lock(mutex);
    if (away) return fail(ErrorCode::unavailable, "connection refused");
    world_.advance();
    clock_->seconds = kGenesis + kEpochSeconds * world_.height;
    return tipset();
  }

 private:
  std::mutex pace_;
  World& world_;
  std::shared_ptr<ManualClock> clock_;
};

TEST(Pipeline, RunsOnItsThreadsAndEndsWhenAsked) {
  World world;
  auto clock = std::make_shared<ManualClock>();
  auto chain = std::make_shared<RunningChain>(world, clock);
  auto sealer = std::make_shared<FakeSealer>(world);
  auto store = std::make_shared<MemoryKv>();
  auto config = quick_config();
  config.miner = Address::from_id(kMiner);
  auto pipeline = must(make_pipeline(config, {chain, sealer, std::make_shared<FakeAggregator>(), store, clock}));
  std::atomic<int> proving = 0;
  pipeline->on_transition([&](const SectorRecord&, const SectorRecord& after) {
    if (after.state == SectorState::Proving) ++proving;
  });
  must(pipeline->start());
  for (int i = 0; i < 6; ++i) must(pipeline->pledge());
  const auto deadline = std::chrono::steady_clock::now() + 120s;
  while (proving < 6 && std::chrono::steady_clock::now() < deadline) {
    sealer->run_all();
    for (const auto& each : pipeline->list()) EXPECT_FALSE(must(pipeline->wait_of(each.number)).reason.empty());
    std::this_thread::sleep_for(1ms);
  }
  EXPECT_EQ(proving, 6);
  pipeline->stop();
  EXPECT_EQ(world.sectors.size(), 6u);
}

}  // namespace
}  // namespace nelumbo::sealing
