#pragma once
// Values of the JSON-RPC API about the chain's store: exports, prunes.

#include <string>

#include "codec/fields.hpp"
#include "types/network.hpp"

namespace nelumbo::rpc {

/// What an export of a range holds besides headers.
struct ChainExportConfig {
  int64_t write_buffer_size = 1 << 20;  ///< bytes
  int64_t num_workers = 1;              ///< lotus's; here one reader keeps a disk busy
  bool include_messages = false;
  bool include_receipts = false;
  bool include_state_roots = false;
  static constexpr auto fields = nelumbo::fields(field("WriteBufferSize", &ChainExportConfig::write_buffer_size),
                                                 field("NumWorkers", &ChainExportConfig::num_workers),
                                                 field("IncludeMessages", &ChainExportConfig::include_messages),
                                                 field("IncludeReceipts", &ChainExportConfig::include_receipts),
                                                 field("IncludeStateRoots", &ChainExportConfig::include_state_roots));
};

struct PruneOpts {
  bool moving_gc = false;  ///< rewrite everything afterwards, not only what the prune has touched
  /// Finalities of states to keep beyond the recent ones; negative: all states that the chain refers to.
  int64_t retain_state = 0;
  static constexpr auto fields =
      nelumbo::fields(field("MovingGC", &PruneOpts::moving_gc), field("RetainState", &PruneOpts::retain_state));
};

struct HotGCOpts {
  double threshold = 0.01;  ///< share of removed entries from which on a compaction is worth it
  bool periodic = false;    ///< again until the share is below the threshold
  bool moving = false;      ///< rewrite everything
  static constexpr auto fields =
      nelumbo::fields(field("Threshold", &HotGCOpts::threshold), field("Periodic", &HotGCOpts::periodic),
                      field("Moving", &HotGCOpts::moving));
};

/// How far the latest export or prune is.
struct ChainJobStatus {
  bool running = false;
  std::string step;  ///< what it is doing
  double part = 0;   ///< estimate, from 0 to 1
  ChainEpoch epoch = 0;
  uint64_t blocks = 0, bytes = 0;
  std::string error;  ///< why it ended, when it failed
  static constexpr auto fields =
      nelumbo::fields(field("Running", &ChainJobStatus::running), field("Step", &ChainJobStatus::step),
                      field("Part", &ChainJobStatus::part), field("Epoch", &ChainJobStatus::epoch),
                      field("Blocks", &ChainJobStatus::blocks), field("Bytes", &ChainJobStatus::bytes),
                      field("Error", &ChainJobStatus::error));
};

}  // namespace nelumbo::rpc
