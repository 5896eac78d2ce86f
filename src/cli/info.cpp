// lotus info
#include <ostream>

#include "lookup.hpp"
#include "print.hpp"

namespace nelumbo::cli {
namespace {

namespace full = rpc::full;

Result<> print_chain(Context& context, rpc::Client& node, const rpc::ApiNetworkParams& network) {
  auto head = TRY(node.call(full::ChainHead));
  auto behind = now_seconds() - static_cast<int64_t>(head->min_timestamp());
  auto delay = static_cast<int64_t>(network.block_delay_secs);
  auto span = duration_string(std::chrono::seconds(std::max<int64_t>(0, behind)));
  auto state = behind < delay * 3 / 2 + 1 ? "sync ok"
               : behind < delay * 5       ? fmt::format("sync slow ({} behind)", span)
                                          : fmt::format("sync behind! ({} behind)", span);
  context.print("Chain: [{}] [basefee {}] [epoch {}]", state, fil_short(head->parent_base_fee()), head->height());
  return {};
}

Result<> print_wallet(Context& context, rpc::Client& node) {
  auto chosen = node.call(full::WalletDefaultAddress);
  if (chosen && chosen->defined()) {
    context.print("Default address: ");
    context.print("      {} [{}]", chosen->str(), fil_short(TRY(node.call(full::WalletBalance, *chosen))));
  } else {
    context.print("Default address: address not set");
  }
  context.print("");
  auto addresses = TRY(node.call(full::WalletList));
  TokenAmount total = 0, locked = 0, available = 0;
  for (const auto& address : addresses) {
    total += TRY(node.call(full::WalletBalance, address));
    auto market = node.call(full::StateMarketBalance, address, TipsetKey());
    if (!market) continue;  // an address that is not on chain has none
    locked += market->locked;
    available += market->escrow;
  }
  context.print("Wallet: {} address{}", addresses.size(), addresses.size() > 1 ? "es" : "");
  context.print("      Total balance: {}", fil_short(total));
  context.print("      Market locked: {}", fil_short(locked));
  context.print("      Market available: {}", fil_short(available));
  return {};
}

Result<> info(Context& context) {
  auto* node = TRY(context.node());
  auto network = TRY(node->call(full::StateGetNetworkParams));
  context.print("Network: {}", network.network_name);
  context.print("StartTime: {}", TRY(node->call(rpc::common::StartTime)));
  TRY(print_chain(context, *node, network));
  auto status = TRY(node->call(full::NodeStatus, true));
  context.print("Peers to: [publish messages {}] [publish blocks {}]", status.peer_status.peers_to_publish_msgs,
                status.peer_status.peers_to_publish_blocks);
  // Blocks of the last finality against five an epoch.
  double health = status.chain_status.blocks_per_tipset_last_finality * 100 / kBlocksPerEpoch;
  context.print("Chain health: {:.0f}% [{}]", health, health > 85 ? "healthy" : "unhealthy");
  context.print("");
  return print_wallet(context, *node);
}

}  // namespace

std::vector<Command> info_commands() {
  return {{"info", "", "Print node info", {}, 0, 0, info}};
}

}  // namespace nelumbo::cli
