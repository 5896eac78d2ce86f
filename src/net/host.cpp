// How this node appears on a Filecoin network.
#include <cmath>

#include "net/network.hpp"

namespace nelumbo::net {

namespace {

/// The factor by which a counter shrinks every second so that it is at a hundredth after `seconds` (gossipsub's
/// ScoreParameterDecay).
double decay_over(double seconds) { return std::pow(0.01, 1 / seconds); }

constexpr double kHour = 3600;

// The figures of both topics are those every Filecoin node gossips with (lotus node/modules/lp2p/pubsub.go).
p2p::TopicScore blocks_score() {
  return {.weight = 0.1,
          .time_in_mesh_weight = 0.00027,
          .time_in_mesh_quantum_seconds = 1,
          .time_in_mesh_cap = 1,
          .first_deliveries_weight = 5,
          .first_deliveries_decay = decay_over(kHour),
          .first_deliveries_cap = 100,
          .invalid_weight = -1000,
          .invalid_decay = decay_over(kHour)};
}
p2p::TopicScore messages_score() {
  return {.weight = 0.1,
          .time_in_mesh_weight = 0.0002778,
          .time_in_mesh_quantum_seconds = 1,
          .time_in_mesh_cap = 1,
          .first_deliveries_weight = 0.5,
          .first_deliveries_decay = decay_over(kHour / 6),
          .first_deliveries_cap = 100,
          .invalid_weight = -1000,
          .invalid_decay = decay_over(kHour)};
}

}  // namespace

p2p::HostConfig host_config(const std::shared_ptr<chain::ChainStore>& store) {
  constexpr size_t kMaxServedBlock = 1 << 20;
  const auto& network = store->params().network_name;
  p2p::HostConfig config;
  config.kad_protocol = fmt::format("/fil/kad/{}/kad/1.0.0", network);
  config.topics = {{blocks_topic(network), blocks_score()}, {messages_topic(network), messages_score()}};
  config.protocols = {std::string(kHelloProtocol), std::string(kExchangeProtocol)};
  config.block_source = [store](const Cid& cid) -> std::optional<Bytes> {
    auto block = store->blocks()->get(cid);
    if (!block || !*block || (*block)->size() > kMaxServedBlock) return std::nullopt;
    return std::move(**block);
  };
  return config;
}

std::function<Result<Address>(const BlockHeader&)> worker_lookup(std::shared_ptr<chain::StateManager> states) {
  return [states = std::move(states)](const BlockHeader& header) -> Result<Address> {
    // Nothing here is the block's fault until its miner is known not to be eligible.
    auto soft = [](const Error& error) { return fail(ErrorCode::unavailable, "{}", error.message); };
    auto head = states->store().heaviest();
    if (!head) return fail(ErrorCode::unavailable, "there is no chain yet");
    auto lookback = states->lookback(head, header.height);
    if (!lookback) return soft(lookback.error());
    auto key = states->worker_key(lookback->state_root, header.miner);
    if (!key) return soft(key.error());
    auto eligible = states->eligible_to_mine(header.miner, head, lookback->tipset);
    if (!eligible) return soft(eligible.error());
    if (!*eligible) return fail(ErrorCode::permission, "miner {} may not mine", header.miner.str());
    return *key;
  };
}

}  // namespace nelumbo::net
