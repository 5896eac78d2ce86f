#pragma once
// What the miner's configuration says of window PoSt.

#include "mining/window_post.hpp"
#include "node/config.hpp"

namespace nelumbo::node {

/// Errors name the option. `mock_proofs`: sectors of a network of mock proofs have nothing in their caches.
Result<mining::WindowPostConfig> window_post_config(const MinerProcessConfig& config, const Address& miner,
                                                    bool mock_proofs);

}  // namespace nelumbo::node
