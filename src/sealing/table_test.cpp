#include "sealing/table.hpp"

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "test_rig.hpp"

namespace nelumbo::sealing {
namespace {

using namespace testing;

TEST(Table, EachStateHasARowAndASentence) {
  for (size_t i = 0; i < state_rows().size(); ++i) {
    const auto& row = row_of(static_cast<SectorState>(i));
    EXPECT_EQ(static_cast<size_t>(row.state), i);
    EXPECT_FALSE(row.does.empty());
    if (row.kind == StateKind::failed) {
      EXPECT_GT(row.tries, 0u) << state_name(row.state);
    }
    if (is_active(row.state)) {
      EXPECT_FALSE(row.help.empty()) << state_name(row.state);
    }
  }
}

TEST(Table, AnEventLeadsToOnePlaceAndEveryActiveStateHasAWayOn) {
  std::set<std::pair<SectorState, Event>> seen;
  std::set<SectorState> leaving;
  for (const auto& each : transitions()) {
    EXPECT_TRUE(seen.insert({each.from, each.event}).second) << state_name(each.from) << " " << event_name(each.event);
    EXPECT_EQ(next_state(each.from, each.event), each.to);
    leaving.insert(each.from);
  }
  for (const auto& row : state_rows()) {
    if (is_active(row.state)) {
      EXPECT_TRUE(leaving.contains(row.state)) << state_name(row.state);
    }
    if (row.state == SectorState::Removing || row.state == SectorState::Removed) continue;
    EXPECT_EQ(next_state(row.state, Event::remove), SectorState::Removing);
  }
}

TEST(Table, FromEveryStateReachedThereIsAWayToProvingOrRemoved) {
  // Backwards from Proving over all transitions.
  std::set<SectorState> good{SectorState::Proving, SectorState::Removed};
  for (bool grown = true; grown;) {
    grown = false;
    for (const auto& each : transitions()) grown |= good.contains(each.to) && good.insert(each.from).second;
  }
  for (const auto& row : state_rows()) {
    if (is_active(row.state)) {
      EXPECT_TRUE(good.contains(row.state)) << state_name(row.state);
    }
  }
}

TEST(StatesPage, IsWhatTheTableGives) {
  const std::string path = std::string(NELUMBO_SOURCE_DIR) + "/docs/sector-states.md";
  if (std::getenv("NELUMBO_WRITE_PAGES") != nullptr) std::ofstream(path) << states_page();
  std::stringstream page;
  page << std::ifstream(path).rdbuf();
  EXPECT_EQ(page.str(), states_page()) << "write it anew: NELUMBO_WRITE_PAGES=1";
}

/// Whatever comes in whatever order: nothing is sent or sealed twice, and all sectors prove once the trouble ends.
TEST(Machine, AnyOrderOfTroubleEndsWithAllSectorsProving) {
  EXPECT_TRUE(rc::check([] {
    auto config = quick_config();
    config.aggregate_commits = *rc::gen::arbitrary<bool>();
    config.finalize_early = *rc::gen::arbitrary<bool>();
    Rig rig(config);
    rig.start();
    rig.pledge(*rc::gen::inRange(1, 6));
    const auto steps = *rc::gen::container<std::vector<int>>(40, rc::gen::inRange(0, 14));
    static constexpr const char* kTasks[] = {"AP", "PC1", "C1", "C2", "FIN"};
    for (size_t i = 0; i < steps.size(); ++i) {
      switch (steps[i]) {
        case 0:
          rig.chain->away = true;
          break;
        case 1:
          rig.chain->away = false;
          break;
        case 2:
          rig.chain->lose_answers = 1;
          break;
        case 3:
          rig.chain->lose_messages = 1;
          break;
        case 4:
          rig.start();
          break;
        case 5:
          rig.sealer->failures[kTasks[i % 5]].push_back({ErrorCode::unavailable, "later"});
          break;
        case 6:
          rig.sealer->failures[kTasks[i % 5]].push_back({ErrorCode::failed, "broken"});
          break;
        case 7:
          if (rig.before.size() > 4) rig.reorganise(1 + i % 4, i % 2 == 0);
          break;
        case 8:
          rig.world.funds = 120;
          break;
        case 9:
          rig.world.funds = 1'000'000;
          break;
        default:
          break;
      }
      rig.epochs(1 + static_cast<int>(i % 3));
    }
    rig.chain->away = false;
    rig.chain->lose_answers = rig.chain->lose_messages = 0;
    rig.world.funds = 1'000'000;
    rig.sealer->failures.clear();
    RC_ASSERT(rig.until({SectorState::Proving}, 1500));
    const auto twice = rig.twice();
    if (!twice.empty()) RC_FAIL(twice);
  }));
}

/// The machine goes only where the table says.
TEST(Machine, EveryTransitionIsInTheTable) {
  Rig rig;
  rig.sealer->failures["PC2"] = {{ErrorCode::invalid, "x"}, {ErrorCode::invalid, "x"}, {ErrorCode::invalid, "x"}};
  rig.sealer->failures["C2"] = {{ErrorCode::failed, "x"}};
  rig.start();
  int heard = 0;
  rig.machine->on_transition([&](const SectorRecord& before, const SectorRecord& after) {
    ++heard;
    auto any = std::any_of(transitions().begin(), transitions().end(),
                           [&](const auto& each) { return each.from == before.state && each.to == after.state; });
    EXPECT_TRUE(any) << state_name(before.state) << " to " << state_name(after.state);
    // It was stored before anybody hears of it.
    EXPECT_EQ(must(Book(rig.store).records()).at(after.number), after);
  });
  rig.pledge(3);
  EXPECT_TRUE(rig.until({SectorState::Proving}));
  EXPECT_GT(heard, 30);
}

}  // namespace
}  // namespace nelumbo::sealing
