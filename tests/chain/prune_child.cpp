// A process that prunes a chain's store and kills itself on the way: prune_child DATABASE STEPS
// STEPS: after so many reports of progress it dies; with more than there are it ends well.

#include <csignal>
#include <cstdlib>

#include <unistd.h>

#include "chain/beacon.hpp"
#include "chain/prune.hpp"

using namespace nelumbo;

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  auto spaces = chain::ChainStore::spaces();
  spaces.emplace_back("blocks");
  auto kv = must(KvStore::open(argv[1], spaces));
  auto blocks = std::make_shared<PrunableBlockstore>(kv, "blocks", 4 << 20);
  auto store = must(chain::ChainStore::open(kv, blocks, devnet_params()));
  // Pruning executes nothing: neither beacon nor prover is asked.
  auto states = chain::StateManager::make(store, nullptr, make_mock_prover());
  int left = std::atoi(argv[2]);
  chain::PruneOptions options{.keep_states = 5, .finality = 5};
  options.progress = [&](std::string_view, double) {
    if (--left == 0) ::kill(::getpid(), SIGKILL);
  };
  return chain::prune_chain(*states, *blocks, options) ? 0 : 1;
}
