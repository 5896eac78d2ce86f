#include "base/temporary_folder.hpp"

#include <cstdlib>
#include <mutex>
#include <vector>

namespace nelumbo {

TemporaryFolder::TemporaryFolder() : TemporaryFolder(must(in(fs::temp_directory_path()))) {}

Result<TemporaryFolder> TemporaryFolder::in(const fs::path& parent) {
  TRY(make_folder(parent));
  auto name = (parent / "nelumbo-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) return fail(ErrorCode::failed, "no folder can be made in {}", parent.string());
  return TemporaryFolder(fs::path(name));
}

TemporaryFolder::~TemporaryFolder() {
  if (path_.empty()) return;
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

fs::path fresh_folder() {
  static std::mutex mutex;
  static std::vector<TemporaryFolder> all;
  std::lock_guard lock(mutex);
  return all.emplace_back().path();
}

}  // namespace nelumbo
