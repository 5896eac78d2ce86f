#include "sealing/states.hpp"

namespace nelumbo::sealing {

namespace {
constexpr std::string_view kNames[] = {
#define NELUMBO_STATE(name) #name,
    NELUMBO_SECTOR_STATES(NELUMBO_STATE)
#undef NELUMBO_STATE
};
}  // namespace

std::string_view state_name(SectorState state) { return kNames[static_cast<size_t>(state)]; }

Result<SectorState> parse_state(std::string_view name) {
  for (size_t i = 0; i < std::size(kNames); ++i) {
    if (kNames[i] == name) return static_cast<SectorState>(i);
  }
  return fail(ErrorCode::invalid, "there is no sector state '{}'", name);
}

}  // namespace nelumbo::sealing
