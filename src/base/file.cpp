#include "base/file.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nelumbo {
namespace {

ErrorCode code_of(int number) {
  switch (number) {
    case ENOENT:
      return ErrorCode::not_found;
    case EACCES:
      return ErrorCode::permission;
    case ENOSPC:
    case EDQUOT:
      return ErrorCode::exhausted;
    case EIO:
    case ESTALE:
      return ErrorCode::unavailable;
    default:
      return ErrorCode::failed;
  }
}

std::unexpected<Error> system_failure(std::string_view what, const fs::path& path) {
  int number = errno;
  return fail(code_of(number), "{} {}: {}", what, path.string(), std::strerror(number));
}

struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

}  // namespace

Result<Bytes> read_file(const fs::path& path, size_t limit) {
  Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.fd < 0) return system_failure("cannot open", path);
  struct stat info {};
  if (::fstat(file.fd, &info) != 0) return system_failure("cannot stat", path);
  if (S_ISDIR(info.st_mode)) return fail(ErrorCode::invalid, "{} is a folder", path.string());
  if (static_cast<size_t>(info.st_size) > limit) {
    return fail(ErrorCode::exhausted, "{} has {} bytes, more than the {} allowed", path.string(), info.st_size, limit);
  }
  Bytes data(static_cast<size_t>(info.st_size));
  size_t done = 0;
  while (done < data.size()) {
    ssize_t n = ::read(file.fd, data.data() + done, data.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_failure("cannot read", path);
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  data.resize(done);
  return data;
}

Result<std::string> read_text_file(const fs::path& path, size_t limit) {
  auto data = TRY(read_file(path, limit));
  return std::string(as_text(data));
}

Result<> write_file(const fs::path& path, BytesView data, unsigned mode) {
  fs::path temporary = path;
  temporary += "." + std::to_string(::getpid()) + ".new";
  {
    Descriptor file{::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)};
    if (file.fd < 0) return system_failure("cannot write", path);
    size_t done = 0;
    while (done < data.size()) {
      ssize_t n = ::write(file.fd, data.data() + done, data.size() - done);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) {
        auto failure = system_failure("cannot write", path);
        ::unlink(temporary.c_str());
        return failure;
      }
      done += static_cast<size_t>(n);
    }
    if (::fchmod(file.fd, mode) != 0 || ::fsync(file.fd) != 0) {
      auto failure = system_failure("cannot write", path);
      ::unlink(temporary.c_str());
      return failure;
    }
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    auto failure = system_failure("cannot write", path);
    ::unlink(temporary.c_str());
    return failure;
  }
  fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  Descriptor parent{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (parent.fd >= 0) ::fsync(parent.fd);
  return {};
}

Result<> make_folder(const fs::path& path, unsigned mode) {
  std::error_code error;
  if (fs::is_directory(path, error)) return {};
  fs::create_directories(path, error);
  if (error) return fail(code_of(error.value()), "cannot make the folder {}: {}", path.string(), error.message());
  if (::chmod(path.c_str(), mode) != 0) return system_failure("cannot set the mode of", path);
  return {};
}

Result<FileLock> FileLock::take(const fs::path& path) {
  int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return system_failure("cannot open the lock", path);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    ::close(fd);
    return fail(ErrorCode::exists, "{} is locked by another process", path.string());
  }
  return FileLock(fd);
}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

fs::path expand_home(std::string_view path) {
  if (path != "~" && !path.starts_with("~/")) return fs::path(path);
  const char* home = std::getenv("HOME");
  fs::path base = home ? home : "/";
  return path.size() > 2 ? base / path.substr(2) : base;
}

fs::path cache_folder() {
  if (const char* own = std::getenv("NELUMBO_CACHE"); own && *own) return expand_home(own);
  if (const char* xdg = std::getenv("XDG_CACHE_HOME"); xdg && *xdg) return fs::path(xdg) / "nelumbo";
  return expand_home("~/.cache/nelumbo");
}

fs::path parameter_cache_folder() {
  if (const char* own = std::getenv("FIL_PROOFS_PARAMETER_CACHE"); own && *own) return expand_home(own);
  return cache_folder() / "proof-parameters";
}

}  // namespace nelumbo
