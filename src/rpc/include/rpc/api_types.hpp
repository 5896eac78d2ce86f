#pragma once
// Values of the JSON-RPC API under lotus's names: chain, messages, state, sync and the node itself.
// Miner and sector values are in rpc/miner_types.hpp. No JSON library here: the codecs are in the room's sources.

#include <array>
#include <map>

#include "rpc/raw_json.hpp"
#include "types/block.hpp"
#include "types/receipt.hpp"
#include "wallet/key_store.hpp"

namespace nelumbo::rpc {

/// API version as lotus packs it: major << 16 | minor << 8 | patch.
struct ApiVersion {
  uint32_t packed = 0;
  static constexpr bool transparent = true;
  static constexpr auto fields = nelumbo::fields(field("APIVersion", &ApiVersion::packed));
  static constexpr ApiVersion make(uint32_t major, uint32_t minor, uint32_t patch) {
    return {major << 16 | minor << 8 | patch};
  }
  constexpr bool same_major_minor(ApiVersion other) const { return packed >> 8 == other.packed >> 8; }
  /// "2.3.0".
  std::string str() const;
  friend bool operator==(const ApiVersion&, const ApiVersion&) = default;
};
inline constexpr ApiVersion kFullApiVersion0 = ApiVersion::make(1, 5, 0);
inline constexpr ApiVersion kFullApiVersion1 = ApiVersion::make(2, 3, 0);
inline constexpr ApiVersion kMinerApiVersion0 = ApiVersion::make(1, 5, 0);

struct Version {
  std::string version;  ///< of the program, for persons
  ApiVersion api_version;
  uint64_t block_delay = 0;  ///< seconds of an epoch
  std::string agent;         ///< "nelumbo"
  static constexpr auto fields =
      nelumbo::fields(field("Version", &Version::version), field("APIVersion", &Version::api_version),
                      field("BlockDelay", &Version::block_delay), field("Agent", &Version::agent));
};

// ---- chain ----

/// One step of a head change: "current" (the first, on subscription), "apply" or "revert".
struct HeadChange {
  std::string type;
  TipsetPtr val;
  static constexpr auto fields = nelumbo::fields(field("Type", &HeadChange::type), field("Val", &HeadChange::val));
};

/// The messages of one block; bls_messages[x] has cids[x], secpk_messages[y] has cids[bls_messages.size() + y].
struct BlockMessages {
  std::vector<Message> bls_messages;
  std::vector<SignedMessage> secpk_messages;
  std::vector<Cid> cids;
  static constexpr auto fields =
      nelumbo::fields(field("BlsMessages", &BlockMessages::bls_messages),
                      field("SecpkMessages", &BlockMessages::secpk_messages), field("Cids", &BlockMessages::cids));
};

/// A message with the CID it is known by on chain.
struct ApiMessage {
  Cid cid;
  Message message;
  static constexpr auto fields =
      nelumbo::fields(field("Cid", &ApiMessage::cid), field("Message", &ApiMessage::message));
};

struct ObjStat {
  uint64_t size = 0;   ///< bytes of all objects reached
  uint64_t links = 0;  ///< links followed
  static constexpr auto fields = nelumbo::fields(field("Size", &ObjStat::size), field("Links", &ObjStat::links));
};

// ---- messages ----

struct MessageSendSpec {
  TokenAmount max_fee;  ///< attoFIL; 0 means the node's default
  std::string msg_uuid = "00000000-0000-0000-0000-000000000000";
  bool maximize_fee_cap = false;
  static constexpr auto fields =
      nelumbo::fields(field("MaxFee", &MessageSendSpec::max_fee), field("MsgUuid", &MessageSendSpec::msg_uuid),
                      field("MaximizeFeeCap", &MessageSendSpec::maximize_fee_cap));
};

struct MessageMatch {
  std::optional<Address> to;
  std::optional<Address> from;
  static constexpr auto fields = nelumbo::fields(field("To", &MessageMatch::to), field("From", &MessageMatch::from));
};

/// Where a message was executed, and with what receipt.
struct MsgLookup {
  Cid message;  ///< differs from the one asked for when it was replaced
  Receipt receipt;
  RawJson return_dec;  ///< decoded return value, or null
  TipsetKey tipset;    ///< the tipset whose state carries the result
  ChainEpoch height = 0;
  static constexpr auto fields =
      nelumbo::fields(field("Message", &MsgLookup::message), field("Receipt", &MsgLookup::receipt),
                      field("ReturnDec", &MsgLookup::return_dec), field("TipSet", &MsgLookup::tipset),
                      field("Height", &MsgLookup::height));
};

/// What a message costs, attoFIL.
struct MsgGasCost {
  Cid message;
  TokenAmount gas_used;  ///< gas units
  TokenAmount base_fee_burn, over_estimation_burn, miner_penalty, miner_tip, refund, total_cost;
  static constexpr auto fields = nelumbo::fields(
      field("Message", &MsgGasCost::message), field("GasUsed", &MsgGasCost::gas_used),
      field("BaseFeeBurn", &MsgGasCost::base_fee_burn), field("OverEstimationBurn", &MsgGasCost::over_estimation_burn),
      field("MinerPenalty", &MsgGasCost::miner_penalty), field("MinerTip", &MsgGasCost::miner_tip),
      field("Refund", &MsgGasCost::refund), field("TotalCost", &MsgGasCost::total_cost));
};

struct MessageTrace {
  Address from, to;
  TokenAmount value;
  MethodNum method = 0;
  Bytes params;
  uint64_t params_codec = 0;
  uint64_t gas_limit = 0;
  bool read_only = false;
  static constexpr auto fields =
      nelumbo::fields(field("From", &MessageTrace::from), field("To", &MessageTrace::to),
                      field("Value", &MessageTrace::value), field("Method", &MessageTrace::method),
                      field("Params", &MessageTrace::params), field("ParamsCodec", &MessageTrace::params_codec),
                      field("GasLimit", &MessageTrace::gas_limit), field("ReadOnly", &MessageTrace::read_only));
};
struct ReturnTrace {
  ExitCode exit_code = 0;
  Bytes return_data;
  uint64_t return_codec = 0;
  static constexpr auto fields =
      nelumbo::fields(field("ExitCode", &ReturnTrace::exit_code), field("Return", &ReturnTrace::return_data),
                      field("ReturnCodec", &ReturnTrace::return_codec));
};
struct ActorTrace {
  ActorId id = 0;
  Actor state;
  static constexpr auto fields = nelumbo::fields(field("Id", &ActorTrace::id), field("State", &ActorTrace::state));
};
struct GasTrace {
  std::string name;
  int64_t total = 0, compute = 0, storage = 0;  ///< gas units
  int64_t time_taken = 0;                       ///< nanoseconds
  static constexpr auto fields =
      nelumbo::fields(field("Name", &GasTrace::name), field("tg", &GasTrace::total), field("cg", &GasTrace::compute),
                      field("sg", &GasTrace::storage), field("tt", &GasTrace::time_taken));
};
/// The call tree of one message: the fields of the engine's trace in its order, so that its CBOR is read by this list.
struct ExecutionTrace {
  MessageTrace msg;
  ReturnTrace msg_rct;
  std::optional<ActorTrace> invoked_actor;
  std::vector<GasTrace> gas_charges;
  std::vector<ExecutionTrace> subcalls;
  std::vector<std::string> logs;
  static constexpr auto fields = nelumbo::fields(
      field("Msg", &ExecutionTrace::msg), field("MsgRct", &ExecutionTrace::msg_rct),
      field("InvokedActor", &ExecutionTrace::invoked_actor), field("GasCharges", &ExecutionTrace::gas_charges),
      field("Subcalls", &ExecutionTrace::subcalls), field("Logs", &ExecutionTrace::logs));
  /// Left out of the JSON when there is nothing to say.
  static constexpr std::array<std::string_view, 2> omitted_when_empty{"InvokedActor", "Logs"};
};

/// A message run on a state without a block.
struct InvocResult {
  Cid msg_cid;
  std::optional<Message> msg;
  std::optional<Receipt> msg_rct;
  MsgGasCost gas_cost;
  ExecutionTrace execution_trace;
  std::string error;
  int64_t duration = 0;  ///< nanoseconds
  static constexpr auto fields = nelumbo::fields(
      field("MsgCid", &InvocResult::msg_cid), field("Msg", &InvocResult::msg), field("MsgRct", &InvocResult::msg_rct),
      field("GasCost", &InvocResult::gas_cost), field("ExecutionTrace", &InvocResult::execution_trace),
      field("Error", &InvocResult::error), field("Duration", &InvocResult::duration));
};
struct ComputeStateOutput {
  Cid root;
  std::vector<InvocResult> trace;
  static constexpr auto fields =
      nelumbo::fields(field("Root", &ComputeStateOutput::root), field("Trace", &ComputeStateOutput::trace));
};

// ---- message pool ----

/// What happened to a message of the pool: type 0 added, 1 removed.
struct MpoolUpdate {
  static constexpr int64_t kAdd = 0, kRemove = 1;
  int64_t type = kAdd;
  SignedMessage message;
  static constexpr auto fields =
      nelumbo::fields(field("Type", &MpoolUpdate::type), field("Message", &MpoolUpdate::message));
};
/// A message that is to be checked before it is sent; without a valid nonce it takes the sender's next one.
struct MessagePrototype {
  Message message;
  bool valid_nonce = false;
  static constexpr auto fields = nelumbo::fields(field("Message", &MessagePrototype::message),
                                                 field("ValidNonce", &MessagePrototype::valid_nonce));
};
/// One check of a message; codes as pool::Check.
struct MessageCheckStatus {
  Cid cid;
  int64_t code = 0;
  bool ok = false;
  std::string err;  ///< may be a warning when ok
  RawJson hint;     ///< object of what was compared against, or null
  static constexpr auto fields = nelumbo::fields(
      field("Cid", &MessageCheckStatus::cid), field("Code", &MessageCheckStatus::code),
      field("OK", &MessageCheckStatus::ok), field("Err", &MessageCheckStatus::err),
      field("Hint", &MessageCheckStatus::hint));
};
struct MpoolConfig {
  std::vector<Address> priority_addrs;
  int64_t size_limit_high = 30000;
  int64_t size_limit_low = 20000;
  double replace_by_fee_ratio = 1.25;       ///< of the premium of the message to be replaced
  int64_t prune_cooldown = 60'000'000'000;  ///< nanoseconds
  double gas_limit_overestimation = 1.25;
  static constexpr auto fields = nelumbo::fields(
      field("PriorityAddrs", &MpoolConfig::priority_addrs), field("SizeLimitHigh", &MpoolConfig::size_limit_high),
      field("SizeLimitLow", &MpoolConfig::size_limit_low),
      field("ReplaceByFeeRatio", &MpoolConfig::replace_by_fee_ratio),
      field("PruneCooldown", &MpoolConfig::prune_cooldown),
      field("GasLimitOverestimation", &MpoolConfig::gas_limit_overestimation));
};

// ---- state ----

struct ActorState {
  TokenAmount balance;
  Cid code;
  RawJson state;  ///< the actor's state object, decoded by its kind and version
  static constexpr auto fields = nelumbo::fields(field("Balance", &ActorState::balance),
                                                 field("Code", &ActorState::code), field("State", &ActorState::state));
};

/// attoFIL.
struct CirculatingSupply {
  TokenAmount fil_vested, fil_mined, fil_burnt, fil_locked, fil_circulating, fil_reserve_disbursed;
  static constexpr auto fields = nelumbo::fields(
      field("FilVested", &CirculatingSupply::fil_vested), field("FilMined", &CirculatingSupply::fil_mined),
      field("FilBurnt", &CirculatingSupply::fil_burnt), field("FilLocked", &CirculatingSupply::fil_locked),
      field("FilCirculating", &CirculatingSupply::fil_circulating),
      field("FilReserveDisbursed", &CirculatingSupply::fil_reserve_disbursed));
};

/// The network's parameters as StateGetNetworkParams tells them.
struct ApiNetworkParams {
  std::string network_name;
  uint64_t block_delay_secs = 0;
  StoragePower consensus_miner_min_power;
  ChainEpoch pre_commit_challenge_delay = 0;
  std::map<std::string, ChainEpoch> fork_upgrade_params;  ///< "UpgradeTeepHeight" -> epoch
  int64_t eip155_chain_id = 0;
  uint64_t genesis_timestamp = 0;  ///< Unix seconds
  static constexpr auto fields =
      nelumbo::fields(field("NetworkName", &ApiNetworkParams::network_name),
                      field("BlockDelaySecs", &ApiNetworkParams::block_delay_secs),
                      field("ConsensusMinerMinPower", &ApiNetworkParams::consensus_miner_min_power),
                      field("PreCommitChallengeDelay", &ApiNetworkParams::pre_commit_challenge_delay),
                      field("ForkUpgradeParams", &ApiNetworkParams::fork_upgrade_params),
                      field("Eip155ChainID", &ApiNetworkParams::eip155_chain_id),
                      field("GenesisTimestamp", &ApiNetworkParams::genesis_timestamp));
};

// ---- sync and node ----

enum class SyncStage : int64_t { idle, headers, persist_headers, messages, complete, errored, fetching_messages };
/// "header sync", "complete", … as lotus prints.
std::string_view sync_stage_name(SyncStage stage);

struct ActiveSync {
  uint64_t worker_id = 0;
  TipsetPtr base;    ///< may be null
  TipsetPtr target;  ///< may be null
  SyncStage stage{};
  ChainEpoch height = 0;
  std::string start = "0001-01-01T00:00:00Z";  ///< RFC 3339
  std::string end = "0001-01-01T00:00:00Z";
  std::string message;
  static constexpr auto fields = nelumbo::fields(
      field("WorkerID", &ActiveSync::worker_id), field("Base", &ActiveSync::base), field("Target", &ActiveSync::target),
      field("Stage", &ActiveSync::stage), field("Height", &ActiveSync::height), field("Start", &ActiveSync::start),
      field("End", &ActiveSync::end), field("Message", &ActiveSync::message));
};
struct SyncState {
  std::vector<ActiveSync> active_syncs;
  uint64_t vm_applied = 0;  ///< messages executed since start
  static constexpr auto fields =
      nelumbo::fields(field("ActiveSyncs", &SyncState::active_syncs), field("VMApplied", &SyncState::vm_applied));
};

struct NodeSyncStatus {
  uint64_t epoch = 0;
  uint64_t behind = 0;  ///< epochs
  static constexpr auto fields =
      nelumbo::fields(field("Epoch", &NodeSyncStatus::epoch), field("Behind", &NodeSyncStatus::behind));
};
struct NodePeerStatus {
  int64_t peers_to_publish_msgs = 0;
  int64_t peers_to_publish_blocks = 0;
  static constexpr auto fields =
      nelumbo::fields(field("PeersToPublishMsgs", &NodePeerStatus::peers_to_publish_msgs),
                      field("PeersToPublishBlocks", &NodePeerStatus::peers_to_publish_blocks));
};
struct NodeChainStatus {
  double blocks_per_tipset_last_100 = 0;
  double blocks_per_tipset_last_finality = 0;
  static constexpr auto fields =
      nelumbo::fields(field("BlocksPerTipsetLast100", &NodeChainStatus::blocks_per_tipset_last_100),
                      field("BlocksPerTipsetLastFinality", &NodeChainStatus::blocks_per_tipset_last_finality));
};
struct NodeStatus {
  NodeSyncStatus sync_status;
  NodePeerStatus peer_status;
  NodeChainStatus chain_status;
  static constexpr auto fields =
      nelumbo::fields(field("SyncStatus", &NodeStatus::sync_status), field("PeerStatus", &NodeStatus::peer_status),
                      field("ChainStatus", &NodeStatus::chain_status));
};

/// A private key with its kind, as in the keystore.
using wallet::KeyInfo;

// ---- /rpc/v2: tipset selectors (exactly one of the criteria) ----

struct TipsetAnchor {
  std::optional<TipsetKey> key;
  std::optional<std::string> tag;  ///< "latest", "finalized" or "safe"
  static constexpr auto fields = nelumbo::fields(field("key", &TipsetAnchor::key), field("tag", &TipsetAnchor::tag));
};
struct TipsetHeight {
  std::optional<ChainEpoch> at;
  bool previous = false;  ///< for a null round: the tipset before it instead of none
  std::optional<TipsetAnchor> anchor;
  static constexpr auto fields =
      nelumbo::fields(field("at", &TipsetHeight::at), field("previous", &TipsetHeight::previous),
                      field("anchor", &TipsetHeight::anchor));
};
struct TipsetSelector {
  std::optional<TipsetKey> key;
  std::optional<TipsetHeight> height;
  std::optional<std::string> tag;
  static constexpr auto fields = nelumbo::fields(
      field("key", &TipsetSelector::key), field("height", &TipsetSelector::height), field("tag", &TipsetSelector::tag));
  /// Exactly one criterion, a height that is given and not negative, an anchor with at most one criterion.
  Result<> check() const;
};
struct FinalityStatus {
  int64_t ec_finality_threshold_depth = -1;
  TipsetPtr ec_finalized_tipset;
  TipsetPtr f3_finalized_tipset;
  TipsetPtr finalized_tipset;
  TipsetPtr head;
  static constexpr auto fields = nelumbo::fields(
      field("ecFinalityThresholdDepth", &FinalityStatus::ec_finality_threshold_depth),
      field("ecFinalizedTipSet", &FinalityStatus::ec_finalized_tipset),
      field("f3FinalizedTipSet", &FinalityStatus::f3_finalized_tipset),
      field("finalizedTipSet", &FinalityStatus::finalized_tipset), field("head", &FinalityStatus::head));
};

}  // namespace nelumbo::rpc
