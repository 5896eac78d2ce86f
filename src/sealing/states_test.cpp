#include "sealing/states.hpp"

#include <gtest/gtest.h>

#include "sealing/local_sealer.hpp"
#include "sealing/pipeline.hpp"

namespace nelumbo::sealing {

TEST(States, names_are_read_back) {
  for (int i = 0; i <= static_cast<int>(SectorState::Removed); ++i) {
    auto state = static_cast<SectorState>(i);
    EXPECT_EQ(parse_state(state_name(state)).value(), state);
  }
  EXPECT_EQ(parse_state("Sealing").error().code, ErrorCode::invalid);
}

}  // namespace nelumbo::sealing
