#include "committed.hpp"

namespace nelumbo::messager {

namespace {

constexpr size_t kPage = 1000;

}  // namespace

void Committed::put(Sender& sender, const Message& message) {
  auto& slot = sender.cost[message.nonce];
  sender.sum += message.required_funds() - slot;
  slot = message.required_funds();
  if (message.nonce == sender.complete_to) ++sender.complete_to;
}

Result<> Committed::refresh(Book& book, const Address& address, uint64_t chain_nonce, ChainEpoch height) {
  uint64_t from = 0;
  {
    std::lock_guard lock(mutex_);
    auto& sender = senders_[address];
    if (sender.height == height) return {};
    auto end = sender.cost.lower_bound(chain_nonce);
    for (auto at = sender.cost.begin(); at != end; at = sender.cost.erase(at)) sender.sum -= at->second;
    sender.complete_to = std::max(sender.complete_to, chain_nonce);
    from = sender.complete_to;
  }
  while (true) {
    auto rows = TRY(book.pending(address, from, kPage));
    std::lock_guard lock(mutex_);
    auto& sender = senders_[address];
    for (const auto& row : rows) put(sender, row.message.message);
    if (!rows.empty()) from = sender.complete_to = std::max(sender.complete_to, rows.back().nonce + 1);
    if (rows.size() < kPage) {
      sender.height = height;
      return {};
    }
  }
}

Result<> Committed::reserve(const Address& address, const TokenAmount& cost, const TokenAmount& balance) {
  std::lock_guard lock(mutex_);
  auto& sender = senders_[address];
  const TokenAmount promised = sender.sum + sender.reserved;
  if (promised + cost > balance) {
    return fail(ErrorCode::invalid, "not enough funds: the message may cost {} and what is pending {}, but {} has {}",
                fil_string(cost), fil_string(promised), address.str(), fil_string(balance));
  }
  sender.reserved += cost;
  return {};
}

void Committed::settle(const Address& address, const TokenAmount& cost, const Message* stored) {
  std::lock_guard lock(mutex_);
  auto& sender = senders_[address];
  sender.reserved -= cost;
  if (stored) put(sender, *stored);
}

void Committed::replaced(const Address& address, const Message& message) {
  std::lock_guard lock(mutex_);
  auto& sender = senders_[address];
  if (sender.cost.contains(message.nonce)) put(sender, message);
}

}  // namespace nelumbo::messager
