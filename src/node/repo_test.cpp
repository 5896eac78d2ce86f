#include "node/repo.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/temporary_folder.hpp"
#include "rpc/api_info.hpp"
#include "rpc/jwt.hpp"

namespace nelumbo::node {
namespace {

using testing::HasSubstr;

TEST(Repository, MakesWhatIsMissing) {
  TemporaryFolder folder;
  auto repository = must(Repository::open(folder / "lotus", RepoKind::daemon));
  EXPECT_TRUE(fs::exists(folder / "lotus/config.toml"));
  EXPECT_TRUE(fs::exists(folder / "lotus/repo.lock"));
}

TEST(Repository, SecondOpenSaysWhoHasIt) {
  TemporaryFolder folder;
  auto first = must(Repository::open(folder.path(), RepoKind::daemon));
  auto second = Repository::open(folder.path(), RepoKind::daemon);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::exists);
  EXPECT_THAT(second.error().message, HasSubstr("is in use"));
}

TEST(Repository, LockEndsWithTheObject) {
  TemporaryFolder folder;
  { auto first = must(Repository::open(folder.path(), RepoKind::miner)); }
  EXPECT_TRUE(Repository::open(folder.path(), RepoKind::miner));
}

TEST(Repository, NewerLayoutIsRefused) {
  TemporaryFolder folder;
  must(write_file(folder / "version", "99\n"));
  auto opened = Repository::open(folder.path(), RepoKind::daemon);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::unsupported);
  EXPECT_THAT(opened.error().message, HasSubstr("99"));
}

TEST(Repository, SecretIsMadeOnceAndSignsTokens) {
  TemporaryFolder folder;
  Bytes secret;
  {
    auto repository = must(Repository::open(folder.path(), RepoKind::daemon));
    secret = must(repository.jwt_secret());
    EXPECT_EQ(must(repository.jwt_secret()), secret);
  }
  auto repository = must(Repository::open(folder.path(), RepoKind::daemon));
  EXPECT_EQ(must(repository.jwt_secret()), secret);
  EXPECT_EQ(must(rpc::verify_token(secret, rpc::make_token(secret, rpc::kAllPermissions))), rpc::kAllPermissions);
}

TEST(Repository, ApiFileTellsClientsAndGoesWithTheProgram) {
  TemporaryFolder folder;
  {
    auto repository = must(Repository::open(folder.path(), RepoKind::daemon));
    must(repository.publish_api("/ip4/127.0.0.1/tcp/4321/http", "secret-token"));
    auto info = must(rpc::find_api_info("NELUMBO_TEST_NO_SUCH_VARIABLE", folder.path(), "lotus daemon"));
    EXPECT_EQ(info.port, 4321);
    EXPECT_EQ(info.token, "secret-token");
    EXPECT_EQ(fs::status(folder / "token").permissions() & fs::perms::all,
              fs::perms::owner_read | fs::perms::owner_write);
  }
  EXPECT_FALSE(fs::exists(folder / "api"));
  EXPECT_TRUE(fs::exists(folder / "token"));
}

}  // namespace
}  // namespace nelumbo::node
