#include "views.hpp"

namespace nelumbo::messager {

namespace {

std::string epochs_ago(ChainEpoch now, ChainEpoch then) {
  const auto epochs = std::max<ChainEpoch>(0, now - then);
  if (epochs == 0) return "in this epoch";
  return epochs == 1 ? "one epoch ago" : fmt::format("{} epochs ago", epochs);
}

std::string plural(uint64_t count, std::string_view word) {
  return fmt::format("{} {}{}", count == 1 ? "one" : std::to_string(count), word, count == 1 ? "" : "s");
}

/// Of a message that has others before it.
std::string behind_others(Core& core, const MessageRow& row, const PendingSummary& pending, uint64_t chain_nonce) {
  auto out = fmt::format("nonce {} is not on chain yet, {} before it", pending.lowest_nonce,
                         plural(row.nonce - pending.lowest_nonce, "message"));
  if (row.nonce >= chain_nonce + core.config.window) {
    out += fmt::format("; at most {} of a sender are sent out at a time", core.config.window);
  }
  return out;
}

/// Base fee and what else of the fee stands in the way; empty: nothing.
std::string fee_trouble(Core& core, const MessageRow& row) {
  std::string out;
  auto head = core.nodes.head();
  const auto& cap = row.message.message.gas_fee_cap;
  if (head && cap < head->parent_base_fee()) {
    out = fmt::format("fee cap {} below base fee {}", cap.str(), head->parent_base_fee().str());
  }
  if (auto note = core.fee_note(row.address); note && note->nonce == row.nonce) {
    out += (out.empty() ? "" : "; ") + note->text;
  }
  return out;
}

/// Where the lowest message of a sender is.
std::string whereabouts(Core& core, const MessageRow& row) {
  std::string in_pools, troubles;
  for (size_t i = 0; i < core.nodes.size(); ++i) {
    const auto& deliveries = core.outlets[i]->deliveries;
    const auto name = core.nodes.name(i);
    auto refusal = deliveries.refusal(row.address);
    auto taken = deliveries.taken(row.address, row.nonce);
    if (refusal && refusal->nonce == row.nonce) {
      troubles += fmt::format("{}{}: {}", troubles.empty() ? "" : "; ", name, refusal->reason);
    } else if (taken && taken->cid == row.cid) {
      in_pools +=
          fmt::format("{}in the pool of node {} since epoch {}", in_pools.empty() ? "" : ", ", name, taken->epoch);
    } else if (auto view = core.nodes.view(i); !view.ok && !view.error.empty()) {
      troubles += fmt::format("{}{}: {}", troubles.empty() ? "" : "; ", name, view.error);
    }
  }
  if (!in_pools.empty()) return troubles.empty() ? in_pools : in_pools + "; not taken by " + troubles;
  if (!troubles.empty()) return "no node took it: " + troubles;
  return "";
}

}  // namespace

std::string wait_reason(Core& core, const MessageRow& row, const WalletRow& wallet, const PendingSummary& pending) {
  auto facts = core.senders.newest(row.address);
  const uint64_t chain_nonce = facts ? facts->chain_nonce : pending.lowest_nonce;
  std::string out = wallet.halted.empty() ? "" : "sender halted: " + wallet.halted + "; ";
  if (pending.count > 0 && row.nonce > pending.lowest_nonce)
    return out + behind_others(core, row, pending, chain_nonce);
  if (chain_nonce > row.nonce) return out + "in a block; its execution is not confirmed yet";
  if (chain_nonce < row.nonce) {
    return out + fmt::format("the chain expects nonce {} first, of which the table has no message", chain_nonce);
  }
  auto where = whereabouts(core, row);
  if (auto gossip = core.gossip.deliveries.taken(row.address, row.nonce); gossip && gossip->cid == row.cid) {
    where += fmt::format("{}published {}", where.empty() ? "" : ", ", epochs_ago(core.height(), gossip->epoch));
  }
  if (where.empty()) where = "not sent out yet";
  auto fee = fee_trouble(core, row);
  return out + where + (fee.empty() ? "" : ", " + fee);
}

}  // namespace nelumbo::messager
