#pragma once
// Whether proofs of ours were disputed: a proof is taken on trust and anybody may show it to be wrong for two
// finalities after its deadline has closed (FIP-0010).

#include <map>

#include "mining/node_api.hpp"

namespace nelumbo::mining {

/// Not thread-safe.
class Disputes {
 public:
  /// Compares each closed deadline's proofs that may be disputed with how many there were; a proof that went away was
  /// shown to be wrong: an error line, and its deadline's index in the result.
  Result<std::vector<uint64_t>> look(NodeApi& node, const Address& miner, const TipsetPtr& head,
                                     ChainEpoch period_start);

 private:
  struct Seen {
    ChainEpoch open = 0;  ///< of the window that closed last
    uint64_t proofs = 0;
  };
  std::map<uint64_t, Seen> seen_;  ///< by deadline
};

}  // namespace nelumbo::mining
