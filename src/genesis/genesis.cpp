#include "genesis/genesis.hpp"

#include <unordered_set>

#include "codec/car.hpp"
#include "ipld/amt.hpp"
#include "miners.hpp"
#include "template_json.hpp"

namespace nelumbo::genesis {

namespace {

/// The actors whose state shapes this room writes.
constexpr unsigned kOldestActors = 16;

Result<> check(const Build& build) {
  const auto& value = build.value;
  unsigned version = TRY(actors::actors_version(value.network_version));
  if (version < kOldestActors) {
    return fail(ErrorCode::unsupported,
                "a genesis of network version {} (actors v{}) cannot be made: the oldest is v{}", value.network_version,
                version, kOldestActors);
  }
  if (build.manifest.actors_version != version) {
    return fail(ErrorCode::invalid, "network version {} runs actors v{}, the bundle holds v{}", value.network_version,
                version, build.manifest.actors_version);
  }
  if (value.network_name.empty()) return fail(ErrorCode::invalid, "the template has no network name");
  if (value.timestamp == 0) return fail(ErrorCode::invalid, "the template has no timestamp");
  return {};
}

Result<BlockHeader> make_block(const Build& build, const Cid& state_root) {
  Cid empty = TRY(Amt(build.store, AmtVersion::v0).flush());
  auto first = filecoin_genesis_object();
  TRY(build.store->put(first.cid, first.data));
  Hash256 ticket = derive(build, "ticket");
  BlockHeader header;
  header.miner = Address::from_id(actors::kSystemActor);
  header.ticket = Ticket{to_bytes(ticket)};
  header.election_proof = ElectionProof{};
  header.beacon_entries = {{.round = 0, .data = Bytes(32, 0)}};
  header.parents = {first.cid};
  header.parent_state_root = state_root;
  header.parent_message_receipts = empty;
  header.messages = TRY(put_cbor(*build.store, MessageMeta{empty, empty}));
  header.timestamp = build.value.timestamp;
  header.parent_base_fee = kInitialBaseFee;
  return header;
}

Result<GenesisResult> run(const Build& build) {
  TRY(check(build));
  auto initial = TRY(make_initial_state(build));
  TRY(add_eam(build, initial.tree));
  Cid root = TRY(initial.tree.flush());
  root = TRY(grant_datacap(build, root, initial.key_ids));
  auto miners = TRY(add_miners_to_state(build, root));
  auto tree = TRY(StateTree::load(build.store, miners.state_root));
  TRY(add_ethereum_zero_account(build, tree));
  GenesisResult result{.block = {}, .header = {}, .state_root = TRY(tree.flush()), .miners = std::move(miners.miners)};
  result.header = TRY(make_block(build, result.state_root));
  result.block = TRY(put_cbor(*build.store, result.header));
  return result;
}

bool is_commitment(const Cid& cid) {
  return cid.codec() == multicodec::kCommSealed || cid.codec() == multicodec::kCommUnsealed;
}

}  // namespace

Result<GenesisResult> build_genesis(const Template& value, const actors::Manifest& manifest, BlockstorePtr store,
                                    const NetworkParams& network) {
  Build build{.value = value,
              .manifest = manifest,
              .store = std::move(store),
              .network = network,
              .seed = sha256(as_bytes(to_json(value).dump()))};
  return in_context(run(build), "making the genesis");
}

Result<GenesisResult> build_genesis(const Template& value, BlockstorePtr store, const NetworkParams& network,
                                    const std::optional<fs::path>& bundle_file) {
  unsigned version = TRY(actors::actors_version(value.network_version));
  auto manifest = TRY(actors::load_bundle(*store, network.bundle, version, bundle_file));
  return build_genesis(value, manifest, store, network);
}

Result<> write_genesis_car(const Cid& block, const BlockstorePtr& store, const fs::path& path) {
  auto writer = TRY(CarWriter::create(path, {block}));
  std::unordered_set<Cid> seen{block};
  std::vector<Cid> pending{block};
  while (!pending.empty()) {
    Cid cid = pending.back();
    pending.pop_back();
    auto data = TRY_IN("writing the genesis file", get_block(*store, cid));
    TRY(writer.put(cid, data));
    if (cid.codec() != multicodec::kDagCbor) continue;
    // Depth first, in the order of the links: the walk of lotus's own genesis files.
    std::vector<Cid> links;
    TRY(for_each_link(data, [&](const Cid& link) -> Result<> {
      bool inlined = link.hash_code() == multihash::kIdentity;
      if (!inlined && !is_commitment(link) && seen.insert(link).second) links.push_back(link);
      return {};
    }));
    pending.insert(pending.end(), links.rbegin(), links.rend());
  }
  return writer.finish();
}

Block filecoin_genesis_object() {
  CborWriter w;
  auto pair = [&](std::string_view key, std::string_view value) {
    w.text(key);
    w.text(value);
  };
  // The keys stand in the order in which they were once written, not in DAG-CBOR's.
  w.map(5);
  pair("Datetime", "2017-05-05 01:27:51");
  pair("Network", "Filecoin");
  pair("Token", "Filecoin");
  w.text("TokenAmounts");
  w.map(3);
  pair("TotalSupply", "2,000,000,000");
  pair("Miners", "1,400,000,000");
  w.text("ProtocolLabs");
  w.map(3);
  pair("Development", "300,000,000");
  pair("Fundraising", "200,000,000");
  pair("Foundation", "100,000,000");
  pair("Message", "This is the Genesis Block of the Filecoin Decentralized Storage Network.");
  Cid cid = must(Cid::make(multicodec::kDagCbor, multihash::kSha256, sha256(w.out)));
  return {cid, std::move(w.out)};
}

}  // namespace nelumbo::genesis
