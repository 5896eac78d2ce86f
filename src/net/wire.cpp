#include "net/wire.hpp"

#include <map>

#include "chain/message_meta.hpp"
#include "chain/validation.hpp"

namespace nelumbo::net {

namespace {

/// Messages of one kind in a tipset: fifteen blocks that are full (lotus's limit on the wire).
constexpr uint64_t kMaxTipsetMessages = 150'000;
/// Memory of a tipset's messages, counted again for each block: more than gas pays for in fifteen full blocks.
constexpr size_t kMaxTipsetMessageBytes = 256 << 20;

Result<> check_includes(const std::vector<std::vector<uint64_t>>& includes, size_t messages, std::string_view kind) {
  if (includes.size() > kMaxTipsetBlocks)
    return fail(ErrorCode::exhausted, "{} messages of {} blocks in one tipset", kind, includes.size());
  for (const auto& block : includes) {
    if (block.size() > chain::kMaxBlockMessages)
      return fail(ErrorCode::exhausted, "{} {} messages in one block", block.size(), kind);
    for (uint64_t place : block) {
      if (place >= messages)
        return fail(ErrorCode::invalid, "a block has {} message {} of {} in the tipset", kind, place, messages);
    }
  }
  return {};
}

/// The root of a block without messages, which most blocks of a quiet network have.
const Cid& empty_root() {
  static const Cid root = must(chain::write_message_meta(make_memory_blockstore(), {}, {}));
  return root;
}

Result<Cid> message_root(const std::vector<Cid>& bls, const std::vector<Cid>& secp) {
  if (bls.empty() && secp.empty()) return empty_root();
  return chain::write_message_meta(make_memory_blockstore(), bls, secp);
}

/// A message's name in a block, and the memory that naming it once more takes.
struct Named {
  Cid cid;
  size_t size = 0;
};

Named name_of(const Message& message) { return {message.cid(), sizeof message + message.params.size()}; }
Named name_of(const SignedMessage& message) { return {message.cid(), sizeof message + message.message.params.size()}; }

template <class M>
std::vector<Named> names_of(const std::vector<M>& messages) {
  std::vector<Named> out;
  out.reserve(messages.size());
  for (const auto& message : messages) out.push_back(name_of(message));
  return out;
}

/// Puts a block's messages into the tipset's list and gives their places.
template <class M>
std::vector<uint64_t> add_messages(std::vector<M>& all, std::map<Cid, uint64_t>& places, const std::vector<M>& block) {
  std::vector<uint64_t> out;
  for (const auto& message : block) {
    auto [at, fresh] = places.try_emplace(message.cid(), all.size());
    if (fresh) all.push_back(message);
    out.push_back(at->second);
  }
  return out;
}

/// The CIDs of one block's messages of one kind. `left` bounds what a few messages named often can grow to.
Result<std::vector<Cid>> named_cids(const std::vector<uint64_t>& places, const std::vector<Named>& names,
                                    size_t& left) {
  std::vector<Cid> cids;
  cids.reserve(places.size());
  for (uint64_t place : places) {
    if (names[place].size > left)
      return fail(ErrorCode::exhausted, "the messages of one tipset take more than {} bytes", kMaxTipsetMessageBytes);
    left -= names[place].size;
    cids.push_back(names[place].cid);
  }
  return cids;
}

template <class M>
std::vector<M> take_messages(const std::vector<uint64_t>& places, const std::vector<M>& all) {
  std::vector<M> out;
  out.reserve(places.size());
  for (uint64_t place : places) out.push_back(all[place]);
  return out;
}

}  // namespace

Result<Hello> decode_hello(BytesView data) { return from_cbor<Hello>(data, {.max_items = kMaxTipsetBlocks}); }

Result<HelloAnswer> decode_hello_answer(BytesView data) { return from_cbor<HelloAnswer>(data); }

Result<ExchangeRequest> decode_exchange_request(BytesView data) {
  auto request = TRY(from_cbor<ExchangeRequest>(data, {.max_items = kMaxTipsetBlocks}));
  if (request.head.empty()) return fail(ErrorCode::invalid, "no CIDs in the request");
  if (request.length == 0) return fail(ErrorCode::invalid, "a request of length zero");
  if (request.length > kMaxExchangeLength)
    return fail(ErrorCode::invalid, "a request of length {}, allowed {}", request.length, kMaxExchangeLength);
  if ((request.options & (exchange_option::kHeaders | exchange_option::kMessages)) == 0)
    return fail(ErrorCode::invalid, "no options set");
  return request;
}

Result<ExchangeResponse> decode_exchange_response(BytesView data, size_t max_tipsets) {
  return from_cbor<ExchangeResponse>(data, {.max_items = std::max<size_t>(max_tipsets, field_count<ExchangeResponse>)});
}

Result<ExchangeTipset> decode_exchange_tipset(BytesView data) {
  auto tipset = TRY(from_cbor<ExchangeTipset>(data, {.max_items = kMaxTipsetMessages}));
  if (tipset.blocks.size() > kMaxTipsetBlocks)
    return fail(ErrorCode::exhausted, "{} blocks in one tipset", tipset.blocks.size());
  if (!tipset.messages) return tipset;
  TRY(check_includes(tipset.messages->bls_includes, tipset.messages->bls.size(), "BLS"));
  TRY(check_includes(tipset.messages->secp_includes, tipset.messages->secp.size(), "secp256k1"));
  return tipset;
}

CompactedMessages compact(const std::vector<chain::FullBlock>& blocks) {
  CompactedMessages out;
  std::map<Cid, uint64_t> bls, secp;
  for (const auto& block : blocks) {
    out.bls_includes.push_back(add_messages(out.bls, bls, block.bls));
    out.secp_includes.push_back(add_messages(out.secp, secp, block.secp));
  }
  return out;
}

Result<std::vector<chain::FullBlock>> expand(const Tipset& tipset, const CompactedMessages& messages) {
  const size_t count = tipset.blocks().size();
  if (messages.bls_includes.size() != count || messages.secp_includes.size() != count) {
    return fail(ErrorCode::invalid, "messages of {} and {} blocks for a tipset of {}", messages.bls_includes.size(),
                messages.secp_includes.size(), count);
  }
  TRY(check_includes(messages.bls_includes, messages.bls.size(), "BLS"));
  TRY(check_includes(messages.secp_includes, messages.secp.size(), "secp256k1"));
  const auto bls_names = names_of(messages.bls), secp_names = names_of(messages.secp);
  size_t left = kMaxTipsetMessageBytes;
  std::vector<chain::FullBlock> out;
  for (size_t i = 0; i < count; ++i) {
    const auto& header = tipset.blocks()[i];
    auto bls = TRY(named_cids(messages.bls_includes[i], bls_names, left));
    auto secp = TRY(named_cids(messages.secp_includes[i], secp_names, left));
    auto root = TRY(message_root(bls, secp));
    if (root != header.messages) {
      return fail(ErrorCode::invalid, "the messages of block {} have root {}, its header says {}",
                  tipset.cids()[i].str(), root.str(), header.messages.str());
    }
    out.push_back({header, take_messages(messages.bls_includes[i], messages.bls),
                   take_messages(messages.secp_includes[i], messages.secp)});
  }
  return out;
}

std::string blocks_topic(std::string_view network) { return fmt::format("/fil/blocks/{}", network); }
std::string messages_topic(std::string_view network) { return fmt::format("/fil/msgs/{}", network); }

}  // namespace nelumbo::net
