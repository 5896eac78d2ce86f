#pragma once
// Values of the miner's API that speak of window PoSt.

#include "actors/miner_params.hpp"
#include "rpc/storage_types.hpp"

namespace nelumbo::rpc {

using actors::SubmitWindowedPoStParams;

// What the miner's web page shows of proving. Not of lotus.

struct DeadlineOverview {
  uint64_t index = 0;
  ChainEpoch open = 0;   ///< of the window that is open or comes next
  ChainEpoch close = 0;  ///< first epoch after it
  bool current = false;
  uint64_t partitions = 0;
  uint64_t sectors = 0;  ///< live
  uint64_t faulty = 0;
  uint64_t recovering = 0;  ///< of the faulty
  uint64_t proven = 0;      ///< partitions proven in the window that is open
  static constexpr auto fields =
      nelumbo::fields(field("Index", &DeadlineOverview::index), field("Open", &DeadlineOverview::open),
                      field("Close", &DeadlineOverview::close), field("Current", &DeadlineOverview::current),
                      field("Partitions", &DeadlineOverview::partitions), field("Sectors", &DeadlineOverview::sectors),
                      field("Faulty", &DeadlineOverview::faulty), field("Recovering", &DeadlineOverview::recovering),
                      field("Proven", &DeadlineOverview::proven));
};
struct PostOverview {
  uint64_t deadline = 0;
  ChainEpoch open = 0;
  std::vector<uint64_t> partitions;
  uint64_t skipped = 0;  ///< sectors
  Cid message;
  double seconds = 0;  ///< it took to prove
  static constexpr auto fields =
      nelumbo::fields(field("Deadline", &PostOverview::deadline), field("Open", &PostOverview::open),
                      field("Partitions", &PostOverview::partitions), field("Skipped", &PostOverview::skipped),
                      field("Message", &PostOverview::message), field("Seconds", &PostOverview::seconds));
};
/// A message to the miner's actor that waits in the node's pool.
struct PendingOverview {
  Cid message;
  Address from;
  uint64_t nonce = 0;
  std::string method;
  TokenAmount fee_cap;  ///< attoFIL a unit of gas
  static constexpr auto fields =
      nelumbo::fields(field("Message", &PendingOverview::message), field("From", &PendingOverview::from),
                      field("Nonce", &PendingOverview::nonce), field("Method", &PendingOverview::method),
                      field("FeeCap", &PendingOverview::fee_cap));
};
struct PathOverview {
  std::string id;
  std::string path;
  std::string trouble;  ///< why it cannot be used now; empty: it can
  bool can_seal = false;
  bool can_store = false;
  FsStat stat;
  static constexpr auto fields =
      nelumbo::fields(field("ID", &PathOverview::id), field("Path", &PathOverview::path),
                      field("Trouble", &PathOverview::trouble), field("CanSeal", &PathOverview::can_seal),
                      field("CanStore", &PathOverview::can_store), field("Stat", &PathOverview::stat));
};
struct ProvingOverview {
  Address miner;
  std::string network;
  ChainEpoch epoch = 0;
  uint64_t epoch_seconds = 0;
  TokenAmount base_fee;  ///< attoFIL a unit of gas
  uint64_t sector_size = 0;
  MinerPower power;
  MinerSectors sectors;
  TokenAmount balance, available, worker_balance;  ///< attoFIL
  std::vector<DeadlineOverview> deadlines;         ///< those with partitions, and the current one
  std::vector<PostOverview> posts;                 ///< sent since the start, newest first
  std::vector<PendingOverview> pending;
  std::vector<PathOverview> storage;
  static constexpr auto fields =
      nelumbo::fields(field("Miner", &ProvingOverview::miner), field("Network", &ProvingOverview::network),
                      field("Epoch", &ProvingOverview::epoch), field("EpochSeconds", &ProvingOverview::epoch_seconds),
                      field("BaseFee", &ProvingOverview::base_fee), field("SectorSize", &ProvingOverview::sector_size),
                      field("Power", &ProvingOverview::power), field("Sectors", &ProvingOverview::sectors),
                      field("Balance", &ProvingOverview::balance), field("Available", &ProvingOverview::available),
                      field("WorkerBalance", &ProvingOverview::worker_balance),
                      field("Deadlines", &ProvingOverview::deadlines), field("Posts", &ProvingOverview::posts),
                      field("Pending", &ProvingOverview::pending), field("Storage", &ProvingOverview::storage));
};

}  // namespace nelumbo::rpc
