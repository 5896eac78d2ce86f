#include "views.hpp"

#include <fmt/chrono.h>

namespace nelumbo::messager {

namespace {

constexpr size_t kMostGaps = 1000;

std::string rfc3339(UnixMillis time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(time / 1000)));
}

}  // namespace

Result<std::vector<rpc::MessageRecord>> records_of(Core& core, const std::vector<MessageRow>& rows) {
  std::map<Address, WalletRow> wallets;
  std::map<Address, PendingSummary> pending;
  if (std::ranges::any_of(rows, [](const MessageRow& row) { return row.epoch == 0; })) {
    for (auto& each : TRY(core.book->wallets())) wallets[each.address] = std::move(each);
    for (auto& each : TRY(core.book->pending_summary())) pending[each.address] = std::move(each);
  }
  std::vector<rpc::MessageRecord> out;
  out.reserve(rows.size());
  for (const auto& row : rows) {
    auto& record = out.emplace_back();
    record.id = row.id;
    record.cid = row.cid;
    record.message = row.message;
    record.kind = row.kind;
    record.gr_epoch = row.gr_epoch;
    record.epoch = row.epoch;
    record.uuid = row.uuid;
    record.created = rfc3339(row.created);
    record.replaced = row.replaced;
    record.exit_code = row.exit_code;
    record.gas_used = row.gas_used;
    record.fault = row.fault;
    if (row.epoch != 0) record.confidence = std::max<ChainEpoch>(0, core.height() - row.epoch);
    if (row.epoch == 0) record.wait = wait_reason(core, row, wallets[row.address], pending[row.address]);
  }
  return out;
}

Result<rpc::MessageRecord> record_of(Core& core, const MessageRow& row) {
  auto records = TRY(records_of(core, std::vector<MessageRow>(1, row)));
  return std::move(records.front());
}

Result<std::vector<rpc::MessageWallet>> wallet_views(Core& core) {
  std::map<Address, PendingSummary> pending;
  for (auto& each : TRY(core.book->pending_summary())) pending[each.address] = std::move(each);
  std::vector<rpc::MessageWallet> out;
  for (const auto& wallet : TRY(core.book->wallets())) {
    auto& view = out.emplace_back();
    view.address = wallet.address;
    view.next_nonce = wallet.nonce;
    view.halted = wallet.halted;
    if (auto found = pending.find(wallet.address); found != pending.end()) {
      view.pending = found->second.count;
      view.oldest_seconds = std::max<int64_t>(0, core.now_ms() - found->second.oldest) / 1000;
    }
    auto facts = core.senders.newest(wallet.address);
    if (facts) {
      view.chain_nonce = facts->chain_nonce;
      view.balance = facts->balance;
    }
    if (!facts) view.note = "no node has told of it yet";
    if (!core.nodes.any_ok()) view.note = "no node answers; balance and nonce on chain are not of now";
  }
  return out;
}

uint64_t missing_at(Core& core, size_t node, const Address& address, const LedgerView& ledger) {
  auto pending = ledger.pending.find(address);
  auto wallet = ledger.wallets.find(address);
  if (pending == ledger.pending.end() || wallet == ledger.wallets.end()) return 0;
  const auto end = std::min<uint64_t>(wallet->second.nonce, pending->second.lowest_nonce + core.config.window);
  uint64_t out = 0;
  for (uint64_t nonce = pending->second.lowest_nonce; nonce < end; ++nonce) {
    if (!core.outlets[node]->deliveries.taken(address, nonce)) ++out;
  }
  return out;
}

namespace {

void add_table_gaps(std::vector<rpc::MessageGap>& out, const Address& address, const std::vector<uint64_t>& nonces) {
  for (auto nonce : nonces) {
    auto& gap = out.emplace_back();
    gap.address = address;
    gap.nonce = nonce;
    gap.reason = "the table has no message of this nonce: what comes after it waits for another's message";
  }
}

Result<> add_node_gaps(Core& core, std::vector<rpc::MessageGap>& out, const Address& address) {
  for (const auto& row : TRY(core.book->pending(address, 0, core.config.window))) {
    for (size_t node = 0; node < core.nodes.size(); ++node) {
      const auto& deliveries = core.outlets[node]->deliveries;
      if (deliveries.taken(address, row.nonce) || out.size() >= kMostGaps) continue;
      auto refusal = deliveries.refusal(address);
      auto view = core.nodes.view(node);
      std::string reason = "not sent yet";
      if (!view.ok && !view.error.empty()) reason = view.error;
      if (refusal) reason = fmt::format("nonce {} was refused: {}", refusal->nonce, refusal->reason);
      auto& gap = out.emplace_back();
      gap.address = address;
      gap.nonce = row.nonce;
      gap.node = core.nodes.name(node);
      gap.reason = std::move(reason);
    }
  }
  return {};
}

}  // namespace

Result<std::vector<rpc::MessageGap>> gap_views(Core& core, const std::optional<Address>& address) {
  std::vector<rpc::MessageGap> out;
  for (const auto& wallet : TRY(core.book->wallets())) {
    if (address && wallet.address != *address) continue;
    auto facts = core.senders.newest(wallet.address);
    auto missing = TRY(core.book->gaps(wallet.address, facts ? facts->chain_nonce : 0, kMostGaps));
    // Without a node's word, what was pruned cannot be told from what is missing.
    if (facts) add_table_gaps(out, wallet.address, missing);
    TRY(add_node_gaps(core, out, wallet.address));
  }
  return out;
}

Result<rpc::MessageServerStatus> status_view(Core& core) {
  auto cursor = TRY(core.book->cursor());
  auto ledger = core.ledger.view();
  rpc::MessageServerStatus out;
  out.leader = core.leader;
  out.height = cursor ? cursor->height : 0;
  out.wallets = ledger->wallets.size();
  for (const auto& [address, wallet] : ledger->wallets) out.halted += wallet.halted.empty() ? 0 : 1;
  for (const auto& [address, pending] : ledger->pending) out.pending += pending.count;
  if (core.transport) out.peers = core.transport->peers().size();
  for (size_t i = 0; i < core.nodes.size(); ++i) {
    auto view = core.nodes.view(i);
    auto& node = out.nodes.emplace_back();
    node.name = core.nodes.name(i);
    node.ok = view.ok;
    node.error = view.error;
    node.height = view.head ? view.head->height() : 0;
    node.pushed = core.outlets[i]->pushed;
    node.failed = core.outlets[i]->failed;
    for (const auto& [address, pending] : ledger->pending) {
      node.queued += static_cast<int64_t>(missing_at(core, i, address, *ledger));
    }
  }
  return out;
}

}  // namespace nelumbo::messager
