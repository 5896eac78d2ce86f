#include "actors/bundle.hpp"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "codec/car.hpp"

namespace nelumbo::actors {
namespace {

struct TemporaryFile {
  fs::path path = fs::temp_directory_path() / ("nelumbo-bundle-" + std::to_string(::getpid()));
  ~TemporaryFile() { fs::remove(path); }
};

/// A bundle of two made-up actors.
Cid write_bundle(const fs::path& path, bool with_code = true, uint64_t version = 1) {
  auto code = Bytes{0x00, 0x61, 0x73, 0x6d};
  Cid code_cid = Cid::of(code, multicodec::kRaw);
  auto data = to_cbor(std::vector<ManifestEntry>{{"system", code_cid}, {"init", code_cid}});
  CborWriter root;
  root.array(2);
  root.uint(version);
  root.cid(Cid::of(data));
  auto writer = must(CarWriter::create(path, {Cid::of(root.out)}));
  must(writer.put(Cid::of(root.out), root.out));
  must(writer.put(Cid::of(data), data));
  if (with_code) must(writer.put(code_cid, code));
  must(writer.finish());
  return Cid::of(root.out);
}

TEST(Bundle, NetworkVersions) {
  EXPECT_EQ(must(actors_version(0)), 0u);
  EXPECT_EQ(must(actors_version(15)), 7u);
  EXPECT_EQ(must(actors_version(16)), 8u);
  EXPECT_EQ(must(actors_version(17)), 9u);
  EXPECT_EQ(must(actors_version(20)), 11u);
  EXPECT_EQ(must(actors_version(21)), 12u);
  EXPECT_EQ(must(actors_version(26)), 16u);
  EXPECT_EQ(must(actors_version(27)), 17u);
  EXPECT_EQ(must(actors_version(28)), 18u);
  EXPECT_EQ(actors_version(1000).error().code, ErrorCode::unsupported);
}

TEST(Bundle, LoadsAndNames) {
  TemporaryFile file;
  Cid root = write_bundle(file.path);
  auto store = make_memory_blockstore();
  auto manifest = must(load_bundle_file(*store, file.path, 18));
  EXPECT_EQ(manifest.root, root);
  EXPECT_TRUE(must(store->has(must(manifest.code("init")))));
  EXPECT_EQ(manifest.code("evm").error().code, ErrorCode::not_found);
  CodeBook codes;
  codes.add(manifest);
  EXPECT_EQ(codes.find(must(manifest.code("init")))->version, 18u);
}

TEST(Bundle, EnvironmentNamesAnotherFile) {
  TemporaryFile file;
  Cid root = write_bundle(file.path);
  ::setenv("LOTUS_BUILTIN_ACTORS_V17_BUNDLE", file.path.c_str(), 1);
  auto store = make_memory_blockstore();
  EXPECT_EQ(must(load_bundle(*store, "mainnet", 17)).root, root);
  ::unsetenv("LOTUS_BUILTIN_ACTORS_V17_BUNDLE");
  EXPECT_EQ(must(load_bundle(*store, "mainnet", 17, file.path)).root, root);
}

TEST(Bundle, BadFilesAreRefused) {
  TemporaryFile file;
  auto store = make_memory_blockstore();
  auto error = [&] { return load_bundle_file(*store, file.path, 18).error(); };
  EXPECT_FALSE(load_bundle_file(*store, file.path, 18));  // none there
  must(write_file(file.path, std::string_view("no car")));
  EXPECT_THAT(error().message, testing::HasSubstr(file.path.string()));
  write_bundle(file.path, false);
  EXPECT_THAT(error().message, testing::HasSubstr("is missing"));
  write_bundle(file.path, true, 2);
  EXPECT_EQ(error().code, ErrorCode::unsupported);
  auto missing = load_bundle(*store, "no-network", 18).error();
  EXPECT_EQ(missing.code, ErrorCode::not_found);
  EXPECT_THAT(missing.message, testing::HasSubstr("LOTUS_BUILTIN_ACTORS_V18_BUNDLE"));
}

TEST(CodeBook, OldCodesNameThemselves) {
  auto code = [](std::string_view text) {
    return must(Cid::make(multicodec::kRaw, multihash::kIdentity, as_bytes(text)));
  };
  CodeBook codes;
  EXPECT_EQ(codes.find(code("fil/1/storageminer")), (ActorCode{0, "storageminer"}));
  EXPECT_EQ(codes.find(code("fil/7/multisig")), (ActorCode{7, "multisig"}));
  EXPECT_EQ(codes.find(code("fil/1/storageminer"))->str(), "fil/1/storageminer");
  EXPECT_TRUE(codes.is(code("fil/3/account"), names::kAccount));
  for (const char* bad : {"", "fil/1/", "fil/9/account", "fil/1", "fol/1/account", "fil/1account"}) {
    EXPECT_FALSE(codes.find(code(bad))) << bad;
  }
  EXPECT_FALSE(codes.find(Cid()));
  EXPECT_FALSE(codes.find(Cid::of(Bytes{1})));
}

}  // namespace
}  // namespace nelumbo::actors
