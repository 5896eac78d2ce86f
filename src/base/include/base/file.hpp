#pragma once
// Files that survive a crash: atomic writes, repository locks, the user's cache folder.

#include <filesystem>
#include <memory>
#include <string>

#include "base/bytes.hpp"

namespace nelumbo {

namespace fs = std::filesystem;

/// The whole file; not_found when there is none, exhausted when larger than `limit` bytes.
Result<Bytes> read_file(const fs::path& path, size_t limit = size_t{4} << 30);
Result<std::string> read_text_file(const fs::path& path, size_t limit = size_t{64} << 20);
/// Writes beside, syncs, renames over: a reader or a crash sees the old file or the new one, never a part.
Result<> write_file(const fs::path& path, BytesView data, unsigned mode = 0644);
inline Result<> write_file(const fs::path& path, std::string_view text, unsigned mode = 0644) {
  return write_file(path, as_bytes(text), mode);
}
/// mkdir -p with a clear error.
Result<> make_folder(const fs::path& path, unsigned mode = 0755);

/// An exclusive lock on a file, held while the object lives (flock: gone with the process, even after kill -9).
class FileLock {
 public:
  /// Error `exists` when another process holds it.
  static Result<FileLock> take(const fs::path& path);
  FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileLock& operator=(FileLock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

/// "~/x" with the user's home folder put in.
fs::path expand_home(std::string_view path);
/// Where fetched and generated things are kept between runs: $NELUMBO_CACHE, else $XDG_CACHE_HOME/nelumbo, else
/// ~/.cache/nelumbo.
fs::path cache_folder();
/// The proof parameter cache: $FIL_PROOFS_PARAMETER_CACHE, else cache_folder()/proof-parameters.
fs::path parameter_cache_folder();

}  // namespace nelumbo
