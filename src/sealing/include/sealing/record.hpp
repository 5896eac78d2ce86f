#pragma once
// What the miner knows of a sector of its own: one row, written before each effect.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "sealing/states.hpp"
#include "sealing/work.hpp"
#include "types/bigint.hpp"

namespace nelumbo::sealing {

/// One line of a sector's log.
struct LogLine {
  int64_t time = 0;  ///< seconds since the Unix epoch
  std::string kind;  ///< the event, as "event;failed"
  std::string text;
  std::string trace;  ///< the error's contexts, when it is one
  static constexpr auto fields = nelumbo::fields(field("Timestamp", &LogLine::time), field("Kind", &LogLine::kind),
                                                 field("Message", &LogLine::text), field("Trace", &LogLine::trace));
  friend bool operator==(const LogLine&, const LogLine&) = default;
};
inline constexpr size_t kLogLines = 100;  ///< of a sector; older ones go

/// A message under way, by the id it was asked for with: asked for again after a crash it is the same message.
struct SentMessage {
  std::string uuid;
  std::optional<Cid> cid;  ///< none: it may not have been sent yet
  ChainEpoch sent_at = 0;
  static constexpr auto fields = nelumbo::fields(field("Uuid", &SentMessage::uuid), field("Cid", &SentMessage::cid),
                                                 field("SentAt", &SentMessage::sent_at));
  friend bool operator==(const SentMessage&, const SentMessage&) = default;
};

struct SectorRecord {
  SectorNumber number = 0;
  SealProof proof{};
  SectorState state{};
  int64_t created = 0, entered = 0;  ///< seconds since the Unix epoch; `entered`: the state
  std::vector<PieceInfo> pieces;

  std::optional<Hash256> ticket;
  ChainEpoch ticket_epoch = 0;
  Bytes pre_commit_1_output;
  std::optional<Cid> sealed_cid, unsealed_cid;
  std::optional<SentMessage> pre_commit_message;
  ChainEpoch pre_commit_epoch = 0;  ///< as the chain says; 0: not pre-committed as far as is known
  TokenAmount pre_commit_deposit;   ///< attoFIL
  ChainEpoch expiration = 0;        ///< as pre-committed
  std::optional<Hash256> seed;
  ChainEpoch seed_epoch = 0;
  Bytes proof_bytes;
  std::optional<SentMessage> commit_message;

  bool upgrade = false;  ///< snap
  std::vector<PieceInfo> update_pieces;
  std::optional<Cid> update_sealed_cid, update_unsealed_cid;
  Bytes update_proof;
  std::optional<SentMessage> update_message;
  ChainEpoch updated_at = 0;  ///< epoch in which the update was executed
  std::optional<SentMessage> terminate_message;
  ChainEpoch terminated_at = 0;

  uint64_t tries = 0;     ///< failures in a row since the last step forward
  uint64_t restarts = 0;  ///< times that sealing was begun anew
  int64_t retry_at = 0;   ///< seconds since the Unix epoch, 0: at once
  std::string last_error;
  std::vector<LogLine> log;  ///< the last kLogLines

  static constexpr auto fields = nelumbo::fields(
      field("Number", &SectorRecord::number), field("Proof", &SectorRecord::proof),
      field("State", &SectorRecord::state), field("Created", &SectorRecord::created),
      field("Entered", &SectorRecord::entered), field("Pieces", &SectorRecord::pieces),
      field("Ticket", &SectorRecord::ticket), field("TicketEpoch", &SectorRecord::ticket_epoch),
      field("PreCommit1Output", &SectorRecord::pre_commit_1_output), field("Sealed", &SectorRecord::sealed_cid),
      field("Unsealed", &SectorRecord::unsealed_cid), field("PreCommitMessage", &SectorRecord::pre_commit_message),
      field("PreCommitEpoch", &SectorRecord::pre_commit_epoch),
      field("PreCommitDeposit", &SectorRecord::pre_commit_deposit), field("Expiration", &SectorRecord::expiration),
      field("Seed", &SectorRecord::seed), field("SeedEpoch", &SectorRecord::seed_epoch),
      field("ProofBytes", &SectorRecord::proof_bytes), field("CommitMessage", &SectorRecord::commit_message),
      field("Upgrade", &SectorRecord::upgrade), field("UpdatePieces", &SectorRecord::update_pieces),
      field("UpdateSealed", &SectorRecord::update_sealed_cid),
      field("UpdateUnsealed", &SectorRecord::update_unsealed_cid), field("UpdateProof", &SectorRecord::update_proof),
      field("UpdateMessage", &SectorRecord::update_message), field("UpdatedAt", &SectorRecord::updated_at),
      field("TerminateMessage", &SectorRecord::terminate_message), field("TerminatedAt", &SectorRecord::terminated_at),
      field("Tries", &SectorRecord::tries), field("Restarts", &SectorRecord::restarts),
      field("RetryAt", &SectorRecord::retry_at), field("LastError", &SectorRecord::last_error),
      field("Log", &SectorRecord::log));
  friend bool operator==(const SectorRecord&, const SectorRecord&) = default;
};

}  // namespace nelumbo::sealing
