// Imports that break off and go on; files of exports.

#include <csignal>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "snapshot_kit.hpp"

namespace nelumbo::chain::testing {
namespace {

/// Passes a source on and counts; breaks after some bytes.
class CountingSource final : public CarSource {
 public:
  CountingSource(std::unique_ptr<CarSource> from, uint64_t* read, uint64_t most = UINT64_MAX)
      : from_(std::move(from)), read_(read), most_(most) {}
  Result<size_t> read(std::span<uint8_t> out) override {
    if (*read_ >= most_) return fail(ErrorCode::unavailable, "the line is dead");
    auto got = TRY(from_->read(out.first(std::min<size_t>(out.size(), 4096))));
    *read_ += got;
    return got;
  }
  uint64_t position() const override { return from_->position(); }
  uint64_t size() const override { return from_->size(); }
  Place place_before(uint64_t plain) const override { return from_->place_before(plain); }
  Result<> go_to(Place place) override { return from_->go_to(place); }

 private:
  std::unique_ptr<CarSource> from_;
  uint64_t* read_;
  uint64_t most_;
};

class ResumeTest : public ChainTest {
 protected:
  void SetUp() override {
    ChainTest::SetUp();
    if (!chain) return;
    for (int i = 0; i < 8; ++i) head = chain->mine();
    car = exported(*chain->store, head, ExportPlan::recent(head->height(), 5, false));
  }
  /// The options of an import that notes its place often.
  ImportOptions options(EmptyNode& node) const {
    auto out = node.options();
    out.checkpoint_bytes = 1;
    return out;
  }
  void finish(EmptyNode& node) const {
    node.open();
    EXPECT_EQ(must(node.adopt())->key(), head->key());
    EXPECT_EQ(must(node.states->tipset_state(head)).state_root, must(chain->states->tipset_state(head)).state_root);
  }
  TipsetPtr head;
  Bytes car;
};

TEST_F(ResumeTest, GoesOnNearWhereItBroke) {
  ASSERT_GT(car.size(), size_t{4} << 20) << "the notes are a MiB apart";
  const uint64_t most = car.size() * 3 / 4;
  EmptyNode node(*chain);
  uint64_t first = 0, second = 0;
  auto broken = node.import(std::make_unique<CountingSource>(make_car_memory(car), &first, most), options(node));
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, ErrorCode::unavailable);
  auto done = node.import(std::make_unique<CountingSource>(make_car_memory(car), &second), options(node));
  EXPECT_EQ(must(done), head->key());
  EXPECT_LT(second, car.size() - most + (size_t{3} << 20));
  finish(node);
}

TEST_F(ResumeTest, AnUnfinishedImportCanBeForgotten) {
  EmptyNode node(*chain);
  uint64_t read = 0;
  ASSERT_FALSE(
      node.import(std::make_unique<CountingSource>(make_car_memory(car), &read, car.size() - 5000), options(node)));
  node.kv = must(KvStore::open(node.folder.path() / "db", LivingChain::spaces()));
  EXPECT_TRUE(must(unfinished_import(*node.kv)));
  must(forget_import(*node.kv));
  EXPECT_FALSE(must(unfinished_import(*node.kv)));
  bool empty = true;
  must(node.kv->scan("chain_epochs", {}, [&](BytesView, BytesView) { return empty = false; }));
  EXPECT_TRUE(empty);
  node.kv.reset();
  EXPECT_EQ(must(node.import(car)), head->key());
  finish(node);
}

TEST_F(ResumeTest, SurvivesAKillAnywhere) {
  auto file = chain->folder.path() / "s.car.zst";
  auto out = must(SnapshotFile::create(file, true));
  must(out.write(car));
  must(out.finish());
  EmptyNode node(*chain);
  int kills = 0;
  for (uint64_t stop = 100 << 10;; stop += 400 << 10) {
    const pid_t child = ::fork();
    if (child == 0) {
      const auto database = (node.folder.path() / "db").string(), genesis = chain->genesis_header.cid().str(),
                 bytes = std::to_string(stop);
      ::execl(NELUMBO_IMPORT_CHILD, "import_child", database.c_str(), file.c_str(), genesis.c_str(), bytes.c_str(),
              nullptr);
      ::_exit(127);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status)) {
      ASSERT_EQ(WTERMSIG(status), SIGKILL);
      ++kills;
      continue;
    }
    ASSERT_EQ(WEXITSTATUS(status), 0);
    break;
  }
  EXPECT_GT(kills, 1);
  finish(node);
}

TEST_F(ResumeTest, StopsWhenAsked) {
  EmptyNode node(*chain);
  auto with = options(node);
  int asked = 0;
  with.stopped = [&] { return ++asked > 1; };
  auto stopped = node.import(make_car_memory(car), with);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::cancelled);
  EXPECT_EQ(must(node.import(car)), head->key());
}

TEST_F(ResumeTest, AFullDiskLeavesNoFileAndSaysSo) {
  auto file = chain->folder.path() / "full.car";
  const pid_t child = ::fork();
  if (child == 0) {
    // A limit on the size of files gives the same as a full disk, in a process of its own.
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{100'000, 100'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    auto out = SnapshotFile::create(file, false);
    if (!out) ::_exit(2);
    auto written = out->write(car);
    if (written) written = out->finish();
    if (written || written.error().code != ErrorCode::exhausted) ::_exit(3);
    out = fail(ErrorCode::failed, "gone");
    ::_exit(fs::exists(file) || fs::exists(file.string() + ".part") ? 4 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace nelumbo::chain::testing
