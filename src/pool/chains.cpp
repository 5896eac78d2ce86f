#include "chains.hpp"

#include <algorithm>

namespace nelumbo::pool {

namespace {

/// The messages of a sender that one block could hold: no nonce gap, enough gas each, within a block's gas, and paid
/// for by the balance.
std::vector<MessagePtr> includable(const SenderMessages& sender, const SelectionRules& rules) {
  std::vector<MessagePtr> out;
  uint64_t nonce = sender.nonce;
  TokenAmount balance = sender.balance;
  int64_t gas = 0;
  for (const auto& signed_message : sender.messages) {
    const Message& m = signed_message->message;
    if (m.nonce < nonce) continue;
    if (m.nonce != nonce || out.size() == rules.message_limit) break;
    if (m.gas_limit < rules.inclusion_gas(*signed_message)) break;
    gas += m.gas_limit;
    TokenAmount required = m.required_funds();
    if (gas > kBlockGasLimit || balance < required) break;
    balance -= required;
    ++nonce;
    out.push_back(signed_message);
  }
  return out;
}

std::unique_ptr<Chain> chain_of(const MessagePtr& message, TokenAmount reward) {
  auto chain = std::make_unique<Chain>();
  chain->messages = {message};
  chain->gas = message->message.gas_limit;
  chain->performance = gas_performance(reward, chain->gas);
  chain->reward = std::move(reward);
  chain->signature = message->signature.type;
  return chain;
}

/// Appends `from` to `to`.
void join(Chain& to, const Chain& from) {
  to.messages.insert(to.messages.end(), from.messages.begin(), from.messages.end());
  to.reward += from.reward;
  to.gas += from.gas;
  to.performance = gas_performance(to.reward, to.gas);
}

}  // namespace

TokenAmount gas_reward(const Message& message, const TokenAmount& base_fee) {
  TokenAmount premium = std::min<TokenAmount>(message.gas_fee_cap - base_fee, message.gas_premium);
  TokenAmount reward = premium * message.gas_limit;
  // A message below the base fee costs its block's miner a penalty.
  return reward < 0 ? TokenAmount(reward * 3) : reward;
}

double gas_performance(const TokenAmount& reward, int64_t gas) {
  return reward.convert_to<double>() * static_cast<double>(kBlockGasLimit) / static_cast<double>(gas);
}

Chains make_chains(const SenderMessages& sender, const SelectionRules& rules) {
  Chains chains;
  for (const auto& message : includable(sender, rules)) {
    auto single = chain_of(message, gas_reward(message->message, rules.base_fee));
    // A message joins the chain before it unless that lowers the chain's performance (for a single message that is
    // the same as a comparison of the two performances).
    if (chains.empty() || single->performance < chains.back()->performance) {
      chains.push_back(std::move(single));
      continue;
    }
    join(*chains.back(), *single);
    // The grown chain may now be better than the one before: keep performances falling.
    while (chains.size() > 1 && chains.back()->performance >= chains[chains.size() - 2]->performance) {
      join(*chains[chains.size() - 2], *chains.back());
      chains.pop_back();
    }
  }
  for (size_t i = 1; i < chains.size(); ++i) {
    chains[i]->previous = chains[i - 1].get();
    chains[i - 1]->next = chains[i].get();
  }
  return chains;
}

void Chain::trim(int64_t gas_limit, size_t message_limit, const TokenAmount& base_fee) {
  size_t before = messages.size();
  while (!messages.empty() && (gas > gas_limit || performance < 0 || messages.size() > message_limit)) {
    reward -= gas_reward(messages.back()->message, base_fee);
    gas -= messages.back()->message.gas_limit;
    messages.pop_back();
    performance = messages.empty() ? 0 : gas_performance(reward, gas);
    if (messages.empty()) {
      effective = 0;
    } else if (probability != 0) {
      compute_effective();
    }
  }
  valid = !messages.empty();
  if (messages.size() != before && next) {
    next->invalidate();
    next = nullptr;
  }
}

void Chain::invalidate() {
  valid = false;
  messages.clear();
  if (next) next->invalidate();
  next = nullptr;
}

void Chain::set_probability(double value) {
  probability = value;
  compute_effective();
}

void Chain::compute_effective() {
  effective = performance * probability;
  if (effective <= 0 || !previous) return;
  auto own = static_cast<double>(gas), parents = static_cast<double>(previous->gas);
  double with_parent = (effective * own + previous->effective * parents) / (own + parents);
  parent_offset = effective - with_parent;
  effective = with_parent;
}

bool better(const Chain& a, const Chain& b) {
  return a.performance != b.performance ? a.performance > b.performance : a.reward > b.reward;
}

bool better_effective(const Chain& a, const Chain& b) {
  if (a.merged != b.merged) return a.merged;
  bool a_pays = a.performance >= 0, b_pays = b.performance >= 0;
  if (a_pays != b_pays) return a_pays;
  return a.effective != b.effective ? a.effective > b.effective : better(a, b);
}

std::vector<std::vector<MessagePtr>> ranked_chains(const std::vector<SenderMessages>& senders,
                                                   const SelectionRules& rules) {
  Chains chains;
  for (const auto& sender : senders) {
    for (auto& chain : make_chains(sender, rules)) chains.push_back(std::move(chain));
  }
  // Stable: a sender's chains of equal worth stay in nonce order.
  std::stable_sort(chains.begin(), chains.end(), [](const auto& a, const auto& b) { return better(*a, *b); });
  std::vector<std::vector<MessagePtr>> out;
  for (auto& chain : chains) out.push_back(std::move(chain->messages));
  return out;
}

}  // namespace nelumbo::pool
