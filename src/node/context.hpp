#pragma once
// All parts of a running daemon, as its API handlers see them.

#include <atomic>
#include <functional>

#include "actor_codes.hpp"
#include "answer_cache.hpp"
#include "base/clock.hpp"
#include "base/thread_pool.hpp"
#include "chain/state_manager.hpp"
#include "chain/sync_manager.hpp"
#include "head_watch.hpp"
#include "pool/gas.hpp"
#include "pool/message_pool.hpp"
#include "pool/sender.hpp"
#include "rpc/methods.hpp"
#include "rpc/server.hpp"
#include "wallet/wallet.hpp"

namespace nelumbo::net {
class Network;
}

namespace nelumbo::node {

class ChainJobs;
class MessagerLink;

/// Lives longer than the server; the members are thread-safe or constant after start.
struct Context {
  NetworkParams params;
  std::shared_ptr<Clock> clock;
  std::shared_ptr<chain::ChainStore> store;
  std::shared_ptr<const chain::BeaconSchedule> beacons;
  std::shared_ptr<chain::StateManager> states;
  std::shared_ptr<chain::Syncer> syncer;
  std::shared_ptr<chain::SyncManager> sync;  ///< null while the node has no peers to catch up with
  std::shared_ptr<net::Network> network;
  std::shared_ptr<wallet::Wallet> wallet;
  std::shared_ptr<pool::MessagePool> pool;
  std::shared_ptr<pool::ChainSource> pool_source;
  std::shared_ptr<pool::GasEstimator> estimator;
  std::shared_ptr<pool::MessageSender> sender;
  std::shared_ptr<MessagerLink> messager;  ///< null: none is configured
  std::shared_ptr<ThreadPool> workers;     ///< for answers that are not at hand
  std::shared_ptr<HeadWatch> head;
  std::shared_ptr<AnswerCache> answers;
  std::shared_ptr<ActorCodes> codes;
  std::shared_ptr<ChainJobs> jobs;
  Bytes jwt_secret;
  std::string session;  ///< UUID of this run
  TimePoint started;
  std::function<void()> shutdown;  ///< asks the program to stop

  /// The tipset of an API call's key; the empty key is the head.
  Result<TipsetPtr> tipset(const TipsetKey& key) const;
  /// Which actor a code CID is, of the network's bundles.
  std::optional<actors::ActorCode> code(const Cid& cid) const { return codes->find(cid); }
  /// The actors of a network version.
  Result<actors::Manifest> manifest(uint32_t network_version) const {
    return codes->of_network_version(network_version);
  }
};

// One function per group of methods.
void bind_common(rpc::Server& server, Context& context);
void bind_chain(rpc::Server& server, Context& context);
void bind_snapshot(rpc::Server& server, Context& context);
void bind_gas(rpc::Server& server, Context& context);
void bind_mpool(rpc::Server& server, Context& context);
void bind_mining(rpc::Server& server, Context& context);
void bind_state(rpc::Server& server, Context& context);
void bind_state_messages(rpc::Server& server, Context& context);
void bind_state_decode(rpc::Server& server, Context& context);
void bind_state_miner(rpc::Server& server, Context& context);
void bind_state_pledge(rpc::Server& server, Context& context);
void bind_sync(rpc::Server& server, Context& context);
void bind_wallet(rpc::Server& server, Context& context);
void bind_eth(rpc::Server& server, Context& context);
void bind_v2(rpc::Server& server, Context& context);
/// Ethereum's own names of the methods that it has.
void alias_eth(rpc::Server& server);

}  // namespace nelumbo::node
