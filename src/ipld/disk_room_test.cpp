#include "disk_room.hpp"

#include <gtest/gtest.h>

namespace nelumbo {
namespace {

TEST(DiskRoom, IsThereOrTheErrorSaysWhatIsFree) {
  const auto folder = fs::temp_directory_path();
  EXPECT_TRUE(check_room(folder, 1));
  auto little = check_room(folder, UINT64_MAX);
  ASSERT_FALSE(little);
  EXPECT_EQ(little.error().code, ErrorCode::exhausted);
  EXPECT_NE(little.error().message.find("no space left on the disk of " + folder.string()), std::string::npos)
      << little.error().message;
}

}  // namespace
}  // namespace nelumbo
