// Sync…, Net…, NodeStatus: taking blocks in, and how the node stands.

#include "context.hpp"
#include "net/network.hpp"
#include "net_api.hpp"
#include "process_api.hpp"

namespace nelumbo::node {

namespace {

namespace full = rpc::full;

std::string time_text(int64_t seconds) {
  return seconds == 0 ? std::string(kNoTime) : rfc3339(from_unix_seconds(seconds));
}

Result<rpc::SyncState> sync_state(const Context& context) {
  rpc::SyncState out{.vm_applied = context.syncer->vm_applied()};
  for (const auto& s : context.syncer->status()) {
    out.active_syncs.push_back({.worker_id = s.worker_id,
                                .base = s.base,
                                .target = s.target,
                                .stage = static_cast<rpc::SyncStage>(s.stage),
                                .height = s.height,
                                .start = time_text(s.start),
                                .end = time_text(s.end),
                                .message = s.message});
  }
  return out;
}

/// Blocks per tipset over the last `count` epochs.
Result<double> blocks_per_epoch(Context& context, const TipsetPtr& head, ChainEpoch count) {
  uint64_t blocks = 0;
  TipsetPtr tipset = head;
  ChainEpoch end = std::max<ChainEpoch>(0, head->height() - count);
  while (tipset->height() > end) {
    blocks += tipset->blocks().size();
    tipset = TRY(context.store->parent(*tipset));
  }
  ChainEpoch epochs = head->height() - end;
  return epochs == 0 ? 0.0 : static_cast<double>(blocks) / static_cast<double>(epochs);
}

Result<rpc::NodeStatus> node_status(Context& context, bool with_chain) {
  auto head = context.head->head();
  rpc::NodeStatus out;
  out.sync_status.epoch = static_cast<uint64_t>(head->height());
  int64_t behind = context.clock->unix_seconds() - static_cast<int64_t>(head->min_timestamp());
  out.sync_status.behind =
      static_cast<uint64_t>(std::max<int64_t>(0, behind) / static_cast<int64_t>(context.params.block_delay));
  out.peer_status.peers_to_publish_msgs = out.peer_status.peers_to_publish_blocks =
      peers_to_publish_to(context.network->connections());
  if (with_chain) {
    out.chain_status.blocks_per_tipset_last_100 = TRY(blocks_per_epoch(context, head, 100));
    out.chain_status.blocks_per_tipset_last_finality = TRY(blocks_per_epoch(context, head, kChainFinality));
  }
  return out;
}

/// A checkpoint that is here is set at once; another is fetched with its chain where there are peers.
Result<> checkpoint(Context& context, const TipsetKey& key) {
  if (key.empty())
    return fail(ErrorCode::invalid, "no tipset given; a checkpoint is removed by setting the head (ChainSetHead)");
  if (context.sync) return context.sync->checkpoint(key);
  auto tipset = context.store->load_tipset(key);
  if (!tipset) return fail(tipset.error().code, "this node has no peers to fetch it from: {}", tipset.error().message);
  return context.store->set_checkpoint(*tipset);
}

Result<bool> validate_tipset(Context& context, const TipsetKey& key) {
  TRY(context.syncer->validate(*TRY(context.store->load_tipset(key))));
  return true;
}

Result<> stream_blocks(Context& context, rpc::Subscriber<full::SyncIncomingBlocks_t> out) {
  auto handle = std::make_shared<chain::Subscription>();
  *handle = context.syncer->on_accepted([out](const chain::FullBlock& block) { out.send(block.header); });
  out.on_close([handle, workers = context.workers] { workers->post([handle] { handle->reset(); }); });
  return {};
}

}  // namespace

void bind_sync(rpc::Server& server, Context& context) {
  server.bind(full::SyncState, [&] { return sync_state(context); });
  server.bind(full::SyncSubmitBlock, [&](const BlockMessage& block) -> Result<> {
    TRY(context.syncer->accept(block));
    return context.network->publish_block(block);
  });
  server.bind_stream(full::SyncIncomingBlocks,
                     [&](auto subscriber) { return stream_blocks(context, std::move(subscriber)); });
  server.bind(full::SyncMarkBad, [&](const Cid& block) -> Result<> {
    context.syncer->mark_bad(block, "marked bad over the API");
    return {};
  });
  server.bind(full::SyncUnmarkBad, [&](const Cid& block) -> Result<> {
    if (!context.syncer->unmark_bad(block))
      return fail(ErrorCode::not_found, "the block {} is not marked bad", block.str());
    return {};
  });
  server.bind(full::SyncUnmarkAllBad, [&]() -> Result<> {
    context.syncer->unmark_all_bad();
    return {};
  });
  server.bind(full::SyncCheckpoint, [&](const TipsetKey& key) { return checkpoint(context, key); });
  server.bind(full::SyncValidateTipset, [&](const TipsetKey& key) { return validate_tipset(context, key); });
  server.bind(full::SyncCheckBad,
              [&](const Cid& block) -> Result<std::string> { return context.syncer->bad_reason(block).value_or(""); });
  server.bind(full::NodeStatus, [&](bool with_chain) { return node_status(context, with_chain); });
  server.bind(full::F3IsRunning, []() -> Result<bool> { return false; });
}

}  // namespace nelumbo::node
