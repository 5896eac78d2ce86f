// How much the miner's way to a sealed and proven sector costs over the engine called directly.
//
//   bench_sealing SIZE PAIRS STEPS [FOLDER]
//
// STEPS: of "AP,PC1,PC2,C1,C2,POST", up to where it goes ("C1", "C2"), and "POST" for a window PoSt. For each pair two
// sectors of the same random data are sealed beside each other, step by step in turn, so that a machine that slows down
// slows both: one through sealing::LocalSealer and its storage (locks, places, notes, syncs), one by the engine's calls
// on bare files. The window PoSt of the miner is its check of the files, the proof, and the check of the proof. Prints
// a line of JSON for each step and pair, with seconds; `bench/sealing.py` makes a table of them.
#include <cstdio>
#include <future>

#include <sys/resource.h>
#include <unistd.h>

#include "codec/json.hpp"
#include "engine/sector_data.hpp"
#include "engine/sector_files.hpp"
#include "mining/sector_check.hpp"
#include "sealing/local_sealer.hpp"

using namespace nelumbo;
using sealing::FileType;

namespace {

constexpr ActorId kMiner = 1000;
constexpr SectorNumber kNumber = 1;
constexpr Hash256 kTicket{1}, kSeed{2};

/// One sector on its way; each step uses what the one before gave.
class Way {
 public:
  virtual ~Way() = default;
  virtual Result<> step(const std::string& name) = 0;

 protected:
  PieceInfo piece_;
  Bytes phase_1_, openings_, proof_;
  SealedCommitments both_;
};

class Direct final : public Way {
 public:
  Direct(SealProofInfo info, const fs::path& folder, const fs::path& data)
      : info_(info), data_(data), unsealed_(folder / "unsealed"), sealed_(folder / "sealed"), cache_(folder / "cache") {
    must(make_folder(cache_));
  }

  Result<> step(const std::string& name) override {
    using namespace sealing_calls;
    const std::span pieces(&piece_, 1);
    if (name == "AP") {
      piece_ = TRY(write_piece(info_.proof, data_, unsealed_));
    } else if (name == "PC1") {
      phase_1_ = TRY(pre_commit_1(info_.proof, cache_, unsealed_, sealed_, kNumber, kMiner, kTicket, pieces));
    } else if (name == "PC2") {
      both_ = TRY(pre_commit_2(phase_1_, cache_, sealed_));
    } else if (name == "C1") {
      openings_ = TRY(commit_1(info_.proof, cache_, sealed_, kNumber, kMiner, kTicket, kSeed, both_, pieces));
    } else if (name == "C2") {
      proof_ = TRY(commit_2(openings_, kNumber, kMiner));
    } else {
      const PrivateSectorInfo sector{{info_.proof, kNumber, both_.sealed_cid}, cache_, sealed_};
      auto made = TRY(make_real_prover()->prove_window_post(info_.window_post, kMiner, kSeed, std::span(&sector, 1)));
      if (made.proofs.empty()) return fail(ErrorCode::failed, "no proof");
    }
    return {};
  }

 private:
  const SealProofInfo info_;
  const fs::path data_, unsealed_, sealed_, cache_;
};

class Miner final : public Way {
 public:
  Miner(SealProofInfo info, const fs::path& folder, const fs::path& data)
      : info_(info), data_(data), storage_(open(folder)), sealer_(sealing::make_local_sealer({}, storage_)) {}

  Result<> step(const std::string& name) override {
    if (name == "AP") {
      // What the pipeline seals today is zeros, whose data tree it keeps; data costs more.
      auto place = TRY(storage_->allocate(kMiner, kNumber, info_.proof, {FileType::unsealed}, true));
      piece_ = TRY(sealing_calls::write_piece(info_.proof, data_, place.files[FileType::unsealed]));
    } else if (name == "PC1") {
      phase_1_ = TRY(run<Bytes>(sealing::PreCommit1{kTicket, {piece_}}));
    } else if (name == "PC2") {
      both_ = TRY(run<SealedCommitments>(sealing::PreCommit2{phase_1_}));
    } else if (name == "C1") {
      openings_ = TRY(run<Bytes>(sealing::Commit1{kTicket, kSeed, both_.sealed_cid, both_.unsealed_cid, {piece_}}));
    } else if (name == "C2") {
      proof_ = TRY(run<Bytes>(sealing::Commit2{openings_}));
      if (!TRY(sealing::make_aggregator(false)->verify(kMiner, info_.proof, made_sector())))
        return fail(ErrorCode::failed, "the proof does not verify");
    } else {
      return post();
    }
    return {};
  }

 private:
  static std::shared_ptr<sealing::Storage> open(const fs::path& folder) {
    must(make_folder(folder));
    auto storage = must(sealing::Storage::open(folder));
    must(storage->attach(folder / "path", sealing::PathMeta{.can_seal = true, .can_store = true}));
    return storage;
  }
  template <class T>
  Result<T> run(sealing::Task task) {
    std::promise<Result<sealing::TaskOutput>> done;
    sealer_->start({kMiner, kNumber, info_.proof}, std::move(task), [&](auto result) { done.set_value(result); });
    auto output = TRY(done.get_future().get());
    return std::get<T>(std::move(output));
  }
  sealing::AggregateSector made_sector() const {
    return {kNumber, both_.sealed_cid, both_.unsealed_cid, kTicket, kSeed, proof_};
  }
  Result<> post() {
    const SectorInfo info{info_.proof, kNumber, both_.sealed_cid};
    auto checked = mining::SectorChecker(storage_, kMiner, {}).check({{info, false}});
    if (!checked.bad.empty()) return fail(ErrorCode::failed, "{}", checked.bad.begin()->second);
    const auto& sector = checked.good.at(kNumber);
    auto prover = make_real_prover();
    auto made = TRY(prover->prove_window_post(info_.window_post, kMiner, kSeed, std::span(&sector, 1)));
    if (TRY(prover->verify_window_post(kMiner, kSeed, made.proofs, std::span(&info, 1)))) return {};
    return fail(ErrorCode::failed, "the window PoSt does not verify");
  }

  const SealProofInfo info_;
  const fs::path data_;
  const std::shared_ptr<sealing::Storage> storage_;
  const std::shared_ptr<sealing::Sealer> sealer_;
};

/// Wall and processor seconds of a step. What others left to be written is written before.
struct Cost {
  double wall = 0, cpu = 0;
};
double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}
Cost cost_of(Way& way, const std::string& name) {
  ::sync();
  const auto begun = std::chrono::steady_clock::now();
  const auto cpu = cpu_seconds();
  must(way.step(name));
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count(), cpu_seconds() - cpu};
}

std::vector<std::string> steps_of(std::string_view text) {
  std::vector<std::string> out;
  for (size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find(',', at), text.size());
    out.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

void make_data(const fs::path& file, uint64_t size) {
  // The same for both; a block of chance again and again is chance enough for the engine.
  const auto block = random_bytes(size_t{1} << 20);
  Bytes all;
  while (all.size() < size) all.insert(all.end(), block.begin(), block.end());
  must(write_file(file, all));
}

void run_pair(int pair, const SealProofInfo& info, const std::vector<std::string>& steps, const fs::path& folder) {
  const auto data = folder / "data";
  must(make_folder(folder));
  make_data(data, info.sector_size);
  Direct direct(info, folder / "direct", data);
  Miner miner(info, folder / "miner", data);
  for (const auto& name : steps) {
    Cost ours, theirs;
    if (pair % 2 == 0) {
      ours = cost_of(miner, name);
      theirs = cost_of(direct, name);
    } else {
      theirs = cost_of(direct, name);
      ours = cost_of(miner, name);
    }
    if (pair < 0) continue;  // the first seal of a process reads and makes what later ones find
    JsonValue line{{"pair", pair},          {"step", name},         {"ours", ours.wall},
                   {"direct", theirs.wall}, {"ours_cpu", ours.cpu}, {"direct_cpu", theirs.cpu}};
    std::printf("%s\n", line.dump().c_str());
    std::fflush(stdout);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fputs("bench_sealing SIZE PAIRS STEPS [FOLDER]\n", stderr);
    return 2;
  }
  const auto info = must(seal_proof_info(must(seal_proof_for_size(must(parse_size(argv[1]))))));
  const auto steps = steps_of(argv[3]);
  auto text = ((argc > 4 ? fs::path(argv[4]) : fs::temp_directory_path()) / "nelumbo-bench-XXXXXX").string();
  if (::mkdtemp(text.data()) == nullptr) return 1;
  const fs::path folder = text;
  const auto last = steps.back();
  if (last == "POST") must(parameters::generate(parameters::Kind::window_post, info.sector_size, {}));
  // Before the count, as far as that does not take minutes. The parents of a size are computed once and kept.
  constexpr uint64_t kQuick = 8 << 20;
  std::vector<std::string> warm_up;
  for (const auto& name : steps) {
    if (name == "AP" || name == "PC1" || (name != "C2" && info.sector_size <= kQuick)) warm_up.push_back(name);
  }
  run_pair(-1, info, warm_up, folder / "warm-up");
  fs::remove_all(folder / "warm-up");
  for (int pair = 0; pair < std::atoi(argv[2]); ++pair) {
    run_pair(pair, info, steps, folder / "pair");
    fs::remove_all(folder / "pair");
  }
  fs::remove_all(folder);
  return 0;
}
