#include "miner_lookup.hpp"

namespace nelumbo::cli {

Result<Address> actor_of(Context& context) {
  if (context.given("actor")) return in_context(Address::parse(context.text("actor")), "--actor");
  auto* miner = TRY(context.miner());
  return miner->call(rpc::miner::ActorAddress);
}

}  // namespace nelumbo::cli
