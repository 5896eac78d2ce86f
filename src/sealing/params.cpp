// The parameters of messages for sectors.
#include "actors/policy.hpp"
#include "machine.hpp"

namespace nelumbo::sealing {

namespace {
/// RegisteredUpdateProof: StackedDRG 2 KiB, 8 MiB, 512 MiB, 32 GiB, 64 GiB are 0 to 4, in the order of the seal proofs.
int64_t update_proof_type(SealProof proof) { return static_cast<int64_t>(proof) % 5; }
/// RegisteredAggregationProof: SnarkPack v2, what newer networks take.
constexpr int64_t kSnarkPackV2 = 1;
// Methods of the miner actor.
constexpr MethodNum kTerminateSectors = 9;
constexpr MethodNum kProveReplicaUpdates3 = 35;
}  // namespace

Result<Bytes> Machine::params_of(Group group, const Ready& ready) const {
  if (group == Group::pre_commit) {
    actors::PreCommitSectorBatch2Params params;
    for (const auto& [sector, verdict] : ready) {
      const auto& r = sector->record;
      actors::SectorPreCommitInfo info;
      info.seal_proof = r.proof;
      info.sector_number = r.number;
      info.sealed_cid = *r.sealed_cid;
      info.seal_rand_epoch = r.ticket_epoch;
      info.expiration = verdict.expiration;
      // None says that the sector holds no data.
      params.sectors.push_back(std::move(info));
    }
    return to_cbor(params);
  }
  if (message_kind(group) == MessageKind::commit) {
    actors::ProveCommitSectors3Params params;
    for (const auto& [sector, verdict] : ready) {
      params.sector_activations.push_back({sector->record.number, {}});
      params.sector_proofs.push_back(sector->record.proof_bytes);
    }
    return to_cbor(params);
  }
  if (group == Group::update) {
    actors::ProveReplicaUpdates3Params params;
    for (const auto& [sector, verdict] : ready) {
      const auto& r = sector->record;
      if (!r.update_sealed_cid) return fail(ErrorCode::invalid, "sector {} has no updated replica", r.number);
      actors::SectorUpdateManifest manifest;
      manifest.sector = r.number;
      manifest.deadline = verdict.location.deadline;
      manifest.partition = verdict.location.partition;
      manifest.new_sealed_cid = *r.update_sealed_cid;
      for (const auto& piece : r.update_pieces) {
        actors::PieceActivationManifest each;
        each.cid = piece.piece_cid;
        each.size = piece.size;
        manifest.pieces.push_back(std::move(each));
      }
      params.sector_updates.push_back(std::move(manifest));
      params.sector_proofs.push_back(r.update_proof);
      params.update_proofs_type = update_proof_type(r.proof);
    }
    params.require_activation_success = true;
    return to_cbor(params);
  }
  std::map<std::pair<uint64_t, uint64_t>, BitField> by_partition;
  for (const auto& [sector, verdict] : ready)
    by_partition[{verdict.location.deadline, verdict.location.partition}].set(sector->record.number);
  actors::TerminateSectorsParams params;
  for (auto& [where, numbers] : by_partition)
    params.terminations.push_back({where.first, where.second, std::move(numbers)});
  return to_cbor(params);
}

Result<Bytes> Machine::aggregate_params(const OutgoingRow& row, Bytes proof) const {
  actors::ProveCommitSectors3Params params;
  for (auto number : row.sectors) params.sector_activations.push_back({number, {}});
  params.aggregate_proof = std::move(proof);
  params.aggregate_proof_type = kSnarkPackV2;
  return to_cbor(params);
}

MethodNum Machine::method_of(MessageKind kind) {
  switch (kind) {
    case MessageKind::pre_commit:
      return actors::methods::kPreCommitSectorBatch2;
    case MessageKind::commit:
      return actors::methods::kProveCommitSectors3;
    case MessageKind::update:
      return kProveReplicaUpdates3;
    case MessageKind::terminate:
      break;
  }
  return kTerminateSectors;
}

}  // namespace nelumbo::sealing
