#include "actors/methods.hpp"

#include <algorithm>
#include <unordered_map>

#include "method_tables.hpp"

namespace nelumbo::actors {

const MethodShape* find_method(std::string_view actor, MethodNum number) {
  static const std::unordered_map<std::string_view, const MethodTable& (*)()> tables{
      {names::kAccount, account_methods},
      {names::kInit, init_methods},
      {names::kCron, cron_methods},
      {names::kSystem, system_methods},
      {names::kMultisig, multisig_methods},
      {names::kPaymentChannel, payment_channel_methods},
      {names::kEthAccount, eth_account_methods},
      {names::kEam, eam_methods},
      {names::kEvm, evm_methods},
      {names::kMarket, market_methods},
      {names::kPower, power_methods},
      {names::kVerifiedRegistry, verified_registry_methods},
      {names::kDatacap, datacap_methods},
      {names::kReward, reward_methods},
      {names::kMiner, miner_methods},
  };
  auto known = tables.find(actor);
  if (known == tables.end()) return nullptr;
  const auto& table = known->second();
  auto row = std::ranges::find(table, number, &MethodShape::number);
  return row == table.end() ? nullptr : &*row;
}

}  // namespace nelumbo::actors
