// Mock proofs: the bundle "testing-fake-proofs" takes any proof of a seal, an aggregate or an update, and still checks
// that commitments are well formed and that the data's is the one its deals give.

#include "codec/json.hpp"
#include "engine/sector_data.hpp"
#include "real_tasks.hpp"
#include "seal_cache.hpp"
#include "sealing/provable.hpp"

namespace nelumbo::sealing {
namespace {

constexpr size_t kPartitionProof = 192;  ///< bytes
constexpr const char* kLastTree = "sc-02-data-tree-r-last";

/// What mock pre-commit 1 hands to 2.
struct MockPhase1 {
  std::string replica;
  Cid unsealed_cid;
  static constexpr auto fields =
      nelumbo::fields(field("Replica", &MockPhase1::replica), field("Unsealed", &MockPhase1::unsealed_cid));
};

/// A commitment that nothing stands behind.
Result<Cid> mock_sealed_cid(std::string_view of) {
  auto digest = sha256(as_bytes(of));
  digest.back() &= 0x3f;  // an element of the field in which replica commitments lie
  return Cid::make(multicodec::kCommSealed, multihash::kPoseidonBls12381A1Fc1, digest);
}

/// As many bytes as wanted, the same for the same text.
Bytes mock_bytes(std::string_view of, size_t size) {
  Bytes out;
  for (int i = 0; out.size() < size; ++i) {
    auto digest = sha256(as_bytes(fmt::format("{}/{}", of, i)));
    out.insert(out.end(), digest.begin(), digest.end());
  }
  out.resize(size);
  return out;
}

std::string text_of(const SectorRef& sector) {
  return fmt::format("nelumbo mock {} {} {}", static_cast<int64_t>(sector.proof), sector.miner, sector.number);
}

Result<> write_sparse(const fs::path& file, uint64_t size) {
  TRY(write_file(file, BytesView()));
  std::error_code error;
  fs::resize_file(file, size, error);
  if (error) return fail(ErrorCode::failed, "writing {}: {}", file.string(), error.message());
  return {};
}

/// What a cache keeps for proofs.
Result<> write_proving_cache(const fs::path& cache, uint64_t size) {
  TRY(make_folder(cache));
  for (const char* name : {"p_aux", "t_aux"}) TRY(write_file(cache / name, mock_bytes(name, 64)));
  const uint64_t gib = uint64_t{1} << 30;
  const int parts = size == 64 * gib ? 16 : size == 32 * gib ? 8 : 1;
  for (int i = 0; i < parts; ++i) {
    const auto name = parts == 1 ? fmt::format("{}.dat", kLastTree) : fmt::format("{}-{}.dat", kLastTree, i);
    TRY(write_file(cache / name, mock_bytes(name, 64)));
  }
  return {};
}

size_t seal_proof_size(uint64_t sector_size) { return kPartitionProof * (sector_size >= uint64_t{32} << 30 ? 10 : 1); }
size_t update_proof_size(uint64_t sector_size) {
  return kPartitionProof * (sector_size >= uint64_t{32} << 30 ? 16 : 1);
}

class MockTasks final : public SectorTasks {
 public:
  explicit MockTasks(std::shared_ptr<Storage> storage) : storage_(std::move(storage)) {}

  Result<TaskOutput> run(const SectorRef& sector, const Task& task, TaskWatch& watch) override {
    const auto size = TRY(seal_proof_info(sector.proof)).sector_size;
    TRY(watch.go_on());
    return std::visit([&](const auto& each) { return run(sector, size, each, watch); }, task);
  }

 private:
  Hold alone(const SectorRef& s) {
    return storage_->lock(s.miner, s.number, {}, {std::begin(kFileTypes), std::end(kFileTypes)});
  }
  Result<fs::path> find(const SectorRef& s, FileType type) { return storage_->find(s.miner, s.number, type); }

  Result<TaskOutput> run(const SectorRef& s, uint64_t, const AddZeroPiece&, TaskWatch&) {
    return TRY(add_zero_piece(*storage_, s));
  }

  Result<TaskOutput> run(const SectorRef& s, uint64_t size, const PreCommit1& t, TaskWatch&) {
    auto lock = alone(s);
    TRY(begun_here(*storage_, s));
    auto place = TRY(storage_->allocate(s.miner, s.number, s.proof, {FileType::sealed, FileType::cache}, true));
    TRY(make_folder(place.files[FileType::cache]));
    for (int i = 1; i <= layer_count(size); ++i) {
      TRY(write_file(SealCache(place.files[FileType::cache], size).layer(i), mock_bytes("layer", 64)));
    }
    TRY(write_sparse(place.files[FileType::sealed], size));
    MockPhase1 out{fmt::format("{} {}", text_of(s), to_hex(t.ticket)), {}};
    out.unsealed_cid = TRY(sealing_calls::comm_d(s.proof, t.pieces));
    return to_bytes(to_json(out).dump());
  }

  Result<TaskOutput> run(const SectorRef& s, uint64_t size, const PreCommit2& t, TaskWatch&) {
    auto lock = alone(s);
    auto phase_1 = TRY(from_json<MockPhase1>(TRY(parse_json(as_text(t.phase_1_output)))));
    auto cache = TRY(find(s, FileType::cache));
    TRY(find(s, FileType::sealed));
    TRY(write_proving_cache(cache, size));
    SealedCommitments out;
    out.sealed_cid = TRY(mock_sealed_cid(phase_1.replica + " sealed"));
    out.unsealed_cid = phase_1.unsealed_cid;
    return out;
  }

  Result<TaskOutput> run(const SectorRef& s, uint64_t size, const Commit1& t, TaskWatch&) {
    auto lock = storage_->lock(s.miner, s.number, {FileType::sealed, FileType::cache}, {});
    auto files = TRY(provable_files(*storage_, s.miner, {s.proof, s.number, t.sealed_cid}, false));
    TRY(check_proving_cache(files.cache_folder, size));
    return to_bytes(fmt::format("{} {} {}", text_of(s), t.sealed_cid.str(), to_hex(t.seed)));
  }

  Result<TaskOutput> run(const SectorRef&, uint64_t size, const Commit2& t, TaskWatch&) {
    return mock_bytes(as_text(t.phase_1_output), seal_proof_size(size));
  }

  Result<TaskOutput> run(const SectorRef& s, uint64_t size, const Finalize& t, TaskWatch& watch) {
    auto lock = alone(s);
    auto files = TRY(provable_files(*storage_, s.miner, {s.proof, s.number, Cid()}, false));
    TRY(check_proving_cache(files.cache_folder, size));
    for (int i = 1; i <= layer_count(size); ++i) fs::remove(SealCache(files.cache_folder, size).layer(i));
    TRY(store_sector(*storage_, s, t.keep_unsealed, watch));
    return TaskOutput();
  }

  Result<TaskOutput> run(const SectorRef& s, uint64_t, const Remove&, TaskWatch&) {
    auto lock = alone(s);
    TRY(remove_sector(*storage_, s));
    return TaskOutput();
  }

  Result<TaskOutput> run(const SectorRef& s, uint64_t size, const ReplicaUpdate& t, TaskWatch&) {
    auto lock = alone(s);
    TRY(provable_files(*storage_, s.miner, {s.proof, s.number, Cid()}, false));
    auto place = TRY(storage_->allocate(s.miner, s.number, s.proof, {FileType::update, FileType::update_cache}, true));
    TRY(write_sparse(place.files[FileType::update], size));
    TRY(write_proving_cache(place.files[FileType::update_cache], size));
    SealedCommitments out;
    out.unsealed_cid = TRY(sealing_calls::comm_d(s.proof, t.pieces));
    out.sealed_cid = TRY(mock_sealed_cid(fmt::format("{} update {}", text_of(s), out.unsealed_cid.str())));
    return out;
  }

  Result<TaskOutput> run(const SectorRef& s, uint64_t size, const ProveReplicaUpdate1& t, TaskWatch&) {
    auto lock = storage_->lock(s.miner, s.number, {FileType::update, FileType::update_cache}, {});
    TRY(provable_files(*storage_, s.miner, {s.proof, s.number, t.new_sealed_cid}, true));
    return mock_bytes(fmt::format("{} {}", text_of(s), t.new_sealed_cid.str()), update_proof_size(size));
  }

  Result<TaskOutput> run(const SectorRef&, uint64_t size, const ProveReplicaUpdate2& t, TaskWatch&) {
    return mock_bytes(t.new_sealed_cid.str(), update_proof_size(size));
  }

  Result<TaskOutput> run(const SectorRef& s, uint64_t, const FinalizeReplicaUpdate&, TaskWatch& watch) {
    auto lock = alone(s);
    TRY(store_update(*storage_, s, watch));
    return TaskOutput();
  }

  const std::shared_ptr<Storage> storage_;
};

}  // namespace

std::unique_ptr<SectorTasks> make_mock_tasks(std::shared_ptr<Storage> storage) {
  return std::make_unique<MockTasks>(std::move(storage));
}

}  // namespace nelumbo::sealing
