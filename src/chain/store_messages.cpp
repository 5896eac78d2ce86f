// Messages, receipts and events in the store.

#include "chain/message_meta.hpp"
#include "ipld/amt.hpp"
#include "store_state.hpp"
#include "types/state_tree.hpp"

namespace nelumbo::chain {

namespace {

template <class T>
Result<std::vector<Cid>> put_all(Blockstore& store, std::span<const T> values) {
  std::vector<Cid> cids;
  std::vector<Block> blocks;
  for (const auto& value : values) {
    Bytes data = to_cbor(value);
    cids.push_back(Cid::of(data));
    blocks.push_back({cids.back(), std::move(data)});
  }
  TRY(store.put_many(blocks));
  return cids;
}

Result<Cid> put_cid_list(const BlockstorePtr& store, std::span<const Cid> cids) {
  Amt list(store, AmtVersion::v0);
  for (size_t i = 0; i < cids.size(); ++i) TRY(list.set_as(i, cids[i]));
  return list.flush();
}

/// A dense list; a gap is an error. `limit` bounds what a foreign root may claim.
Result<> for_each_in(const BlockstorePtr& store, const Cid& root, AmtVersion version, uint64_t limit,
                     const std::function<Result<>(BytesView)>& f) {
  auto list = TRY(Amt::load(store, root, version));
  if (list.count() > limit) return fail(ErrorCode::exhausted, "list {} has {} entries", root.str(), list.count());
  uint64_t next = 0;
  TRY(list.for_each([&](uint64_t index, BytesView value) -> Result<> {
    if (index != next++) return fail(ErrorCode::invalid, "list {} has no entry {}", root.str(), next - 1);
    return f(value);
  }));
  if (next != list.count())
    return fail(ErrorCode::invalid, "list {} has {} of {} entries", root.str(), next, list.count());
  return {};
}

constexpr uint64_t kListLimit = 1u << 20;  ///< entries; far above what a block's gas can pay for

Result<std::vector<Cid>> get_cid_list(const BlockstorePtr& store, const Cid& root) {
  std::vector<Cid> out;
  TRY(for_each_in(store, root, AmtVersion::v0, kListLimit, [&](BytesView value) -> Result<> {
    out.push_back(TRY(from_cbor<Cid>(value)));
    return {};
  }));
  return out;
}

/// Which messages of a tipset run: the first of a sender sets its nonce, later ones must follow it.
class NonceFilter {
 public:
  NonceFilter(const BlockstorePtr& store, const Tipset& tipset, bool normalise)
      : store_(store), tipset_(tipset), normalise_(normalise) {}

  Result<bool> take(const Message& message) {
    Address sender = message.from;
    // Key and ID forms of one sender count as one as soon as an ID form occurs.
    if (normalise_ && !by_id_ && sender.is_id()) TRY(change_to_ids());
    if (by_id_) sender = TRY(id_of(sender));
    auto [it, fresh] = next_.try_emplace(sender, message.nonce);
    if (it->second != message.nonce) return false;
    ++it->second;
    return true;
  }

 private:
  Result<> change_to_ids() {
    by_id_ = true;
    std::map<Address, uint64_t> by_id;
    for (const auto& [sender, nonce] : next_) by_id[TRY(id_of(sender))] = nonce;
    next_ = std::move(by_id);
    return {};
  }
  Result<Address> id_of(const Address& address) {
    if (address.is_id()) return address;
    if (!state_) state_.emplace(TRY(StateTree::load(store_, tipset_.parent_state())));
    auto id = TRY(state_->lookup_id(address));
    if (!id) return fail(ErrorCode::not_found, "sender {} is not on chain", address.str());
    return Address::from_id(*id);
  }

  BlockstorePtr store_;
  const Tipset& tipset_;
  bool normalise_, by_id_ = false;
  std::optional<StateTree> state_;
  std::map<Address, uint64_t> next_;
};

}  // namespace

Result<Cid> write_message_meta(const BlockstorePtr& store, std::span<const Cid> bls, std::span<const Cid> secp) {
  auto bls_root = TRY(put_cid_list(store, bls));
  auto secp_root = TRY(put_cid_list(store, secp));
  MessageMeta meta{bls_root, secp_root};
  return put_cbor(*store, meta);
}

Result<std::vector<Cid>> ChainStore::put_messages(std::span<const Message> messages) {
  return put_all(*state_->blocks, messages);
}
Result<std::vector<Cid>> ChainStore::put_messages(std::span<const SignedMessage> messages) {
  return put_all(*state_->blocks, messages);
}

Result<Cid> ChainStore::put_message_meta(std::span<const Cid> bls, std::span<const Cid> secp) {
  auto cid = TRY(write_message_meta(state_->blocks, bls, secp));
  std::lock_guard lock(state_->cache_mutex);
  state_->message_metas.put(cid, {{bls.begin(), bls.end()}, {secp.begin(), secp.end()}});
  return cid;
}

Result<ChainMessage> ChainStore::message(const Cid& cid) {
  auto data = TRY_IN("message", get_block(*state_->blocks, cid));
  constexpr uint8_t kArrayOf2 = 0x82;  // a signed message has two fields, an unsigned one ten
  if (!data.empty() && data.front() == kArrayOf2) {
    auto message = TRY_IN(cid.str(), from_cbor<SignedMessage>(data));
    ChainMessage out{std::move(message.message), std::move(message.signature), cid, data.size()};
    return out;
  }
  ChainMessage out{TRY_IN(cid.str(), from_cbor<Message>(data)), std::nullopt, cid, data.size()};
  return out;
}

Result<MessageCids> ChainStore::message_cids(const Cid& message_meta) {
  {
    std::lock_guard lock(state_->cache_mutex);
    if (auto known = state_->message_metas.get(message_meta)) return *known;
  }
  auto meta = TRY(get_cbor<MessageMeta>(*state_->blocks, message_meta));
  MessageCids cids;
  cids.bls = TRY_IN("BLS message list", get_cid_list(state_->blocks, meta.bls_messages));
  cids.secp = TRY_IN("secp256k1 message list", get_cid_list(state_->blocks, meta.secp_messages));
  std::lock_guard lock(state_->cache_mutex);
  state_->message_metas.put(message_meta, cids);
  return cids;
}

Result<BlockMessages> ChainStore::messages_of(const BlockHeader& block) {
  auto cids = TRY(message_cids(block.messages));
  BlockMessages out{block.miner, block.election_proof ? block.election_proof->win_count : 0, {}, {}};
  for (const auto& cid : cids.bls) out.bls.push_back(TRY(message(cid)));
  for (const auto& cid : cids.secp) out.secp.push_back(TRY(message(cid)));
  return out;
}

Result<std::vector<BlockMessages>> ChainStore::execution_order(const Tipset& tipset) {
  std::vector<BlockMessages> out;
  NonceFilter filter(state_->blocks, tipset, tipset.height() >= state_->params.upgrade_hyperdrive);
  for (const auto& block : tipset.blocks()) {
    auto all = TRY_IN(block.cid().str(), messages_of(block));
    BlockMessages kept{all.miner, all.win_count, {}, {}};
    for (auto& message : all.bls) {
      if (TRY(filter.take(message.message))) kept.bls.push_back(std::move(message));
    }
    for (auto& message : all.secp) {
      if (TRY(filter.take(message.message))) kept.secp.push_back(std::move(message));
    }
    out.push_back(std::move(kept));
  }
  return out;
}

Result<std::vector<ChainMessage>> ChainStore::messages_of(const Tipset& tipset) {
  std::vector<ChainMessage> out;
  for (auto& block : TRY(execution_order(tipset))) {
    std::move(block.bls.begin(), block.bls.end(), std::back_inserter(out));
    std::move(block.secp.begin(), block.secp.end(), std::back_inserter(out));
  }
  return out;
}

Result<FullBlock> ChainStore::full_block(const BlockHeader& block) {
  auto messages = TRY(messages_of(block));
  FullBlock out{.header = block};
  for (auto& each : messages.bls) {
    if (each.signature) return fail(ErrorCode::invalid, "signed message {} among the BLS messages", each.cid.str());
    out.bls.push_back(std::move(each.message));
  }
  for (auto& each : messages.secp) {
    if (!each.signature) return fail(ErrorCode::invalid, "unsigned message {} among the signed ones", each.cid.str());
    out.secp.push_back({std::move(each.message), *std::move(each.signature)});
  }
  return out;
}

Result<Cid> ChainStore::put_receipts(std::span<const Receipt> receipts, uint32_t network_version) {
  Amt list(state_->blocks, AmtVersion::v0);
  for (size_t i = 0; i < receipts.size(); ++i) TRY(list.set(i, encode_receipt(receipts[i], network_version)));
  return list.flush();
}

Result<std::vector<Receipt>> ChainStore::receipts(const Cid& root) {
  std::vector<Receipt> out;
  TRY(for_each_in(state_->blocks, root, AmtVersion::v0, kListLimit, [&](BytesView value) -> Result<> {
    out.push_back(TRY(decode_receipt(value)));
    return {};
  }));
  return out;
}

Result<Receipt> ChainStore::receipt(const Cid& root, uint64_t index) {
  auto list = TRY(Amt::load(state_->blocks, root, AmtVersion::v0));
  auto value = TRY(list.get(index));
  if (!value) return fail(ErrorCode::not_found, "no receipt {} in {}", index, root.str());
  return decode_receipt(*value);
}

Result<std::vector<Event>> ChainStore::events(const Cid& root) {
  std::vector<Event> out;
  TRY(for_each_in(state_->blocks, root, AmtVersion::v3, kListLimit, [&](BytesView value) -> Result<> {
    out.push_back(TRY(from_cbor<Event>(value)));
    return {};
  }));
  return out;
}

Result<Cid> ChainStore::put_events(std::span<const Event> events) {
  constexpr unsigned kBitWidth = 5;
  Amt list(state_->blocks, AmtVersion::v3, kBitWidth);
  for (size_t i = 0; i < events.size(); ++i) TRY(list.set_as(i, events[i]));
  return list.flush();
}

}  // namespace nelumbo::chain
