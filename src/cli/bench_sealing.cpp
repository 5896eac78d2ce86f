// lotus-bench sealing: sectors from their data to their proofs, and the PoSts over them, each step timed.
#include <future>
#include <mutex>

#include "base/temporary_folder.hpp"
#include "bench.hpp"
#include "engine/sector_data.hpp"
#include "engine/sector_files.hpp"
#include "genesis/template.hpp"
#include "sealing/storage.hpp"
#include "types/json.hpp"

namespace nelumbo::cli::bench {
namespace {

using sealing::FileType;

/// Nanoseconds of each step of one sector, or of all of them together.
struct SealTimes {
  int64_t add_piece = 0, pre_commit_1 = 0, pre_commit_2 = 0, commit_1 = 0, commit_2 = 0, verify = 0, unseal = 0;
  static constexpr auto fields = nelumbo::fields(
      field("AddPiece", &SealTimes::add_piece), field("PreCommit1", &SealTimes::pre_commit_1),
      field("PreCommit2", &SealTimes::pre_commit_2), field("Commit1", &SealTimes::commit_1),
      field("Commit2", &SealTimes::commit_2), field("Verify", &SealTimes::verify), field("Unseal", &SealTimes::unseal));
};

/// What is printed, under lotus-bench's names; times in nanoseconds.
struct Results {
  std::map<std::string, std::string> environment;
  uint64_t sector_size = 0;
  uint64_t sectors = 0;
  SealTimes sum;
  std::vector<SealTimes> each;
  int64_t candidates = 0;
  int64_t winning_cold = 0, winning_hot = 0, verify_winning_cold = 0, verify_winning_hot = 0;
  int64_t window_cold = 0, window_hot = 0, verify_window_cold = 0, verify_window_hot = 0;
  static constexpr auto fields = nelumbo::fields(
      field("EnvVar", &Results::environment), field("SectorSize", &Results::sector_size),
      field("SectorNumber", &Results::sectors), field("SealingSum", &Results::sum),
      field("SealingResults", &Results::each), field("PostGenerateCandidates", &Results::candidates),
      field("PostWinningProofCold", &Results::winning_cold), field("PostWinningProofHot", &Results::winning_hot),
      field("VerifyWinningPostCold", &Results::verify_winning_cold),
      field("VerifyWinningPostHot", &Results::verify_winning_hot), field("PostWindowProofCold", &Results::window_cold),
      field("PostWindowProofHot", &Results::window_hot), field("VerifyWindowPostCold", &Results::verify_window_cold),
      field("VerifyWindowPostHot", &Results::verify_window_hot));
};

struct Options {
  Subject subject;
  uint64_t sectors = 1, parallel = 1;
  bool commit_2 = true, unseal = true;
  Hash256 ticket{};
  fs::path save_input;  ///< empty: is not saved
};

/// As lotus-bench has it.
constexpr Hash256 kSeed{1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16,
                        17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 255};

/// Seals sectors one after the other or some at a time; one at a time is in phase 2, and one in the commit.
class Sealing {
 public:
  Sealing(const Options& options, fs::path folder, std::ostream& progress)
      : options_(options),
        folder_(std::move(folder)),
        progress_(progress),
        times(options.sectors),
        sealed(options.sectors),
        pieces_(options.sectors) {}

  Result<> run() {
    for (auto type : {FileType::unsealed, FileType::sealed, FileType::cache})
      TRY(make_folder(folder_ / folder_name(type)));
    for (SectorNumber number = 0; number < options_.sectors; ++number) TRY(add_piece(number));
    const auto each = options_.sectors / options_.parallel;
    std::vector<std::future<Result<>>> workers;
    for (uint64_t worker = 0; worker < options_.parallel; ++worker) {
      workers.push_back(std::async(std::launch::async, [this, each, worker]() -> Result<> {
        for (auto number = worker * each; number < (worker + 1) * each; ++number) TRY(seal(number));
        return {};
      }));
    }
    Result<> out;
    for (auto& worker : workers) {
      if (auto result = worker.get(); !result && out) out = std::move(result);
    }
    return out;
  }

 private:
  fs::path file(FileType type, SectorNumber number) const {
    return folder_ / folder_name(type) / sector_file_name(options_.subject.miner, number);
  }
  void say(SectorNumber number, std::string_view what) {
    std::lock_guard lock(saying_);
    progress_ << fmt::format("[{}] {}...\n", number, what) << std::flush;
  }
  SealProof proof() const { return options_.subject.info.proof; }
  template <class Work>
  static auto timed_into(int64_t& nanoseconds, Work work) {
    Time took{};
    auto result = timed(took, std::move(work));
    nanoseconds = took.count();
    return result;
  }

  Result<> add_piece(SectorNumber number) {
    say(number, "Writing piece into sector");
    pieces_[number] = TRY(timed_into(times[number].add_piece, [&] {
      return sealing_calls::write_piece(proof(), "/dev/urandom", file(FileType::unsealed, number));
    }));
    return {};
  }

  Result<> seal(SectorNumber number) {
    const auto miner = options_.subject.miner;
    const auto cache = file(FileType::cache, number), replica = file(FileType::sealed, number);
    const std::span piece(&pieces_[number], 1);
    say(number, "Running replication(1)");
    auto phase_1 = TRY(timed_into(times[number].pre_commit_1, [&] {
      return sealing_calls::pre_commit_1(proof(), cache, file(FileType::unsealed, number), replica, number, miner,
                                         options_.ticket, piece);
    }));
    SealedCommitments both;
    {
      std::lock_guard alone(phase_2_);
      say(number, "Running replication(2)");
      both = TRY(
          timed_into(times[number].pre_commit_2, [&] { return sealing_calls::pre_commit_2(phase_1, cache, replica); }));
    }
    {
      std::lock_guard alone(commit_);
      say(number, "Generating PoRep for sector (1)");
      auto openings = TRY(timed_into(times[number].commit_1, [&] {
        return sealing_calls::commit_1(proof(), cache, replica, number, miner, options_.ticket, kSeed, both, piece);
      }));
      TRY(prove(number, both, std::move(openings)));
    }
    sealed[number] = {{proof(), number, both.sealed_cid}, cache, replica};
    return options_.unseal ? unseal(number, both) : Result<>();
  }

  Result<> prove(SectorNumber number, const SealedCommitments& both, Bytes openings) {
    const auto miner = options_.subject.miner;
    if (!options_.save_input.empty()) {
      TRY(write_input(options_.save_input,
                      {static_cast<int64_t>(number), openings, options_.subject.info.sector_size}));
    }
    if (!options_.commit_2) return {};
    say(number, "Generating PoRep for sector (2)");
    auto snark =
        TRY(timed_into(times[number].commit_2, [&] { return sealing_calls::commit_2(openings, number, miner); }));
    const bool holds = TRY(timed_into(times[number].verify, [&] {
      return sealing_calls::verify_seal(proof(), number, miner, options_.ticket, kSeed, both, snark);
    }));
    if (holds) return {};
    return fail(ErrorCode::failed, "the PoRep proof of sector {} does not verify", number);
  }

  Result<> unseal(SectorNumber number, const SealedCommitments& both) {
    say(number, "Unsealing sector");
    const auto unsealed = file(FileType::unsealed, number);
    std::error_code error;
    fs::remove(unsealed, error);
    const auto size = options_.subject.info.sector_size;
    return timed_into(times[number].unseal, [&] {
      return sealing_calls::unseal_range(proof(), file(FileType::cache, number), file(FileType::sealed, number),
                                         unsealed, number, options_.subject.miner, options_.ticket, both.unsealed_cid,
                                         0, size - size / 128);
    });
  }

  const Options& options_;
  const fs::path folder_;
  std::ostream& progress_;

 public:
  // Of each sector, by its number; each has one worker.
  std::vector<SealTimes> times;
  std::vector<PrivateSectorInfo> sealed;

 private:
  std::vector<PieceInfo> pieces_;
  std::mutex saying_, phase_2_, commit_;
};

SealTimes sum_of(const std::vector<SealTimes>& all) {
  SealTimes out;
  for (const auto& each : all) {
    out.add_piece += each.add_piece;
    out.pre_commit_1 += each.pre_commit_1;
    out.pre_commit_2 += each.pre_commit_2;
    out.commit_1 += each.commit_1;
    out.commit_2 += each.commit_2;
    out.verify += each.verify;
    out.unseal += each.unseal;
  }
  return out;
}

/// The first proof of a process reads its parameters (cold), the second has them (hot).
class PostBench {
 public:
  PostBench(const Subject& subject, std::vector<PrivateSectorInfo> sectors, std::ostream& progress)
      : subject_(subject), sectors_(std::move(sectors)), progress_(progress) {
    std::ranges::copy(random_bytes(challenge_.size()), challenge_.begin());
  }

  Result<> run(Results& out) {
    TRY(winning(out));
    return window(out);
  }

 private:
  void say(std::string_view what) { progress_ << what << "\n" << std::flush; }
  template <class Work>
  static auto timed_into(int64_t& nanoseconds, Work work) {
    Time took{};
    auto result = timed(took, std::move(work));
    nanoseconds = took.count();
    return result;
  }
  static std::vector<SectorInfo> public_part(const std::vector<PrivateSectorInfo>& sectors) {
    std::vector<SectorInfo> out;
    for (const auto& each : sectors) out.push_back(each.info);
    return out;
  }
  static Result<> must_hold(bool holds, std::string_view what) {
    if (holds) return {};
    return fail(ErrorCode::failed, "the {} PoSt does not verify", what);
  }

  Result<> winning(Results& out) {
    const auto type = subject_.info.winning_post;
    say("generating winning post candidates");
    auto chosen = TRY(timed_into(out.candidates, [&] {
      return prover_->winning_post_challenge(type, subject_.miner, challenge_, sectors_.size());
    }));
    std::vector<PrivateSectorInfo> challenged;
    for (auto index : chosen) challenged.push_back(sectors_.at(index));
    const auto infos = public_part(challenged);
    const auto prove = [&] { return prover_->prove_winning_post(type, subject_.miner, challenge_, challenged); };
    say("computing winning post snark (cold)");
    auto cold = TRY(timed_into(out.winning_cold, prove));
    say("computing winning post snark (hot)");
    auto hot = TRY(timed_into(out.winning_hot, prove));
    const auto verify = [&](const auto& proofs) {
      return [&] { return prover_->verify_winning_post(subject_.miner, challenge_, proofs, infos); };
    };
    const bool first = TRY(timed_into(out.verify_winning_cold, verify(cold)));
    const bool second = TRY(timed_into(out.verify_winning_hot, verify(hot)));
    return must_hold(first && second, "winning");
  }

  Result<> window(Results& out) {
    const auto infos = public_part(sectors_);
    const auto prove = [&] {
      return prover_->prove_window_post(subject_.info.window_post, subject_.miner, challenge_, sectors_);
    };
    say("computing window post snark (cold)");
    auto cold = TRY(timed_into(out.window_cold, prove));
    say("computing window post snark (hot)");
    auto hot = TRY(timed_into(out.window_hot, prove));
    if (!cold.faulty.empty()) return fail(ErrorCode::failed, "sector {} cannot be read", cold.faulty.front());
    const auto verify = [&](const auto& post) {
      return [&] { return prover_->verify_window_post(subject_.miner, challenge_, post.proofs, infos); };
    };
    const bool first = TRY(timed_into(out.verify_window_cold, verify(cold)));
    const bool second = TRY(timed_into(out.verify_window_hot, verify(hot)));
    return must_hold(first && second, "window");
  }

  const Subject subject_;
  const std::vector<PrivateSectorInfo> sectors_;
  std::ostream& progress_;
  Hash256 challenge_{};
  const std::shared_ptr<Prover> prover_ = make_real_prover();
};

/// The sectors of a folder that `lotus-seed pre-seal` made for this miner.
Result<std::vector<PrivateSectorInfo>> existing_sectors(const fs::path& folder, const std::string& miner) {
  auto miners = TRY(genesis::read_miner_manifest(folder / fmt::format("pre-seal-{}.json", miner)));
  const auto& found = miners[miner];
  if (found.sectors.empty()) return fail(ErrorCode::not_found, "{} has no sectors of {}", folder.string(), miner);
  const auto id = TRY(found.id.id());
  std::vector<PrivateSectorInfo> out;
  for (const auto& each : found.sectors) {
    const auto name = sector_file_name(id, each.sector_number);
    out.push_back(
        {{each.proof_type, each.sector_number, each.comm_r}, folder / "cache" / name, folder / "sealed" / name});
  }
  return out;
}

std::map<std::string, std::string> environment() {
  std::map<std::string, std::string> out;
  for (const char* name : {"BELLMAN_NO_GPU", "FIL_PROOFS_USE_GPU_COLUMN_BUILDER", "FIL_PROOFS_USE_GPU_TREE_BUILDER",
                           "FIL_PROOFS_USE_MULTICORE_SDR", "BELLMAN_CUSTOM_GPU"}) {
    if (const char* value = std::getenv(name)) out[name] = value;
  }
  return out;
}

void print_results(Context& context, const Results& r, bool sealed, const Options& options) {
  context.print("environment variable list:");
  for (const auto& [name, value] : r.environment) context.print("{}={}", name, value);
  context.print("----\nresults (v28) SectorSize:({}), SectorNumber:({})", r.sector_size, r.sectors);
  const auto time = [](int64_t nanoseconds) { return time_text(Time(nanoseconds)); };
  const auto rate = [&](int64_t nanoseconds) {
    return fmt::format("{} ({})", time(nanoseconds), per_second(r.sector_size * r.sectors, Time(nanoseconds)));
  };
  if (sealed) {
    context.print("seal: addPiece: {}", rate(r.sum.add_piece));
    context.print("seal: preCommit phase 1: {}", rate(r.sum.pre_commit_1));
    context.print("seal: preCommit phase 2: {}", rate(r.sum.pre_commit_2));
    context.print("seal: commit phase 1: {}", rate(r.sum.commit_1));
    if (options.commit_2) {
      context.print("seal: commit phase 2: {}", rate(r.sum.commit_2));
      context.print("seal: verify: {}", time(r.sum.verify));
    }
    if (options.unseal) context.print("unseal: {}", rate(r.sum.unseal));
    context.print("");
  }
  if (!options.commit_2) return;
  context.print("generate candidates: {}", rate(r.candidates));
  context.print("compute winning post proof (cold): {}", time(r.winning_cold));
  context.print("compute winning post proof (hot): {}", time(r.winning_hot));
  context.print("verify winning post proof (cold): {}", time(r.verify_winning_cold));
  context.print("verify winning post proof (hot): {}\n", time(r.verify_winning_hot));
  context.print("compute window post proof (cold): {}", time(r.window_cold));
  context.print("compute window post proof (hot): {}", time(r.window_hot));
  context.print("verify window post proof (cold): {}", time(r.verify_window_cold));
  context.print("verify window post proof (hot): {}", time(r.verify_window_hot));
}

Result<uint64_t> positive(const Context& context, const std::string& flag) {
  auto value = TRY(context.number(flag, 1));
  if (value >= 1) return static_cast<uint64_t>(value);
  return fail(ErrorCode::invalid, "--{} must be 1 or more", flag);
}

Result<Options> options_of(const Context& context) {
  Options out;
  out.subject = TRY(subject_of(context));
  out.sectors = TRY(positive(context, "num-sectors"));
  out.parallel = TRY(positive(context, "parallel"));
  if (out.sectors % out.parallel != 0)
    return fail(ErrorCode::invalid, "--parallel ({}) must divide --num-sectors ({})", out.parallel, out.sectors);
  out.commit_2 = !context.on("skip-commit2");
  out.unseal = !context.on("skip-unseal");
  out.ticket = blake2b_256(as_bytes(context.text("ticket-preimage")));
  out.save_input = expand_home(context.text("save-commit2-input"));
  return out;
}

Result<> bench_sealing(Context& context) {
  hear_no_gpu(context);
  auto options = TRY(options_of(context));
  const auto size = options.subject.info.sector_size;
  if (options.commit_2) {
    TRY(need_parameters(parameters::Kind::porep, size));
    TRY(need_parameters(parameters::Kind::winning_post, size));
    TRY(need_parameters(parameters::Kind::window_post, size));
  }
  const auto existing = context.text("benchmark-existing-sectorbuilder");
  if (!existing.empty() && !options.commit_2)
    return fail(ErrorCode::invalid, "without the PoSts there is nothing to do with sectors that exist");
  Results results;
  results.environment = environment();
  results.sector_size = size;
  std::optional<TemporaryFolder> folder;
  std::vector<PrivateSectorInfo> sectors;
  if (existing.empty()) {
    folder.emplace(TRY(TemporaryFolder::in(expand_home(context.text("storage-dir")))));
    Sealing sealing(options, folder->path(), context.err);
    TRY(sealing.run());
    results.each = sealing.times;
    results.sum = sum_of(sealing.times);
    sectors = std::move(sealing.sealed);
  } else {
    sectors = TRY(existing_sectors(expand_home(existing), context.text("miner-addr")));
  }
  results.sectors = sectors.size();
  if (options.commit_2) TRY(PostBench(options.subject, sectors, context.err).run(results));
  if (context.json()) {
    context.print("{}", to_json(results).dump(2));
  } else {
    print_results(context, results, existing.empty(), options);
  }
  return {};
}

}  // namespace

std::vector<Command> sealing_commands() {
  auto flags = subject_flags();
  for (auto& flag :
       std::vector<Flag>{text("--storage-dir", "folder in which a folder for the sectors is made; it goes at the end",
                              "~/.lotus-bench"),
                         no_gpu_flag(),
                         text("--benchmark-existing-sectorbuilder",
                              "take the PoSt times of a folder that `lotus-seed pre-seal` made, and seal nothing"),
                         toggle("--json,--json-out", "print JSON; times are in nanoseconds"),
                         toggle("--skip-commit2", "skip commit phase 2 and the PoSts, which need parameters"),
                         toggle("--skip-unseal", "skip the unseal portion of the benchmark"),
                         text("--ticket-preimage", "what the ticket is the hash of"),
                         text("--save-commit2-input", "save the input of commit phase 2 to a file, for `prove`"),
                         number("--num-sectors", "how many sectors to seal", "1"),
                         number("--parallel", "sectors that are sealed at a time", "1")}) {
    flags.push_back(std::move(flag));
  }
  return {{"sealing", "", "Benchmark seal and winning post and window post", flags, 0, 0, bench_sealing}};
}

}  // namespace nelumbo::cli::bench
