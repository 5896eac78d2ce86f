// The few Ethereum methods that tools ask first, and /rpc/v2.

#include "context.hpp"
#include "node/version.hpp"

namespace nelumbo::node {

namespace {

namespace full = rpc::full;

std::string hex_number(uint64_t value) { return fmt::format("0x{:x}", value); }

/// A tag of /rpc/v2: "latest", "safe" (200 epochs back) or "finalized" (900).
Result<TipsetPtr> tagged_tipset(const Context& context, const std::string& tag) {
  constexpr ChainEpoch kSafeDistance = 200;
  auto head = context.head->head();
  ChainEpoch back = 0;
  if (tag == "safe") {
    back = kSafeDistance;
  } else if (tag == "finalized") {
    back = kChainFinality;
  } else if (tag != "latest") {
    return fail(ErrorCode::invalid, "\"{}\" is no tipset tag; there are latest, safe and finalized", tag);
  }
  return context.store->tipset_at(std::max<ChainEpoch>(0, head->height() - back), head,
                                  chain::ChainStore::OnNull::previous);
}

Result<TipsetPtr> selected_tipset(const Context& context, const rpc::TipsetSelector& selector) {
  TRY(selector.check());
  if (selector.key) return context.tipset(*selector.key);
  if (selector.tag) return tagged_tipset(context, *selector.tag);
  const auto& height = *selector.height;
  TipsetPtr anchor = TRY(tagged_tipset(context, "finalized"));
  if (height.anchor && height.anchor->key) anchor = TRY(context.tipset(*height.anchor->key));
  if (height.anchor && height.anchor->tag) anchor = TRY(tagged_tipset(context, *height.anchor->tag));
  auto found = TRY(context.store->tipset_at(*height.at, anchor, chain::ChainStore::OnNull::previous));
  if (found->height() != *height.at && !height.previous) return TipsetPtr();
  return found;
}

}  // namespace

void bind_eth(rpc::Server& server, Context& context) {
  auto chain_id = [&]() -> Result<std::string> { return hex_number(context.params.eth_chain_id); };
  auto net_version = [&]() -> Result<std::string> { return std::to_string(context.params.eth_chain_id); };
  auto listening = []() -> Result<bool> { return true; };
  auto client = [&]() -> Result<std::string> { return user_version(context.params.name); };
  server.bind(full::EthChainId, chain_id, rpc::Run::inline_);
  server.bind(full::EthBlockNumber, [&]() -> Result<std::string> {
    auto head = context.head->head();
    if (head->height() == 0) return hex_number(0);
    // The newest tipset whose messages are executed: the head's parent.
    return hex_number(static_cast<uint64_t>(TRY(context.store->parent(*head))->height()));
  });
  server.bind(full::NetVersion, net_version, rpc::Run::inline_);
  server.bind(full::NetListening, listening, rpc::Run::inline_);
  server.bind(full::Web3ClientVersion, client, rpc::Run::inline_);
  server.bind(rpc::v2::EthChainId, chain_id, rpc::Run::inline_);
  server.bind(rpc::v2::NetVersion, net_version, rpc::Run::inline_);
  server.bind(rpc::v2::NetListening, listening, rpc::Run::inline_);
  server.bind(rpc::v2::Web3ClientVersion, client, rpc::Run::inline_);
  alias_eth(server);
}

void alias_eth(rpc::Server& server) {
  server.alias("eth_chainId", full::EthChainId.info);
  server.alias("eth_blockNumber", full::EthBlockNumber.info);
  server.alias("net_version", full::NetVersion.info);
  server.alias("net_listening", full::NetListening.info);
  server.alias("web3_clientVersion", full::Web3ClientVersion.info);
}

void bind_v2(rpc::Server& server, Context& context) {
  server.bind(rpc::v2::ChainGetTipSet,
              [&](const rpc::TipsetSelector& selector) { return selected_tipset(context, selector); });
  server.bind(rpc::v2::StateGetActor,
              [&](const Address& address, const rpc::TipsetSelector& selector) -> Result<Actor> {
                auto tipset = TRY(selected_tipset(context, selector));
                if (!tipset) return fail(ErrorCode::not_found, "no block was made at that epoch");
                auto actor = TRY(context.states->actor(address, *tipset));
                if (!actor)
                  return fail(ErrorCode::not_found, "resolution lookup failed ({}): actor not found", address.str());
                return *std::move(actor);
              });
  server.bind(rpc::v2::StateGetID, [&](const Address& address, const rpc::TipsetSelector& selector) -> Result<Address> {
    auto tipset = TRY(selected_tipset(context, selector));
    if (!tipset) return fail(ErrorCode::not_found, "no block was made at that epoch");
    return context.states->lookup_id(address, *tipset);
  });
  server.bind(rpc::v2::ChainGetTipSetFinalityStatus, [&]() -> Result<rpc::FinalityStatus> {
    auto finalized = TRY(tagged_tipset(context, "finalized"));
    return rpc::FinalityStatus{.ec_finality_threshold_depth = kChainFinality,
                               .ec_finalized_tipset = finalized,
                               .finalized_tipset = finalized,
                               .head = context.head->head()};
  });
  server.bind(rpc::v2::Discover,
              [&server]() -> Result<rpc::RawJson> { return rpc::RawJson(server.open_rpc(rpc::Endpoint::v2)); });
}

}  // namespace nelumbo::node
