// Killed at any instruction around a write, a message or a piece of work, more than a hundred times while twenty
// sectors are made: none is lost, none sealed twice, no message sent twice. The chain lives in a file outside of the
// process.
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <random>
#include <set>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.hpp"
#include "test_rig.hpp"

extern char** environ;

namespace nelumbo::sealing {
namespace {

using namespace testing;

constexpr int kSectors = 20;
constexpr const char* kFolder = "NELUMBO_SEALING_CHILD";  ///< set: this process is a child that may be killed
constexpr const char* kFuse = "NELUMBO_SEALING_FUSE";

std::set<std::string> lines_of(const fs::path& path) {
  std::set<std::string> out;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) out.insert(line);
  return out;
}

/// Burns down with each point passed, then kills the process without a word; at a point that none was killed at, at
/// once.
struct Fuse {
  fs::path log;
  int left = 0;
  std::set<std::string> seen = lines_of(log);
  void pass(const std::string& where) {
    if (--left > 0 && seen.contains(where)) return;
    std::ofstream(log, std::ios::app) << where << "\n";
    ::kill(::getpid(), SIGKILL);
  }
};

/// The real database, with a point before and after each write; named by the states it writes.
class FusedStore : public KvStore {
 public:
  FusedStore(std::shared_ptr<KvStore> inner, Fuse& fuse) : inner_(std::move(inner)), fuse_(fuse) {}
  Result<std::optional<Bytes>> get(std::string_view s, BytesView k) override { return inner_->get(s, k); }
  Result<bool> has(std::string_view s, BytesView k) override { return inner_->has(s, k); }
  Result<> put(std::string_view s, BytesView k, BytesView v) override { return inner_->put(s, k, v); }
  Result<> remove(std::string_view s, BytesView k) override { return inner_->remove(s, k); }
  Result<> scan(std::string_view s, BytesView from, const std::function<bool(BytesView, BytesView)>& f) override {
    return inner_->scan(s, from, f);
  }
  Result<> write_views(std::span<const WriteView> writes, bool sync) override {
    std::string what = "message";
    for (const auto& each : writes) {
      if (each.space == kSectorsSpace) what = state_name(must(from_cbor<SectorRecord>(*each.value)).state);
    }
    fuse_.pass("before " + what);
    TRY(inner_->write_views(writes, sync));
    fuse_.pass("after " + what);
    return {};
  }

 private:
  std::shared_ptr<KvStore> inner_;
  Fuse& fuse_;
};

World load_world(const fs::path& path) {
  if (!fs::exists(path)) return {};
  CborLimits limits{.max_bytes = 64u << 20, .max_text = 1u << 20, .max_items = 1u << 20};
  return must(from_cbor<World>(must(read_file(path)), limits));
}
void save_world(const World& world, const fs::path& path) {
  auto next = path;
  next += ".next";
  auto bytes = to_cbor(world);
  std::ofstream(next, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  fs::rename(next, path);
}

/// 0: all sectors prove.
int run_child(const fs::path& folder) {
  Fuse fuse{folder / "kills", std::atoi(std::getenv(kFuse))};
  Rig rig;
  rig.work_at_once = 1;
  rig.world = load_world(folder / "world");
  auto save = [&] { save_world(rig.world, folder / "world"); };
  rig.chain->before_push = [&] { fuse.pass("before a push"); };
  rig.chain->after_push = [&] {
    save();
    fuse.pass("after a push");
  };
  rig.sealer->after_work = [&] {
    save();
    fuse.pass("after work");
  };
  auto store = must(KvStore::open(folder / "store", {std::string(kSectorsSpace), std::string(kSealingSpace)}));
  rig.store = std::make_shared<FusedStore>(store, fuse);
  rig.start();
  while (rig.machine->list().size() < kSectors) must(rig.machine->pledge());
  for (int i = 0; i < 500 && !rig.all_in({SectorState::Proving}); ++i) {
    rig.settle();
    rig.epochs(1);
    save();
  }
  return rig.all_in({SectorState::Proving}) ? 0 : 1;
}

/// Runs this test program again as the child; true when it was killed.
bool child_was_killed(const fs::path& folder, int fuse) {
  ::setenv(kFolder, folder.c_str(), 1);
  ::setenv(kFuse, std::to_string(fuse).c_str(), 1);
  std::string program = "/proc/self/exe", filter = "--gtest_filter=SectorRecord.*";
  char* arguments[] = {program.data(), filter.data(), nullptr};
  pid_t pid = 0;
  posix_spawn_file_actions_t quiet;
  ::posix_spawn_file_actions_init(&quiet);
  const auto log = (folder / "log").string();
  for (int output : {1, 2})
    ::posix_spawn_file_actions_addopen(&quiet, output, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  auto spawned = ::posix_spawn(&pid, program.c_str(), &quiet, nullptr, arguments, environ);
  ::posix_spawn_file_actions_destroy(&quiet);
  ::unsetenv(kFolder);
  if (spawned != 0) throw std::runtime_error("the child does not start");
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) return true;
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "the child failed";
  return false;
}

class ChildRole : public ::testing::Environment {
 public:
  void SetUp() override {
    if (const char* folder = std::getenv(kFolder)) {
      auto result = run_child(folder);
      ::_exit(result != 0 || ::testing::Test::HasFailure() ? 1 : 0);
    }
  }
};
const auto* const kRole = ::testing::AddGlobalTestEnvironment(new ChildRole);

TEST(Kill, AnywhereLosesNoSectorSealsNoneTwiceAndSendsNothingTwice) {
  auto folder = fs::temp_directory_path() / fmt::format("nelumbo-kill-{}", ::getpid());
  fs::create_directories(folder);
  std::mt19937 random(7);
  int kills = 0;
  while (kills < 1000 && child_was_killed(folder, std::uniform_int_distribution<int>(1, 9)(random))) ++kills;
  EXPECT_GE(kills, 100);

  Rig rig;
  rig.world = load_world(folder / "world");
  rig.expect_nothing_twice();
  EXPECT_EQ(rig.world.sectors.size(), static_cast<size_t>(kSectors));
  auto store = must(KvStore::open(folder / "store", {std::string(kSectorsSpace), std::string(kSealingSpace)}));
  EXPECT_EQ(must(Book(store).records()).size(), static_cast<size_t>(kSectors));
  for (const auto& each : must(Book(store).outgoing())) EXPECT_GT(each.done_at, 0) << each.uuid;
  for (const auto& each : rig.world.messages) EXPECT_EQ(each.exit, 0);

  const auto points = lines_of(folder / "kills");
  for (const char* state :
       {"Packing", "GetTicket", "PreCommit1", "PreCommit2", "SubmitPreCommitBatch", "PreCommitBatchWait", "WaitSeed",
        "Committing", "SubmitCommitAggregate", "CommitAggregateWait", "FinalizeSector", "Proving"}) {
    for (const char* side : {"before", "after"})
      EXPECT_TRUE(points.contains(fmt::format("{} {}", side, state))) << "never killed " << side << " " << state;
  }
  fs::remove_all(folder);
}

}  // namespace
}  // namespace nelumbo::sealing
