// lotus info
#include <ostream>

#include "lookup.hpp"
#include "print.hpp"
#include "types/json.hpp"

namespace nelumbo::cli {
namespace {

namespace full = rpc::full;

/// How far the head is behind the clock, in words.
std::string sync_text(int64_t behind, int64_t delay) {
  auto span = duration_string(std::chrono::seconds(std::max<int64_t>(0, behind)));
  if (behind < delay * 3 / 2 + 1) return "sync ok";
  return fmt::format("sync {} ({} behind)", behind < delay * 5 ? "slow" : "behind!", span);
}

struct WalletSums {
  Address chosen;  ///< undefined: there is no default
  TokenAmount chosen_balance = 0, total = 0, locked = 0, available = 0;
  size_t count = 0;
};

Result<WalletSums> wallet_sums(rpc::Client& node) {
  WalletSums out;
  if (auto chosen = node.call(full::WalletDefaultAddress); chosen && chosen->defined()) {
    out.chosen = *chosen;
    out.chosen_balance = TRY(node.call(full::WalletBalance, out.chosen));
  }
  for (const auto& address : TRY(node.call(full::WalletList))) {
    ++out.count;
    out.total += TRY(node.call(full::WalletBalance, address));
    auto market = node.call(full::StateMarketBalance, address, TipsetKey());
    if (!market) continue;  // an address that is not on chain has none
    out.locked += market->locked;
    out.available += market->escrow;
  }
  return out;
}

void print_wallet(Context& context, const WalletSums& wallet) {
  if (wallet.chosen.defined()) {
    context.print("Default address: ");
    context.print("      {} [{}]", wallet.chosen.str(), fil_short(wallet.chosen_balance));
  } else {
    context.print("Default address: address not set");
  }
  context.print("");
  context.print("Wallet: {} address{}", wallet.count, wallet.count > 1 ? "es" : "");
  context.print("      Total balance: {}", fil_short(wallet.total));
  context.print("      Market locked: {}", fil_short(wallet.locked));
  context.print("      Market available: {}", fil_short(wallet.available));
}

JsonValue wallet_json(const WalletSums& wallet) {
  JsonValue out{{"Addresses", wallet.count},
                {"Total", wallet.total.str()},
                {"MarketLocked", wallet.locked.str()},
                {"MarketAvailable", wallet.available.str()}};
  if (wallet.chosen.defined())
    out["Default"] = {{"Address", wallet.chosen.str()}, {"Balance", wallet.chosen_balance.str()}};
  return out;
}

Result<> info(Context& context) {
  auto* node = TRY(context.node());
  auto network = TRY(node->call(full::StateGetNetworkParams));
  auto started = TRY(node->call(rpc::common::StartTime));
  auto head = TRY(node->call(full::ChainHead));
  auto status = TRY(node->call(full::NodeStatus, true));
  auto wallet = TRY(wallet_sums(*node));
  const auto behind = now_seconds() - static_cast<int64_t>(head->min_timestamp());
  const auto sync = sync_text(behind, static_cast<int64_t>(network.block_delay_secs));
  const auto& peers = status.peer_status;
  // Blocks of the last finality against five an epoch.
  const double health = status.chain_status.blocks_per_tipset_last_finality * 100 / kBlocksPerEpoch;
  if (context.json()) {
    JsonValue all{{"Network", network.network_name},
                  {"StartTime", started},
                  {"Sync", sync},
                  {"BehindSeconds", std::max<int64_t>(0, behind)},
                  {"BaseFee", head->parent_base_fee().str()},
                  {"Epoch", head->height()},
                  {"PeersToPublishMessages", peers.peers_to_publish_msgs},
                  {"PeersToPublishBlocks", peers.peers_to_publish_blocks},
                  {"ChainHealthPercent", health},
                  {"Wallet", wallet_json(wallet)}};
    context.print("{}", all.dump(2));
    return {};
  }
  context.print("Network: {}", network.network_name);
  context.print("StartTime: {}", started);
  context.print("Chain: [{}] [basefee {}] [epoch {}]", sync, fil_short(head->parent_base_fee()), head->height());
  context.print("Peers to: [publish messages {}] [publish blocks {}]", peers.peers_to_publish_msgs,
                peers.peers_to_publish_blocks);
  context.print("Chain health: {:.0f}% [{}]", health, health > 85 ? "healthy" : "unhealthy");
  context.print("");
  print_wallet(context, wallet);
  return {};
}

}  // namespace

std::vector<Command> info_commands() {
  return {{"info", "", "Print node info", {toggle("--json", "print JSON, amounts in attoFIL")}, 0, 0, info}};
}

}  // namespace nelumbo::cli
