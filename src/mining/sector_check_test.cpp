#include "mining/sector_check.hpp"

#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test_node.hpp"

namespace nelumbo::mining {
namespace {

using namespace testing;

class SectorCheckTest : public ::testing::Test {
 protected:
  static ProvenSector sector(SectorNumber number, bool updated = false) {
    return {{SealProof{5}, number, Cid::of(to_cbor(number))}, updated};
  }
  SectorChecker checker() { return SectorChecker(storage, 1000, limits); }
  fs::path cache(SectorNumber number) { return folder / "cache" / sector_file_name(1000, number); }

  std::shared_ptr<sealing::Storage> storage = storage_with({1, 2, 3, 4, 5});
  fs::path folder = storage->paths()[0].folder;
  CheckLimits limits;
};

TEST_F(SectorCheckTest, NamesTheFileThatIsWrong) {
  fs::resize_file(folder / "sealed" / sector_file_name(1000, 2), 2047);
  fs::remove(cache(3) / "p_aux");
  fs::remove(cache(4) / "sc-02-data-tree-r-last.dat");
  fs::remove_all(cache(5));
  auto found = checker().check({sector(1), sector(2), sector(3), sector(4), sector(5)});
  EXPECT_EQ(found.good.size(), 1u);
  EXPECT_TRUE(found.good.contains(1));
  auto says = [&](SectorNumber number, std::string_view text) {
    EXPECT_NE(found.bad[number].find(text), std::string::npos) << found.bad[number];
  };
  says(2, "2047 bytes, not the 2048");
  says(3, "p_aux");
  says(4, "sc-02-data-tree-r-last.dat");
  says(5, "sector 5");
  limits.mock = true;  // only the replica counts
  EXPECT_EQ(checker().check({sector(1), sector(3), sector(4)}).good.size(), 3u);
  EXPECT_EQ(checker().locate({sector(1), sector(3), sector(5)}).good.size(), 2u);
}

TEST_F(SectorCheckTest, AnUpdatedSectorIsProvenFromItsUpdate) {
  EXPECT_EQ(checker().check({sector(1, true)}).bad.size(), 1u);
  fs::create_directories(folder / "update");
  fs::create_directories(folder / "update-cache");
  fs::rename(folder / "sealed" / sector_file_name(1000, 1), folder / "update" / sector_file_name(1000, 1));
  fs::rename(cache(1), folder / "update-cache" / sector_file_name(1000, 1));
  auto found = checker().check({sector(1, true)});
  ASSERT_EQ(found.good.size(), 1u);
  EXPECT_EQ(found.good[1].sealed_file.parent_path().filename(), "update");
}

TEST_F(SectorCheckTest, AFileThatDoesNotAnswerHoldsUpNobodyElse) {
  limits.parallel = 1;
  limits.single = std::chrono::milliseconds(50);
  const auto stuck = cache(1) / "sc-02-data-tree-r-last-0.dat";
  ASSERT_EQ(::mkfifo(stuck.c_str(), 0600), 0);  // opening it waits for a writer
  auto checks = checker();
  auto found = checks.check({sector(1), sector(2), sector(3)});
  EXPECT_EQ(found.good.size(), 2u);
  EXPECT_NE(found.bad[1].find("do not answer within"), std::string::npos) << found.bad[1];
  // It is not asked again while it hangs.
  EXPECT_NE(checks.check({sector(1)}).bad[1].find("an earlier look"), std::string::npos);

  int writer = ::open(stuck.c_str(), O_WRONLY);
  ASSERT_GE(writer, 0);
  fs::remove(stuck);
  ::close(writer);
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (checks.check({sector(1)}).good.empty() && std::chrono::steady_clock::now() < patience)
    std::this_thread::yield();
  EXPECT_EQ(checks.check({sector(1)}).good.size(), 1u);
}

TEST_F(SectorCheckTest, WhatIsNotReachedInTimeIsBad) {
  limits.parallel = 1;
  limits.all = std::chrono::milliseconds(50);
  const auto stuck = cache(1) / "sc-02-data-tree-r-last-0.dat";
  ASSERT_EQ(::mkfifo(stuck.c_str(), 0600), 0);
  auto found = checker().check({sector(1), sector(2)});
  EXPECT_EQ(found.bad.size(), 2u);
  EXPECT_NE(found.bad[2].find("its turn did not come"), std::string::npos) << found.bad[2];
  int writer = ::open(stuck.c_str(), O_WRONLY);  // lets the thread go
  ::close(writer);
}

}  // namespace
}  // namespace nelumbo::mining
