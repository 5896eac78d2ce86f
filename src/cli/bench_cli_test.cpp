// lotus-bench's commands: what they refuse and what they print. The engine's own work is seen in
// tests/integration/bench.py.
#include <cstdlib>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench.hpp"

namespace nelumbo::cli::bench {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

class BenchCli : public ::testing::Test {
 protected:
  void SetUp() override {
    must(make_folder(folder));
    setenv("FIL_PROOFS_PARAMETER_CACHE", (folder / "parameters").c_str(), 1);
  }
  void TearDown() override {
    unsetenv("FIL_PROOFS_PARAMETER_CACHE");
    fs::remove_all(folder);
  }
  /// The error of a command that must fail.
  std::string refused(const std::vector<std::string>& arguments) {
    std::ostringstream out, err;
    EXPECT_NE(run_program(lotus_bench_program(), arguments, out, err), 0) << out.str();
    return err.str();
  }
  std::string at(const std::string& name) const { return (folder / name).string(); }
  const fs::path folder = fs::temp_directory_path() / ("nelumbo-bench-" + to_hex(random_bytes(8)));
};

TEST_F(BenchCli, TellsTimesAsGoDoes) {
  EXPECT_EQ(time_text(999ns), "999ns");
  EXPECT_EQ(time_text(1500ns), "1.5µs");
  EXPECT_EQ(time_text(25'232'250ns), "25.23225ms");
  EXPECT_EQ(time_text(13'829'147'792ns), "13.829147792s");
  EXPECT_EQ(time_text(62s), "1m2s");
  EXPECT_EQ(time_text(1h + 30s), "1h0m30s");
  EXPECT_EQ(per_second(2048, 1s), "2 KiB/s");
  EXPECT_EQ(per_second(2048, 0ns), "1.863 TiB/s") << "no division by nothing";
}

TEST_F(BenchCli, SizesCountsAndMinersAreChecked) {
  EXPECT_THAT(refused({"sealing", "--sector-size", "5KiB"}), HasSubstr("no sector size"));
  EXPECT_THAT(refused({"sealing", "--sector-size", "large"}), HasSubstr("--sector-size"));
  EXPECT_THAT(refused({"sealing", "--sector-size", "2KiB", "--miner-addr", "nobody"}), HasSubstr("--miner-addr"));
  EXPECT_THAT(refused({"sealing", "--sector-size", "2KiB", "--num-sectors", "0"}), HasSubstr("must be 1 or more"));
  EXPECT_THAT(refused({"sealing", "--sector-size", "2KiB", "--num-sectors", "3", "--parallel", "2"}),
              HasSubstr("--parallel (2) must divide --num-sectors (3)"));
  EXPECT_THAT(
      refused({"sealing", "--sector-size", "2KiB", "--skip-commit2", "--benchmark-existing-sectorbuilder", at("")}),
      HasSubstr("nothing to do"));
}

TEST_F(BenchCli, MissingParametersAreNamedWithTheWayToThem) {
  for (auto [size, command] : {std::pair{"2KiB", "`lotus fetch-params --porep 2KiB`"},
                               {"8MiB", "`lotus fetch-params 8MiB`"},
                               {"32GiB", "`lotus fetch-params 32GiB`"}}) {
    auto said = refused({"sealing", "--sector-size", size});
    EXPECT_THAT(said, HasSubstr("PoRep parameters"));
    EXPECT_THAT(said, HasSubstr(at("parameters") + "/v28-stacked-proof-of-replication"));
    EXPECT_THAT(said, HasSubstr(command));
  }
  must(write_file(folder / "vanilla", std::string_view("\"AAEC\"")));
  const std::string sealed = "bagboea4b5abca52cioilg33uvtkzlranby2b6t576gdch7vprlls7zz5osinbvs4",
                    unsealed = "baga6ea4seaqpy7usqklokfx2vxuynmupslkeutzexe2uqurdg5vhtebhxqmpqmy";
  EXPECT_THAT(
      refused({"simple", "provereplicaupdate2", "--sector-size", "2KiB", sealed, sealed, unsealed, at("vanilla")}),
      HasSubstr("`lotus fetch-params --update 2KiB`"));
  EXPECT_THAT(refused({"simple", "window-post", "--sector-size", "2KiB", "sealed", "cache", sealed, "1"}),
              HasSubstr("`lotus fetch-params 2KiB`"));
}

TEST_F(BenchCli, InputsOfCommit2AreReadBackAndChecked) {
  must(write_input(at("input"), {7, {1, 2, 3}, 2048}));
  EXPECT_EQ(must(read_text_file(at("input"))), R"({"SectorNum":7,"Phase1Out":"AQID","SectorSize":2048})");
  auto input = must(read_input(at("input")));
  EXPECT_EQ(input.sector_number, 7);
  EXPECT_EQ(input.phase_1_output, (Bytes{1, 2, 3}));
  EXPECT_THAT(refused({"prove", at("input")}), HasSubstr("PoRep parameters"));
  EXPECT_THAT(refused({"prove", at("none")}), HasSubstr(at("none")));
  for (std::string_view text : {"", "[]", "{}", R"({"SectorNum":-1,"Phase1Out":"AQID","SectorSize":2048})",
                                R"({"SectorNum":1,"Phase1Out":"?","SectorSize":2048})"}) {
    must(write_file(at("wrong"), text));
    EXPECT_FALSE(read_input(at("wrong"))) << text;
  }
}

TEST_F(BenchCli, StepsCheckTheirArguments) {
  const std::string cid = "baga6ea4seaqpy7usqklokfx2vxuynmupslkeutzexe2uqurdg5vhtebhxqmpqmy";
  auto pre_commit_1 = [&](std::vector<std::string> pieces) {
    std::vector<std::string> all{"simple", "precommit1", "--sector-size", "2KiB", at("u"), at("s"), at("c")};
    all.insert(all.end(), pieces.begin(), pieces.end());
    return refused(all);
  };
  EXPECT_THAT(pre_commit_1({cid}), HasSubstr("incorrect number of arguments"));
  EXPECT_THAT(pre_commit_1({cid, "2048", cid}), HasSubstr("in pairs"));
  EXPECT_THAT(pre_commit_1({"x", "2048"}), HasSubstr("piece CID"));
  EXPECT_THAT(pre_commit_1({cid, "2K"}), HasSubstr("must be a whole number"));
  must(make_folder(folder / "c"));
  must(write_file(at("c/layer"), std::string_view("x")));
  EXPECT_THAT(pre_commit_1({cid, "2048"}), HasSubstr("is not empty"));
  EXPECT_THAT(refused({"simple", "precommit2", "--sector-size", "2KiB", at("s"), at("c"), "?"}),
              HasSubstr("the output of precommit1"));
  EXPECT_THAT(refused({"simple", "addpiece", "--sector-size", "2KiB", at("none"), at("u")}), HasSubstr(at("none")));
}

}  // namespace
}  // namespace nelumbo::cli::bench
