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
  std::string kind;  ///< the event, as "event;SectorPreCommit1" in lotus
  std::string text;
  std::string trace;  ///< the error's contexts, when it is one
  static constexpr auto fields = nelumbo::fields(field("Timestamp", &LogLine::time), field("Kind", &LogLine::kind),
                                                 field("Message", &LogLine::text), field("Trace", &LogLine::trace));
};

/// A message under way, by the id it was asked for with: asked for again after a crash it is the same message.
struct SentMessage {
  std::string uuid;
  std::optional<Cid> cid;
  ChainEpoch sent_at = 0;
  static constexpr auto fields = nelumbo::fields(field("Uuid", &SentMessage::uuid), field("Cid", &SentMessage::cid),
                                                 field("SentAt", &SentMessage::sent_at));
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
  TokenAmount pre_commit_deposit;  ///< attoFIL
  ChainEpoch expiration = 0;       ///< as pre-committed
  std::optional<Hash256> seed;
  ChainEpoch seed_epoch = 0;
  Bytes commit_1_output;
  Bytes proof_bytes;
  std::optional<SentMessage> commit_message;

  bool upgrade = false;  ///< snap
  std::optional<Cid> update_sealed_cid, update_unsealed_cid;
  Bytes update_proof;
  std::optional<SentMessage> update_message;
  std::optional<SentMessage> terminate_message;
  ChainEpoch terminated_at = 0;

  std::optional<SectorState> return_state;  ///< where a failure goes back to
  uint64_t tries = 0;                       ///< of the state, in a row
  int64_t retry_at = 0;                     ///< seconds since the Unix epoch, 0: at once
  std::string last_error;
  std::vector<LogLine> log;  ///< the last 100
};

}  // namespace nelumbo::sealing
