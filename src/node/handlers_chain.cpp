// Chain…: reading the chain, following its head.

#include <set>

#include "cached_answer.hpp"

namespace nelumbo::node {

namespace {

namespace full = rpc::full;

/// Objects that one ChainStatObj may visit.
constexpr size_t kMaxStatObjects = 10'000'000;

std::vector<rpc::ApiMessage> api_messages(std::vector<chain::ChainMessage> messages) {
  std::vector<rpc::ApiMessage> out;
  out.reserve(messages.size());
  for (auto& each : messages) out.push_back({each.cid, std::move(each.message)});
  return out;
}

Result<rpc::BlockMessages> block_messages(Context& context, const Cid& cid) {
  auto block = TRY(context.store->load_block(cid));
  auto cids = TRY(context.store->message_cids(block.messages));
  auto full = TRY(context.store->full_block(block));
  rpc::BlockMessages out{std::move(full.bls), std::move(full.secp), std::move(cids.bls)};
  out.cids.insert(out.cids.end(), cids.secp.begin(), cids.secp.end());
  return out;
}

Result<std::vector<Receipt>> parent_receipts(Context& context, const Cid& cid) {
  auto block = TRY(context.store->load_block(cid));
  if (block.height == 0) return std::vector<Receipt>();
  return context.store->receipts(block.parent_message_receipts);
}

Result<std::vector<rpc::ApiMessage>> parent_messages(Context& context, const Cid& cid) {
  auto block = TRY(context.store->load_block(cid));
  if (block.height == 0) return std::vector<rpc::ApiMessage>();
  auto parents = TRY(context.store->load_tipset(TipsetKey{block.parents}));
  return api_messages(TRY(context.store->messages_of(*parents)));
}

/// Bytes and links below a CID that are not below another.
class ObjectWalk {
 public:
  explicit ObjectWalk(Blockstore& store) : store_(store) {}

  Result<rpc::ObjStat> walk(const Cid& root) {
    rpc::ObjStat stat;
    std::vector<Cid> open{root};
    while (!open.empty()) {
      Cid cid = open.back();
      open.pop_back();
      if (cid.codec() != multicodec::kDagCbor && cid.codec() != multicodec::kRaw) continue;
      if (!seen_.insert(cid).second) continue;
      if (seen_.size() > kMaxStatObjects)
        return fail(ErrorCode::exhausted, "more than {} objects below {}", kMaxStatObjects, root.str());
      auto data = TRY(get_block(store_, cid));
      stat.size += data.size();
      if (cid.codec() != multicodec::kDagCbor) continue;
      TRY(for_each_link(data, [&](const Cid& link) -> Result<> {
        ++stat.links;
        open.push_back(link);
        return {};
      }));
    }
    return stat;
  }

 private:
  Blockstore& store_;
  std::set<Cid> seen_;
};

Result<rpc::ObjStat> stat_object(Context& context, const Cid& cid, const Cid& base) {
  ObjectWalk walk(*context.store->blocks());
  if (base) TRY(walk.walk(base));
  return walk.walk(cid);
}

void bind_reading(rpc::Server& server, Context& context) {
  server.bind(full::ChainGetBlock, [&](const Cid& cid) { return context.store->load_block(cid); });
  server.bind(full::ChainGetBlockMessages, [&](const Cid& cid) { return block_messages(context, cid); });
  server.bind(full::ChainGetParentReceipts, [&](const Cid& cid) { return parent_receipts(context, cid); });
  server.bind(full::ChainGetParentMessages, [&](const Cid& cid) { return parent_messages(context, cid); });
  server.bind(full::ChainGetMessagesInTipset, [&](const TipsetKey& key) -> Result<std::vector<rpc::ApiMessage>> {
    auto tipset = TRY(context.tipset(key));
    if (tipset->height() == 0) return std::vector<rpc::ApiMessage>();
    return api_messages(TRY(context.store->messages_of(*tipset)));
  });
  server.bind(full::ChainGetMessage,
              [&](const Cid& cid) -> Result<Message> { return TRY(context.store->message(cid)).message; });
  server.bind(full::ChainGetEvents, [&](const Cid& root) { return context.store->events(root); });
  server.bind(full::ChainReadObj, [&](const Cid& cid) { return get_block(*context.store->blocks(), cid); });
  server.bind(full::ChainHasObj, [&](const Cid& cid) { return context.store->blocks()->has(cid); });
  server.bind(full::ChainPutObj, [&](const Bytes& data) { return context.store->blocks()->put(Cid::of(data), data); });
  server.bind(full::ChainStatObj, [&](const Cid& cid, const Cid& base) { return stat_object(context, cid, base); });
}

void bind_tipsets(rpc::Server& server, Context& context) {
  using OnNull = chain::ChainStore::OnNull;
  server.bind(
      full::ChainHead, [&]() -> Result<rpc::RawJson> { return context.head->head_json(); }, rpc::Run::inline_);
  server.bind_stream(full::ChainNotify, [&](auto subscriber) -> Result<> {
    context.head->add(std::move(subscriber));
    return {};
  });
  bind_cached(server, context, full::ChainGetTipSet,
              [](const TipsetPtr& tipset) -> Result<TipsetPtr> { return tipset; });
  server.bind(full::ChainGetTipSetByHeight, [&](ChainEpoch height, const TipsetKey& key) -> Result<TipsetPtr> {
    return context.store->tipset_at(height, TRY(context.tipset(key)), OnNull::previous);
  });
  server.bind(full::ChainGetTipSetAfterHeight, [&](ChainEpoch height, const TipsetKey& key) -> Result<TipsetPtr> {
    return context.store->tipset_at(height, TRY(context.tipset(key)), OnNull::next);
  });
  server.bind(full::ChainGetFinalizedTipSet, [&]() -> Result<TipsetPtr> {
    auto head = context.store->heaviest();
    return context.store->tipset_at(std::max<ChainEpoch>(0, head->height() - kChainFinality), head, OnNull::previous);
  });
  server.bind(full::ChainGetGenesis, [&] { return context.store->genesis(); });
  server.bind(full::ChainTipSetWeight,
              [&](const TipsetKey& key) -> Result<BigInt> { return context.store->weight(*TRY(context.tipset(key))); });
  server.bind(full::ChainSetHead, [&](const TipsetKey& key) -> Result<> {
    if (key.empty()) return fail(ErrorCode::invalid, "name the tipset that is to be the head");
    return context.store->set_head(TRY(context.store->load_tipset(key)));
  });
  server.bind(full::ChainGetPath,
              [&](const TipsetKey& from, const TipsetKey& to) -> Result<std::vector<rpc::HeadChange>> {
                auto first = TRY(context.tipset(from));
                auto last = TRY(context.tipset(to));
                std::vector<rpc::HeadChange> out;
                for (const auto& step : TRY(context.store->path(first, last))) out.push_back(api_head_change(step));
                return out;
              });
}

}  // namespace

Result<TipsetPtr> Context::tipset(const TipsetKey& key) const { return store->tipset_from_key(key); }

void bind_chain(rpc::Server& server, Context& context) {
  bind_reading(server, context);
  bind_tipsets(server, context);
}

}  // namespace nelumbo::node
