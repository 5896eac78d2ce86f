#include "remote_state.hpp"

#include "actors/market_sectors.hpp"
#include "actors/policy.hpp"
#include "actors/states.hpp"
#include "rpc/methods.hpp"

namespace nelumbo::cli {

namespace {

namespace full = rpc::full;

/// Reads only.
class RemoteStore : public Blockstore {
 public:
  explicit RemoteStore(rpc::Client& node) : node_(node) {}
  Result<std::optional<Bytes>> get(const Cid& cid) override {
    return std::optional(TRY(node_.call(full::ChainReadObj, cid)));
  }
  Result<bool> has(const Cid& cid) override { return node_.call(full::ChainHasObj, cid); }
  Result<> put(const Cid&, BytesView) override { return refuse(); }
  Result<> put_many(std::span<const Block>) override { return refuse(); }

 private:
  static Result<> refuse() { return fail(ErrorCode::unsupported, "a node's store is only read here"); }
  rpc::Client& node_;
};

}  // namespace

Result<std::vector<DealId>> sector_deals(rpc::Client& node, const Address& miner, SectorNumber number,
                                         const TipsetKey& at) {
  RemoteStore store(node);
  auto id = TRY(TRY(node.call(full::StateLookupID, miner, at)).id());
  auto actor = TRY(node.call(full::StateGetActor, Address::from_id(actors::kMarketActor), at));
  auto market = TRY(actors::load_market(store, actor.head));
  return actors::sector_deals(store, market.provider_sectors, id, number);
}

}  // namespace nelumbo::cli
