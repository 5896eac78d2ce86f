#include <cstdlib>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "base/log_levels.hpp"
#include "base/temporary_folder.hpp"
#include "base/thread_pool.hpp"

using namespace nelumbo;

namespace {

TEST(Bytes, TextFormsRoundTrip) {
  EXPECT_TRUE(rc::check([](const Bytes& bytes) {
    RC_ASSERT(from_hex(to_hex(bytes)).value() == bytes);
    RC_ASSERT(from_base64(to_base64(bytes)).value() == bytes);
    RC_ASSERT(from_base64url(to_base64url(bytes)).value() == bytes);
  }));
}

TEST(Bytes, KnownBase64) {  // RFC 4648 section 10
  EXPECT_EQ(to_base64(as_bytes("foobar")), "Zm9vYmFy");
  EXPECT_EQ(to_base64(as_bytes("fooba")), "Zm9vYmE=");
  EXPECT_EQ(to_base64(as_bytes("foob")), "Zm9vYg==");
}

TEST(Bytes, BadTextIsRefused) {
  EXPECT_FALSE(from_hex("abc"));
  EXPECT_FALSE(from_hex("zz"));
  EXPECT_FALSE(from_base64("Zm9vYg"));
  EXPECT_FALSE(from_base64("Zm9vYh=="));
  EXPECT_FALSE(from_base64("Zm9v!mFy"));
}

TEST(File, WriteIsWholeAndReadBack) {
  auto folder = fresh_folder();
  ASSERT_TRUE(write_file(folder / "x", "one", 0600));
  ASSERT_TRUE(write_file(folder / "x", "two", 0600));
  EXPECT_EQ(read_text_file(folder / "x").value(), "two");
  EXPECT_EQ(fs::status(folder / "x").permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(read_file(folder / "none").error().code, ErrorCode::not_found);
  EXPECT_EQ(read_file(folder / "x", 2).error().code, ErrorCode::exhausted);
  fs::remove_all(folder);
}

TEST(File, LockHoldsOutASecondTaker) {
  auto folder = fresh_folder();
  {
    auto first = FileLock::take(folder / "lock");
    ASSERT_TRUE(first);
    EXPECT_EQ(FileLock::take(folder / "lock").error().code, ErrorCode::exists);
  }
  EXPECT_TRUE(FileLock::take(folder / "lock"));
  fs::remove_all(folder);
}

TEST(ThreadPool, RunsEverythingPosted) {
  std::atomic<int> sum = 0;
  {
    ThreadPool pool(3);
    for (int i = 1; i <= 100; ++i) pool.post([&sum, i] { sum += i; });
    EXPECT_EQ(pool.submit([] { return 7; }).get(), 7);
  }
  EXPECT_EQ(sum, 5050);
}

TEST(Log, ASubsystemMayHaveALevelOfItsOwn) {
  auto file = fresh_folder() / "log";
  add_log_file(file.string());
  set_log_level(LogLevel::warn);
  set_log_level("talker", LogLevel::debug);
  log_debug("talker", "heard");
  log_info("other", "not heard");
  set_log_level(LogLevel::warn);
  log_debug("talker", "no more");
  set_log_level("quiet", LogLevel::off);
  log_error("quiet", "dropped");
  log_error("other", "seen");
  set_log_level(LogLevel::info);
  auto bytes = read_file(file).value();
  std::string text(bytes.begin(), bytes.end());
  EXPECT_NE(text.find("heard"), std::string::npos);
  EXPECT_NE(text.find("seen"), std::string::npos);
  for (const char* gone : {"not heard", "no more", "dropped"}) EXPECT_EQ(text.find(gone), std::string::npos) << gone;
}

}  // namespace
