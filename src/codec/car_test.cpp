#include "codec/car.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <zstd.h>

#include "codec/varint.hpp"

using namespace nelumbo;

namespace {

class Car : public testing::Test {
 protected:
  Car() {
    std::string name = (fs::temp_directory_path() / "nelumbo-car-XXXXXX").string();
    folder = ::mkdtemp(name.data());
  }
  ~Car() override { fs::remove_all(folder); }

  /// A CAR file of these blocks; the first is the root.
  Bytes write(const std::vector<Bytes>& blocks, uint64_t version) {
    std::vector<Cid> roots;
    if (!blocks.empty()) roots.push_back(Cid::of(blocks[0], multicodec::kRaw));
    auto writer = must(CarWriter::create(folder / "x.car", roots, version));
    for (const auto& data : blocks) must(writer.put(Cid::of(data, multicodec::kRaw), data));
    must(writer.finish());
    return must(read_file(folder / "x.car"));
  }

  static Result<std::vector<Bytes>> blocks_of(Result<CarReader> reader) {
    if (!reader) return std::unexpected(reader.error());
    std::vector<Bytes> out;
    for (;;) {
      auto block = TRY(reader->next());
      if (!block) return out;
      out.push_back(std::move(block->data));
    }
  }

  fs::path folder;
};

const std::vector<Bytes> kBlocks{{1, 2, 3}, {}, Bytes(100000, 7)};

TEST_F(Car, BothVersionsRoundTrip) {
  for (uint64_t version : {1u, 2u}) {
    auto file = write(kBlocks, version);
    auto reader = must(CarReader::open(folder / "x.car"));
    EXPECT_EQ(reader.version(), version);
    ASSERT_EQ(reader.roots().size(), 1u);
    EXPECT_EQ(reader.roots()[0], Cid::of(kBlocks[0], multicodec::kRaw));
    EXPECT_EQ(reader.size(), file.size());
    EXPECT_EQ(blocks_of(std::move(reader)).value(), kBlocks);
    EXPECT_EQ(blocks_of(CarReader::from_bytes(file)).value(), kBlocks);
    EXPECT_FALSE(fs::exists(folder / "x.car.part"));
  }
}

TEST_F(Car, RandomBlocksRoundTripAndAnyCutIsAnError) {
  EXPECT_TRUE(rc::check([this](const std::vector<Bytes>& blocks, bool second) {
    auto file = write(blocks, second ? 2 : 1);
    RC_ASSERT(blocks_of(CarReader::from_bytes(file)).value() == blocks);
    size_t cut = *rc::gen::inRange<size_t>(0, file.size());
    Bytes part(file.begin(), file.begin() + static_cast<ptrdiff_t>(cut));
    auto got = blocks_of(CarReader::from_bytes(part));
    if (second) {
      RC_ASSERT(!got);
    } else if (got) {  // a CARv1 cut between two blocks cannot be told from a whole one
      RC_ASSERT(got->size() < blocks.size());
    }
  }));
}

TEST_F(Car, ZstdIsSeenThrough) {
  for (uint64_t version : {1u, 2u}) {
    auto file = write(kBlocks, version);
    Bytes packed(ZSTD_compressBound(file.size()));
    packed.resize(ZSTD_compress(packed.data(), packed.size(), file.data(), file.size(), 3));
    ASSERT_TRUE(write_file(folder / "x.car.zst", packed));
    EXPECT_EQ(blocks_of(CarReader::open(folder / "x.car.zst")).value(), kBlocks);
    packed.resize(packed.size() - 1);
    EXPECT_FALSE(blocks_of(CarReader::from_bytes(packed)));
  }
}

Bytes packed_in_frames(const Bytes& data, size_t frame) {
  Bytes out;
  for (size_t at = 0; at < data.size(); at += frame) {
    auto part = BytesView(data).subspan(at, std::min(frame, data.size() - at));
    Bytes packed(ZSTD_compressBound(part.size()));
    packed.resize(ZSTD_compress(packed.data(), packed.size(), part.data(), part.size(), 1));
    out.insert(out.end(), packed.begin(), packed.end());
  }
  return out;
}

TEST_F(Car, ReadingGoesOnFromAnyMark) {
  std::vector<Bytes> blocks;
  for (size_t i = 0; i < 60; ++i) blocks.emplace_back(i * 997 % 20'000, static_cast<uint8_t>(i));
  for (uint64_t version : {1u, 2u}) {
    auto plain = write(blocks, version);
    for (size_t frame : {size_t{0}, plain.size(), size_t{5'000}}) {
      const auto file = frame == 0 ? plain : packed_in_frames(plain, frame);
      auto reader = must(CarReader::from_bytes(file));
      std::vector<CarMark> marks;
      for (size_t i = 0; i < blocks.size(); ++i) {
        marks.push_back(reader.mark());
        must(reader.next());
      }
      marks.push_back(reader.mark());
      uint64_t furthest = 0;
      for (size_t i = 0; i <= blocks.size(); i += 7) {
        auto again = must(CarReader::from_bytes(file));
        must(again.go_on_from(marks[i]));
        auto rest = must(blocks_of(std::move(again)));
        EXPECT_EQ(rest, std::vector<Bytes>(blocks.begin() + static_cast<ptrdiff_t>(i), blocks.end()));
        furthest = std::max(furthest, marks[i].input);
      }
      EXPECT_EQ(furthest > file.size() / 2, frame != plain.size());
    }
    auto reader = must(CarReader::from_bytes(plain));
    EXPECT_FALSE(reader.go_on_from({0, 0, 1}));
    EXPECT_FALSE(reader.go_on_from({9, 9, 8}));
    EXPECT_FALSE(reader.go_on_from({1 << 30, 1 << 30, 1 << 30}));
  }
}

TEST_F(Car, ABlockCanBePassedOverHoweverLarge) {
  for (uint64_t version : {1u, 2u}) {
    auto reader = must(CarReader::from_bytes(write(kBlocks, version), {.max_section = 1000}));
    EXPECT_EQ(must(reader.skip()), Cid::of(kBlocks[0], multicodec::kRaw));
    must(reader.next());
    EXPECT_EQ(must(reader.skip()), Cid::of(kBlocks[2], multicodec::kRaw));
    EXPECT_EQ(must(reader.skip()), std::nullopt);
    auto cut = write(kBlocks, version);
    cut.pop_back();
    reader = must(CarReader::from_bytes(cut));
    must(reader.next());
    must(reader.next());
    EXPECT_FALSE(reader.skip());
  }
}

TEST_F(Car, WrongDigestIsNamed) {
  auto file = write(kBlocks, 1);
  file.back() ^= 1;
  auto got = blocks_of(CarReader::from_bytes(file));
  ASSERT_FALSE(got);
  EXPECT_NE(got.error().message.find(Cid::of(kBlocks[2], multicodec::kRaw).str()), std::string::npos);
}

TEST_F(Car, LimitsHold) {
  auto file = write(kBlocks, 1);
  EXPECT_EQ(blocks_of(CarReader::from_bytes(file, {.max_section = 1000})).error().code, ErrorCode::exhausted);
  EXPECT_EQ(CarReader::from_bytes(file, {.max_header = 10}).error().code, ErrorCode::exhausted);
  Bytes claims;
  put_uvarint(claims, 1u << 20);
  EXPECT_FALSE(CarReader::from_bytes(claims));
}

TEST_F(Car, BadInputIsRefused) {
  EXPECT_FALSE(CarReader::from_bytes({}));
  EXPECT_FALSE(CarReader::from_bytes(Bytes(100, 0)));
  EXPECT_EQ(CarReader::open(folder / "none").error().code, ErrorCode::not_found);
  EXPECT_FALSE(CarReader::open(folder));
  EXPECT_FALSE(CarWriter::create(folder / "no" / "x.car", {}));
  EXPECT_FALSE(CarWriter::create(folder / "x.car", {}, 3));
  auto unfinished = write(kBlocks, 2);
  std::fill_n(unfinished.begin() + 11 + 24, 8, 0);
  EXPECT_FALSE(CarReader::from_bytes(unfinished));
}

TEST_F(Car, AbandonedWriterLeavesNothing) {
  { auto writer = must(CarWriter::create(folder / "y.car", {})); }
  EXPECT_TRUE(fs::is_empty(folder));
}

}  // namespace
