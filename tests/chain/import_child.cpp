// A process that imports a snapshot and kills itself on the way: import_child DATABASE FILE GENESIS STOP
// STOP: bytes of the file after which it dies; above the file's size it ends well.

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include <unistd.h>

#include "chain/snapshot.hpp"
#include "ipld/kv_maintenance.hpp"

using namespace nelumbo;

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  auto spaces = chain::ChainStore::spaces();
  spaces.emplace_back("blocks");
  const uint64_t stop = std::strtoull(argv[4], nullptr, 10);
  chain::ImportOptions options{.genesis = must(Cid::parse(argv[3])), .checkpoint_bytes = 1};
  options.progress = [&](const chain::ImportProgress& progress) {
    if (progress.step == "importing" && progress.done >= stop) ::kill(::getpid(), SIGKILL);
  };
  auto kv = must(open_for_loading(argv[1], spaces));
  auto result = chain::import_snapshot(*kv, "blocks", must(open_car_file(argv[2])), options);
  if (!result) std::fprintf(stderr, "%s\n", result.error().message.c_str());
  return result ? 0 : 1;
}
