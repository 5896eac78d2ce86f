#pragma once
// Folders that are gone with whoever made them.

#include "base/file.hpp"
#include "base/result.hpp"

namespace nelumbo {

/// An empty folder of its own, removed with all that is in it.
class TemporaryFolder {
 public:
  /// In the system's folder for such; throws when there can be none.
  TemporaryFolder();
  static Result<TemporaryFolder> in(const fs::path& parent);
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder();

  const fs::path& path() const { return path_; }
  fs::path operator/(std::string_view name) const { return path_ / name; }

 private:
  explicit TemporaryFolder(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

/// One more such folder, which lasts until the process ends. Thread-safe.
fs::path fresh_folder();

}  // namespace nelumbo
