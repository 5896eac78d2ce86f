#include "pool/selection.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "chains.hpp"
#include "types/network.hpp"

namespace nelumbo::pool {

namespace {

/// Blocks of one tipset that are thought of.
constexpr size_t kBlocksConsidered = 15;
/// Above, the first block is likelier than all others, and weighing chances changes nothing.
constexpr double kGreedyQuality = 0.84;

/// A block being filled.
class Packer {
 public:
  explicit Packer(const SelectionRules& rules)
      : rules_(rules),
        gas_(rules.gas_limit),
        left_(rules.message_limit),
        bls_(rules.signature_kind_limit),
        secp_(rules.signature_kind_limit) {}

  bool full() const { return gas_ < kSmallestMessageGas || left_ == 0; }

  /// Takes chains in the order given until the block is full or none pays; what does not fit is trimmed and tried again
  /// at its new rank.
  template <class Before>
  void pack(Chains& chains, Before before) {
    // Chains rank by worth; equals by their place in the list, which has a sender's chains in nonce order.
    std::vector<std::pair<Chain*, size_t>> ranked;
    for (size_t i = 0; i < chains.size(); ++i) ranked.emplace_back(chains[i].get(), i);
    auto less = [&](const auto& a, const auto& b) {
      if (before(*a.first, *b.first)) return true;
      if (before(*b.first, *a.first)) return false;
      return a.second < b.second;
    };
    std::set<std::pair<Chain*, size_t>, decltype(less)> queue(ranked.begin(), ranked.end(), less);
    std::map<Chain*, size_t> place(ranked.begin(), ranked.end());
    while (!queue.empty() && !full()) {
      auto entry = *queue.begin();
      queue.erase(queue.begin());
      Chain& chain = *entry.first;
      if (!chain.valid || chain.merged) continue;
      if (chain.performance < 0) break;
      // Ranks of the sender's other chains may change below: they leave the ordered set first.
      std::vector<Chain*> family;
      for (Chain* c = chain.previous; c && !c->merged; c = c->previous) family.push_back(c);
      for (Chain* c = chain.next; c; c = c->next) family.push_back(c);
      for (Chain* c : family) queue.erase({c, place.at(c)});
      if (add(chain)) {
        release(chain);
      } else if (chain.valid) {
        queue.insert(entry);
      }
      for (Chain* c : family) {
        if (c->valid && !c->merged) queue.insert({c, place.at(c)});
      }
    }
  }

  std::vector<MessagePtr> take() { return std::move(messages_); }

 private:
  /// Adds a chain with what it depends on; else trims or invalidates it.
  bool add(Chain& chain) {
    size_t& kind = chain.signature == SignatureType::bls ? bls_ : secp_;
    size_t room = std::min(kind, left_);
    std::vector<Chain*> needed;
    int64_t needed_gas = 0;
    size_t needed_messages = 0;
    for (Chain* c = chain.previous; c && !c->merged; c = c->previous) {
      needed.push_back(c);
      needed_gas += c->gas;
      needed_messages += c->messages.size();
    }
    size_t count = needed_messages + chain.messages.size();
    if (needed_gas + chain.gas > gas_ || count > room) {
      if (needed_gas > gas_ || needed_messages >= room) {
        chain.invalidate();
      } else {
        chain.trim(gas_ - needed_gas, room - needed_messages, rules_.base_fee);
      }
      return false;
    }
    for (auto c = needed.rbegin(); c != needed.rend(); ++c) append(**c);
    append(chain);
    gas_ -= needed_gas + chain.gas;
    kind -= count;
    left_ -= count;
    return true;
  }

  void append(Chain& chain) {
    chain.merged = true;
    messages_.insert(messages_.end(), chain.messages.begin(), chain.messages.end());
  }

  /// What follows a merged chain no longer pays for it: its effective performance rises.
  static void release(Chain& chain) {
    Chain* follower = chain.next;
    if (!follower || follower->effective <= 0) return;
    follower->effective += follower->parent_offset;
    for (follower = follower->next; follower && follower->effective > 0; follower = follower->next) {
      follower->compute_effective();
    }
  }

  const SelectionRules& rules_;
  std::vector<MessagePtr> messages_;
  int64_t gas_;
  size_t left_, bls_, secp_;
};

/// Which block of the tipset a chain would be in if all producers packed by performance, and so its chance to be ours.
void weigh(Chains& chains, double ticket_quality) {
  std::vector<Chain*> ranked;
  for (auto& chain : chains) ranked.push_back(chain.get());
  std::stable_sort(ranked.begin(), ranked.end(), [](auto* a, auto* b) { return better(*a, *b); });
  auto probabilities = block_probabilities(ticket_quality);
  size_t block = 0;
  int64_t gas = kBlockGasLimit;
  size_t messages = kBlockMessageLimit;
  for (Chain* chain : ranked) {
    if (block == probabilities.size()) {
      chain->set_no_probability();
      continue;
    }
    chain->set_probability(probabilities[block]);
    gas -= chain->gas;
    messages -= std::min(messages, chain->messages.size());
    if (gas < kSmallestMessageGas || messages == 0) {
      ++block;
      gas = kBlockGasLimit;
      messages = kBlockMessageLimit;
    }
  }
}

Chains chains_of(const std::vector<SenderMessages>& senders, const SelectionRules& rules, bool priority) {
  Chains out;
  for (const auto& sender : senders) {
    if (sender.priority != priority) continue;
    for (auto& chain : make_chains(sender, rules)) out.push_back(std::move(chain));
  }
  return out;
}

}  // namespace

std::vector<double> block_probabilities(double ticket_quality) {
  const double mean = static_cast<double>(kBlocksPerEpoch);
  const double better_ticket = std::clamp(1 - ticket_quality, 0.0, 1.0);
  std::vector<double> out(kBlocksConsidered, 0.0);
  for (size_t others = 0; others < kBlocksConsidered; ++others) {
    // Chance of this many other winners, given that there is one (us): Poisson without its zero.
    auto winners = static_cast<double>(others + 1);
    double chance = std::exp(winners * std::log(mean) - std::lgamma(winners + 1)) / (std::exp(mean) - 1);
    double choose = 1;
    for (size_t place = 0; place <= others; ++place) {
      out[place] += chance * choose * std::pow(better_ticket, static_cast<double>(place)) *
                    std::pow(1 - better_ticket, static_cast<double>(others - place));
      choose = choose * static_cast<double>(others - place) / static_cast<double>(place + 1);
    }
  }
  return out;
}

std::vector<MessagePtr> select_messages(const std::vector<SenderMessages>& senders, const SelectionRules& rules,
                                        double ticket_quality) {
  Packer packer(rules);
  auto first = chains_of(senders, rules, true);
  packer.pack(first, better);
  if (!packer.full()) {
    auto others = chains_of(senders, rules, false);
    if (ticket_quality > kGreedyQuality) {
      packer.pack(others, better);
    } else {
      weigh(others, ticket_quality);
      packer.pack(others, better_effective);
    }
  }
  return packer.take();
}

}  // namespace nelumbo::pool
