#include "gpu_need.hpp"

#include <cstdlib>

#include "engine/gpu.hpp"

namespace nelumbo::node {
namespace {

// The proofs' own variables (bellperson, rust-fil-proofs).
constexpr const char* kForbid = "BELLMAN_NO_GPU";
constexpr const char* kWants[] = {"FIL_PROOFS_USE_GPU_COLUMN_BUILDER", "FIL_PROOFS_USE_GPU_TREE_BUILDER"};

/// From here on a full partition is not proved on a processor within its deadline of half an hour: those of smaller
/// sectors have two sectors, those of 32 GiB have 2,349.
constexpr uint64_t kNeedsGpu = uint64_t{32} << 30;

bool is_on(const std::string& value) { return value == "1" || value == "true"; }

/// By what a card is wanted; empty: by nothing.
std::string wanted_by(const GpuNeed& need, const GpuState& state, bool forbidden) {
  if (need.flag == true) return "--enable-gpu-proving asks for a GPU";
  for (const auto* name : kWants) {
    auto found = state.environment.find(name);
    if (found != state.environment.end() && is_on(found->second)) return fmt::format("{} asks for a GPU", name);
  }
  if (forbidden || need.window_post_sector < kNeedsGpu) return "";
  return "window PoSts of sectors of 32 GiB and more need a GPU to be in time (--enable-gpu-proving=false proves on "
         "the "
         "processor all the same)";
}

}  // namespace

GpuState gpu_state() {
  GpuState out{.support = std::string(gpu::support()), .device = gpu::device_present(), .environment = {}};
  for (const char* name : {kForbid, kWants[0], kWants[1]}) {
    if (const char* value = std::getenv(name)) out.environment[name] = value;
  }
  return out;
}

Result<> require_gpu(const GpuNeed& need, const GpuState& state) {
  const bool by_variable = state.environment.contains(kForbid);
  const bool forbidden = need.flag == false || by_variable;
  const auto why = wanted_by(need, state, forbidden);
  if (why.empty()) return {};
  if (forbidden) {
    return fail(ErrorCode::invalid, "{}, but {} forbids it", why, by_variable ? kForbid : "--enable-gpu-proving=false");
  }
  if (state.support.empty()) {
    return fail(ErrorCode::unavailable,
                "{}, and this build has no GPU support: it was built with neither NELUMBO_CUDA nor NELUMBO_OPENCL",
                why);
  }
  if (state.device) return {};
  return fail(ErrorCode::unavailable, "{}, and there is none, or its driver is missing (this build uses {})", why,
              state.support);
}

}  // namespace nelumbo::node
