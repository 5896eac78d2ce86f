#pragma once
// Snapshots: a chain as a CAR file, written from the store and read into it.
//
// Order of the blocks as in lotus's exports: tipset by tipset from the head back to the genesis, for each block its
// header, its messages, the state before it and its parents' receipts, as far as they are asked for.

#include "chain/state_manager.hpp"
#include "codec/car.hpp"
#include "codec/fields.hpp"

namespace nelumbo::chain {

/// What goes into an export besides all headers and the genesis state: the parts of the blocks above these epochs.
struct ExportPlan {
  static constexpr ChainEpoch kNone = INT64_MAX;
  ChainEpoch states_above = kNone;
  ChainEpoch messages_above = -1;
  ChainEpoch receipts_above = kNone;  ///< parts of receipts that the store lacks are left out

  /// What ChainExport's parameters mean for a head of this epoch: how many recent epochs have their states (and
  /// receipts), and whether only they have their messages.
  static ExportPlan recent(ChainEpoch head, ChainEpoch state_roots, bool skip_old_messages);
};

struct ExportProgress {
  double part = 0;  ///< estimate, from 0 to 1
  ChainEpoch epoch = 0;
  uint64_t blocks = 0, bytes = 0;
};

/// Where an export goes and who hears of it.
struct ExportTarget {
  std::function<Result<>(BytesView)> write;             ///< pieces of up to a few MiB
  std::function<void(const ExportProgress&)> progress;  ///< before each piece; may be empty
  std::function<bool()> stopped;                        ///< asked before each piece; may be empty
};

/// Writes a chain as CARv1 with the head's CIDs as roots. Memory: 16 to 43 bytes for each block of messages, states and
/// receipts. Errors: not_found names a block that the store lacks, cancelled when stopped.
Result<ExportProgress> export_chain(ChainStore& store, const TipsetPtr& head, const ExportPlan& plan,
                                    const ExportTarget& target);

/// A file that is written beside its place and renamed when it is whole; what is not finished is removed.
class SnapshotFile {
 public:
  /// Compresses with zstd, in frames of a few MiB from which reading can go on, when asked to.
  static Result<SnapshotFile> create(const fs::path& path, bool compress);
  SnapshotFile(SnapshotFile&&) noexcept;
  SnapshotFile& operator=(SnapshotFile&&) noexcept;
  ~SnapshotFile();
  /// `exhausted` on a full disk.
  Result<> write(BytesView data);
  Result<> finish();

 private:
  struct State;
  explicit SnapshotFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

struct ImportProgress {
  std::string_view step;         ///< "importing", "checking the state", "executing", "indexing messages"
  uint64_t done = 0, total = 0;  ///< bytes of the input, or epochs; total 0: not known
  uint64_t blocks = 0;
  ChainEpoch epoch = 0;  ///< down (or, executing, up) to which the chain was followed
};

struct ImportOptions {
  Cid genesis;           ///< the block that the chain must go back to
  bool execute = false;  ///< trust no state but the genesis's: every tipset is executed before the head is set
  std::function<void(const ImportProgress&)> progress;  ///< may be empty
  std::function<bool()> stopped;                        ///< may be empty
  uint64_t checkpoint_bytes = 256u << 20;               ///< of the CAR, between two notes of how far it is read
};

/// Reads a snapshot (CARv1 or v2, plain or zstd; also with a metadata block as root, FRC-0108) into `space` of a
/// database that no chain of more than a genesis stands on, checking every block against its CID, the headers' links
/// down to the genesis, and (unless all is to be executed) that the head's messages and state and the genesis's state
/// are whole. Notes how far it is, so that a later call with the same snapshot goes on there. The chain's head stays as
/// it is until adopt_import. Errors: `invalid` for a snapshot that breaks a rule, `exists` when there is a chain
/// already, `cancelled` when stopped.
Result<TipsetKey> import_snapshot(KvStore& kv, const std::string& space, std::unique_ptr<CarSource> source,
                                  const ImportOptions& options);

/// Makes the head of a read snapshot the head of the chain; with `execute` only after executing every tipset from the
/// genesis on and comparing the results with the headers (going on where an earlier call stopped). The manager's store
/// must be open on the database that import_snapshot wrote. `not_found` when no snapshot has been read.
Result<TipsetPtr> adopt_import(KvStore& kv, StateManager& states, const ImportOptions& options);

struct UnfinishedImport {
  Cid genesis;
  bool begun = false;  ///< false: only the chain before it was being removed
};
Result<std::optional<UnfinishedImport>> unfinished_import(KvStore& kv);
/// The genesis that the database holds; nullopt when it holds none.
Result<std::optional<Cid>> stored_genesis(KvStore& kv);
/// Whether there is more than a genesis.
Result<bool> has_chain(KvStore& kv);
/// Forgets an import that was not adopted: its index goes, its blocks stay until the next prune.
Result<> forget_import(KvStore& kv);
/// Removes the chain and its blocks, keeping in mind the genesis that an import is to go to.
Result<> remove_chain(KvStore& kv, const std::string& space, const Cid& genesis);

}  // namespace nelumbo::chain
