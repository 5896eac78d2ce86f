#pragma once
// A lite node: keys of its own, a full node for everything else.

#include "node/daemon.hpp"

namespace nelumbo::node {

/// Runs as run_daemon does, through the full node that FULLNODE_API_INFO names. Keeps keys, repository and API; reads
/// and pushes of signed messages go to the full node, which sees neither keys nor unsigned wishes to send.
Result<> run_lite(const DaemonOptions& options);

}  // namespace nelumbo::node
