// Adding zeros, pre-commit 1 and 2.

#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "file_moves.hpp"
#include "real_tasks.hpp"
#include "seal_cache.hpp"

namespace nelumbo::sealing {
namespace {

/// What the labels depend on.
std::string replica_name(const SectorRef& sector, const PreCommit1& task) {
  auto out =
      fmt::format("{}/{}/{}/{}", static_cast<int64_t>(sector.proof), sector.miner, sector.number, to_hex(task.ticket));
  for (const auto& piece : task.pieces) out += fmt::format("/{}:{}", piece.size, piece.piece_cid.str());
  return out;
}

Result<Storage::Place> sealing_place(Storage& storage, const SectorRef& sector) {
  return storage.allocate(sector.miner, sector.number, sector.proof, {FileType::sealed, FileType::cache}, true);
}

/// The data that is sealed, as a file of the sector's size.
Result<fs::path> staged_file(Storage& storage, const SectorRef& sector, uint64_t size) {
  auto file = TRY(storage.find(sector.miner, sector.number, FileType::unsealed));
  std::error_code error;
  if (fs::file_size(file, error) != size) {
    return fail(ErrorCode::invalid, "{} has not the {} bytes of a sector", file.string(), size);
  }
  return file;
}

Result<> copy_data(const fs::path& from, const fs::path& to, uint64_t size) {
  TRY(write_zeros(to, size));
  std::error_code error;
  fs::copy_file(from, to, fs::copy_options::overwrite_existing, error);
  if (error) return fail(ErrorCode::failed, "copying {} to {}: {}", from.string(), to.string(), error.message());
  return {};
}

}  // namespace

bool is_zero_data(const std::vector<PieceInfo>& pieces, uint64_t sector_size) {
  if (pieces.size() != 1 || pieces.front().size != sector_size) return false;
  auto zero = sealing_calls::zero_comm_d(sector_size);
  return zero && pieces.front().piece_cid == *zero;
}

Result<> write_zeros(const fs::path& file, uint64_t size) {
  TRY(make_folder(file.parent_path()));
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return fail(ErrorCode::unavailable, "writing {}: {}", file.string(), std::strerror(errno));
  const int number = ::posix_fallocate(fd, 0, static_cast<off_t>(size));
  ::close(fd);
  if (number == 0) return {};
  return fail(number == ENOSPC || number == EDQUOT ? ErrorCode::exhausted : ErrorCode::failed, "{} bytes for {}: {}",
              size, file.string(), std::strerror(number));
}

Result<PieceInfo> add_zero_piece(Storage& storage, const SectorRef& sector) {
  auto lock = storage.lock(sector.miner, sector.number, {}, {FileType::unsealed});
  auto place = TRY(storage.allocate(sector.miner, sector.number, sector.proof, {FileType::unsealed}, true));
  return sealing_calls::write_zero_piece(sector.proof, place.files[FileType::unsealed]);
}

Result<Bytes> pre_commit_1(Storage& storage, const SectorRef& sector, const PreCommit1& task, TaskWatch& watch) {
  const auto size = TRY(seal_proof_info(sector.proof)).sector_size;
  const auto layers = layer_count(size);
  const bool zeros = is_zero_data(task.pieces, size);
  auto lock = storage.lock(sector.miner, sector.number, {FileType::unsealed}, {FileType::sealed, FileType::cache});
  TRY(begun_here(storage, sector));
  fs::path staged = "/dev/zero";
  if (!zeros) staged = TRY(staged_file(storage, sector, size));
  auto place = TRY(sealing_place(storage, sector));
  const auto replica = replica_name(sector, task);
  auto kept = SealCache(place.files[FileType::cache], size).begin(replica, zeros);
  if (!kept && kept.error().code == ErrorCode::exists) {
    // Sealed before with another ticket: that work is not deleted, but it makes room.
    TRY(storage.trash(sector.miner, sector.number, FileType::sealed));
    TRY(storage.trash(sector.miner, sector.number, FileType::cache));
    place = TRY(sealing_place(storage, sector));
    kept = SealCache(place.files[FileType::cache], size).begin(replica, zeros);
  }
  if (!kept) return std::unexpected(std::move(kept).error());
  SealCache cache(place.files[FileType::cache], size);
  const auto sealed = place.files[FileType::sealed];
  if (zeros) TRY(cache.link_zero_tree());
  TRY(write_zeros(sealed, size));
  TRY(watch.go_on());
  const auto tell = [&](int done) {
    watch.step(done < layers ? fmt::format("layer {} of {}", done + 1, layers) : "writing the last layer",
               static_cast<double>(done) / layers);
  };
  tell(*kept);
  Result<Bytes> output;
  {
    SealCache::Keeper keeper(cache, tell);
    output = sealing_calls::pre_commit_1(sector.proof, cache.folder(), staged, sealed, sector.number, sector.miner,
                                         task.ticket, task.pieces);
  }
  auto made = TRY(engine_result(std::move(output), ErrorCode::failed));
  TRY(sync_path(sealed));
  TRY(cache.finish());
  if (zeros) TRY(cache.keep_zero_tree());
  return made;
}

Result<SealedCommitments> pre_commit_2(Storage& storage, const SectorRef& sector, const PreCommit2& task,
                                       TaskWatch& watch) {
  const auto size = TRY(seal_proof_info(sector.proof)).sector_size;
  auto lock = storage.lock(sector.miner, sector.number, {FileType::unsealed}, {FileType::sealed, FileType::cache});
  auto folder = TRY(storage.find(sector.miner, sector.number, FileType::cache));
  SealCache cache(std::move(folder), size);
  const auto sealed = TRY(storage.find(sector.miner, sector.number, FileType::sealed));
  auto room = TRY(sealing_place(storage, sector)).space;
  watch.step("checking the layers", 0);
  TRY(cache.check_layers());
  const auto note = TRY(cache.note()).value_or(SealCache::Note());
  if (note.encoding) {
    watch.step("restoring the data", 0);
    TRY(cache.remove_phase_2());
    if (note.zero_data) {
      TRY(write_zeros(sealed, size));
    } else {
      const auto data = TRY(staged_file(storage, sector, size));
      TRY(copy_data(data, sealed, size));
    }
  }
  TRY(cache.begin_encoding());
  TRY(watch.go_on());
  watch.step("trees and replica", 0.1);
  auto made =
      TRY(engine_result(sealing_calls::pre_commit_2(task.phase_1_output, cache.folder(), sealed), ErrorCode::failed));
  watch.step("syncing", 0.95);
  TRY(sync_path(sealed));
  TRY(cache.sync());
  return made;
}

}  // namespace nelumbo::sealing
