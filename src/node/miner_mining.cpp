// What of the miner process proves: block production and window PoSt.

#include "base/log.hpp"
#include "miner_parts.hpp"
#include "mining/rpc_node.hpp"
#include "proving_config.hpp"

namespace nelumbo::node {

namespace {

/// How long a stop waits for a proof that is being made; it would be thrown away anyhow.
constexpr auto kPatience = std::chrono::seconds(3);
/// Which part of a test network's epoch blocks take to be known (on mainnet 10 of 30 seconds).
constexpr double kPropagationPart = 0.25;
constexpr double kOthersPatience = 10;  ///< seconds

/// Test networks: epochs of other lengths, and perhaps no other miner.
void time_for_network(const MinerProcess& m, mining::MinerConfig& config) {
  config.propagation_delay = 0;
  config.equivocation_delay = 0;
  if (m.alone) return;
  const auto epoch = static_cast<double>(m.network.block_delay_secs);
  config.propagation_delay = epoch * kPropagationPart;
  config.equivocation_delay = config.propagation_delay / 5;
  // Who brings a chain back that was down comes before those who only do so when he is missing.
  config.others_patience = std::max(kOthersPatience, 3 * epoch) * (m.options.catch_up ? 1 : 3);
}

void log_round(const mining::Round& round) {
  if (round.block) {
    log_info(
        "miner",
        "epoch {}: block {} with {} messages in {:.2f} s (winning PoSt {:.2f} s), {:.2f} s after the epoch's start",
        round.epoch, round.block->str(), round.messages, round.seconds, round.winning_post_seconds, round.late_seconds);
  } else {
    log_info("miner", "epoch {}: {}", round.epoch,
             !round.eligible           ? "not eligible to mine"
             : !round.unproven.empty() ? "won, but there is no proof"
                                       : "no win");
  }
}

}  // namespace

Result<> prepare_mining(MinerProcess& m) {
  m.messager = TRY(make_messager_link(m.config.messager_api_info, [daemon = m.daemon](const Address& address) {
    return daemon->call(rpc::full::StateAccountKey, address, TipsetKey());
  }));
  if (m.messager) m.messager->start();
  auto node = mining::make_rpc_node(m.daemon, m.messager);
  m.prover = m.mock_proofs ? make_mock_prover() : make_real_prover();
  auto post_config = TRY(window_post_config(m.config, m.actor, m.mock_proofs));
  m.poster = std::make_shared<mining::WindowPoster>(std::move(post_config), node, m.prover, m.storage, m.kv);
  mining::MinerConfig config{.miner = m.actor,
                             .block_delay = m.network.block_delay_secs,
                             .catch_up = m.options.catch_up,
                             .sparse = m.options.sparse};
  if (m.options.network_file) time_for_network(m, config);
  m.miner = std::make_unique<mining::Miner>(config, node, m.prover, m.storage,
                                            std::make_shared<mining::SlashFilter>(m.kv), m.poster, system_clock());
  return {};
}

MiningLoops::MiningLoops(MinerProcess& m, StopEvent& ended) {
  if (!m.config.enable_mining) return;
  if (!m.config.disable_window_post) {
    posting_ = std::async(std::launch::async, [&m, stop = stop_.get_token()] { m.poster->run(stop, *system_clock()); });
  }
  if (m.config.disable_winning_post) return;
  mining_ = std::async(std::launch::async, [&m, &ended, stop = stop_.get_token()] {
    auto result = m.miner->run(stop, log_round);
    ended.trigger();
    return result;
  });
}

Result<> MiningLoops::end() {
  stop_.request_stop();
  auto deadline = std::chrono::steady_clock::now() + kPatience;
  bool in_time = true;
  if (mining_.valid()) in_time = mining_.wait_until(deadline) == std::future_status::ready;
  if (in_time && posting_.valid()) in_time = posting_.wait_until(deadline) == std::future_status::ready;
  if (!in_time) {
    log_info("miner", "a proof is being made: given up");
    std::_Exit(0);
  }
  if (!mining_.valid()) return {};
  auto result = mining_.get();
  if (!result && result.error().code == ErrorCode::cancelled) return {};
  return result;
}

}  // namespace nelumbo::node
