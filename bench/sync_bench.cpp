// How fast a node catches up: a chain of mock proofs with messages is made once (bench_sync make FOLDER), and synced
// into an empty store from there, without a network (bench_sync run FOLDER).
//
//   bench_sync make FOLDER [EPOCHS [MESSAGES_PER_BLOCK]]
//   bench_sync run FOLDER
#include <fstream>

#include "../tests/chain/sync_net.hpp"
#include "actors/miner.hpp"
#include "actors/miner_params.hpp"

namespace nelumbo::chain::testing {
namespace {

constexpr const char* kBlocks = "blocks";

/// A line of /proc/self/status in MiB.
double memory_mib(std::string_view what) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(what)) return std::stod(line.substr(line.find(':') + 1)) / 1024;
  }
  return 0;
}

std::shared_ptr<ChainStore> open_store(const std::shared_ptr<KvStore>& kv, const NetworkParams& params,
                                       size_t cache_bytes) {
  auto blocks = make_cached_blockstore(make_kv_blockstore(kv, kBlocks), cache_bytes);
  return must(ChainStore::open(kv, blocks, params));
}

/// Everything that the genesis block reaches.
void copy_reachable(Blockstore& from, Blockstore& to, const Cid& root) {
  std::vector<Cid> left{root};
  std::set<Cid> seen;
  while (!left.empty()) {
    const Cid cid = left.back();
    left.pop_back();
    if (!seen.insert(cid).second) continue;
    auto data = must(from.get(cid));
    if (!data) continue;  // the genesis block names parents that are nowhere
    must(to.put(cid, *data));
    if (cid.codec() != multicodec::kDagCbor) continue;
    must(for_each_link(*data, [&](const Cid& link) -> Result<> {
      left.push_back(link);
      return {};
    }));
  }
}

/// The window PoSt that is due on the head, without which the miner loses its power within a day.
std::optional<SignedMessage> window_post(LivingChain& chain, std::set<ChainEpoch>& done, uint64_t nonce) {
  auto head = chain.store->heaviest();
  auto state = must(chain.states->parent_state(*head));
  auto view = must(actors::MinerView::load(chain.blocks, must(state.get(chain.miner))->head));
  const auto deadline = view.deadline_at(head->height() + 1);
  if (head->height() < deadline.open || done.contains(deadline.open)) return std::nullopt;
  actors::SubmitWindowedPoStParams params{.deadline = deadline.index, .chain_commit_epoch = deadline.open};
  auto partitions = must(view.partitions(deadline.index));
  for (uint64_t i = 0; i < partitions.size(); ++i) params.partitions.push_back({i, {}});
  if (partitions.empty()) return std::nullopt;
  done.insert(deadline.open);
  // Taken on trust until somebody disputes it.
  params.proofs = {{static_cast<int64_t>(must(view.info()).window_post_proof_type), Bytes(192)}};
  Randomness randomness(chain.store, chain.states->beacons(), head);
  params.chain_commit_rand = to_bytes(must(randomness.draw_chain(DomainTag::post_chain_commit, deadline.open, {})));
  auto message = chain.transfer(chain.miner, 0, nonce).message;
  message.method = actors::methods::kSubmitWindowedPoSt;
  message.params = to_cbor(params);
  message.gas_limit = 500'000'000;
  return chain.sign_message(message);
}

int make(const fs::path& folder, int epochs, int messages) {
  fs::remove_all(folder);
  LivingChain chain;
  uint64_t nonce = 0;
  std::set<ChainEpoch> done;
  for (int i = 0; i < epochs; ++i) {
    std::vector<SignedMessage> list;
    if (auto post = window_post(chain, done, nonce)) {
      list.push_back(*post);
      ++nonce;
    }
    for (int k = 0; k < messages; ++k)
      list.push_back(chain.transfer(Address::from_id(actors::kBurntFundsActor), 7, nonce++));
    chain.mine(std::move(list));
    if (i % 100 == 99) fmt::print("{} of {}\n", i + 1, epochs);
  }
  chain.syncer.reset();
  chain.states.reset();
  chain.store.reset();
  chain.blocks.reset();
  chain.kv.reset();
  fs::copy(chain.folder.path() / "db", folder, fs::copy_options::recursive);
  return 0;
}

int run(const fs::path& folder) {
  auto params = living_params();
  auto source_kv = must(KvStore::open(folder, LivingChain::spaces()));
  auto source_store = open_store(source_kv, params, 1 << 20);
  auto head = source_store->heaviest();
  auto genesis = must(source_store->genesis());

  TemporaryFolder temporary;
  auto kv = must(KvStore::open(temporary.path() / "db", LivingChain::spaces()));
  auto store = open_store(kv, params, 16 << 20);
  copy_reachable(*source_store->blocks(), *store->blocks(), genesis->cids().front());
  must(store->set_genesis(genesis->blocks().front()));
  auto beacon = make_key_beacon_source(kBeaconSecret);
  auto beacons = must(BeaconSchedule::make(params, kGenesisTime, [&](const DrandNetwork&) { return beacon; }));
  auto states = StateManager::make(store, beacons, make_mock_prover());
  auto pool = std::make_shared<ThreadPool>();
  auto clock = std::make_shared<ManualClock>();
  clock->seconds = static_cast<int64_t>(head->min_timestamp());
  auto syncer = std::make_shared<Syncer>(states, pool, clock);
  auto source = std::make_shared<StoreSource>(source_store);
  auto manager = must(SyncManager::make({states, syncer, source, kv, clock, {}}));

  // The actors are compiled before: a node that catches up does that once.
  Message nothing;
  nothing.from = nothing.to = Address::from_id(actors::kBurntFundsActor);
  must(states->call(nothing, genesis));
  const double before = memory_mib("VmRSS");
  const auto applied = states->messages_applied();
  const auto start = std::chrono::steady_clock::now();
  manager->head_heard("peer", head);
  const bool done = eventually([&] { return store->heaviest()->key() == head->key(); }, std::chrono::minutes(30));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  manager->stop();
  const auto messages = states->messages_applied() - applied;
  fmt::print(
      "RESULT done={} epochs={} messages={} seconds={:.2f} epochs_per_second={:.1f} messages_per_second={:.0f} "
      "rss_before_mib={:.0f} rss_mib={:.0f} peak_mib={:.0f}\n",
      done, head->height(), messages, seconds, static_cast<double>(head->height()) / seconds,
      static_cast<double>(messages) / seconds, before, memory_mib("VmRSS"), memory_mib("VmHWM"));
  return done ? 0 : 1;
}

}  // namespace
}  // namespace nelumbo::chain::testing

int main(int count, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + count);
  if (words.size() >= 2 && words[0] == "make") {
    return nelumbo::chain::testing::make(words[1], words.size() > 2 ? std::stoi(words[2]) : 1200,
                                         words.size() > 3 ? std::stoi(words[3]) : 10);
  }
  if (words.size() == 2 && words[0] == "run") return nelumbo::chain::testing::run(words[1]);
  fmt::print(stderr, "usage: bench_sync make FOLDER [EPOCHS [MESSAGES_PER_BLOCK]] | bench_sync run FOLDER\n");
  return 2;
}
