#include "devnet_calibrate.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <future>

#include "engine/proofs.hpp"
#include "engine/sector_files.hpp"
#include "types/sector.hpp"

namespace nelumbo::node {

namespace {

using Steady = std::chrono::steady_clock;

constexpr uint64_t kShortestEpoch = 4;  ///< seconds
constexpr int kRounds = 2;              ///< the first loads the parameters

double seconds_since(Steady::time_point start) { return std::chrono::duration<double>(Steady::now() - start).count(); }

Result<> prove_once(Prover& prover, const DevnetPaths& paths, const genesis::PreSealed& sealed) {
  auto proof = TRY(seal_proof_for_size(kDevnetSectorSize));
  auto info = TRY(seal_proof_info(proof));
  ActorId miner = TRY(sealed.miner.id.id());
  const auto& sector = sealed.miner.sectors.front();
  std::string name = sector_file_name(miner, sector.sector_number);
  PrivateSectorInfo secret{{proof, sector.sector_number, sector.comm_r},
                           paths.sectors() / "cache" / name,
                           paths.sectors() / "sealed" / name};
  TRY(prover.prove_winning_post(info.winning_post, miner, Hash256{}, std::span(&secret, 1)));
  return {};
}

/// All miners at once; until the last has ended.
Result<> prove_together(Prover& prover, const DevnetPaths& paths, const std::vector<genesis::PreSealed>& miners) {
  std::vector<std::future<Result<>>> proofs;
  for (const auto& each : miners)
    proofs.push_back(std::async(std::launch::async, [&] { return prove_once(prover, paths, each); }));
  Result<> out;
  for (auto& each : proofs) {
    auto result = each.get();
    if (!result) out = std::move(result);
  }
  return out;
}

}  // namespace

Result<> make_post_parameters(DevnetReport& report) {
  using parameters::Kind;
  for (auto [kind, name] : {std::pair(Kind::winning_post, "winning PoSt parameters"),
                            std::pair(Kind::window_post, "window PoSt parameters")}) {
    if (TRY(parameters::present(kind, kDevnetSectorSize))) continue;
    auto start = Steady::now();
    report.progress(name, 0);
    TRY_IN(name, parameters::generate(kind, kDevnetSectorSize,
                                      [&](std::string_view, double part) { report.progress(name, part); }));
    report.done(name, fmt::format("made in {:.0f} s", seconds_since(start)));
  }
  return {};
}

Result<double> measure_winning_post(const DevnetPaths& paths, const std::vector<genesis::PreSealed>& miners,
                                    DevnetReport& report) {
  const std::string step = "measuring a winning PoSt";
  auto prover = make_real_prover();
  double seconds = 0;
  for (int round = 0; round < kRounds; ++round) {
    report.progress(step, static_cast<double>(round) / kRounds);
    auto start = Steady::now();
    TRY_IN(step, prove_together(*prover, paths, miners));
    seconds = seconds_since(start);
  }
  return seconds;
}

uint64_t epoch_seconds_for(double winning_post_seconds, size_t miners) {
  double factor = miners > 1 ? 2.0 : 1.4;
  return std::max(kShortestEpoch, static_cast<uint64_t>(std::ceil(winning_post_seconds * factor)));
}

}  // namespace nelumbo::node
