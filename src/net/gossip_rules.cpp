#include "gossip_rules.hpp"

#include <set>

#include "chain/message_meta.hpp"
#include "chain/validation.hpp"

namespace nelumbo::net {

namespace {

using p2p::Verdict;

/// Epochs that a block may be ahead of the clock (lotus MaxHeightDrift).
constexpr ChainEpoch kHeightDrift = 5;
/// A head this old cannot say who may mine now (lotus: six hours).
constexpr int64_t kNearSyncedSeconds = 6 * 3600;
/// Different blocks of one miner for one epoch that are looked at: one is right, two are a fault that others should
/// hear of, more are a flood.
constexpr uint64_t kBlocksPerMinerAndEpoch = 4;

template <class... Args>
Judgement reject(fmt::format_string<Args...> format, Args&&... args) {
  return {Verdict::reject, fmt::format(format, std::forward<Args>(args)...)};
}
template <class... Args>
Judgement ignore(fmt::format_string<Args...> format, Args&&... args) {
  return {Verdict::ignore, fmt::format(format, std::forward<Args>(args)...)};
}

bool is_message_cid(const Cid& cid) {
  return cid.version() == 1 && cid.codec() == multicodec::kDagCbor && cid.hash_code() == multihash::kBlake2b256;
}

/// What a block must have to be looked at. Other nodes pass on some of what full validation refuses; that is ignored
/// here, so that its forwarders are not blamed.
Judgement check_parts(const BlockMessage& block) {
  const auto& header = block.header;
  const size_t count = block.bls_messages.size() + block.secp_messages.size();
  if (count > chain::kMaxBlockMessages) return reject("{} messages, allowed {}", count, chain::kMaxBlockMessages);
  if (!header.block_sig) return reject("no block signature");
  if (!header.election_proof) return reject("no election proof");
  if (header.election_proof->win_count < 1) return reject("win count {}", header.election_proof->win_count);
  if (!header.ticket) return ignore("no ticket");
  if (!header.bls_aggregate) return ignore("no aggregate of BLS signatures");
  if (!header.miner.is_id()) return ignore("miner {} is not an ID address", header.miner.str());
  if (header.parents.empty() || header.parents.size() > kMaxTipsetBlocks)
    return ignore("{} parents", header.parents.size());
  return {};
}

}  // namespace

bool BlockRules::near_synced() const {
  auto head = store_.heaviest();
  return head && clock_->unix_seconds() - static_cast<int64_t>(head->min_timestamp()) < kNearSyncedSeconds;
}

Judgement BlockRules::check_place(const BlockMessage& block) const {
  const auto& header = block.header;
  auto head = store_.heaviest();
  auto genesis = store_.genesis();
  if (!head || !genesis) return ignore("there is no chain yet");
  if (header.height < head->height() - kChainFinality)
    return ignore("epoch {} is older than finality; the head is at {}", header.height, head->height());
  const auto start = static_cast<int64_t>((*genesis)->min_timestamp());
  const auto delay = static_cast<int64_t>(store_.params().block_delay);
  const ChainEpoch now = (clock_->unix_seconds() - start) / delay;
  if (header.height > now + kHeightDrift) return ignore("epoch {} is in the future; it is {}", header.height, now);
  const int64_t expected = start + header.height * delay;
  if (static_cast<int64_t>(header.timestamp) != expected)
    return ignore("timestamp {}, epoch {} begins at {}", header.timestamp, header.height, expected);
  return {};
}

Judgement BlockRules::check_messages(const BlockMessage& block) const {
  auto root = chain::write_message_meta(make_memory_blockstore(), block.bls_messages, block.secp_messages);
  if (!root) return ignore("message root: {}", root.error().message);
  if (*root != block.header.messages)
    return reject("its messages have root {}, the header says {}", root->str(), block.header.messages.str());
  for (const auto* list : {&block.bls_messages, &block.secp_messages}) {
    for (const auto& cid : *list) {
      if (!is_message_cid(cid)) return ignore("{} is no message's CID", cid.str());
    }
    if (std::set<Cid>(list->begin(), list->end()).size() != list->size()) return ignore("a message is in it twice");
  }
  return {};
}

Judgement BlockRules::check_miner(const BlockHeader& header) const {
  auto key = worker_of_(header);
  if (!key) {
    const bool its_fault = key.error().code == ErrorCode::permission && near_synced();
    return its_fault ? reject("{}", key.error().message) : ignore("{}", key.error().message);
  }
  if (auto good = verify(*header.block_sig, *key, header.signing_bytes()); !good)
    return reject("block signature: {}", good.error().message);
  return {};
}

Judgement BlockRules::check_new(const BlockHeader& header, const Cid& cid) {
  std::lock_guard lock(mutex_);
  if (seen_.get(cid)) return ignore("seen before");
  const auto place = fmt::format("{} {}", header.miner.str(), header.height);
  const uint64_t count = signed_.get(place).value_or(0);
  if (count >= kBlocksPerMinerAndEpoch)
    return ignore("miner {} has signed {} blocks of epoch {}", header.miner.str(), count, header.height);
  seen_.put(cid, true);
  signed_.put(place, count + 1);
  return {};
}

Judgement BlockRules::judge(BytesView data, BlockMessage& block) {
  auto decoded = from_cbor<BlockMessage>(data, {.max_items = chain::kMaxBlockMessages});
  if (!decoded) return reject("no block: {}", decoded.error().message);
  block = *std::move(decoded);
  const Cid cid = block.header.cid();
  {
    std::lock_guard lock(mutex_);
    if (seen_.contains(cid)) return ignore("seen before");
  }
  auto judgement = check_parts(block);
  if (judgement.verdict == Verdict::accept) judgement = check_place(block);
  if (judgement.verdict == Verdict::accept) judgement = check_messages(block);
  if (judgement.verdict == Verdict::accept) judgement = check_miner(block.header);
  if (judgement.verdict == Verdict::accept) judgement = check_new(block.header, cid);
  return judgement;
}

p2p::Verdict verdict_of(pool::Refusal refusal) {
  switch (refusal) {
    case pool::Refusal::too_big:
    case pool::Refusal::invalid:
      return Verdict::reject;
    case pool::Refusal::none:
    case pool::Refusal::nonce_too_low:
    case pool::Refusal::fee_cap_too_low:
    case pool::Refusal::not_enough_funds:
    case pool::Refusal::soft:
    case pool::Refusal::premium_too_low:
    case pool::Refusal::too_many:
    case pool::Refusal::nonce_gap:
    case pool::Refusal::known:
      return Verdict::ignore;
  }
  return Verdict::ignore;
}

Judgement judge_message(BytesView data, const std::function<Result<>(const SignedMessage&, pool::Refusal&)>& add) {
  if (data.size() > pool::kMaxMessageSize) return reject("message of {} bytes", data.size());
  auto message = from_cbor<SignedMessage>(data, {.max_bytes = pool::kMaxMessageSize});
  if (!message) return reject("no message: {}", message.error().message);
  auto refusal = pool::Refusal::none;
  auto added = add(*message, refusal);
  if (added) return {};
  return {verdict_of(refusal), std::move(added).error().message};
}

}  // namespace nelumbo::net
