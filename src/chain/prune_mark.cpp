#include "prune_mark.hpp"

#include "codec/varint.hpp"

namespace nelumbo::chain {

namespace {

constexpr uint64_t kTellEvery = 4096;    ///< blocks
constexpr double kHeadStateShare = 0.5;  ///< of the time that marking takes, for the estimate of how far it is

/// A multihash's digest; empty for what is none.
BytesView digest_of(BytesView multihash) {
  size_t at = 0;
  if (!read_uvarint(multihash, at) || !read_uvarint(multihash, at)) return {};
  return multihash.subspan(at);
}

ChainEpoch at_least(ChainEpoch wanted, ChainEpoch least) { return std::max(wanted, least); }

}  // namespace

double part_of_keys(BytesView multihash) {
  auto digest = digest_of(multihash);
  return digest.size() < 2 ? 0 : (digest[0] * 256 + digest[1]) / 65536.0;
}

PruneMark::PruneMark(StateManager& states, PrunableBlockstore& store, const PruneOptions& options)
    : states_(states),
      store_(store),
      options_(options),
      keep_states_(at_least(options.keep_states, options.finality)),
      keep_messages_(at_least(options.keep_messages, keep_states_)),
      walk_(*store.below(), marked_) {}

bool PruneMark::stays(BytesView multihash) const {
  const auto digest = digest_of(multihash);
  if (digest.empty()) return true;  // nothing that this code has written
  for (uint64_t codec : {multicodec::kDagCbor, multicodec::kRaw, kPlainCbor}) {
    if (marked_.contains(CidSet::key_of(digest, codec))) return true;
  }
  return false;
}

Result<> PruneMark::tell(std::string_view step, double part) {
  if (options_.stopped && options_.stopped()) return fail(ErrorCode::cancelled, "the prune was stopped");
  part_ = part;
  if (options_.progress) options_.progress(step, part);
  return {};
}

Result<> PruneMark::run() {
  auto& chain = states_.store();
  auto head = chain.heaviest();
  if (!head) return fail(ErrorCode::not_found, "the chain has no head yet");
  finality_ = head->height() - options_.finality;
  TRY(mark_chain(head));
  for (const auto& root : options_.keep) TRY(below(root, Missing::leave_out));
  TRY(mark_computed());
  return mark_recent_headers();
}

Result<> PruneMark::below(const Cid& root, Missing missing) {
  return walk_.walk(root, missing, [this](const Cid&, BytesView) -> Result<> {
    if (++looked_at_ % kTellEvery != 0) return {};
    return tell("marking", in_head_state_ ? kHeadStateShare * walk_.done() : part_);
  });
}

Result<> PruneMark::mark_chain(const TipsetPtr& head) {
  std::vector<Cid> cids = head->cids();
  // The line of headers; read past the chain's cache, which would only be emptied by them.
  while (!cids.empty()) {
    std::vector<Cid> parents;
    for (const auto& cid : cids) {
      marked_.insert(cid);
      auto block = TRY(get_cbor<BlockHeader>(*store_.below(), cid));
      TRY_IN(fmt::format("epoch {}", block.height), mark_block(block, head->height(), head->contains(cid)));
      if (block.height > 0) parents = block.parents;
      if (++looked_at_ % 64 == 0) {
        TRY(tell("marking", state_part(head->height(), block.height)));
      }
    }
    cids = std::move(parents);
  }
  return {};
}

/// How far the recent states are done, the first of which is most of the work.
double PruneMark::state_part(ChainEpoch head, ChainEpoch at) const {
  const auto all = static_cast<double>(std::min(keep_states_, std::max<ChainEpoch>(1, head)));
  return kHeadStateShare + (0.8 - kHeadStateShare) * std::min(1.0, static_cast<double>(head - at) / all);
}

Result<> PruneMark::mark_block(const BlockHeader& block, ChainEpoch head, bool is_head) {
  if (is_head || block.height == 0) {
    in_head_state_ = is_head;
    TRY(below(block.parent_state_root, Missing::error));
    in_head_state_ = false;
  } else if (block.height > head - keep_states_) {
    TRY(below(block.parent_state_root, Missing::leave_out));
  }
  if (block.height > head - keep_states_) TRY(below(block.parent_message_receipts, Missing::leave_out));
  if (block.height == 0 || head - block.height < keep_messages_) TRY(below(block.messages, Missing::leave_out));
  if (block.height == 0) {
    for (const auto& parent : block.parents) TRY(below(parent, Missing::leave_out));
  }
  return {};
}

/// Results that no header names yet: of the head itself, and of forks.
Result<> PruneMark::mark_computed() {
  for (const auto& [key, state] : states_.settled()) {
    auto tipset = states_.store().load_tipset(key);
    if (!tipset || (*tipset)->height() <= finality_) continue;
    TRY(below(state.state_root, Missing::leave_out));
    TRY(below(state.receipts_root, Missing::leave_out));
  }
  return {};
}

/// Headers of forks, and of chains that are being fetched, lie in the store without a way from the head to them.
Result<> PruneMark::mark_recent_headers() {
  constexpr uint8_t kArrayOf16 = 0x90;  // a header has 16 fields
  std::vector<std::pair<Cid, BlockHeader>> found;
  Result<> told;
  TRY(store_.kv().scan(store_.space(), {}, [&](BytesView key, BytesView value) {
    if (++looked_at_ % kTellEvery == 0) told = tell("marking", 0.8 + 0.2 * part_of_keys(key));
    if (!told) return false;
    if (value.empty() || value[0] != kArrayOf16) return true;
    auto block = from_cbor<BlockHeader>(value);
    if (block && block->height > finality_) found.emplace_back(Cid::of(value), *std::move(block));
    return true;
  }));
  TRY(std::move(told));
  for (const auto& [cid, block] : found) {
    marked_.insert(cid);
    TRY(below(block.messages, Missing::leave_out));
    TRY(below(block.parent_state_root, Missing::leave_out));
    TRY(below(block.parent_message_receipts, Missing::leave_out));
  }
  return {};
}

}  // namespace nelumbo::chain
