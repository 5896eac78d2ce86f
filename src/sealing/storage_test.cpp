#include "sealing/storage.hpp"

#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include "base/temporary_folder.hpp"
#include "codec/json.hpp"
#include "file_moves.hpp"
#include "path_files.hpp"
#include "sealing/provable.hpp"

namespace nelumbo::sealing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace testing;

constexpr SealProof kProof{5};  // 2 KiB
constexpr ActorId kMiner = 1000;

class StorageTest : public ::testing::Test {
 protected:
  fs::path add(const std::string& name, PathMeta meta) {
    auto at = folder.path() / name;
    must(storage->attach(at, meta));
    return at;
  }
  /// A sector's files, as sealing leaves them.
  void put(const fs::path& path, SectorNumber number,
           const std::set<FileType>& types = {FileType::sealed, FileType::cache}) {
    for (auto type : types) {
      auto at = path / folder_name(type) / sector_file_name(kMiner, number);
      if (type == FileType::cache || type == FileType::update_cache) {
        must(make_folder(at));
        must(write_file(at / "p_aux", std::string_view("auxiliary")));
      } else {
        must(make_folder(at.parent_path()));
        must(write_file(at, Bytes(2048, 7)));
      }
    }
  }
  fs::path found(SectorNumber number, FileType type) { return must(storage->find(kMiner, number, type)); }

  TemporaryFolder folder;
  fs::path repository = folder.path() / "repo";
  std::shared_ptr<Storage> storage = [this] {
    must(make_folder(repository));
    return must(Storage::open(repository));
  }();
};

TEST_F(StorageTest, WritesWhatLotusReads) {
  auto at = add("a", {.can_seal = true, .deny_types = {"unsealed"}});
  auto meta = must(parse_json(must(read_text_file(at / "sectorstore.json"))));
  std::vector<std::string> keys;
  for (const auto& [key, value] : meta.items()) keys.push_back(key);
  EXPECT_THAT(keys, ::testing::UnorderedElementsAre("ID", "Weight", "CanSeal", "CanStore", "MaxStorage", "Groups",
                                                    "AllowTo", "AllowTypes", "DenyTypes", "AllowMiners", "DenyMiners"));
  auto list = must(parse_json(must(read_text_file(repository / "storage.json"))));
  EXPECT_EQ(list["StoragePaths"][0]["Path"], at.string());
  // And reads what Go writes.
  must(make_folder(folder.path() / "b"));
  must(write_file(folder.path() / "b" / "sectorstore.json",
                  std::string_view(R"({"ID":"7","Weight":3,"CanSeal":false,"CanStore":true,"MaxStorage":0,"Groups":null,
                                       "AllowTo":null,"AllowTypes":null,"DenyTypes":null,"AllowMiners":["t01000"],
                                       "DenyMiners":null})")));
  must(storage->attach(folder.path() / "b", std::nullopt));
  auto paths = must(Storage::open(repository))->paths();
  ASSERT_EQ(paths.size(), 2u);
  EXPECT_EQ(paths[1].meta.id, "7");
  EXPECT_EQ(paths[1].meta.weight, 3u);
  EXPECT_THAT(paths[1].meta.allow_miners, ElementsAre("t01000"));
  EXPECT_GT(paths[1].stat.available, 0);
}

TEST_F(StorageTest, AttachesOnceAndDetaches) {
  auto at = add("a", {.can_store = true});
  EXPECT_TRUE(storage->attach(at, std::nullopt));  // again: nothing to do
  EXPECT_EQ(storage->paths().size(), 1u);
  put(at, 1);
  ASSERT_TRUE(storage->detach(at));
  EXPECT_EQ(storage->detach(at).error().code, ErrorCode::not_found);
  EXPECT_TRUE(fs::exists(at / "sealed/s-t01000-1"));
  EXPECT_EQ(storage->attach(at, PathMeta{}).error().code, ErrorCode::exists);
  fs::copy(at, folder.path() / "copy", fs::copy_options::recursive);
  ASSERT_TRUE(storage->attach(at, std::nullopt));
  EXPECT_THAT(storage->attach(folder.path() / "copy", std::nullopt).error().message, HasSubstr("is it a copy"));
  EXPECT_EQ(storage->attach(folder.path() / "none", std::nullopt).error().code, ErrorCode::not_found);
}

TEST_F(StorageTest, FindsInAnyPathAndSaysWhatIsAway) {
  auto a = add("a", {.can_seal = true});
  auto b = add("b", {.can_store = true});
  put(b, 7);
  EXPECT_EQ(found(7, FileType::sealed), b / "sealed/s-t01000-7");
  EXPECT_EQ(storage->where(kMiner, 7, FileType::cache).size(), 1u);

  fs::rename(b, folder.path() / "unplugged");
  auto missing = storage->find(kMiner, 7, FileType::sealed);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::unavailable);
  EXPECT_THAT(missing.error().message, HasSubstr("b is away and had it: the folder is not there"));
  EXPECT_EQ(storage->find(kMiner, 8, FileType::sealed).error().code, ErrorCode::not_found);
  EXPECT_THAT(storage->paths()[1].trouble, HasSubstr("not there"));
  EXPECT_EQ(storage->where(kMiner, 7, FileType::sealed).size(), 1u);
  EXPECT_EQ(storage->trash(kMiner, 7, FileType::sealed).error().code, ErrorCode::unavailable);
  auto id = storage->paths()[1].meta.id;
  EXPECT_EQ(storage->redeclare(id, false).error().code, ErrorCode::unavailable);

  must(make_folder(b));  // where the disk was mounted
  EXPECT_THAT(storage->paths()[1].trouble, HasSubstr("is the disk mounted?"));
  must(write_file(b / "sectorstore.json", std::string_view(R"({"ID":"another"})")));
  EXPECT_THAT(storage->paths()[1].trouble, HasSubstr("another disk is there"));

  fs::remove_all(b);
  fs::rename(folder.path() / "unplugged", b);
  EXPECT_EQ(found(7, FileType::sealed), b / "sealed/s-t01000-7");
  EXPECT_EQ(storage->paths()[1].trouble, "");
  fs::remove(found(7, FileType::sealed));
  EXPECT_FALSE(storage->find(kMiner, 7, FileType::sealed));
}

TEST_F(StorageTest, KeepsAPathThatWasAwayAtTheStart) {
  auto a = add("a", {.can_store = true});
  put(a, 1);
  fs::rename(a, folder.path() / "unplugged");
  storage = must(Storage::open(repository));
  ASSERT_EQ(storage->paths().size(), 1u);
  EXPECT_EQ(storage->allocate(kMiner, 2, kProof, {FileType::sealed}, false).error().code, ErrorCode::exhausted);
  fs::rename(folder.path() / "unplugged", a);
  EXPECT_EQ(found(1, FileType::sealed), a / "sealed/s-t01000-1");
}

TEST_F(StorageTest, ChoosesByWeightAndRules) {
  auto light = add("light", {.weight = 1, .can_seal = true});
  auto heavy = add("heavy", {.weight = 5, .can_seal = true, .deny_types = {"cache"}});
  auto store = add("store", {.weight = 100, .can_store = true});
  add("other", {.weight = 900, .can_seal = true, .deny_miners = {"f01000"}});
  add("dry", {.weight = 900, .can_seal = true, .can_store = true, .read_only = true});
  EXPECT_EQ(must(storage->allocate(kMiner, 1, kProof, {FileType::sealed}, true)).files[FileType::sealed],
            heavy / "sealed/s-t01000-1");
  // Files that are made together go to one path.
  auto both = must(storage->allocate(kMiner, 1, kProof, {FileType::sealed, FileType::cache}, true));
  EXPECT_EQ(both.files[FileType::sealed], light / "sealed/s-t01000-1");
  EXPECT_EQ(both.files[FileType::cache], light / "cache/s-t01000-1");
  EXPECT_EQ(must(storage->allocate(kMiner, 1, kProof, {FileType::cache}, false)).files[FileType::cache],
            store / "cache/s-t01000-1");
  // A file stays where it is.
  put(light, 2, {FileType::sealed});
  EXPECT_EQ(must(storage->allocate(kMiner, 2, kProof, {FileType::sealed}, true)).files[FileType::sealed],
            light / "sealed/s-t01000-2");
  EXPECT_TRUE(storage->allocate(1001, 1, kProof, {FileType::sealed}, true));
}

TEST_F(StorageTest, KeepsWithinMaxStorageWhatIsReserved) {
  // A sealed file and a cache take 15.1 times the sector.
  auto a = add("a", {.can_seal = true, .max_storage = 70000});
  auto first = must(storage->allocate(kMiner, 1, kProof, {FileType::sealed, FileType::cache}, true));
  EXPECT_EQ(storage->paths()[0].stat.reserved, 2048 + 2048 * 141 / 10);
  auto second = must(storage->allocate(kMiner, 2, kProof, {FileType::sealed, FileType::cache}, true));
  auto full = storage->allocate(kMiner, 3, kProof, {FileType::sealed, FileType::cache}, true);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::exhausted);
  EXPECT_THAT(full.error().message, HasSubstr("no storage path takes 30.2 KiB for sealing sealed, cache of sector 3"));
  // What is written counts towards the reservation, not on top of it.
  auto before = storage->paths()[0].stat.available;
  put(a, 1);
  EXPECT_LE(before - storage->paths()[0].stat.available, 4096);  // folders and rounding
  first.space.let_go();
  second.space.let_go();
  EXPECT_EQ(storage->paths()[0].stat.reserved, 0);
  EXPECT_TRUE(storage->allocate(kMiner, 3, kProof, {FileType::sealed, FileType::cache}, true));
}

TEST_F(StorageTest, MovesToStoreOnce) {
  auto seal = add("seal", {.can_seal = true});
  auto store = add("store", {.can_store = true});
  put(seal, 1);
  ASSERT_TRUE(storage->move_to_store(kMiner, 1, kProof, {FileType::sealed, FileType::cache}));
  EXPECT_EQ(found(1, FileType::sealed), store / "sealed/s-t01000-1");
  EXPECT_EQ(must(read_text_file(found(1, FileType::cache) / "p_aux")), "auxiliary");
  EXPECT_FALSE(fs::exists(seal / "sealed/s-t01000-1"));
  EXPECT_TRUE(storage->move_to_store(kMiner, 1, kProof, {FileType::sealed, FileType::cache}));
  EXPECT_EQ(storage->move_to_store(kMiner, 2, kProof, {FileType::sealed}).error().code, ErrorCode::not_found);
}

TEST_F(StorageTest, AMoveThatWasCutOffEndsWithOneWholeCopy) {
  auto seal = add("seal", {.can_seal = true});
  auto store = add("store", {.can_store = true});
  put(seal, 1);
  // Cut off while copying: a part lies aside.
  must(make_folder(store / ".incoming/sealed"));
  must(write_file(store / ".incoming/sealed/s-t01000-1", Bytes(100, 7)));
  EXPECT_EQ(found(1, FileType::sealed), seal / "sealed/s-t01000-1");
  // Cut off before the source was removed: both are whole, and the stored one counts.
  put(store, 1, {FileType::cache});
  EXPECT_EQ(found(1, FileType::cache), store / "cache/s-t01000-1");
  storage = must(Storage::open(repository));
  ASSERT_TRUE(storage->move_to_store(kMiner, 1, kProof, {FileType::sealed, FileType::cache}));
  EXPECT_EQ(must(read_file(found(1, FileType::sealed))), Bytes(2048, 7));
  EXPECT_EQ(storage->where(kMiner, 1, FileType::cache).size(), 1u);
  EXPECT_TRUE(fs::is_empty(seal / "sealed"));
  EXPECT_TRUE(fs::is_empty(seal / "cache"));
}

TEST_F(StorageTest, MovesBetweenFileSystemsAndSurvivesAFullDisk) {
  auto small = folder.path() / "small";
  must(make_folder(small));
  if (::mount("tmpfs", small.c_str(), "tmpfs", 0, "size=128k") != 0) {
    // Where nothing may be mounted the copy between file systems is still tried, without the full disk.
    small = fs::path("/dev/shm") / folder.path().filename();
    must(make_folder(small));
  }
  const bool mounted = small.parent_path() == folder.path();
  auto seal = add("seal", {.can_seal = true});
  must(storage->attach(small, PathMeta{.can_store = true}));
  put(seal, 1);
  ASSERT_TRUE(storage->move_to_store(kMiner, 1, kProof, {FileType::sealed, FileType::cache}));
  EXPECT_EQ(must(read_file(found(1, FileType::sealed))), Bytes(2048, 7));
  EXPECT_EQ(found(1, FileType::sealed).parent_path().parent_path(), small);
  EXPECT_EQ(must(read_text_file(found(1, FileType::cache) / "p_aux")), "auxiliary");
  EXPECT_FALSE(fs::exists(seal / "cache/s-t01000-1"));
  if (mounted) {
    put(seal, 2);
    must(write_file(seal / "cache/s-t01000-2/layer", Bytes(300000, 1)));
    auto done = storage->move_to_store(kMiner, 2, kProof, {FileType::sealed, FileType::cache});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::exhausted);
    EXPECT_THAT(done.error().message, HasSubstr("no storage path takes"));
    // Full in the middle of the copy: the source stays, the part goes.
    auto cut = move_entry(seal / "cache/s-t01000-2", small / "cache/s-t01000-2", small / ".incoming/x");
    ASSERT_FALSE(cut);
    EXPECT_EQ(cut.error().code, ErrorCode::exhausted);
    EXPECT_EQ(fs::file_size(found(2, FileType::cache) / "layer"), 300000u);
    EXPECT_FALSE(fs::exists(small / ".incoming/x"));
    EXPECT_FALSE(fs::exists(small / "cache/s-t01000-2"));
    ASSERT_EQ(::umount(small.c_str()), 0);
  } else {
    fs::remove_all(small);
  }
}

TEST_F(StorageTest, TrashKeepsForAWhile) {
  auto a = add("a", {.can_store = true});
  put(a, 1);
  ASSERT_TRUE(storage->trash(kMiner, 1, FileType::sealed));
  ASSERT_TRUE(storage->trash(kMiner, 1, FileType::sealed));  // nothing there
  put(a, 1, {FileType::sealed});
  ASSERT_TRUE(storage->trash(kMiner, 1, FileType::sealed));
  EXPECT_FALSE(storage->find(kMiner, 1, FileType::sealed));
  EXPECT_EQ(must(storage->empty_trash(std::chrono::hours(1))), 0u);
  EXPECT_EQ(std::distance(fs::directory_iterator(a / ".trash"), {}), 2);
  EXPECT_GE(must(storage->empty_trash(std::chrono::seconds(0))), 4096u);
  EXPECT_TRUE(fs::is_empty(a / ".trash"));
  EXPECT_TRUE(storage->find(kMiner, 1, FileType::cache));
}

TEST_F(StorageTest, ListsAndForgets) {
  auto a = add("a", {.can_store = true});
  put(a, 1);
  put(a, 2, {FileType::unsealed});
  must(write_file(a / "sealed/s-t01000-3.tmp", std::string_view("not a sector")));
  auto id = storage->paths()[0].meta.id;
  EXPECT_THAT(storage->list()[id],
              ElementsAre(SectorFile{kMiner, 1, FileType::sealed}, SectorFile{kMiner, 1, FileType::cache},
                          SectorFile{kMiner, 2, FileType::unsealed}));
  fs::rename(a, folder.path() / "gone");
  EXPECT_EQ(storage->list()[id].size(), 3u);
  ASSERT_TRUE(storage->redeclare(id, true));
  EXPECT_TRUE(storage->list()[id].empty());
  EXPECT_EQ(storage->redeclare("no such", false).error().code, ErrorCode::not_found);
}

TEST_F(StorageTest, LocksReadersTogetherAndWritersAlone) {
  auto reader = storage->lock(kMiner, 1, {FileType::sealed}, {});
  auto another = storage->lock(kMiner, 1, {FileType::sealed}, {FileType::cache});
  ASSERT_EQ(storage->locks().size(), 1u);
  EXPECT_EQ(storage->locks()[0].readers[FileType::sealed], 2u);
  EXPECT_EQ(storage->locks()[0].writers[FileType::cache], 1u);
  auto writer = std::async(std::launch::async, [&] { return storage->lock(kMiner, 1, {}, {FileType::sealed}); });
  auto elsewhere = storage->lock(kMiner, 2, {}, {FileType::sealed});
  reader.let_go();
  another.let_go();
  auto held = writer.get();  // ends only once both readers are gone
  EXPECT_EQ(storage->locks()[0].writers[FileType::sealed], 1u);
  held.let_go();
  elsewhere.let_go();
  EXPECT_TRUE(storage->locks().empty());
}

TEST_F(StorageTest, ProofsReadTheUpdateOfAnUpdatedSector) {
  auto a = add("a", {.can_store = true});
  auto b = add("b", {.can_store = true});
  put(a, 1, {FileType::sealed, FileType::cache, FileType::update_cache});
  put(b, 1, {FileType::update});
  SectorInfo sector{kProof, 1, Cid()};
  EXPECT_EQ(must(provable_files(*storage, kMiner, sector, false)).sealed_file, a / "sealed/s-t01000-1");
  auto updated = must(provable_files(*storage, kMiner, sector, true));
  EXPECT_EQ(updated.sealed_file, b / "update/s-t01000-1");
  EXPECT_EQ(updated.cache_folder, a / "update-cache/s-t01000-1");
  fs::resize_file(b / "update/s-t01000-1", 2047);
  EXPECT_EQ(provable_files(*storage, kMiner, sector, true).error().code, ErrorCode::invalid);
  sector.number = 2;
  EXPECT_EQ(provable_files(*storage, kMiner, sector, false).error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace nelumbo::sealing
