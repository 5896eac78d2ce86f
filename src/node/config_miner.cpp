// The options of lotus-miner, one row each.

#include "node/config.hpp"

namespace nelumbo::node {

template <>
std::span<const ConfigOption<MinerProcessConfig>> config_options<MinerProcessConfig>() {
  using C = MinerProcessConfig;
  static const ConfigOption<C> options[] = {
      {"API", "ListenAddress", "Where the miner's JSON-RPC API listens (multiaddress)", &C::api_listen_address},
      {"API", "RemoteListenAddress", "The host:port under which other programs reach the miner",
       &C::api_remote_listen_address},
      {"API", "Timeout", "How long a client may take to send a request", &C::api_timeout},
      {"Logging", "Level", "Least level that is logged: debug, info, warn, error, off", &C::log_level},
      {"Subsystems", "EnableMining", "Mine blocks and prove storage in this process", &C::enable_mining},
      {"Subsystems", "DisableWinningPoSt", "Mine no blocks (window PoSt goes on, where EnableMining is true)",
       &C::disable_winning_post},
      {"Subsystems", "DisableWindowPoSt",
       "Never submit window PoSt proofs. Without another program that does, every sector becomes faulty",
       &C::disable_window_post},
      {"Fees", "MaxWindowPoStGasFee", "The most that one window PoSt message may cost in gas",
       &C::max_window_post_gas_fee},
      {"Fees", "MaximizeWindowPoStFeeCap",
       "Let a window PoSt message pay any base fee up to MaxWindowPoStGasFee, so that a spike of the base fee does not "
       "hold it up",
       &C::maximize_window_post_fee_cap},
      {"Addresses", "PreCommitControl", "Addresses that PreCommit messages are sent from, the first with funds",
       &C::pre_commit_control},
      {"Addresses", "CommitControl", "Addresses that ProveCommit messages are sent from, the first with funds",
       &C::commit_control},
      {"Addresses", "TerminateControl", "Addresses that TerminateSectors messages are sent from, the first with funds",
       &C::terminate_control},
      {"Addresses", "DealPublishControl",
       "Addresses that PublishStorageDeals messages are sent from, the first with funds", &C::deal_publish_control},
      {"Addresses", "DisableOwnerFallback",
       "Never send from the owner's address by itself. Window PoSt is sent from the control addresses that no list "
       "above names, then the worker, then the owner: the first with funds",
       &C::disable_owner_fallback},
      {"Addresses", "DisableWorkerFallback",
       "Never send from the worker's address where control addresses are configured, even when those lack the funds",
       &C::disable_worker_fallback},
      {"Proving", "ParallelCheckLimit", "Sectors whose files are checked at once before a proof; 0: all",
       &C::parallel_check_limit},
      {"Proving", "SingleCheckTimeout",
       "How long the check of one sector may take; then the sector is skipped (a lost NFS mount)",
       &C::single_check_timeout},
      {"Proving", "PartitionCheckTimeout",
       "How long the checks of one proof's sectors may take; what is not checked by then is skipped",
       &C::partition_check_timeout},
      {"Proving", "DisableWDPoStPreChecks",
       "Do not check sectors' files before proofs and declare no faults ahead of them; sectors are still checked "
       "before they are declared recovered",
       &C::disable_post_pre_checks},
      {"Proving", "DisablePoStVerification",
       "Send window PoSt proofs without verifying them first. A wrong one can be disputed, which costs a penalty",
       &C::disable_post_verification},
      {"Proving", "MaxPartitionsPerPoStMessage",
       "Partitions proven by one SubmitWindowedPoSt; 0: as many as the network takes",
       &C::max_partitions_per_post_message},
      {"Proving", "MaxPartitionsPerRecoveryMessage",
       "Partitions in one DeclareFaultsRecovered or DeclareFaults; 0: no limit",
       &C::max_partitions_per_recovery_message},
      {"Proving", "SingleRecoveringPartitionPerPostMessage",
       "Prove a partition with recovering sectors in a message of its own, which needs less gas at once",
       &C::single_recovering_partition},
      {"Messager", "ApiInfo",
       "The message server that sends the miner's messages (TOKEN:MULTIADDR, as `lotus-message auth api-info --perm "
       "sign` prints it); empty for none: they go through the daemon",
       &C::messager_api_info},
  };
  return options;
}

}  // namespace nelumbo::node
