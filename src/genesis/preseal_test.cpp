#include "genesis/preseal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/json.hpp"
#include "crypto/hash.hpp"
#include "engine/sector_files.hpp"

namespace nelumbo::genesis {
namespace {

struct Folder {
  fs::path path = fs::temp_directory_path() / ("nelumbo-preseal-" + to_hex(random_bytes(8)));
  ~Folder() { fs::remove_all(path); }
};

TEST(PreSeal, SealsForReal) {
  Folder folder;
  std::vector<uint64_t> steps;
  auto sealed =
      must(pre_seal(folder.path, {.offset = 4, .sectors = 2}, [&](uint64_t done, uint64_t) { steps.push_back(done); }));
  EXPECT_EQ(steps, (std::vector<uint64_t>{0, 1, 2}));
  ASSERT_EQ(sealed.miner.sectors.size(), 2u);
  for (const auto& sector : sealed.miner.sectors) {
    auto name = sector_file_name(1000, sector.sector_number);
    EXPECT_EQ(fs::file_size(folder.path / "sealed" / name), 2048u);
    EXPECT_TRUE(fs::exists(folder.path / "cache" / name / "p_aux"));
    EXPECT_TRUE(fs::exists(folder.path / "cache" / name / "t_aux"));
    EXPECT_FALSE(fs::exists(folder.path / "unsealed" / name));
    EXPECT_EQ(sector.comm_r.codec(), multicodec::kCommSealed);
    EXPECT_EQ(sector.comm_d.str(), "baga6ea4seaqpy7usqklokfx2vxuynmupslkeutzexe2uqurdg5vhtebhxqmpqmy");
    EXPECT_EQ(sector.deal.client, sealed.miner.owner);
  }
  EXPECT_NE(sealed.miner.sectors[0].comm_r, sealed.miner.sectors[1].comm_r);
  EXPECT_EQ(must(sealed.key.address()), sealed.miner.owner);
  auto meta = must(parse_json(must(read_text_file(folder.path / "sectorstore.json"))));
  EXPECT_EQ(meta["CanStore"], false);

  // The same sector again would overwrite a replica that a chain may hold.
  auto again = pre_seal(folder.path, {.offset = 5, .sectors = 1});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::exists);
}

TEST(PreSeal, SameInputsSameReplica) {
  Folder one, other;
  PreSealOptions options{.sectors = 1, .key = must(generate_key("secp256k1"))};
  auto a = must(pre_seal(one.path, options));
  auto b = must(pre_seal(other.path, options));
  EXPECT_EQ(a.miner.sectors, b.miner.sectors);
  options.ticket_preimage = "another";
  options.offset = 1;
  EXPECT_NE(must(pre_seal(one.path, options)).miner.sectors[0].comm_r, a.miner.sectors[0].comm_r);
}

TEST(PreSeal, FakeSectorsAndFiles) {
  Folder folder;
  auto sealed = must(pre_seal(folder.path, {.sectors = 3, .fake = true}));
  EXPECT_EQ(sealed.miner.sectors.size(), 3u);
  auto manifest = must(write_pre_seal(folder.path, sealed));
  auto read = must(read_miner_manifest(manifest));
  ASSERT_EQ(read.size(), 1u);
  EXPECT_EQ(read.begin()->second, sealed.miner);
  auto key_path = fs::path(manifest).replace_extension(".key");
  EXPECT_EQ(must(read_key_file(key_path)), sealed.key);
  EXPECT_EQ(fs::status(key_path).permissions() & fs::perms::others_read, fs::perms::none);
}

TEST(PreSeal, BadInput) {
  Folder folder;
  EXPECT_FALSE(pre_seal(folder.path, {.sector_size = 2049}));
  EXPECT_FALSE(pre_seal(folder.path, {.miner = must(Address::parse("t1ceb34gnsc6qk5dt6n7xg6ycwzasjhbxm3iylkiy"))}));
  EXPECT_FALSE(pre_seal("/proc/nowhere", {}));
}

}  // namespace
}  // namespace nelumbo::genesis
