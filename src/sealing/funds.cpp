// Who pays for a message.
#include <algorithm>

#include "machine.hpp"

namespace nelumbo::sealing {

TokenAmount Machine::max_fee(MessageKind kind, size_t sectors) const {
  switch (kind) {
    case MessageKind::pre_commit:
      return config_.pre_commit_gas.of(sectors);
    case MessageKind::commit:
    case MessageKind::update:
      return config_.commit_gas.of(sectors);
    case MessageKind::terminate:
      break;
  }
  return config_.terminate_gas;
}

/// What an account has beside the values of messages that are under way.
Result<TokenAmount> Machine::free_balance(const Address& account) {
  auto out = TRY(parts_.chain->balance(account));
  for (const auto& [uuid, each] : outgoing_) {
    if (!each.executed && each.row.message.from == account) out -= each.row.message.value;
  }
  return std::max(out, TokenAmount(0));
}

Result<Machine::Payer> Machine::payer(MessageKind kind, const TokenAmount& needed, const TokenAmount& fee) {
  const auto& at = head_->key();
  Payer out;
  TokenAmount from_miner;
  if (config_.collateral_from_miner_balance && needed > 0) {
    from_miner = std::max(TokenAmount(0), TRY(parts_.chain->miner_available(config_.miner, at)));
  }
  out.value = needed > from_miner ? TokenAmount(needed - from_miner) : TokenAmount(0);

  // The actor takes messages of the worker and of control addresses only.
  auto info = TRY(parts_.chain->miner_info(config_.miner, at));
  std::vector<Address> candidates;
  const auto& named = kind == MessageKind::pre_commit  ? config_.pre_commit_control
                      : kind == MessageKind::terminate ? config_.terminate_control
                                                       : config_.commit_control;
  for (const auto& each : named) {
    auto id = TRY_IN("control address " + each.str(), parts_.chain->id_address(each, at));
    const auto& all = info.control_addresses;
    if (id == info.worker || std::find(all.begin(), all.end(), id) != all.end()) candidates.push_back(id);
  }
  candidates.push_back(info.worker);

  TokenAmount most;
  std::optional<Address> enough_without_fee;
  for (const auto& each : candidates) {
    auto balance = TRY(free_balance(each));
    most = std::max(most, balance);
    if (balance > out.value && !enough_without_fee) enough_without_fee = each;
    if (balance > out.value && balance >= out.value + fee) {
      out.from = each;
      return out;
    }
  }
  // The allowance is the most that gas may cost: mostly it costs far less.
  if (enough_without_fee) {
    out.from = *enough_without_fee;
    return out;
  }
  out.affordable = most + from_miner;
  auto worker = TRY(free_balance(info.worker));
  out.shortfall =
      fmt::format("funds are short by {} at {}: {} is to be sent with the message, and {} at most for its gas",
                  fil_short(out.value + fee - worker), info.worker.str(), fil_short(out.value), fil_short(fee));
  return out;
}

}  // namespace nelumbo::sealing
