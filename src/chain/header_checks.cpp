#include "header_checks.hpp"

#include "chain/election.hpp"
#include "chain/weight.hpp"

namespace nelumbo::chain {

namespace {

Result<> block_alone(const BlockHeader& header) {
  if (!header.miner.is_id()) return fail(ErrorCode::invalid, "miner {} is not an ID address", header.miner.str());
  if (!header.election_proof || header.election_proof->win_count < 1)
    return fail(ErrorCode::invalid, "it has no election proof that wins");
  if (header.election_proof->win_count > kMaxWinCount)
    return fail(ErrorCode::invalid, "win count {} is impossible", header.election_proof->win_count);
  if (!header.block_sig) return fail(ErrorCode::invalid, "it has no signature");
  if (!header.bls_aggregate) return fail(ErrorCode::invalid, "it has no aggregate of BLS signatures");
  if (header.parents.empty()) return fail(ErrorCode::invalid, "it has no parents");
  return {};
}

/// Blocks on the same parents must say the same of them.
bool same_parent(const BlockHeader& a, const BlockHeader& b) {
  return a.parent_weight == b.parent_weight && a.parent_state_root == b.parent_state_root &&
         a.parent_message_receipts == b.parent_message_receipts && a.parent_base_fee == b.parent_base_fee &&
         a.beacon_entries == b.beacon_entries;
}

}  // namespace

BigInt most_added_weight(const Tipset& tipset) {
  // No network can have more than 2^96 bytes of quality-adjusted power.
  static const StoragePower most_power = StoragePower(1) << 96;
  int64_t wins = 0;
  for (const auto& block : tipset.blocks()) wins += block.election_proof ? block.election_proof->win_count : 0;
  return weight_of(0, most_power, wins);
}

Result<> HeaderChecks::alone(const Tipset& tipset) const {
  const auto& first = tipset.blocks().front();
  if (tipset.height() < 1) return fail(ErrorCode::invalid, "{} is at height {}", tipset.key().str(), tipset.height());
  const auto passed = clock.unix_seconds() - static_cast<int64_t>(genesis_time);
  const auto newest = (passed + static_cast<int64_t>(kAllowableClockDrift)) / static_cast<int64_t>(params.block_delay);
  if (tipset.height() > newest) {
    return fail(ErrorCode::unavailable, "the tipset of epoch {} is from the future: now it is epoch {}",
                tipset.height(), newest);
  }
  const uint64_t time = genesis_time + params.block_delay * static_cast<uint64_t>(tipset.height());
  for (const auto& block : tipset.blocks()) {
    TRY_IN(block.cid().str(), block_alone(block));
    if (block.timestamp != time) {
      return fail(ErrorCode::invalid, "{} of epoch {} has timestamp {}, expected {}", block.cid().str(), block.height,
                  block.timestamp, time);
    }
    if (!same_parent(block, first))
      return fail(ErrorCode::invalid, "blocks of tipset {} disagree on their parents", tipset.key().str());
  }
  return {};
}

Result<> HeaderChecks::link(const Tipset& child, const Tipset& parent) const {
  const auto name = child.key().str();
  if (child.height() <= parent.height()) {
    return fail(ErrorCode::invalid, "{} is at height {}, not above its parent's {}", name, child.height(),
                parent.height());
  }
  const BigInt added = child.parent_weight() - parent.parent_weight();
  if (added < 0 || added > most_added_weight(parent)) {
    return fail(ErrorCode::invalid, "{} claims that its parent added {} to the chain's weight", name, added.str());
  }
  const auto& entries = parent.blocks().front().beacon_entries;
  if (entries.empty()) return {};  // the last entry is further back; validation looks there
  return in_context(beacons.check_rounds(child.blocks().front(), parent.height(), entries.back(),
                                         params.network_version_at(child.height())),
                    name);
}

Result<> HeaderChecks::beacon_signature(const Tipset& tipset) const {
  const auto& entries = tipset.blocks().front().beacon_entries;
  const auto& beacon = beacons.at(tipset.height());
  if (entries.empty() || beacon.chained()) return {};
  return in_context(beacon.verify(entries.back(), {}), tipset.key().str());
}

}  // namespace nelumbo::chain
