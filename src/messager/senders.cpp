#include "senders.hpp"

#include "base/log.hpp"
#include "core.hpp"

namespace nelumbo::messager {

namespace {

/// A sender's balance and nonce on chain are asked for anew after this long, when no worker has done so.
constexpr std::chrono::seconds kFactsAge{15};

bool newer(const SenderFacts& a, const SenderFacts& b) { return std::tie(a.height, a.at) > std::tie(b.height, b.at); }

}  // namespace

std::optional<SenderFacts> Senders::at(size_t node, const Address& address) const {
  std::lock_guard lock(mutex_);
  auto sender = facts_.find(address);
  if (sender == facts_.end()) return std::nullopt;
  auto found = sender->second.find(node);
  return found == sender->second.end() ? std::nullopt : std::optional(found->second);
}

std::optional<SenderFacts> Senders::newest(const Address& address) const {
  std::lock_guard lock(mutex_);
  auto sender = facts_.find(address);
  if (sender == facts_.end()) return std::nullopt;
  const SenderFacts* best = nullptr;
  for (const auto& [node, facts] : sender->second) {
    if (!best || newer(facts, *best)) best = &facts;
  }
  return best ? std::optional(*best) : std::nullopt;
}

Result<SenderFacts> ask_facts(Core& core, size_t node, const Address& address) {
  auto head = core.nodes.view(node).head;
  SenderFacts facts;
  facts.pool_nonce = TRY(core.nodes.at(node).pool_nonce(address));
  auto state = TRY(core.nodes.at(node).sender(address));
  facts.chain_nonce = state.nonce;
  facts.pool_nonce = std::max(facts.pool_nonce, state.nonce);
  facts.balance = std::move(state.balance);
  facts.height = head ? head->height() : 0;
  facts.at = core.clock->now();
  return facts;
}

Result<> compare_with_table(Core& core, size_t node, const Address& address, const SenderFacts& facts) {
  auto wallet = TRY(core.book->wallet(address));
  if (facts.pool_nonce > wallet.nonce && wallet.halted.empty()) {
    const bool on_chain = facts.chain_nonce > wallet.nonce;
    auto reason = fmt::format(
        "{} node {} the next nonce is {}, in the table {}: the sender was also used elsewhere; \"wallet sync-nonce\" "
        "ends "
        "this halt",
        on_chain ? "on the chain of" : "in the pool of", core.nodes.name(node),
        on_chain ? facts.chain_nonce : facts.pool_nonce, wallet.nonce);
    log_error("messager", "no more nonces for {}: {}", address.str(), reason);
    TRY(core.book->halt(address, reason));
    core.refresh_ledger();
  }
  core.senders.put(node, address, facts);
  return {};
}

Result<SenderFacts> facts_for_sending(Core& core, const Address& address) {
  auto known = core.senders.newest(address);
  if (known && known->height >= core.height() && core.clock->now() - known->at < kFactsAge) return *known;
  std::optional<SenderFacts> out;
  std::string troubles;
  for (size_t node : core.nodes.order()) {
    if (out && !core.nodes.view(node).error.empty()) continue;
    auto facts = ask_facts(core, node, address);
    if (!facts) {
      if (is_no_answer(facts.error())) core.nodes.failed(node, facts.error());
      troubles += fmt::format("{}{}: {}", troubles.empty() ? "" : "; ", core.nodes.name(node), facts.error().message);
      continue;
    }
    TRY(compare_with_table(core, node, address, *facts));
    if (known) return *facts;
    if (!out || newer(*facts, *out)) out = *facts;
  }
  if (out) return *out;
  return fail(ErrorCode::unavailable, "no full node answers ({})", troubles.empty() ? "none is configured" : troubles);
}

Result<uint64_t> nonce_after_all(Core& core, const Address& address) {
  std::optional<uint64_t> out;
  std::string troubles;
  for (size_t node : core.nodes.order()) {
    auto facts = ask_facts(core, node, address);
    if (facts) {
      out = std::max(out.value_or(0), facts->pool_nonce);
      continue;
    }
    if (is_no_answer(facts.error())) core.nodes.failed(node, facts.error());
    troubles += fmt::format("{}{}: {}", troubles.empty() ? "" : "; ", core.nodes.name(node), facts.error().message);
  }
  if (out) return *out;
  return fail(ErrorCode::unavailable, "no full node answers ({})", troubles.empty() ? "none is configured" : troubles);
}

}  // namespace nelumbo::messager
