#pragma once
// The genesis block and state of a network, made from a template alone: same template and bundle, same CID.

#include <functional>

#include "actors/bundle.hpp"
#include "genesis/template.hpp"
#include "types/block.hpp"

namespace nelumbo::genesis {

struct GenesisResult {
  Cid block;  ///< of the genesis block
  BlockHeader header;
  Cid state_root;
  std::vector<Address> miners;  ///< ID addresses
};

/// Builds state and block into the store. The bundle's blocks (`manifest`) must be in the store already. Supports the
/// network versions of actors v16 to v18; the template must have a timestamp. What is random in lotus (the ticket, the
/// key of f081) is derived from the template.
Result<GenesisResult> build_genesis(const Template& value, const actors::Manifest& manifest, BlockstorePtr store,
                                    const NetworkParams& network);
/// Loads the bundle that the network names (or the given file) and builds.
Result<GenesisResult> build_genesis(const Template& value, BlockstorePtr store, const NetworkParams& network,
                                    const std::optional<fs::path>& bundle_file = std::nullopt);

/// Writes everything that the block reaches, code of the actors included, as a CARv1 with the block as root.
Result<> write_genesis_car(const Cid& block, const BlockstorePtr& store, const fs::path& path);

/// The first object of the Filecoin project (2017), which every genesis block names as its parent.
Block filecoin_genesis_object();

/// Attofil per gas unit in the genesis block.
inline constexpr uint64_t kInitialBaseFee = 100'000'000;

}  // namespace nelumbo::genesis
