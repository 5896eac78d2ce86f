#pragma once
// `lotus daemon --import-snapshot` and `--import-chain`.

#include "chain/snapshot.hpp"
#include "node/daemon.hpp"
#include "process.hpp"

namespace nelumbo::node {

/// Which database an import goes into.
struct ImportPlace {
  fs::path datastore;
  std::vector<std::string> spaces;
  std::string blocks;  ///< the space of the blocks
};

/// Before the daemon opens its database: reads the file or URL of options.import into it, or only removes the chain
/// when that is all that is asked. An import that was broken off goes on.
Result<> read_import(const ImportPlace& place, const DaemonOptions& options, const NetworkParams& params,
                     StopEvent& stop);
/// With the database open again: makes the imported chain the daemon's.
Result<> adopt_import(KvStore& kv, chain::StateManager& states, const DaemonOptions& options, StopEvent& stop);

}  // namespace nelumbo::node
