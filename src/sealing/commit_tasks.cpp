// Commit 1 and 2, and what is left to do once a sector is committed.

#include "base/log.hpp"
#include "engine/parameter_check.hpp"
#include "real_tasks.hpp"
#include "seal_cache.hpp"
#include "sealing/provable.hpp"

namespace nelumbo::sealing {

Result<Bytes> commit_1(Storage& storage, const SectorRef& sector, const Commit1& task, TaskWatch& watch) {
  const auto size = TRY(seal_proof_info(sector.proof)).sector_size;
  auto lock = storage.lock(sector.miner, sector.number, {FileType::sealed, FileType::cache}, {});
  watch.step("checking the files", 0);
  auto files = TRY(provable_files(storage, sector.miner, {sector.proof, sector.number, task.sealed_cid}, false));
  TRY(check_proving_cache(files.cache_folder, size));
  TRY(SealCache(files.cache_folder, size).check_layers());
  TRY(watch.go_on());
  watch.step("openings of the challenges", 0.1);
  return engine_result(
      sealing_calls::commit_1(sector.proof, files.cache_folder, files.sealed_file, sector.number, sector.miner,
                              task.ticket, task.seed, {task.sealed_cid, task.unsealed_cid}, task.pieces),
      ErrorCode::invalid);
}

namespace {

/// Damaged ones are waited for: another try with them gives nothing.
Result<> whole_parameters(parameters::Kind kind, uint64_t sector_size) {
  auto whole = parameters::check_whole(kind, sector_size);
  if (whole || whole.error().code == ErrorCode::unavailable) return whole;
  return fail(ErrorCode::unavailable, "{}; put whole ones in their place (lotus fetch-params)", whole.error().message);
}

}  // namespace

Result<Bytes> snark_result(Result<Bytes> made, parameters::Kind kind, uint64_t sector_size) {
  made = engine_result(std::move(made), ErrorCode::invalid);
  if (!made) TRY(whole_parameters(kind, sector_size));  // they may have been damaged since
  return made;
}

void parameters_are_whole(parameters::Kind kind, uint64_t sector_size) {
  if (auto noted = parameters::note_whole(kind, sector_size); !noted)
    log_info("sealing", "the digests of proof parameters are not noted: {}", noted.error().message);
}

Result<> need_parameters(parameters::Kind kind, std::string_view name, uint64_t sector_size, bool generate,
                         TaskWatch& watch) {
  if (TRY(parameters::present(kind, sector_size))) {
    watch.step(fmt::format("checking the {} parameters", name), 0);
    return whole_parameters(kind, sector_size);
  }
  if (!generate) {
    return fail(ErrorCode::unavailable, "the {} parameters of {} are not in {} (lotus fetch-params)", name,
                size_string(sector_size), parameter_cache_folder().string());
  }
  auto made = parameters::generate(kind, sector_size, [&](std::string_view step, double part) {
    watch.step(fmt::format("making the {} parameters: {}", name, step), part);
  });
  if (made) return {};
  auto error = std::move(made).error().in(fmt::format("making the {} parameters", name));
  error.code = ErrorCode::unavailable;
  return std::unexpected(std::move(error));
}

Result<Bytes> commit_2(const SectorRef& sector, const Commit2& task, bool generate_parameters, TaskWatch& watch) {
  const auto size = TRY(seal_proof_info(sector.proof)).sector_size;
  TRY(need_parameters(parameters::Kind::porep, "PoRep", size, generate_parameters, watch));
  TRY(watch.go_on());
  watch.step("SNARK", 0.1);
  auto made = TRY(snark_result(sealing_calls::commit_2(task.phase_1_output, sector.number, sector.miner),
                               parameters::Kind::porep, size));
  parameters_are_whole(parameters::Kind::porep, size);  // the engine has verified it
  return made;
}

Result<> finalize(Storage& storage, const SectorRef& sector, const Finalize& task, TaskWatch& watch) {
  const auto size = TRY(seal_proof_info(sector.proof)).sector_size;
  auto lock = storage.lock(sector.miner, sector.number, {}, {FileType::unsealed, FileType::sealed, FileType::cache});
  auto files = TRY(provable_files(storage, sector.miner, {sector.proof, sector.number, Cid()}, false));
  TRY(check_proving_cache(files.cache_folder, size));
  watch.step("trimming the cache", 0.1);
  TRY(engine_result(sealing_calls::clear_cache(files.cache_folder), ErrorCode::failed));
  TRY(SealCache(files.cache_folder, size).drop_note());
  return store_sector(storage, sector, task.keep_unsealed, watch);
}

}  // namespace nelumbo::sealing
