#include "disk_room.hpp"

#include <sys/statvfs.h>

namespace nelumbo {

Result<> check_room(const fs::path& folder, uint64_t least) {
  struct statvfs disk {};
  if (::statvfs(folder.c_str(), &disk) != 0) return {};  // whoever writes there hears what is wrong
  const uint64_t free = uint64_t{disk.f_bavail} * disk.f_frsize;
  if (free >= least) return {};
  return fail(ErrorCode::exhausted, "no space left on the disk of {}: {} KiB are free, {} KiB must stay so",
              folder.string(), free >> 10, least >> 10);
}

}  // namespace nelumbo
