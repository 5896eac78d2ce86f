#include "chain/randomness.hpp"

#include "chain/beacon.hpp"

namespace nelumbo::chain {

namespace {

void append_big_endian(Bytes& out, uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<uint8_t>(value >> shift));
}

}  // namespace

Hash256 draw_randomness(const Hash256& digest, DomainTag tag, ChainEpoch epoch, BytesView entropy) {
  Bytes input;
  input.reserve(48 + entropy.size());
  append_big_endian(input, static_cast<uint64_t>(tag));
  input.insert(input.end(), digest.begin(), digest.end());
  append_big_endian(input, static_cast<uint64_t>(epoch));
  input.insert(input.end(), entropy.begin(), entropy.end());
  return blake2b_256(input);
}

Hash256 draw_randomness_from(BytesView base, DomainTag tag, ChainEpoch epoch, BytesView entropy) {
  return draw_randomness(blake2b_256(base), tag, epoch, entropy);
}

Randomness::Randomness(std::shared_ptr<ChainStore> store, std::shared_ptr<const BeaconSchedule> beacons, TipsetPtr from)
    : store_(std::move(store)), beacons_(std::move(beacons)), from_(std::move(from)) {}

Result<TipsetPtr> Randomness::tipset_for(ChainEpoch epoch, bool previous) {
  if (epoch > from_->height()) {
    return fail(ErrorCode::invalid, "randomness of epoch {} is in the future of epoch {}", epoch, from_->height());
  }
  // Epochs before the genesis draw from the genesis.
  return store_->tipset_at(std::max<ChainEpoch>(epoch, 0), from_,
                           previous ? ChainStore::OnNull::previous : ChainStore::OnNull::next);
}

Result<Hash256> Randomness::chain_digest(ChainEpoch epoch) {
  constexpr uint32_t kNextFromVersion = 13;
  auto tipset = TRY(tipset_for(epoch, store_->params().network_version_at(epoch) < kNextFromVersion));
  const auto& ticket = tipset->min_ticket_block().ticket;
  if (!ticket) return fail(ErrorCode::invalid, "block of epoch {} has no ticket", tipset->height());
  return blake2b_256(ticket->vrf_proof);
}

Result<BeaconEntry> Randomness::beacon_entry(ChainEpoch epoch) {
  constexpr uint32_t kNextFromVersion = 13, kExactFromVersion = 14;
  const uint32_t version = store_->params().network_version_at(epoch);
  auto tipset = TRY(tipset_for(epoch, version < kNextFromVersion));
  if (version < kExactFromVersion || epoch < 0) return store_->latest_beacon_entry(tipset);

  // The entry is in this tipset, unless epochs are shorter than beacon rounds: then it is in an earlier one.
  constexpr int kLookback = 20;
  const uint64_t round = beacons_->round_for(epoch, version);
  for (int i = 0; i < kLookback; ++i) {
    for (const auto& entry : tipset->blocks().front().beacon_entries) {
      if (entry.round == round) return entry;
    }
    if (tipset->height() == 0) break;
    tipset = TRY(store_->parent(*tipset));
  }
  return fail(ErrorCode::not_found, "beacon round {} of epoch {} is not on the chain", round, epoch);
}

Result<Hash256> Randomness::beacon_digest(ChainEpoch epoch) { return blake2b_256(TRY(beacon_entry(epoch)).data); }

Result<Hash256> Randomness::draw_chain(DomainTag tag, ChainEpoch epoch, BytesView entropy) {
  return draw_randomness(TRY(chain_digest(epoch)), tag, epoch, entropy);
}

Result<Hash256> Randomness::draw_beacon(DomainTag tag, ChainEpoch epoch, BytesView entropy) {
  return draw_randomness(TRY(beacon_digest(epoch)), tag, epoch, entropy);
}

}  // namespace nelumbo::chain
