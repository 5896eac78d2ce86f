// Makes a snapshot of a wanted size: snapshot_generator FOLDER MIB
//
// A chain of the real machine and actors with mock proofs, whose genesis state holds, besides its miner, accounts with
// large AMTs and HAMTs. FOLDER gets network.json and snapshot.car; then
//   lotus --repo R daemon --network-file FOLDER/network.json --import-snapshot FOLDER/snapshot.car --halt-after-import
// takes it in as any other.

#include <cstdio>
#include <cstdlib>
#include <random>

#include "chain/drand.hpp"
#include "chain/snapshot.hpp"
#include "ipld/amt.hpp"
#include "living_chain.hpp"
#include "node/network_file.hpp"
#include "types/state_tree.hpp"

using namespace nelumbo;

namespace {

constexpr uint64_t kPerActor = 16u << 20;  ///< bytes of values in one array or map

/// Values as long as a sector's or deal's state, half of each random and half zeros, as far as compression goes.
class Values {
 public:
  Bytes next() {
    Bytes value(60 + random_() % 200);
    for (size_t i = 0; i < value.size() / 2; ++i) value[i] = static_cast<uint8_t>(random_());
    return to_cbor(value);
  }
  Bytes key() {
    Bytes out(16);
    for (auto& each : out) each = static_cast<uint8_t>(random_());
    return out;
  }

 private:
  std::mt19937_64 random_{1};
};

Cid large_array(const BlockstorePtr& blocks, Values& values) {
  Amt array(blocks, AmtVersion::v3, 5);
  uint64_t index = 0;
  for (uint64_t bytes = 0; bytes < kPerActor;) {
    auto value = values.next();
    bytes += value.size();
    must(array.set(index++, value));
  }
  return must(array.flush());
}

Cid large_map(const BlockstorePtr& blocks, Values& values) {
  Hamt map(blocks);
  for (uint64_t bytes = 0; bytes < kPerActor;) {
    auto value = values.next();
    bytes += value.size();
    must(map.set(values.key(), value));
  }
  return must(map.flush());
}

/// The state with actors that hold so many bytes more.
Cid fill_state(const BlockstorePtr& blocks, const Cid& root, uint64_t bytes) {
  auto state = must(StateTree::load(blocks, root));
  const auto code = must(state.get(ActorId{0}))->code;
  Values values;
  constexpr ActorId kFirst = 1'000'000;
  for (uint64_t i = 0; i * kPerActor < bytes; ++i) {
    Actor actor;
    actor.code = code;
    actor.head = i % 2 == 0 ? large_array(blocks, values) : large_map(blocks, values);
    must(state.set(kFirst + i, actor));
    std::fprintf(stderr, "\r%llu MiB", static_cast<unsigned long long>((i + 1) * kPerActor >> 20));
  }
  std::fprintf(stderr, "\n");
  return must(state.flush());
}

void write_network(const fs::path& path, const chain::testing::LivingChain& chain) {
  const auto& drand = chain.params.beacons.front().drand;
  chain::DrandInfo info;
  info.public_key = must(from_hex(drand.public_key));
  info.period = drand.period;
  info.genesis_time = drand.genesis_time;
  info.genesis_seed = Bytes(32, 1);
  node::NetworkFile file;
  file.network_name = chain.params.network_name;
  file.bundle = chain.params.bundle;
  file.network_version = chain.params.genesis_network_version;
  file.genesis_time = chain::testing::kGenesisTime;
  file.epoch_seconds = chain.params.block_delay;
  file.eth_chain_id = chain.params.eth_chain_id;
  file.mock_proofs = true;
  file.genesis_cid = chain.genesis_header.cid().str();
  file.drand_info = info.json();
  must(node::write_network_file(path, file));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: snapshot_generator FOLDER MIB\n");
    return 2;
  }
  const fs::path folder = argv[1];
  const uint64_t bytes = std::strtoull(argv[2], nullptr, 10) << 20;
  must(make_folder(folder));
  chain::testing::LivingChain chain("mock-snapshot-benchmark", [&](const BlockstorePtr& blocks, const Cid& root) {
    return fill_state(blocks, root, bytes);
  });
  for (int i = 0; i < 10; ++i) chain.mine();
  auto head = chain.store->heaviest();
  auto file = must(chain::SnapshotFile::create(folder / "snapshot.car", false));
  auto written = must(chain::export_chain(*chain.store, head, chain::ExportPlan::recent(head->height(), 900, true),
                                          {[&](BytesView piece) { return file.write(piece); }, {}, {}}));
  must(file.finish());
  write_network(folder / "network.json", chain);
  std::printf("epoch %lld, %llu blocks, %llu bytes\n", static_cast<long long>(head->height()),
              static_cast<unsigned long long>(written.blocks), static_cast<unsigned long long>(written.bytes));
  return 0;
}
