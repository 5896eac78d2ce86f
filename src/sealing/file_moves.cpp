#include "file_moves.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nelumbo::sealing {
namespace {

struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

std::unexpected<Error> failure(std::string_view what, const fs::path& path, int number) {
  const auto code = number == ENOSPC || number == EDQUOT ? ErrorCode::exhausted
                    : number == ENOENT                   ? ErrorCode::not_found
                    : number == EIO || number == ESTALE  ? ErrorCode::unavailable
                                                         : ErrorCode::failed;
  return fail(code, "{} {}: {}", what, path.string(), std::strerror(number));
}

/// Each regular file under the path, or the path itself.
void for_each_file(const fs::path& path, const std::function<void(const fs::path&)>& visit) {
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    if (fs::exists(path, error)) visit(path);
    return;
  }
  for (auto it = fs::recursive_directory_iterator(path, fs::directory_options::skip_permission_denied, error);
       !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    if (it->is_regular_file(error)) visit(it->path());
  }
}

/// copy_file_range keeps holes where the file system can, and is done in pieces.
Result<> copy_content(int from, int to, const fs::path& path) {
  constexpr size_t kPiece = size_t{64} << 20;
  while (true) {
    ssize_t done = ::copy_file_range(from, nullptr, to, nullptr, kPiece, 0);
    if (done == 0) return {};
    if (done > 0) continue;
    if (errno == EINTR) continue;
    if (errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP) break;
    return failure("copying", path, errno);
  }
  std::string buffer(size_t{1} << 20, '\0');
  while (true) {
    ssize_t got = ::read(from, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failure("reading", path, errno);
    if (got == 0) return {};
    for (ssize_t done = 0; done < got;) {
      ssize_t n = ::write(to, buffer.data() + done, static_cast<size_t>(got - done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return failure("copying", path, errno);
      done += n;
    }
  }
}

Result<> copy_file_synced(const fs::path& from, const fs::path& to) {
  Descriptor in{::open(from.c_str(), O_RDONLY | O_CLOEXEC)};
  if (in.fd < 0) return failure("opening", from, errno);
  Descriptor out{::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)};
  if (out.fd < 0) return failure("writing", to, errno);
  TRY(copy_content(in.fd, out.fd, from));
  if (::fsync(out.fd) != 0) return failure("syncing", to, errno);
  return {};
}

Result<> copy_synced(const fs::path& from, const fs::path& to) {
  std::error_code error;
  if (!fs::is_directory(from, error)) return copy_file_synced(from, to);
  TRY(make_folder(to));
  for (auto it = fs::directory_iterator(from, error); !error && it != fs::directory_iterator(); it.increment(error)) {
    TRY(copy_synced(it->path(), to / it->path().filename()));
  }
  if (error) return failure("reading", from, error.value());
  return sync_path(to);
}

Result<> remove_tree(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) return failure("removing", path, error.value());
  return {};
}

}  // namespace

uint64_t disk_usage(const fs::path& path) {
  uint64_t sum = 0;
  for_each_file(path, [&](const fs::path& file) {
    struct stat info {};
    if (::lstat(file.c_str(), &info) == 0) sum += static_cast<uint64_t>(info.st_blocks) * 512;
  });
  return sum;
}

uint64_t content_size(const fs::path& path) {
  uint64_t sum = 0;
  for_each_file(path, [&](const fs::path& file) {
    std::error_code error;
    if (auto size = fs::file_size(file, error); !error) sum += size;
  });
  return sum;
}

bool same_shape(const fs::path& a, const fs::path& b) {
  const auto shape = [](const fs::path& root) {
    std::vector<std::pair<std::string, uint64_t>> out;
    for_each_file(root, [&](const fs::path& file) {
      std::error_code error;
      out.emplace_back(file.lexically_relative(root).string(), fs::file_size(file, error));
    });
    std::sort(out.begin(), out.end());
    return out;
  };
  return shape(a) == shape(b);
}

Result<> sync_path(const fs::path& path) {
  Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.fd < 0) return failure("opening", path, errno);
  if (::fsync(file.fd) != 0) return failure("syncing", path, errno);
  return {};
}

Result<> move_entry(const fs::path& from, const fs::path& to, const fs::path& incoming) {
  TRY(make_folder(to.parent_path()));
  if (::rename(from.c_str(), to.c_str()) == 0) {
    TRY(sync_path(to.parent_path()));
    return sync_path(from.parent_path());
  }
  if (errno != EXDEV) return failure("moving", from, errno);
  TRY(make_folder(incoming.parent_path()));
  TRY(remove_tree(incoming));
  auto copied = copy_synced(from, incoming);
  if (copied && !same_shape(from, incoming)) {
    copied = fail(ErrorCode::failed, "{} changed while it was copied", from.string());
  }
  if (!copied) {
    (void)remove_tree(incoming);
    return copied;
  }
  if (::rename(incoming.c_str(), to.c_str()) != 0) return failure("moving", incoming, errno);
  TRY(sync_path(to.parent_path()));
  return remove_tree(from);
}

}  // namespace nelumbo::sealing
