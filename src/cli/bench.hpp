#pragma once
// What the commands of lotus-bench share: what they work on, how time is taken and told.

#include <chrono>

#include "codec/json.hpp"
#include "command.hpp"
#include "engine/proofs.hpp"

namespace nelumbo::cli {
Program lotus_bench_program();
}

namespace nelumbo::cli::bench {

using Time = std::chrono::nanoseconds;

/// The sector that is worked on, as --sector-size and --miner-addr say.
struct Subject {
  SealProofInfo info;
  ActorId miner = 0;
};
std::vector<Flag> subject_flags();
Flag miner_flag();
Flag no_gpu_flag();
Result<Subject> subject_of(const Context& context);
/// A command that is given the size by a file has --miner-addr alone.
Result<ActorId> miner_of(const Context& context);
/// --no-gpu: to be heard before the proofs are first used.
void hear_no_gpu(const Context& context);

/// Runs work and takes its time.
template <class Work>
auto timed(Time& took, Work work) {
  const auto begun = std::chrono::steady_clock::now();
  auto result = work();
  took = std::chrono::steady_clock::now() - begun;
  return result;
}
/// "1.5s", "25.23225ms", "1m2.5s": as Go prints durations.
std::string time_text(Time time);
/// "79.26 KiB/s".
std::string per_second(uint64_t bytes, Time time);

/// The files that a proof needs are there; not_found names the missing file and how to get it.
Result<> need_parameters(parameters::Kind kind, uint64_t sector_size);

/// What commit 2 begins with, as lotus-bench keeps it in a file.
struct Commit2Input {
  int64_t sector_number = 0;
  Bytes phase_1_output;
  uint64_t sector_size = 0;
  static constexpr auto fields = nelumbo::fields(field("SectorNum", &Commit2Input::sector_number),
                                                 field("Phase1Out", &Commit2Input::phase_1_output),
                                                 field("SectorSize", &Commit2Input::sector_size));
};
Result<> write_input(const fs::path& file, const Commit2Input& input);
Result<Commit2Input> read_input(const fs::path& file);
/// The SNARK of such an input, with its time.
struct Snark {
  Commit2Input input;
  Bytes proof;
  Time took{};
};
Result<Snark> prove_input(Context& context);

std::vector<Command> prove_commands();
std::vector<Command> sealing_commands();
std::vector<Command> simple_commands();

}  // namespace nelumbo::cli::bench
