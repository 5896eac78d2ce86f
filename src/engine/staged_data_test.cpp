// Staged data against the engine's own commitment of the same bytes.
#include <gtest/gtest.h>

#include "engine/sector_data.hpp"

namespace nelumbo::sealing_calls {
namespace {

constexpr SealProof kProof{5};
constexpr uint64_t kSize = 2048, kData = kSize / 128 * 127;

class StagedData : public testing::Test {
 protected:
  void SetUp() override { must(make_folder(folder)); }
  void TearDown() override { fs::remove_all(folder); }
  PieceInfo write(const Bytes& data) {
    must(write_file(folder / "data", data));
    return must(write_piece(kProof, folder / "data", folder / "staged"));
  }
  const fs::path folder = fs::temp_directory_path() / ("nelumbo-staged-" + to_hex(random_bytes(8)));
};

TEST_F(StagedData, HasTheCommitmentThatTheEngineGives) {
  for (int i = 0; i < 4; ++i) {
    auto piece = write(random_bytes(kData));
    EXPECT_EQ(piece.size, kSize);
    EXPECT_EQ(piece.piece_cid, must(piece_commitment(kProof, folder / "data", kSize)));
    EXPECT_EQ(fs::file_size(folder / "staged"), kSize);
  }
}

TEST_F(StagedData, OnesAreInterruptedByTwoZeroBitsInEveryNode) {
  write(Bytes(kData, 0xff));
  Bytes expected(kSize, 0xff);
  for (size_t i = 31; i < kSize; i += 32) expected[i] = 0x3f;
  EXPECT_EQ(must(read_file(folder / "staged")), expected);
}

TEST_F(StagedData, ReadsADeviceUntilTheSectorIsFull) {
  auto piece = must(write_piece(kProof, "/dev/zero", folder / "staged"));
  EXPECT_EQ(piece.piece_cid, must(zero_comm_d(kSize)));
  EXPECT_EQ(must(read_file(folder / "staged")), Bytes(kSize));
}

TEST_F(StagedData, ShortDataIsRefused) {
  must(write_file(folder / "data", Bytes(kData - 1)));
  auto refused = write_piece(kProof, folder / "data", folder / "staged");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid);
  EXPECT_EQ(write_piece(kProof, folder / "none", folder / "staged").error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace nelumbo::sealing_calls
