// MinerGetBaseInfo, MinerCreateBlock: what a miner needs to make a block.

#include "chain/block_builder.hpp"
#include "context.hpp"

namespace nelumbo::node {

namespace {

namespace full = rpc::full;

rpc::MiningBaseInfo api_base_info(const chain::MiningBaseInfo& info) {
  rpc::MiningBaseInfo out{.miner_power = info.miner_power,
                          .network_power = info.network_power,
                          .worker_key = info.worker_key,
                          .sector_size = info.sector_size,
                          .prev_beacon_entry = info.previous_beacon_entry,
                          .beacon_entries = info.beacon_entries,
                          .eligible_for_mining = info.eligible};
  for (const auto& each : info.sectors) {
    out.sectors.push_back({each.info.seal_proof, each.info.number, each.sector_key, each.info.sealed_cid});
  }
  return out;
}

Result<std::optional<rpc::MiningBaseInfo>> base_info(Context& context, const Address& miner, ChainEpoch epoch,
                                                     const TipsetKey& key) {
  auto info = TRY(context.states->mining_base_info(TRY(context.tipset(key)), epoch, miner));
  if (!info) return std::optional<rpc::MiningBaseInfo>();
  return api_base_info(*info);
}

Result<BlockMessage> create_block(Context& context, const rpc::BlockTemplate& from) {
  if (!from.ticket || !from.eproof) return fail(ErrorCode::invalid, "a block needs a ticket and an election proof");
  chain::BlockTemplate block{.miner = from.miner,
                             .parents = from.parents,
                             .ticket = *from.ticket,
                             .election_proof = *from.eproof,
                             .beacon_entries = from.beacon_values,
                             .messages = from.messages,
                             .epoch = from.epoch,
                             .timestamp = from.timestamp,
                             .winning_post = from.winning_post_proof};
  auto made = TRY_IN("making the block", chain::build_block(*context.states, block));
  made.block.header.block_sig = TRY_IN("signing the block", context.wallet->sign(made.worker_key, made.to_sign));
  return made.block.block_message();
}

}  // namespace

void bind_mining(rpc::Server& server, Context& context) {
  server.bind(full::MinerGetBaseInfo, [&](const Address& miner, ChainEpoch epoch, const TipsetKey& key) {
    return base_info(context, miner, epoch, key);
  });
  server.bind(full::MinerCreateBlock, [&](const rpc::BlockTemplate& block) { return create_block(context, block); });
}

}  // namespace nelumbo::node
