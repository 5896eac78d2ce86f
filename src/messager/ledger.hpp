#pragma once
// A copy of what the database says of wallets and pending messages, a second old at most, so that not every thread
// asks.

#include <map>
#include <mutex>

#include "messager/book.hpp"

namespace nelumbo::messager {

struct LedgerView {
  std::map<Address, WalletRow> wallets;
  std::map<Address, PendingSummary> pending;
};

/// Thread-safe.
class Ledger {
 public:
  /// Reads anew; gives the senders with nonces that were not there before, whoever gave them out.
  Result<std::vector<Address>> refresh(Book& book) {
    std::lock_guard one(refresh_mutex_);
    auto fresh = std::make_shared<LedgerView>();
    for (auto& wallet : TRY(book.wallets())) fresh->wallets[wallet.address] = std::move(wallet);
    for (auto& pending : TRY(book.pending_summary())) fresh->pending[pending.address] = std::move(pending);
    std::vector<Address> out;
    std::lock_guard lock(mutex_);
    for (const auto& [address, wallet] : fresh->wallets) {
      auto old = view_->wallets.find(address);
      if (old == view_->wallets.end() || old->second.nonce < wallet.nonce) out.push_back(address);
    }
    view_ = std::move(fresh);
    return out;
  }
  std::shared_ptr<const LedgerView> view() const {
    std::lock_guard lock(mutex_);
    return view_;
  }

 private:
  std::mutex refresh_mutex_;  // so that an older answer never takes a newer one's place
  mutable std::mutex mutex_;
  std::shared_ptr<const LedgerView> view_ = std::make_shared<LedgerView>();
};

}  // namespace nelumbo::messager
