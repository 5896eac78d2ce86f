#include "round.hpp"

#include <algorithm>
#include <cmath>

#include "base/log.hpp"
#include "chain/election.hpp"

namespace nelumbo::mining {

namespace {

double seconds_between(TimePoint from, TimePoint to) { return std::chrono::duration<double>(to - from).count(); }

TimePoint after(TimePoint from, double seconds) {
  return from + std::chrono::duration_cast<TimePoint::duration>(std::chrono::duration<double>(seconds));
}

/// Everything of a round that depends on the base and the epoch only.
struct Attempt {
  const RoundTools& tools;
  ChainEpoch epoch;
  rpc::MiningBaseInfo info;

  const BeaconEntry& beacon() const {
    return info.beacon_entries.empty() ? info.prev_beacon_entry : info.beacon_entries.back();
  }

  Result<Bytes> vrf(const Hash256& input) const {
    auto signature = TRY_IN("VRF signature of the worker", tools.node.sign(info.worker_key, input));
    if (signature.type != SignatureType::bls)
      return fail(ErrorCode::invalid, "the worker key {} is not a BLS key", info.worker_key.str());
    return std::move(signature.data);
  }

  Result<Ticket> ticket(const Tipset& base) const {
    const auto& parent = base.min_ticket_block().ticket;
    auto input =
        chain::ticket_input(beacon(), epoch, tools.config.miner, parent.value_or(Ticket{}), tools.config.after_smoke);
    return Ticket{TRY(vrf(input))};
  }

  Result<ElectionProof> elect() const {
    ElectionProof out;
    out.vrf_proof = TRY(vrf(chain::election_input(beacon(), epoch, tools.config.miner)));
    out.win_count = chain::win_count(out.vrf_proof, info.miner_power, info.network_power);
    return out;
  }

  Result<std::vector<PoStProof>> winning_post() const {
    if (info.sectors.empty()) return fail(ErrorCode::invalid, "the node names no sectors to prove");
    auto miner = TRY(tools.config.miner.id());
    std::vector<PrivateSectorInfo> sectors;
    for (const auto& sector : info.sectors) {
      SectorInfo wanted{sector.seal_proof, sector.sector_number, sector.sealed_cid};
      sectors.push_back(TRY(sealing::provable_files(tools.storage, miner, wanted, sector.sector_key.has_value())));
    }
    auto type = TRY(seal_proof_info(info.sectors.front().seal_proof)).winning_post;
    auto randomness = chain::winning_post_input(beacon(), epoch, tools.config.miner);
    return tools.prover.prove_winning_post(type, miner, randomness, sectors);
  }
};

/// The blocks of the base that are still in the head of the same epoch: what an equivocating miner made is not. Null
/// when nothing changed.
Result<TipsetPtr> without_equivocation(const Tipset& base, const Tipset& head) {
  if (head.height() != base.height() || head.key() == base.key()) return TipsetPtr();
  std::vector<BlockHeader> still;
  for (size_t i = 0; i < base.blocks().size(); ++i) {
    const auto& cids = head.cids();
    if (std::find(cids.begin(), cids.end(), base.cids()[i]) != cids.end()) still.push_back(base.blocks()[i]);
  }
  if (still.empty() || still.size() == base.blocks().size()) return TipsetPtr();
  return Tipset::make(std::move(still));
}

}  // namespace

double ticket_quality(const Ticket& ticket) {
  auto hash = blake2b_256(ticket.vrf_proof);
  double value = 0;
  for (size_t i = 0; i < 8; ++i) value = value * 256 + hash[i];
  return 1 - std::ldexp(value, -64);
}

Result<std::optional<BlockMessage>> make_block(const RoundTools& tools, TipsetPtr base, ChainEpoch epoch,
                                               TimePoint known_since, std::stop_token stop, Round& round) {
  const auto& config = tools.config;
  auto start = tools.clock.now();
  auto info = TRY_IN("mining base info", tools.node.base_info(config.miner, epoch, base->key()));
  if (!info || !info->eligible_for_mining) return std::optional<BlockMessage>();
  round.eligible = true;
  Attempt attempt{tools, epoch, std::move(*info)};
  auto election = TRY_IN("election", attempt.elect());
  round.wins = election.win_count;
  if (election.win_count < 1) return std::optional<BlockMessage>();
  auto ticket = TRY_IN("ticket", attempt.ticket(*base));

  auto proof_start = tools.clock.now();
  auto proof = in_context(attempt.winning_post(), "winning PoSt");
  if (!proof) {
    round.unproven = proof.error().message;
    return std::unexpected(std::move(proof).error());
  }
  round.winning_post_seconds = seconds_between(proof_start, tools.clock.now());

  if (!round.catching_up) {
    if (!tools.clock.wait_until(after(known_since, config.equivocation_delay), stop)) {
      return fail(ErrorCode::cancelled, "stopped");
    }
    auto head = TRY_IN("head", tools.node.head());
    if (auto rest = TRY(without_equivocation(*base, *head))) {
      log_warn("miner", "base {} shrank to {}: a miner equivocated", base->key().str(), rest->key().str());
      bool same_ticket = rest->min_ticket_block().ticket == base->min_ticket_block().ticket;
      base = rest;
      if (!same_ticket) ticket = TRY_IN("ticket", attempt.ticket(*base));
    }
  }
  rpc::BlockTemplate block;
  block.miner = config.miner;
  block.parents = base->key();
  block.messages = TRY_IN("selecting messages", tools.node.select_messages(base->key(), ticket_quality(ticket)));
  block.ticket = std::move(ticket);
  block.eproof = std::move(election);
  block.beacon_values = attempt.info.beacon_entries;
  block.epoch = epoch;
  block.timestamp = base->min_timestamp() + config.block_delay * static_cast<uint64_t>(epoch - base->height());
  block.winning_post_proof = *std::move(proof);
  round.messages = block.messages.size();
  auto made = TRY_IN("creating the block", tools.node.create_block(block));
  round.parents = base->key();
  round.seconds = seconds_between(start, tools.clock.now());
  return std::optional(std::move(made));
}

}  // namespace nelumbo::mining
