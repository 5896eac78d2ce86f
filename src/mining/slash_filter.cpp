#include "mining/slash_filter.hpp"

#include <algorithm>

#include "crypto/hash.hpp"
#include "types/network.hpp"

namespace nelumbo::mining {

namespace {

/// A fault can be reported for one finality; what was signed before may be forgotten, with a margin.
constexpr ChainEpoch kKeptEpochs = kChainFinality + 100;
/// At most so many old records go with each new one, so that a long history goes in steps.
constexpr size_t kForgottenAtOnce = 100;

constexpr CborLimits kBlockLimits{.max_items = 1u << 16};

void append_epoch(Bytes& key, ChainEpoch epoch) {
  for (int shift = 56; shift >= 0; shift -= 8)
    key.push_back(static_cast<uint8_t>(static_cast<uint64_t>(epoch) >> shift));
}

/// The block a miner made at an epoch.
Bytes epoch_key(const Address& miner, ChainEpoch epoch) {
  Bytes key = to_bytes("e");
  key.insert(key.end(), miner.bytes().begin(), miner.bytes().end());
  append_epoch(key, epoch);
  return key;
}

/// The epoch of the block a miner made on these parents.
Bytes parents_key(const Address& miner, const std::vector<Cid>& parents) {
  Bytes key = to_bytes("p");
  key.insert(key.end(), miner.bytes().begin(), miner.bytes().end());
  auto hash = blake2b_256(TipsetKey{parents}.bytes());
  key.insert(key.end(), hash.begin(), hash.end());
  return key;
}

}  // namespace

Result<std::optional<BlockMessage>> SlashFilter::recorded(const Address& miner, ChainEpoch epoch) const {
  auto stored = TRY(store_->get(kBlocksSpace, epoch_key(miner, epoch)));
  if (!stored) return std::optional<BlockMessage>();
  return TRY_IN("block kept by the slash filter", from_cbor<BlockMessage>(*stored, kBlockLimits));
}

Result<std::optional<BlockMessage>> SlashFilter::recorded_on(const Address& miner, const TipsetKey& parents) const {
  auto stored = TRY(store_->get(kBlocksSpace, parents_key(miner, parents.cids)));
  if (!stored) return std::optional<BlockMessage>();
  return recorded(miner, TRY_IN("epoch kept by the slash filter", from_cbor<ChainEpoch>(*stored)));
}

Result<> SlashFilter::forget(const BlockHeader& block) {
  std::lock_guard lock(mutex_);
  KvStore::Write writes[] = {{std::string(kBlocksSpace), epoch_key(block.miner, block.height), std::nullopt},
                             {std::string(kBlocksSpace), parents_key(block.miner, block.parents), std::nullopt}};
  return store_->write(writes, true);
}

Result<std::vector<KvStore::Write>> SlashFilter::outdated(const Address& miner, ChainEpoch now) const {
  std::vector<KvStore::Write> out;
  const Bytes last = epoch_key(miner, std::max<ChainEpoch>(0, now - kKeptEpochs));
  Result<> read;
  TRY(store_->scan(kBlocksSpace, epoch_key(miner, 0), [&](BytesView key, BytesView value) {
    if (!std::ranges::lexicographical_compare(key, last) || out.size() >= 2 * kForgottenAtOnce) return false;
    auto block = from_cbor<BlockMessage>(value, kBlockLimits);
    if (!block) {
      read = std::unexpected(std::move(block).error());
      return false;
    }
    out.push_back({std::string(kBlocksSpace), to_bytes(key), std::nullopt});
    out.push_back({std::string(kBlocksSpace), parents_key(miner, block->header.parents), std::nullopt});
    return true;
  }));
  TRY_IN("block kept by the slash filter", read);
  return out;
}

Result<std::optional<BlockMessage>> SlashFilter::left_out(const Address& miner, const Tipset& base,
                                                          const std::vector<Cid>& taken) const {
  auto own = TRY(recorded(miner, base.height()));
  if (!own || own->header.parents != base.parents().cids) return std::optional<BlockMessage>();
  if (std::ranges::find(taken, own->header.cid()) != taken.end()) return std::optional<BlockMessage>();
  return own;
}

Result<> SlashFilter::record(const BlockMessage& block, const Tipset& base) {
  std::lock_guard lock(mutex_);
  const BlockHeader& header = block.header;
  Cid cid = header.cid();
  if (auto same_epoch = TRY(recorded(header.miner, header.height))) {
    Cid other = same_epoch->header.cid();
    if (other == cid) return {};
    return fail(ErrorCode::permission, "block {} would be a double-fork mining fault: {} was made for epoch {} already",
                cid.str(), other.str(), header.height);
  }
  if (auto stored = TRY(store_->get(kBlocksSpace, parents_key(header.miner, header.parents)))) {
    auto epoch = TRY_IN("epoch kept by the slash filter", from_cbor<ChainEpoch>(*stored));
    return fail(ErrorCode::permission,
                "block {} would be a time-offset mining fault: a block of epoch {} was made on the same parents",
                cid.str(), epoch);
  }
  if (auto own = TRY(left_out(header.miner, base, header.parents))) {
    return fail(ErrorCode::permission,
                "block {} would be a parent-grinding fault: its parents leave out the own block {} of epoch {}",
                cid.str(), own->header.cid().str(), base.height());
  }
  auto writes = TRY(outdated(header.miner, header.height));
  writes.push_back({std::string(kBlocksSpace), epoch_key(header.miner, header.height), to_cbor(block)});
  writes.push_back({std::string(kBlocksSpace), parents_key(header.miner, header.parents), to_cbor(header.height)});
  return in_context(store_->write(writes, true), "recording a block before it is sent");
}

}  // namespace nelumbo::mining
