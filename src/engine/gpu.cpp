#include "engine/gpu.hpp"

namespace nelumbo::gpu {
namespace {

/// A folder with an entry of such a name.
bool has_entry(const fs::path& folder, std::string_view begin, std::string_view end) {
  std::error_code error;
  for (const auto& each : fs::directory_iterator(folder, error)) {
    const auto name = each.path().filename().string();
    if (name.starts_with(begin) && name.ends_with(end)) return true;
  }
  return false;
}

}  // namespace

std::string_view support() { return NELUMBO_GPU_SUPPORT; }

bool device_present(const fs::path& root) {
  // NVIDIA's driver lists its cards; other cards are rendered to through /dev/dri, and OpenCL finds their drivers in
  // /etc/OpenCL/vendors.
  if (has_entry(root / "proc/driver/nvidia/gpus", "", "")) return true;
  return support().find("OpenCL") != std::string_view::npos && has_entry(root / "dev/dri", "renderD", "") &&
         has_entry(root / "etc/OpenCL/vendors", "", ".icd");
}

}  // namespace nelumbo::gpu
