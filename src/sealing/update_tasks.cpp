// Putting data into a sector that was sealed without (snap), and what is left to do once the chain took it.

#include "engine/replica_update.hpp"
#include "file_moves.hpp"
#include "real_tasks.hpp"
#include "sealing/provable.hpp"

namespace nelumbo::sealing {
namespace {

const std::set<FileType> kKey{FileType::sealed, FileType::cache};
const std::set<FileType> kUpdate{FileType::update, FileType::update_cache};

Result<> sync_folder(const fs::path& folder) {
  std::error_code error;
  for (const auto& each : fs::directory_iterator(folder, error)) TRY(sync_path(each.path()));
  return sync_path(folder);
}

/// Update and key, all there.
Result<update_calls::Files> update_files(Storage& storage, const SectorRef& sector) {
  const SectorInfo info{sector.proof, sector.number, Cid()};
  auto key = TRY(provable_files(storage, sector.miner, info, false));
  auto update = TRY(provable_files(storage, sector.miner, info, true));
  return update_calls::Files{update.sealed_file, update.cache_folder, key.sealed_file, key.cache_folder};
}

/// Unlike a sector's own SNARK, this one is not verified by the engine.
Result<Bytes> made_and_verified(SealProof proof, const ProveReplicaUpdate2& task) {
  const update_calls::Commitments commitments{task.sealed_cid, task.new_sealed_cid, task.new_unsealed_cid};
  auto made = TRY(update_calls::prove_2(proof, commitments, task.vanilla_proofs));
  if (TRY(update_calls::verify(proof, commitments, made))) return made;
  return fail(ErrorCode::invalid, "the proof of the update that was made does not verify, it is not sent");
}

}  // namespace

Result<SealedCommitments> replica_update(Storage& storage, const SectorRef& sector, const ReplicaUpdate& task,
                                         TaskWatch& watch) {
  auto readers = kKey;
  readers.insert(FileType::unsealed);
  auto lock = storage.lock(sector.miner, sector.number, readers, kUpdate);
  auto key = TRY(provable_files(storage, sector.miner, {sector.proof, sector.number, Cid()}, false));
  auto staged = TRY(storage.find(sector.miner, sector.number, FileType::unsealed));
  auto place = TRY(storage.allocate(sector.miner, sector.number, sector.proof, kUpdate, true));
  TRY(watch.go_on());
  watch.step("encoding the data", 0.1);
  const update_calls::Files files{place.files[FileType::update], place.files[FileType::update_cache], key.sealed_file,
                                  key.cache_folder};
  TRY(write_zeros(files.replica, TRY(seal_proof_info(sector.proof)).sector_size));
  std::error_code error;
  fs::remove_all(files.cache, error);  // of a try that was cut off
  TRY(make_folder(files.cache));
  auto made = TRY(engine_result(update_calls::encode(sector.proof, files, staged, task.pieces), ErrorCode::failed));
  watch.step("syncing", 0.95);
  TRY(sync_path(files.replica));
  TRY(sync_folder(files.cache));
  return made;
}

Result<Bytes> prove_replica_update_1(Storage& storage, const SectorRef& sector, const ProveReplicaUpdate1& task,
                                     TaskWatch& watch) {
  auto readers = kKey;
  readers.insert(kUpdate.begin(), kUpdate.end());
  auto lock = storage.lock(sector.miner, sector.number, readers, {});
  auto files = TRY(update_files(storage, sector));
  watch.step("openings of the challenges", 0.1);
  return engine_result(
      update_calls::prove_1(sector.proof, {task.sealed_cid, task.new_sealed_cid, task.new_unsealed_cid}, files),
      ErrorCode::invalid);
}

Result<Bytes> prove_replica_update_2(const SectorRef& sector, const ProveReplicaUpdate2& task, bool generate_parameters,
                                     TaskWatch& watch) {
  const auto size = TRY(seal_proof_info(sector.proof)).sector_size;
  TRY(need_parameters(parameters::Kind::replica_update, "replica update", size, generate_parameters, watch));
  TRY(watch.go_on());
  watch.step("SNARK", 0.1);
  constexpr auto kKind = parameters::Kind::replica_update;
  auto made = TRY(snark_result(made_and_verified(sector.proof, task), kKind, size));
  parameters_are_whole(kKind, size);
  return made;
}

Result<> finalize_replica_update(Storage& storage, const SectorRef& sector, TaskWatch& watch) {
  const auto size = TRY(seal_proof_info(sector.proof)).sector_size;
  auto lock = storage.lock(sector.miner, sector.number, {}, {std::begin(kFileTypes), std::end(kFileTypes)});
  auto update = TRY(provable_files(storage, sector.miner, {sector.proof, sector.number, Cid()}, true));
  TRY(check_proving_cache(update.cache_folder, size));
  watch.step("trimming the caches", 0.1);
  TRY(engine_result(sealing_calls::clear_cache(update.cache_folder), ErrorCode::failed));
  if (auto key_cache = storage.find(sector.miner, sector.number, FileType::cache)) {
    TRY(engine_result(sealing_calls::clear_cache(*key_cache), ErrorCode::failed));
  }
  return store_update(storage, sector, watch);
}

}  // namespace nelumbo::sealing
