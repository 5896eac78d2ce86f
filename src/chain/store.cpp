#include "base/log.hpp"
#include "chain/weight.hpp"
#include "header_log.hpp"
#include "store_state.hpp"

namespace nelumbo::chain {

const std::vector<std::string>& ChainStore::spaces() {
  static const std::vector<std::string> all = {std::string(spaces::kMeta),        std::string(spaces::kCanonical),
                                               std::string(spaces::kMessages),    std::string(spaces::kValidated),
                                               std::string(HeaderLog::kSegments), std::string(HeaderLog::kHeaders)};
  return all;
}

ChainStore::ChainStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
ChainStore::~ChainStore() = default;

const BlockstorePtr& ChainStore::blocks() const { return state_->blocks; }
const NetworkParams& ChainStore::params() const { return state_->params; }

Result<std::shared_ptr<ChainStore>> ChainStore::open(std::shared_ptr<KvStore> kv, BlockstorePtr blocks,
                                                     NetworkParams params) {
  auto store = std::shared_ptr<ChainStore>(
      new ChainStore(std::make_unique<State>(std::move(kv), std::move(blocks), std::move(params))));
  State& state = *store->state_;
  if (auto key = TRY(state.kv->get(spaces::kMeta, as_bytes("genesis")))) {
    state.genesis = TRY_IN("loading the genesis", store->load_tipset(TRY(TipsetKey::from_bytes(*key))));
  }
  if (auto key = TRY(state.kv->get(spaces::kMeta, as_bytes("head")))) {
    state.head = TRY_IN("loading the head", store->load_tipset(TRY(TipsetKey::from_bytes(*key))));
    for (const auto& block : state.head->blocks()) store->track(block);
  }
  if (auto key = TRY(state.kv->get(spaces::kMeta, as_bytes("checkpoint")))) {
    state.checkpoint = TRY_IN("loading the checkpoint", store->load_tipset(TRY(TipsetKey::from_bytes(*key))));
  }
  return store;
}

Result<> ChainStore::set_genesis(const BlockHeader& block) {
  auto tipset = TRY(Tipset::make({block}));
  if (block.height != 0) return fail(ErrorCode::invalid, "genesis block has height {}", block.height);
  if (auto known = genesis()) {
    if ((*known)->key() == tipset->key()) return {};
    return fail(ErrorCode::exists, "this repository holds the chain of genesis {}, not of {}",
                (*known)->cids().front().str(), tipset->cids().front().str());
  }
  TRY(put_block(block));
  KvStore::Write write{std::string(spaces::kMeta), to_bytes("genesis"), tipset->key().bytes()};
  TRY(state_->kv->write(std::span(&write, 1), true));
  {
    std::lock_guard lock(state_->head_mutex);
    state_->genesis = tipset;
  }
  if (!heaviest()) return set_head(tipset);
  return {};
}

Result<TipsetPtr> ChainStore::genesis() const {
  std::lock_guard lock(state_->head_mutex);
  if (!state_->genesis) return fail(ErrorCode::not_found, "the chain has no genesis yet");
  return state_->genesis;
}

TipsetPtr ChainStore::heaviest() const {
  std::lock_guard lock(state_->head_mutex);
  return state_->head;
}

Result<BlockHeader> ChainStore::load_block(const Cid& cid) {
  return in_context(get_cbor<BlockHeader>(*state_->blocks, cid), "block");
}

Result<TipsetPtr> ChainStore::load_tipset(const TipsetKey& key) {
  if (key.empty()) return fail(ErrorCode::invalid, "the empty tipset key names no tipset");
  {
    std::lock_guard lock(state_->cache_mutex);
    if (auto known = state_->tipsets.get(key)) return *known;
  }
  std::vector<BlockHeader> blocks;
  for (const auto& cid : key.cids) blocks.push_back(TRY(load_block(cid)));
  auto tipset = TRY_IN(key.str(), Tipset::make(std::move(blocks)));
  if (tipset->key() != key) return fail(ErrorCode::invalid, "tipset key {} is not in canonical order", key.str());
  std::lock_guard lock(state_->cache_mutex);
  state_->tipsets.put(key, tipset);
  return tipset;
}

Result<TipsetPtr> ChainStore::tipset_from_key(const TipsetKey& key) {
  if (!key.empty()) return load_tipset(key);
  auto head = heaviest();
  if (!head) return fail(ErrorCode::not_found, "the chain has no head yet");
  return head;
}

Result<Cid> ChainStore::put_block(const BlockHeader& block) { return put_cbor(*state_->blocks, block); }

void ChainStore::track(const BlockHeader& block) {
  std::lock_guard lock(state_->cache_mutex);
  auto& same_epoch = state_->tracked[block.height];
  for (const auto& known : same_epoch) {
    if (known == block) return;
  }
  same_epoch.push_back(block);
  // Siblings of blocks older than finality can no longer join.
  auto newest = state_->tracked.rbegin()->first;
  state_->tracked.erase(state_->tracked.begin(), state_->tracked.lower_bound(newest - kChainFinality));
}

Result<TipsetPtr> ChainStore::expand(const BlockHeader& block) {
  std::vector<BlockHeader> blocks{block};
  {
    std::lock_guard lock(state_->cache_mutex);
    auto it = state_->tracked.find(block.height);
    if (it != state_->tracked.end()) {
      for (const auto& sibling : it->second) {
        bool miner_is_in = std::any_of(blocks.begin(), blocks.end(),
                                       [&](const BlockHeader& each) { return each.miner == sibling.miner; });
        if (sibling.parents == block.parents && !miner_is_in) blocks.push_back(sibling);
      }
    }
  }
  return Tipset::make(std::move(blocks));
}

Result<BigInt> ChainStore::weight(const Tipset& tipset) {
  {
    std::lock_guard lock(state_->cache_mutex);
    if (auto known = state_->weights.get(tipset.key())) return *known;
  }
  auto weight = TRY(tipset_weight(state_->blocks, tipset));
  std::lock_guard lock(state_->cache_mutex);
  state_->weights.put(tipset.key(), weight);
  return weight;
}

Result<bool> ChainStore::is_ancestor(const Tipset& a, TipsetPtr b) {
  if (b->height() < a.height()) return false;
  auto at = TRY(tipset_at(a.height(), std::move(b), OnNull::previous));
  return at->key() == a.key();
}

Result<BeaconEntry> ChainStore::latest_beacon_entry(TipsetPtr from) {
  constexpr int kLookback = 20;  // lotus looks back as far; more empty tipsets in a row break the chain's rule anyway
  for (int i = 0; i < kLookback; ++i) {
    const auto& entries = from->blocks().front().beacon_entries;
    if (!entries.empty()) return entries.back();
    if (from->height() == 0) return fail(ErrorCode::not_found, "no beacon entry back to the genesis block");
    from = TRY(parent(*from));
  }
  return fail(ErrorCode::not_found, "no beacon entry in the latest {} tipsets", kLookback);
}

}  // namespace nelumbo::chain
