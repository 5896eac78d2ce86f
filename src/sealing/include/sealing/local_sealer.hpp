#pragma once
// The Sealer of this process: the tasks of this machine's own processor and paths.

#include "sealing/storage.hpp"

namespace nelumbo::sealing {

struct SealerConfig {
  bool mock = false;            ///< mock proofs (bundle "testing-fake-proofs" only)
  size_t max_pre_commit_1 = 1;  ///< at a time
  size_t max_pre_commit_2 = 1;
  size_t max_commit_2 = 1;
  size_t max_other = 2;              ///< of the short ones
  bool generate_parameters = false;  ///< a devnet: C2 makes parameters that are missing
};

std::shared_ptr<Sealer> make_local_sealer(SealerConfig config, std::shared_ptr<Storage> storage);
std::shared_ptr<Aggregator> make_aggregator(bool mock);

}  // namespace nelumbo::sealing
