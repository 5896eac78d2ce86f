// The miner's stored objects in their shapes of all known versions.
#include "actors/miner.hpp"
#include "cbor_shapes.hpp"

namespace nelumbo {

namespace {

/// Writes items one after another.
template <class... T>
void write_items(CborWriter& writer, const T&... values) {
  (Cbor<T>::put(writer, values), ...);
}

}  // namespace

void Cbor<actors::SectorOnChainInfo>::put(CborWriter& w, const actors::SectorOnChainInfo& v) {
  w.array(16);
  write_items(w, v.sector_number, v.seal_proof, v.sealed_cid, v.deprecated_deal_ids, v.activation, v.expiration,
              v.deal_weight, v.verified_deal_weight, v.initial_pledge, v.expected_day_reward, v.expected_storage_pledge,
              v.power_base_epoch, v.replaced_day_reward, v.sector_key_cid, v.flags, v.daily_fee);
}

Result<> Cbor<actors::SectorOnChainInfo>::get(CborReader& r, actors::SectorOnChainInfo& v) {
  uint64_t shape = TRY(actors::read_shape(r, "a sector", {11, 14, 15, 16}));
  TRY(actors::read_items(r, v.sector_number, v.seal_proof, v.sealed_cid, v.deprecated_deal_ids, v.activation,
                         v.expiration, v.deal_weight, v.verified_deal_weight, v.initial_pledge, v.expected_day_reward,
                         v.expected_storage_pledge));
  v.power_base_epoch = v.activation;
  if (shape == 11) return {};
  // Up to actors v11 this item was the age of a replaced sector and the flags were one boolean.
  ChainEpoch base = 0;
  TRY(actors::read_items(r, base, v.replaced_day_reward, v.sector_key_cid));
  if (shape == 14) return {};
  if (r.peek() == CborReader::Kind::boolean) {
    v.flags = TRY(r.boolean()) ? 1 : 0;
    return {};
  }
  v.power_base_epoch = base;
  TRY(actors::read_items(r, v.flags));
  return shape == 16 ? actors::read_items(r, v.daily_fee) : Result<>();
}

void Cbor<actors::Deadline>::put(CborWriter& w, const actors::Deadline& v) {
  w.array(13);
  write_items(w, v.partitions, v.expirations_epochs, v.partitions_posted, v.early_terminations, v.live_sectors,
              v.total_sectors, v.faulty_power, v.optimistic_post_submissions, v.sectors_snapshot, v.partitions_snapshot,
              v.optimistic_post_submissions_snapshot, v.live_power, v.daily_fee);
}

Result<> Cbor<actors::Deadline>::get(CborReader& r, actors::Deadline& v) {
  uint64_t shape = TRY(actors::read_shape(r, "a deadline", {7, 11, 13}));
  TRY(actors::read_items(r, v.partitions, v.expirations_epochs, v.partitions_posted, v.early_terminations,
                         v.live_sectors, v.total_sectors, v.faulty_power));
  if (shape == 7) return {};
  TRY(actors::read_items(r, v.optimistic_post_submissions, v.sectors_snapshot, v.partitions_snapshot,
                         v.optimistic_post_submissions_snapshot));
  return shape == 13 ? actors::read_items(r, v.live_power, v.daily_fee) : Result<>();
}

void Cbor<actors::MinerInfo>::put(CborWriter& w, const actors::MinerInfo& v) {
  w.array(14);
  write_items(w, v.owner, v.worker, v.control_addresses, v.pending_worker_key, v.peer_id, v.multiaddrs,
              v.window_post_proof_type, v.sector_size, v.partition_sectors, v.consensus_fault_elapsed,
              v.pending_owner_address, v.beneficiary, v.beneficiary_term, v.pending_beneficiary_term);
}

Result<> Cbor<actors::MinerInfo>::get(CborReader& r, actors::MinerInfo& v) {
  uint64_t shape = TRY(actors::read_shape(r, "miner info", {9, 11, 14}));
  TRY(actors::read_items(r, v.owner, v.worker, v.control_addresses, v.pending_worker_key, v.peer_id, v.multiaddrs,
                         v.window_post_proof_type, v.sector_size, v.partition_sectors));
  v.beneficiary = v.owner;
  if (shape == 9) {
    // Actors v0 stored the seal proof (0 to 4); the window PoSt proofs of the same sizes are 5 to 9.
    v.window_post_proof_type = PoStType{static_cast<int64_t>(v.window_post_proof_type) + 5};
    return {};
  }
  TRY(actors::read_items(r, v.consensus_fault_elapsed, v.pending_owner_address));
  return shape == 14 ? actors::read_items(r, v.beneficiary, v.beneficiary_term, v.pending_beneficiary_term)
                     : Result<>();
}

void Cbor<actors::Partition>::put(CborWriter& w, const actors::Partition& v) {
  w.array(11);
  write_items(w, v.sectors, v.unproven, v.faults, v.recoveries, v.terminated, v.expirations_epochs, v.early_terminated,
              v.live_power, v.unproven_power, v.faulty_power, v.recovering_power);
}

Result<> Cbor<actors::Partition>::get(CborReader& r, actors::Partition& v) {
  uint64_t shape = TRY(actors::read_shape(r, "a partition", {9, 11}));
  TRY(actors::read_items(r, v.sectors));
  if (shape == 11) TRY(actors::read_items(r, v.unproven));
  TRY(actors::read_items(r, v.faults, v.recoveries, v.terminated, v.expirations_epochs, v.early_terminated,
                         v.live_power));
  if (shape == 11) TRY(actors::read_items(r, v.unproven_power));
  return actors::read_items(r, v.faulty_power, v.recovering_power);
}

}  // namespace nelumbo
