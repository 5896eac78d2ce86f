#include "sync_targets.hpp"

#include <algorithm>

#include "chain/weight.hpp"
#include "header_checks.hpp"

namespace nelumbo::chain {

namespace {

constexpr int kTries = 6;
constexpr std::chrono::milliseconds kFirstDelay{500};

bool related(const Tipset& a, const Tipset& b) {
  return a.key() == b.key() || a.parents() == b.parents() || a.parents() == b.key() || b.parents() == a.key();
}

/// By what they claim: the weight of their parents with the most that they themselves may add.
bool claims_more(const Tipset& a, const Tipset& b) {
  const BigInt mine = a.parent_weight() + most_added_weight(a), other = b.parent_weight() + most_added_weight(b);
  if (mine != other) return mine > other;
  return wins_tie(a, b);
}

}  // namespace

void SyncTargets::heard(const std::string& peer, const TipsetPtr& head) {
  auto known = heads_.find(peer);
  if (known == heads_.end()) {
    if (heads_.size() >= kPeers) return;
    known = heads_.emplace(peer, std::vector<TipsetKey>()).first;
  }
  auto& keys = known->second;
  std::erase(keys, head->key());
  keys.push_back(head->key());
  auto [it, fresh] = candidates_.try_emplace(head->key(), Candidate{head});
  // Told again, perhaps by someone who can also give what is missing.
  if (!fresh) it->second.not_before = {};
  if (keys.size() <= kHeadsOfPeer) return;
  std::erase_if(keys, [&](const TipsetKey& key) { return !candidates_.contains(key); });
  if (keys.size() > kHeadsOfPeer) {
    keys.erase(std::ranges::min_element(keys, [&](const TipsetKey& a, const TipsetKey& b) {
      return claims_more(*candidates_.at(b).tipset, *candidates_.at(a).tipset);
    }));
    drop_unheard();
  }
}

void SyncTargets::forget_peer(const std::string& peer) {
  heads_.erase(peer);
  drop_unheard();
}

void SyncTargets::drop_unheard() {
  std::set<TipsetKey> heard;
  for (const auto& [peer, keys] : heads_) heard.insert(keys.begin(), keys.end());
  std::erase_if(candidates_, [&](const auto& each) { return !heard.contains(each.first); });
}

std::vector<std::string> SyncTargets::tellers(const TipsetKey& key) const {
  std::vector<std::string> out;
  for (const auto& [peer, keys] : heads_) {
    if (std::ranges::find(keys, key) != keys.end()) out.push_back(peer);
  }
  return out;
}

std::vector<std::string> SyncTargets::backers(const Tipset& tipset) const {
  std::vector<std::string> out;
  for (const auto& [peer, keys] : heads_) {
    const bool backs = std::ranges::any_of(keys, [&](const TipsetKey& key) {
      auto it = candidates_.find(key);
      return key == tipset.key() || (it != candidates_.end() && related(*it->second.tipset, tipset));
    });
    if (backs) out.push_back(peer);
  }
  return out;
}

TipsetPtr SyncTargets::choose(const std::function<bool(const TipsetPtr&)>& wanted, Time now) {
  std::erase_if(candidates_, [&](const auto& each) { return !wanted(each.second.tipset); });
  const Candidate* best = nullptr;
  bool best_agreed = false;
  for (const auto& [key, each] : candidates_) {
    if (each.not_before > now) continue;
    const bool is_agreed = agreed(*each.tipset);
    bool better = best == nullptr;
    if (best != nullptr) {
      better = is_agreed != best_agreed          ? is_agreed
               : each.failures != best->failures ? each.failures < best->failures
                                                 : claims_more(*each.tipset, *best->tipset);
    }
    if (!better) continue;
    best = &each;
    best_agreed = is_agreed;
  }
  return best == nullptr ? nullptr : best->tipset;
}

std::optional<SyncTargets::Time> SyncTargets::next_time() const {
  std::optional<Time> out;
  for (const auto& [key, each] : candidates_) {
    if (!out || each.not_before < *out) out = each.not_before;
  }
  return out;
}

bool SyncTargets::outvoted(const TipsetKey& key) const {
  auto it = candidates_.find(key);
  if (it == candidates_.end() || backers(*it->second.tipset).size() > 1) return false;
  return std::ranges::any_of(candidates_, [&](const auto& each) {
    return each.first != key && each.second.failures == 0 && !related(*each.second.tipset, *it->second.tipset) &&
           backers(*each.second.tipset).size() > 1;
  });
}

void SyncTargets::postpone(const TipsetKey& key, Time now) {
  auto it = candidates_.find(key);
  if (it == candidates_.end()) return;
  if (++it->second.failures >= kTries) {
    forget(key);
    return;
  }
  it->second.not_before = now + kFirstDelay * (1 << it->second.failures);
}

void SyncTargets::forget(const TipsetKey& key) {
  candidates_.erase(key);
  for (auto& [peer, keys] : heads_) std::erase(keys, key);
}

}  // namespace nelumbo::chain
