#pragma once
// What persons are told: messages with the reason each one waits, wallets, gaps, nodes, metrics.

#include "core.hpp"

namespace nelumbo::messager {

/// A row as the API gives it.
Result<rpc::MessageRecord> record_of(Core& core, const MessageRow& row);
Result<std::vector<rpc::MessageRecord>> records_of(Core& core, const std::vector<MessageRow>& rows);

/// Why a pending message is not on chain, for a person. `wallet` and `pending` are its sender's.
std::string wait_reason(Core& core, const MessageRow& row, const WalletRow& wallet, const PendingSummary& pending);

Result<std::vector<rpc::MessageWallet>> wallet_views(Core& core);
Result<std::vector<rpc::MessageGap>> gap_views(Core& core, const std::optional<Address>& address);
/// All but the network's name and the database's place.
Result<rpc::MessageServerStatus> status_view(Core& core);
/// Prometheus text.
std::string metrics_text(Core& core);
/// Messages within a sender's window that a node's pool has not taken.
uint64_t missing_at(Core& core, size_t node, const Address& address, const LedgerView& ledger);

}  // namespace nelumbo::messager
