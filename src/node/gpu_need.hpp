#pragma once
// Must the miner have a graphics card, and has it one?

#include <map>
#include <optional>
#include <string>

#include "base/result.hpp"

namespace nelumbo::node {

/// What says that a card is wanted.
struct GpuNeed {
  std::optional<bool> flag;         ///< --enable-gpu-proving, when it was given
  uint64_t window_post_sector = 0;  ///< bytes of the sectors whose window PoSts this process makes; 0: it makes none
};
/// What there is.
struct GpuState {
  std::string support;                             ///< of the build, as of gpu::support
  bool device = false;                             ///< the system shows a card
  std::map<std::string, std::string> environment;  ///< those of the proofs' variables that are set
};
GpuState gpu_state();

/// Nothing when no card is needed or there is one. invalid: it is wanted and forbidden at once; unavailable: it is
/// wanted and cannot be used: the error says by what it is wanted and what is missing.
Result<> require_gpu(const GpuNeed& need, const GpuState& state);

}  // namespace nelumbo::node
