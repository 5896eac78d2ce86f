// lotus-bench: the program, what its commands share, and `prove`.
#include "bench.hpp"

#include <csignal>
#include <cstdlib>
#include <iostream>

#include "cli/cli.hpp"
#include "node/version.hpp"
#include "print.hpp"
#include "types/json.hpp"

namespace nelumbo::cli::bench {
namespace {

std::string_view kind_name(parameters::Kind kind) {
  switch (kind) {
    case parameters::Kind::winning_post:
      return "winning PoSt";
    case parameters::Kind::window_post:
      return "window PoSt";
    case parameters::Kind::porep:
      return "PoRep";
    case parameters::Kind::replica_update:
      break;
  }
  return "replica update";
}

/// How a user comes by parameters: those of 2 KiB are made on the spot.
std::string how_to_get(parameters::Kind kind, uint64_t sector_size) {
  constexpr uint64_t kTestSize = 2048;
  const char* flag = sector_size != kTestSize                   ? ""
                     : kind == parameters::Kind::porep          ? "--porep "
                     : kind == parameters::Kind::replica_update ? "--update "
                                                                : "";
  auto size = size_string(sector_size);
  std::erase(size, ' ');
  return fmt::format("`lotus fetch-params {}{}`", flag, size);
}

Result<> prove(Context& context) {
  auto made = TRY(prove_input(context));
  const auto size = made.input.sector_size;
  if (context.json()) {
    JsonValue out{{"SectorSize", size}, {"Commit2", made.took.count()}, {"Proof", to_json(made.proof)}};
    context.print("{}", out.dump(2));
    return {};
  }
  context.print("proof: {}", to_hex(made.proof));
  context.print("----\nresults (v28) ({})", size);
  context.print("seal: commit phase 2: {} ({})", time_text(made.took), per_second(size, made.took));
  return {};
}

}  // namespace

std::vector<Flag> subject_flags() {
  return {text("--sector-size", "size of the sectors in bytes, i.e. 32GiB", "512MiB"), miner_flag()};
}
Flag miner_flag() { return text("--miner-addr", "miner that the proofs are of", "t01000"); }
Flag no_gpu_flag() { return toggle("--no-gpu", "disable gpu usage for the benchmark run"); }

Result<ActorId> miner_of(const Context& context) {
  auto address = TRY_IN("--miner-addr", Address::parse(context.text("miner-addr")));
  return in_context(address.id(), "--miner-addr");
}

Result<Subject> subject_of(const Context& context) {
  auto size = TRY_IN("--sector-size", parse_size(context.text("sector-size")));
  auto proof = TRY_IN("--sector-size", seal_proof_for_size(size));
  Subject out;
  out.info = TRY(seal_proof_info(proof));
  out.miner = TRY(miner_of(context));
  return out;
}

void hear_no_gpu(const Context& context) {
  if (context.on("no-gpu")) setenv("BELLMAN_NO_GPU", "1", 1);
}

std::string time_text(Time time) {
  using namespace std::chrono_literals;
  const auto count = static_cast<double>(time.count());
  if (time < 1us) return fmt::format("{}ns", time.count());
  if (time < 1ms) return fmt::format("{:.10g}µs", count / 1e3);
  if (time < 1s) return fmt::format("{:.10g}ms", count / 1e6);
  std::string out;
  if (time >= 1h) out += fmt::format("{}h", time / 1h);
  if (time >= 1min) out += fmt::format("{}m", time % 1h / 1min);
  return out + fmt::format("{:.12g}s", static_cast<double>((time % 1min).count()) / 1e9);
}

std::string per_second(uint64_t bytes, Time time) {
  const auto nanoseconds = std::max<int64_t>(time.count(), 1);
  return byte_size(BigInt(bytes) * 1'000'000'000 / nanoseconds) + "/s";
}

Result<> need_parameters(parameters::Kind kind, uint64_t sector_size) {
  auto files = TRY(parameters::names(kind, sector_size));
  for (const auto& name : {files.parameters, files.verifying_key}) {
    if (auto file = parameter_cache_folder() / name; !fs::exists(file)) {
      return fail(ErrorCode::not_found, "the {} parameters of {} are missing: there is no file {}; get them with {}",
                  kind_name(kind), size_string(sector_size), file.string(), how_to_get(kind, sector_size));
    }
  }
  return {};
}

Result<> write_input(const fs::path& file, const Commit2Input& input) {
  return write_file(file, to_json(input).dump());
}

Result<Commit2Input> read_input(const fs::path& file) {
  constexpr size_t kMost = size_t{1} << 30;  // 32 GiB: about 30 MiB
  auto text = TRY(read_text_file(file, kMost));
  auto input = TRY_IN(file.string(), from_json<Commit2Input>(TRY_IN(file.string(), parse_json(text))));
  if (input.sector_number >= 0 && !input.phase_1_output.empty()) return input;
  return fail(ErrorCode::invalid, "{}: it has no sector number or no output of commit phase 1", file.string());
}

Result<Snark> prove_input(Context& context) {
  hear_no_gpu(context);
  auto miner = TRY(miner_of(context));
  Snark out;
  out.input = TRY(read_input(context.args[0]));
  TRY(need_parameters(parameters::Kind::porep, out.input.sector_size));
  context.err << "start proof computation\n" << std::flush;
  auto proof = timed(out.took, [&] {
    return sealing_calls::commit_2(out.input.phase_1_output, static_cast<SectorNumber>(out.input.sector_number), miner);
  });
  out.proof = TRY(std::move(proof));
  return out;
}

std::vector<Command> prove_commands() {
  return {
      {"prove",
       "<input.json>",
       "Benchmark a proof computation: commit phase 2 of what `sealing --save-commit2-input` or `simple commit1` wrote",
       {no_gpu_flag(), miner_flag(), toggle("--json", "print JSON")},
       1,
       1,
       prove}};
}

}  // namespace nelumbo::cli::bench

namespace nelumbo::cli {

Program lotus_bench_program() {
  Program out{.name = "lotus-bench",
              .about = "Benchmark the proofs of storage on this machine",
              .version = std::string(node::kVersion)};
  out.groups = {{"simple", "Run basic sector operations, one by one, on files that you name"}};
  for (auto table : {bench::sealing_commands, bench::prove_commands, bench::simple_commands}) out.add(table());
  return out;
}

int run_lotus_bench(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  return run_program(lotus_bench_program(), {argv + std::min(argc, 1), argv + argc}, std::cout, std::cerr);
}

}  // namespace nelumbo::cli
