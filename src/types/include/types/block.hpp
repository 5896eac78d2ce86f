#pragma once
// Blocks and tipsets (spec: block, tipset).

#include <memory>

#include "crypto/hash.hpp"
#include "types/message.hpp"

namespace nelumbo {

struct Ticket {
  Bytes vrf_proof;
  static constexpr auto fields = nelumbo::fields(field("VRFProof", &Ticket::vrf_proof));
  friend bool operator==(const Ticket&, const Ticket&) = default;
  /// blake2b-256 of the proof: tickets are ordered by it, and the smallest gives the epoch's randomness.
  Hash256 digest() const { return blake2b_256(vrf_proof); }
};

struct ElectionProof {
  int64_t win_count = 0;
  Bytes vrf_proof;
  static constexpr auto fields =
      nelumbo::fields(field("WinCount", &ElectionProof::win_count), field("VRFProof", &ElectionProof::vrf_proof));
  friend bool operator==(const ElectionProof&, const ElectionProof&) = default;
};

struct BeaconEntry {
  uint64_t round = 0;
  Bytes data;  ///< the drand signature of the round
  static constexpr auto fields =
      nelumbo::fields(field("Round", &BeaconEntry::round), field("Data", &BeaconEntry::data));
  friend bool operator==(const BeaconEntry&, const BeaconEntry&) = default;
};

struct PoStProof {
  int64_t type = 0;  ///< RegisteredPoStProof
  Bytes proof;
  static constexpr auto fields =
      nelumbo::fields(field("PoStProof", &PoStProof::type), field("ProofBytes", &PoStProof::proof));
  friend bool operator==(const PoStProof&, const PoStProof&) = default;
};

struct BlockHeader {
  Address miner;
  std::optional<Ticket> ticket;
  std::optional<ElectionProof> election_proof;
  std::vector<BeaconEntry> beacon_entries;
  std::vector<PoStProof> win_post_proof;
  std::vector<Cid> parents;
  BigInt parent_weight;
  ChainEpoch height = 0;
  Cid parent_state_root;
  Cid parent_message_receipts;
  Cid messages;
  std::optional<Signature> bls_aggregate;
  uint64_t timestamp = 0;  ///< seconds since the Unix epoch
  std::optional<Signature> block_sig;
  uint64_t fork_signaling = 0;
  TokenAmount parent_base_fee;

  static constexpr auto fields = nelumbo::fields(
      field("Miner", &BlockHeader::miner), field("Ticket", &BlockHeader::ticket),
      field("ElectionProof", &BlockHeader::election_proof), field("BeaconEntries", &BlockHeader::beacon_entries),
      field("WinPoStProof", &BlockHeader::win_post_proof), field("Parents", &BlockHeader::parents),
      field("ParentWeight", &BlockHeader::parent_weight), field("Height", &BlockHeader::height),
      field("ParentStateRoot", &BlockHeader::parent_state_root),
      field("ParentMessageReceipts", &BlockHeader::parent_message_receipts), field("Messages", &BlockHeader::messages),
      field("BLSAggregate", &BlockHeader::bls_aggregate), field("Timestamp", &BlockHeader::timestamp),
      field("BlockSig", &BlockHeader::block_sig), field("ForkSignaling", &BlockHeader::fork_signaling),
      field("ParentBaseFee", &BlockHeader::parent_base_fee));
  friend bool operator==(const BlockHeader&, const BlockHeader&) = default;

  Cid cid() const { return Cid::of(to_cbor(*this)); }
  /// What the block signature covers: the header without its signature.
  Bytes signing_bytes() const;
};

/// The object a header's `messages` points to: roots of two version-0 AMTs of message CIDs.
struct MessageMeta {
  Cid bls_messages;
  Cid secp_messages;
  static constexpr auto fields = nelumbo::fields(field("BlsMessages", &MessageMeta::bls_messages),
                                                 field("SecpkMessages", &MessageMeta::secp_messages));
  friend bool operator==(const MessageMeta&, const MessageMeta&) = default;
};

/// A block as gossiped: header and message CIDs.
struct BlockMessage {
  BlockHeader header;
  std::vector<Cid> bls_messages;
  std::vector<Cid> secp_messages;
  static constexpr auto fields =
      nelumbo::fields(field("Header", &BlockMessage::header), field("BlsMessages", &BlockMessage::bls_messages),
                      field("SecpkMessages", &BlockMessage::secp_messages));
  friend bool operator==(const BlockMessage&, const BlockMessage&) = default;
};

/// The CIDs of a tipset's blocks in canonical order. JSON: a list of CIDs.
struct TipsetKey {
  std::vector<Cid> cids;
  static constexpr bool transparent = true;
  static constexpr auto fields = nelumbo::fields(field("Cids", &TipsetKey::cids));
  friend bool operator==(const TipsetKey&, const TipsetKey&) = default;
  friend auto operator<=>(const TipsetKey& a, const TipsetKey& b) { return a.cids <=> b.cids; }
  bool empty() const { return cids.empty(); }
  /// The concatenated CIDs.
  Bytes bytes() const;
  static Result<TipsetKey> from_bytes(BytesView data);
  /// "{cid,cid}" as lotus prints.
  std::string str() const;
  /// The CID of the CBOR byte string of bytes(): what the FVM's tipset_cid gives.
  Cid cid() const;
};

/// In CBOR: bytes() as one byte string.
template <>
struct Cbor<TipsetKey> {
  static void put(CborWriter& w, const TipsetKey& v) { w.bytes(v.bytes()); }
  static Result<> get(CborReader& r, TipsetKey& v);
};

/// Blocks of one epoch with the same parents, ordered by ticket (then CID). Immutable.
class Tipset {
 public:
  /// Sorts the blocks; refuses none at all, one without a ticket, and different heights or parents.
  static Result<std::shared_ptr<const Tipset>> make(std::vector<BlockHeader> blocks);

  const TipsetKey& key() const { return key_; }
  const std::vector<BlockHeader>& blocks() const { return blocks_; }
  const std::vector<Cid>& cids() const { return key_.cids; }
  bool contains(const Cid& block) const { return std::find(cids().begin(), cids().end(), block) != cids().end(); }
  ChainEpoch height() const { return blocks_.front().height; }
  TipsetKey parents() const { return TipsetKey{blocks_.front().parents}; }
  const Cid& parent_state() const { return blocks_.front().parent_state_root; }
  const Cid& parent_receipts() const { return blocks_.front().parent_message_receipts; }
  const BigInt& parent_weight() const { return blocks_.front().parent_weight; }
  const TokenAmount& parent_base_fee() const { return blocks_.front().parent_base_fee; }
  uint64_t min_timestamp() const;
  /// The block with the smallest ticket (the first).
  const BlockHeader& min_ticket_block() const { return blocks_.front(); }

 private:
  TipsetKey key_;
  std::vector<BlockHeader> blocks_;
};
using TipsetPtr = std::shared_ptr<const Tipset>;

}  // namespace nelumbo

template <>
struct std::hash<nelumbo::TipsetKey> {
  size_t operator()(const nelumbo::TipsetKey& key) const noexcept {
    size_t value = 0;
    for (const auto& cid : key.cids) value = value * 31 + std::hash<nelumbo::Cid>()(cid);
    return value;
  }
};
