#pragma once
// The Filecoin virtual machine (official ref-fvm, three generations) behind one interface, chosen by network version.

#include <functional>
#include <memory>

#include "ipld/blockstore.hpp"
#include "types/message.hpp"
#include "types/receipt.hpp"

namespace nelumbo {

/// What the machine asks the chain for while a message runs. Called from the machine's own threads.
class VmExterns {
 public:
  struct ConsensusFault {
    ActorId target = 0;
    ChainEpoch epoch = 0;
    uint8_t type = 0;  ///< 1 double-fork mining, 2 parent grinding, 3 time-offset mining
  };
  virtual ~VmExterns() = default;
  /// The 32-byte digest of the ticket (chain) or beacon entry at an epoch; the engine personalises it.
  virtual Result<std::array<uint8_t, 32>> chain_randomness(ChainEpoch epoch) = 0;
  virtual Result<std::array<uint8_t, 32>> beacon_randomness(ChainEpoch epoch) = 0;
  virtual Result<Cid> tipset_cid(ChainEpoch epoch) = 0;
  /// nullopt: no fault. `gas_used` receives the gas of the signature checks charged outside the engine.
  virtual Result<std::optional<ConsensusFault>> verify_consensus_fault(BytesView header_1, BytesView header_2,
                                                                      BytesView extra, int64_t& gas_used) = 0;
};

struct VmConfig {
  uint32_t network_version = 0;
  uint64_t chain_id = 314;      ///< Ethereum chain id
  ChainEpoch epoch = 0;
  uint64_t timestamp = 0;       ///< Unix seconds of the tipset
  Cid state_root;
  TokenAmount base_fee;
  TokenAmount circulating_supply;
  bool tracing = false;
  bool actor_debugging = false;
  /// Code CID replacements (from, to), for debugging bundles only.
  std::vector<std::pair<Cid, Cid>> actor_redirect;
};

struct ApplyResult {
  Receipt receipt;
  TokenAmount penalty;              ///< attoFIL burned from the block's miner
  TokenAmount miner_tip;
  TokenAmount base_fee_burn;
  TokenAmount over_estimation_burn;
  TokenAmount refund;
  int64_t gas_refund = 0;
  int64_t gas_burned = 0;
  std::string failure;              ///< backtrace or reason for a person; empty on success
  std::vector<Event> events;        ///< decoded events in order (network version 18 and later)
  /// When tracing, the call tree as CBOR, else empty. One call is [message, return, invoked actor or null, gas charges,
  /// subcalls, logs]: the fields of rpc's ExecutionTrace in their order, so from_cbor<rpc::ExecutionTrace> reads it.
  ///   message:    [from, to, value, method, params, params codec, gas limit, read only]
  ///   return:     [exit code, bytes, codec]
  ///   actor:      [id, the actor's row (5 fields)]
  ///   gas charge: [name, total, compute, other, nanoseconds]
  Bytes trace;
};

/// False in builds under the thread sanitizer: its address space has no room for the 4.8 TB that the machines reserve for
/// the memories of nested calls (they use little of it), so Vm::make fails there and tests of it are skipped.
#if defined(__SANITIZE_THREAD__)
inline constexpr bool kVmRuns = false;
#else
inline constexpr bool kVmRuns = true;
#endif

/// Which generation of the machine runs a network version: 2 (16 and 17), 3 (18 to 20), 4 (21 to 29); 0: none does.
uint32_t vm_generation(uint32_t network_version);

/// A machine on one state at one epoch. Not thread-safe; several machines may run at once.
class Vm {
 public:
  /// Fails when the network version is older than 16 (no machine is linked for it) or the bundle is not in the store.
  static Result<std::unique_ptr<Vm>> make(const VmConfig& config, BlockstorePtr store, std::shared_ptr<VmExterns> externs);
  virtual ~Vm() = default;
  /// Compiles one actor (a second or two of CPU for a large one) for machines of this network version, so that the first
  /// of them does not; nothing when it is compiled already. The bundle must be in the store.
  static Result<> preload(const VmConfig& config, const Cid& code, BlockstorePtr store);
  /// Applies a message from a block; chain_length is the bytes it takes on chain (SignedMessage::chain_length).
  virtual Result<ApplyResult> apply(const Message& message, size_t chain_length) = 0;
  /// Applies a system message (cron, rewards): no gas is paid and no nonce checked.
  virtual Result<ApplyResult> apply_implicit(const Message& message) = 0;
  /// Writes the changed state to the store and gives its root.
  virtual Result<Cid> flush() = 0;
};

}  // namespace nelumbo
