#include "sector_files.hpp"

#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "crypto/hash.hpp"

namespace nelumbo::mining {

namespace {

constexpr uint64_t kNode = 32;     ///< bytes of a node of the replica and of the trees
constexpr uint64_t kAuxSize = 64;  ///< p_aux: two commitments
constexpr int kRandomReads = 4;    ///< of the replica

class OpenFile {
 public:
  static Result<OpenFile> open(const fs::path& path) {
    int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return fail(ErrorCode::not_found, "{}: {}", path.string(), std::strerror(errno));
    return OpenFile(fd, path);
  }
  OpenFile(OpenFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}
  OpenFile& operator=(OpenFile&&) = delete;
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }

  Result<uint64_t> size() const {
    auto end = ::lseek(fd_, 0, SEEK_END);
    if (end < 0) return fail(ErrorCode::failed, "{}: {}", path_.string(), std::strerror(errno));
    return static_cast<uint64_t>(end);
  }
  /// One node at a place.
  Result<> read(uint64_t offset) const {
    std::array<char, kNode> node;
    auto got = ::pread(fd_, node.data(), node.size(), static_cast<off_t>(offset));
    if (got < 0) return fail(ErrorCode::failed, "{} at {}: {}", path_.string(), offset, std::strerror(errno));
    if (got != static_cast<ssize_t>(node.size()))
      return fail(ErrorCode::failed, "{} ends before byte {}", path_.string(), offset + kNode);
    return {};
  }

 private:
  OpenFile(int fd, fs::path path) : fd_(fd), path_(std::move(path)) {}
  int fd_;
  fs::path path_;
};

uint64_t random_below(uint64_t bound) {
  uint64_t number = 0;
  auto bytes = random_bytes(sizeof number);
  std::memcpy(&number, bytes.data(), sizeof number);
  return number % bound;
}

/// Some nodes of the replica, whose size is right.
Result<> read_replica(const fs::path& path, uint64_t sector_size) {
  auto file = TRY(OpenFile::open(path));
  TRY(file.read(0));
  TRY(file.read(sector_size - kNode));
  for (int i = 0; i < kRandomReads; ++i) TRY(file.read(random_below(sector_size / kNode) * kNode));
  return {};
}

Result<> read_ends(const fs::path& path) {
  auto file = TRY(OpenFile::open(path));
  auto size = TRY(file.size());
  if (size < kNode) return fail(ErrorCode::failed, "{} has only {} bytes", path.string(), size);
  TRY(file.read(0));
  return file.read(size - kNode);
}

bool is_read_by_proofs(const std::string& name) {
  return name == "p_aux" || name == "t_aux" || name.starts_with("sc-02-data-tree-r-last");
}

}  // namespace

Result<> read_sector_files(const PrivateSectorInfo& sector, bool mock) {
  const uint64_t sector_size = TRY(seal_proof_info(sector.info.seal_proof)).sector_size;
  TRY(read_replica(sector.sealed_file, sector_size));
  if (mock) return {};
  TRY(sealing::check_proving_cache(sector.cache_folder, sector_size));
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(sector.cache_folder, error)) {
    if (is_read_by_proofs(entry.path().filename())) TRY(read_ends(entry.path()));
  }
  if (error) return fail(ErrorCode::failed, "{}: {}", sector.cache_folder.string(), error.message());
  return {};
}

}  // namespace nelumbo::mining
