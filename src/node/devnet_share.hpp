#pragma once
// How a devnet lets others in: its beacon's server also gives the network file, the genesis and the peers, and
// `lotus devnet join` fetches them.

#include <functional>

#include "devnet_files.hpp"
#include "node/devnet.hpp"

namespace nelumbo::node {

/// /network.json, /genesis.car, /peers.json (multiaddresses of all daemons) of a devnet's folder.
std::function<std::optional<std::string>(std::string_view path)> shared_documents(const DevnetPaths& paths);

/// Asks the daemon that runs on a repository for its API port and its libp2p addresses. That it has none is an error
/// where it needs peers.
Result<> learn_daemon(const fs::path& repository, DevnetNode& node, bool needs_peers);

/// Makes the folder of a node that joins, or brings what it knows of the devnet up to date. The genesis of a folder
/// never changes.
Result<> prepare_join(const DevnetPaths& paths, const DevnetJoin& join);

}  // namespace nelumbo::node
