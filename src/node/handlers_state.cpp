// State…: networks, actors, supply and randomness.

#include "actors/state_json.hpp"
#include "actors/states.hpp"
#include "cached_answer.hpp"
#include "chain/beacon.hpp"
#include "chain/randomness.hpp"

namespace nelumbo::node {

namespace {

namespace full = rpc::full;

Result<Actor> actor_at(Context& context, const TipsetPtr& tipset, const Address& address) {
  auto actor = TRY(context.states->actor(address, *tipset));
  if (!actor) return fail(ErrorCode::not_found, "resolution lookup failed ({}): actor not found", address.str());
  return *std::move(actor);
}

/// The head of one of the singletons, in the tipset's parent state.
template <class Load>
auto singleton(Context& context, const TipsetPtr& tipset, ActorId id, Load load)
    -> decltype(load(*context.store->blocks(), Cid())) {
  auto actor = TRY(actor_at(context, tipset, Address::from_id(id)));
  return load(*context.store->blocks(), actor.head);
}

Result<rpc::ActorState> read_state(Context& context, const TipsetPtr& tipset, const Address& address) {
  auto actor = TRY(actor_at(context, tipset, address));
  auto code = context.code(actor.code);
  if (!code) return fail(ErrorCode::unsupported, "the actor's code {} is of no known bundle", actor.code.str());
  auto json = TRY(actors::read_state_json(*context.store->blocks(), *code, actor.head));
  return rpc::ActorState{actor.balance, actor.code, rpc::RawJson(json.dump())};
}

Result<std::vector<Address>> list_actors(Context& context, const TipsetPtr& tipset) {
  auto tree = TRY(context.states->parent_state(*tipset));
  std::vector<Address> out;
  TRY(tree.for_each([&](ActorId id, const Actor&) -> Result<> {
    out.push_back(Address::from_id(id));
    return {};
  }));
  return out;
}

Result<std::vector<Address>> list_miners(Context& context, const TipsetPtr& tipset) {
  auto power = TRY(singleton(context, tipset, actors::kPowerActor, actors::load_power));
  std::vector<Address> out;
  TRY(actors::for_each_claim(context.store->blocks(), power,
                             [&](const Address& miner, const actors::PowerClaim&) -> Result<> {
                               out.push_back(miner);
                               return {};
                             }));
  return out;
}

/// The f1, f3 or f4 address of an ID, else its f2 address from the init actor's map.
Result<Address> robust_address(Context& context, const TipsetPtr& tipset, const Address& address) {
  auto key = context.states->key_address(address, tipset);
  if (key && !key->is_id()) return key;
  auto id_address = TRY(context.states->lookup_id(address, *tipset));
  ActorId id = TRY(id_address.id());
  auto init = TRY(singleton(context, tipset, actors::kInitActor, actors::load_init));
  std::optional<Address> found;
  TRY(actors::for_each_address(context.store->blocks(), init, [&](const Address& robust, ActorId each) -> Result<> {
    if (each == id) found = robust;
    return {};
  }));
  if (!found) return fail(ErrorCode::not_found, "{} has no other address", id_address.str());
  return *found;
}

Result<std::map<std::string, Actor>> changed_actors(Context& context, const Cid& old_root, const Cid& new_root) {
  auto before = TRY(context.states->state(old_root));
  auto after = TRY(context.states->state(new_root));
  std::map<std::string, Actor> out;
  TRY(after.for_each([&](ActorId id, const Actor& actor) -> Result<> {
    auto old = TRY(before.get(id));
    if (!old || *old != actor) out[Address::from_id(id).str()] = actor;
    return {};
  }));
  return out;
}

rpc::CirculatingSupply api_supply(const chain::CirculatingSupply& supply) {
  return {supply.vested, supply.mined, supply.burnt, supply.locked, supply.circulating, supply.reserve_disbursed};
}

rpc::ApiNetworkParams network_parameters(const Context& context) {
  const NetworkParams& p = context.params;
  rpc::ApiNetworkParams out{.network_name = p.network_name,
                            .block_delay_secs = p.block_delay,
                            .consensus_miner_min_power = p.min_consensus_power,
                            .pre_commit_challenge_delay = p.pre_commit_challenge_delay,
                            .eip155_chain_id = static_cast<int64_t>(p.eth_chain_id)};
  for (const auto& upgrade : p.upgrades)
    out.fork_upgrade_params[fmt::format("NetworkVersion{}", upgrade.network_version)] = upgrade.epoch;
  if (auto genesis = context.store->genesis()) out.genesis_timestamp = (*genesis)->min_timestamp();
  return out;
}

void bind_network(rpc::Server& server, Context& context) {
  server.bind(full::StateNetworkName, [&]() -> Result<std::string> { return context.params.network_name; });
  server.bind(full::StateNetworkVersion, [&](const TipsetKey& key) -> Result<uint32_t> {
    return context.params.network_version_at(TRY(context.tipset(key))->height());
  });
  server.bind(full::StateGetNetworkParams,
              [&]() -> Result<rpc::ApiNetworkParams> { return network_parameters(context); });
  server.bind(full::StateActorCodeCIDs, [&](uint32_t version) -> Result<std::map<std::string, Cid>> {
    std::map<std::string, Cid> out;
    for (const auto& entry : TRY(context.manifest(version)).entries) out[entry.name] = entry.code;
    return out;
  });
  server.bind(full::StateActorManifestCID,
              [&](uint32_t version) -> Result<Cid> { return TRY(context.manifest(version)).root; });
}

void bind_actors(rpc::Server& server, Context& context) {
  bind_cached(server, context, full::StateGetActor,
              [&](const TipsetPtr& tipset, const Address& address) { return actor_at(context, tipset, address); });
  bind_cached(server, context, full::StateReadState,
              [&](const TipsetPtr& tipset, const Address& address) { return read_state(context, tipset, address); });
  bind_cached(server, context, full::StateListActors,
              [&](const TipsetPtr& tipset) { return list_actors(context, tipset); });
  bind_cached(server, context, full::StateListMiners,
              [&](const TipsetPtr& tipset) { return list_miners(context, tipset); });
  bind_cached(server, context, full::StateLookupID, [&](const TipsetPtr& tipset, const Address& address) {
    return context.states->lookup_id(address, *tipset);
  });
  server.bind(full::StateAccountKey, [&](const Address& address, const TipsetKey& key) -> Result<Address> {
    return context.states->key_address(address, TRY(context.tipset(key)));
  });
  server.bind(full::StateLookupRobustAddress, [&](const Address& address, const TipsetKey& key) -> Result<Address> {
    return robust_address(context, TRY(context.tipset(key)), address);
  });
  server.bind(full::StateChangedActors,
              [&](const Cid& old_root, const Cid& new_root) { return changed_actors(context, old_root, new_root); });
}

void bind_supply(rpc::Server& server, Context& context) {
  server.bind(full::StateCirculatingSupply, [&](const TipsetKey& key) -> Result<BigInt> {
    auto tipset = TRY(context.tipset(key));
    auto tree = TRY(context.states->parent_state(*tipset));
    return chain::exact_circulating_supply(context.params, tipset->height(), tree);
  });
  server.bind(full::StateVMCirculatingSupplyInternal, [&](const TipsetKey& key) -> Result<rpc::CirculatingSupply> {
    auto tipset = TRY(context.tipset(key));
    auto tree = TRY(context.states->parent_state(*tipset));
    return api_supply(TRY(context.states->vm_supply(tipset->height(), tree)));
  });
  server.bind(full::StateMarketBalance,
              [&](const Address& address, const TipsetKey& key) -> Result<rpc::MarketBalance> {
                auto tipset = TRY(context.tipset(key));
                auto market = TRY(singleton(context, tipset, actors::kMarketActor, actors::load_market));
                auto id = TRY(context.states->lookup_id(address, *tipset));
                auto balance = TRY(actors::market_balance(context.store->blocks(), market, id));
                return rpc::MarketBalance{balance.escrow, balance.locked};
              });
  server.bind(full::StateVerifiedRegistryRootKey, [&](const TipsetKey& key) -> Result<Address> {
    return TRY(singleton(context, TRY(context.tipset(key)), actors::kVerifiedRegistryActor,
                         actors::load_verified_registry))
        .root_key;
  });
  server.bind(full::StateVerifiedClientStatus,
              [&](const Address& client, const TipsetKey& key) -> Result<std::optional<BigInt>> {
                auto tipset = TRY(context.tipset(key));
                auto datacap = TRY(singleton(context, tipset, actors::kDatacapActor, actors::load_datacap));
                auto id = TRY(context.states->lookup_id(client, *tipset));
                BigInt balance = TRY(actors::datacap_balance(context.store->blocks(), datacap, TRY(id.id())));
                if (balance == 0) return std::optional<BigInt>();
                return std::optional<BigInt>(balance);
              });
}

chain::Randomness randomness(Context& context, TipsetPtr tipset) {
  return {context.store, context.beacons, std::move(tipset)};
}
chain::DomainTag tag(int64_t personalization) { return static_cast<chain::DomainTag>(personalization); }

void bind_randomness(rpc::Server& server, Context& context) {
  auto tickets = [&](const TipsetKey& key, int64_t personalization, ChainEpoch epoch,
                     const Bytes& entropy) -> Result<Bytes> {
    return to_bytes(
        TRY(randomness(context, TRY(context.tipset(key))).draw_chain(tag(personalization), epoch, entropy)));
  };
  auto beacon = [&](const TipsetKey& key, int64_t personalization, ChainEpoch epoch,
                    const Bytes& entropy) -> Result<Bytes> {
    return to_bytes(
        TRY(randomness(context, TRY(context.tipset(key))).draw_beacon(tag(personalization), epoch, entropy)));
  };
  server.bind(full::StateGetRandomnessFromTickets,
              [=](int64_t p, ChainEpoch epoch, const Bytes& entropy, const TipsetKey& key) {
                return tickets(key, p, epoch, entropy);
              });
  server.bind(full::StateGetRandomnessFromBeacon, [=](int64_t p, ChainEpoch epoch, const Bytes& entropy,
                                                      const TipsetKey& key) { return beacon(key, p, epoch, entropy); });
  server.bind(rpc::v0::ChainGetRandomnessFromTickets, tickets);
  server.bind(rpc::v0::ChainGetRandomnessFromBeacon, beacon);
  server.bind(full::StateGetRandomnessDigestFromTickets, [&](ChainEpoch epoch, const TipsetKey& key) -> Result<Bytes> {
    return to_bytes(TRY(randomness(context, TRY(context.tipset(key))).chain_digest(epoch)));
  });
  server.bind(full::StateGetRandomnessDigestFromBeacon, [&](ChainEpoch epoch, const TipsetKey& key) -> Result<Bytes> {
    return to_bytes(TRY(randomness(context, TRY(context.tipset(key))).beacon_digest(epoch)));
  });
  auto entry = [&](ChainEpoch epoch) -> Result<BeaconEntry> {
    const auto& source = context.beacons->at(epoch);
    return source.entry(source.round_for(epoch, context.params.network_version_at(epoch)));
  };
  server.bind(full::StateGetBeaconEntry, entry);
  server.bind(rpc::v0::BeaconGetEntry, entry);
}

}  // namespace

void bind_state(rpc::Server& server, Context& context) {
  bind_network(server, context);
  bind_actors(server, context);
  bind_supply(server, context);
  bind_randomness(server, context);
}

}  // namespace nelumbo::node
