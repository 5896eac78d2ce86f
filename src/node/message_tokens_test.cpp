#include "message_tokens.hpp"

#include <condition_variable>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/temporary_folder.hpp"
#include "rpc/jwt.hpp"

namespace nelumbo::node {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

/// A clock that a test moves.
class HandClock final : public Clock {
 public:
  TimePoint now() const override {
    std::lock_guard lock(mutex_);
    return now_;
  }
  bool wait_until(TimePoint when, std::stop_token stop) const override {
    std::unique_lock lock(mutex_);
    ++waits_;
    moved_.notify_all();
    return moved_.wait(lock, stop, [&] { return now_ >= when; });
  }
  void move(std::chrono::seconds by) {
    std::lock_guard lock(mutex_);
    now_ += by;
    moved_.notify_all();
  }
  /// Until somebody has begun to wait anew since a number of waits.
  void await_waits(uint64_t count) const {
    std::unique_lock lock(mutex_);
    moved_.wait(lock, [&] { return waits_ >= count; });
  }
  uint64_t waits() const {
    std::lock_guard lock(mutex_);
    return waits_;
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable_any moved_;
  mutable uint64_t waits_ = 0;
  TimePoint now_ = from_unix_seconds(1'800'000'000);
};

class MessageTokensTest : public testing::Test {
 protected:
  MessageTokensTest() { must(tokens_.use(open())); }

  std::shared_ptr<messager::Book> open() const {
    messager::DatabaseConfig config;
    config.dsn = (folder_ / "messages.db").string();
    return must(messager::open_book(config, must(messager::Vault::from_passphrase("words")), 0));
  }
  std::string refusal(const std::string& token) const {
    auto verified = tokens_.verify(token);
    return verified ? "accepted" : verified.error().message;
  }

  const Bytes secret_ = Bytes(32, 7);
  TemporaryFolder folder_;
  std::shared_ptr<HandClock> clock_ = std::make_shared<HandClock>();
  MessageTokens tokens_{secret_, clock_};
};

TEST_F(MessageTokensTest, ATokenEndsWithItsTime) {
  auto token = must(tokens_.make(rpc::permissions_up_to(rpc::Permission::sign), "miner", 60s));
  EXPECT_EQ(must(tokens_.verify(token)).names(), (std::vector<std::string>{"read", "write", "sign"}));
  clock_->move(59s);
  EXPECT_TRUE(tokens_.verify(token));
  clock_->move(1s);
  EXPECT_THAT(refusal(token), HasSubstr("expired"));
  auto listed = must(tokens_.list());
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_EQ(listed[0].name, "miner");
  EXPECT_EQ(listed[0].permission, "sign");
  EXPECT_EQ(listed[0].expires, "2027-01-15T08:01:00Z");
}

TEST_F(MessageTokensTest, ARevokedTokenIsRefusedAtOnce) {
  auto kept = must(tokens_.make(rpc::kReadOnly, "", 0s));
  auto token = must(tokens_.make(rpc::kReadOnly, "", 0s));
  const auto id = must(tokens_.list()).back().id;
  must(tokens_.revoke(id));
  EXPECT_EQ(refusal(token), fmt::format("the token {} was revoked", id));
  EXPECT_EQ(refusal(kept), "accepted");
  EXPECT_TRUE(must(tokens_.list()).back().revoked);
  EXPECT_EQ(tokens_.revoke(99).error().code, ErrorCode::not_found);
}

TEST_F(MessageTokensTest, WhatAnotherServerRevokesIsSeen) {
  auto token = must(tokens_.make(rpc::kReadOnly, "", 0s));
  must(open()->revoke_token(must(tokens_.list()).back().id));
  clock_->await_waits(1);
  const auto waits = clock_->waits();
  clock_->move(10s);
  clock_->await_waits(waits + 1);  // it has read the table and waits again
  EXPECT_THAT(refusal(token), HasSubstr("revoked"));
}

TEST_F(MessageTokensTest, TokensOutliveARestart) {
  auto token = must(tokens_.make(rpc::kReadOnly, "", 0s));
  MessageTokens again(secret_, clock_);
  EXPECT_THAT(again.verify(token).error().message, HasSubstr("not in the database"));
  must(again.use(open()));
  EXPECT_TRUE(again.verify(token));
}

TEST_F(MessageTokensTest, TheRepositorysOwnTokenNeedsNoRow) {
  EXPECT_TRUE(tokens_.verify(rpc::make_token(secret_, rpc::kAllPermissions)));
  EXPECT_FALSE(tokens_.verify(rpc::make_token(Bytes(32, 8), rpc::kAllPermissions)));
  EXPECT_EQ(tokens_.make({}, "", 0s).error().code, ErrorCode::invalid);
  EXPECT_EQ(tokens_.make(rpc::kReadOnly, "", -1s).error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace nelumbo::node
