#pragma once
// What of sealing is on the disk: sectors, messages for them, the next number, reservations. One synced write at a
// time.

#include <map>

#include "codec/rleplus.hpp"
#include "ipld/kv_store.hpp"
#include "sealing/record.hpp"
#include "types/message.hpp"

namespace nelumbo::sealing {

/// What a message does for its sectors.
enum class MessageKind : uint8_t { pre_commit, commit, update, terminate };
std::string_view kind_name(MessageKind kind);
/// Where a record keeps its message of a kind.
std::optional<SentMessage>& message_of(SectorRecord& record, MessageKind kind);
const std::optional<SentMessage>& message_of(const SectorRecord& record, MessageKind kind);

/// One message for some sectors. It is stored with their records before it is sent the first time, and stays the same.
struct OutgoingRow {
  std::string uuid;
  MessageKind kind{};
  bool aggregate = false;             ///< one proof for all
  std::vector<SectorNumber> sectors;  ///< in the order of the parameters
  Message message;                    ///< without nonce and gas; no parameters yet while the proof is being aggregated
  TokenAmount max_fee;                ///< attoFIL, 0: the node's default
  int64_t created = 0;                ///< seconds since the Unix epoch
  std::optional<Cid> cid;             ///< none: it may not have been sent yet
  ChainEpoch sent_at = 0;
  /// Not 0: executed in this epoch. Kept until that is final: a reorganisation may take it off the chain again.
  ChainEpoch done_at = 0;
  static constexpr auto fields = nelumbo::fields(
      field("Uuid", &OutgoingRow::uuid), field("Kind", &OutgoingRow::kind), field("Aggregate", &OutgoingRow::aggregate),
      field("Sectors", &OutgoingRow::sectors), field("Message", &OutgoingRow::message),
      field("MaxFee", &OutgoingRow::max_fee), field("Created", &OutgoingRow::created), field("Cid", &OutgoingRow::cid),
      field("SentAt", &OutgoingRow::sent_at), field("DoneAt", &OutgoingRow::done_at));
};

class Book {
 public:
  explicit Book(std::shared_ptr<KvStore> store) : store_(std::move(store)) {}

  Result<std::vector<SectorRecord>> records();
  Result<std::vector<OutgoingRow>> outgoing();
  /// The first number that no sector of ours had.
  Result<SectorNumber> next_number();
  Result<std::map<std::string, BitField>> reservations();

  struct Change {
    std::vector<SectorRecord> records;
    std::vector<OutgoingRow> rows;
    std::vector<std::string> ended;  ///< uuids of rows that go
    std::optional<SectorNumber> next_number;
  };
  /// All of it or nothing; on the disk when it returns.
  Result<> apply(const Change& change);
  /// nullopt frees the name.
  Result<> set_reservation(const std::string& name, const std::optional<BitField>& numbers);

 private:
  std::shared_ptr<KvStore> store_;
};

}  // namespace nelumbo::sealing
