#include "actors/policy.hpp"
#include "engine/aggregation.hpp"
#include "sealing/local_sealer.hpp"

namespace nelumbo::sealing {
namespace {

Result<> check_count(size_t sectors) {
  constexpr auto kFewest = actors::kMinAggregatedSectors, kMost = actors::kMaxAggregatedSectors;
  if (sectors >= kFewest && sectors <= kMost) return {};
  return fail(ErrorCode::invalid, "{} proofs cannot be aggregated: from {} to {} can", sectors, kFewest, kMost);
}

class RealAggregator final : public Aggregator {
 public:
  Result<bool> verify(ActorId miner, SealProof proof, const AggregateSector& s) override {
    return sealing_calls::verify_seal(proof, s.number, miner, s.ticket, s.seed, {s.sealed_cid, s.unsealed_cid},
                                      s.proof);
  }

  Result<Bytes> aggregate(ActorId miner, SealProof proof, const std::vector<AggregateSector>& sectors) override {
    TRY(check_count(sectors.size()));
    if (!TRY(parameters::srs_present())) {
      auto file = TRY(parameters::srs_file());
      return fail(ErrorCode::unavailable, "there is no {} (lotus fetch-params)", file.string());
    }
    std::vector<sealing_calls::AggregatedSector> list;
    std::vector<Bytes> proofs;
    for (const auto& each : sectors) {
      list.push_back({each.number, each.sealed_cid, each.unsealed_cid, each.ticket, each.seed});
      proofs.push_back(each.proof);
    }
    auto made = TRY(sealing_calls::aggregate_seals(proof, list, proofs));
    // The chain would take the fee of a wrong one.
    if (TRY(sealing_calls::verify_aggregate_seals(proof, miner, list, made))) return made;
    return fail(ErrorCode::invalid, "the aggregate of {} proofs does not verify: one of them is wrong", sectors.size());
  }
};

/// The bundle "testing-fake-proofs" takes any.
class MockAggregator final : public Aggregator {
 public:
  Result<bool> verify(ActorId, SealProof, const AggregateSector& sector) override { return !sector.proof.empty(); }

  Result<Bytes> aggregate(ActorId, SealProof, const std::vector<AggregateSector>& sectors) override {
    TRY(check_count(sectors.size()));
    Bytes out;
    for (const auto& each : sectors) {
      auto digest = sha256(each.proof);
      out.insert(out.end(), digest.begin(), digest.end());
    }
    return out;
  }
};

}  // namespace

std::shared_ptr<Aggregator> make_aggregator(bool mock) {
  if (mock) return std::make_shared<MockAggregator>();
  return std::make_shared<RealAggregator>();
}

}  // namespace nelumbo::sealing
