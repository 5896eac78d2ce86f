#include "pool/check.hpp"

#include "pool_state.hpp"

namespace nelumbo::pool {

namespace {

/// Room for the signature in a message of the largest size.
constexpr size_t kSignatureRoom = 128;
constexpr uint64_t kLowerBoundFactor = 10;
constexpr uint64_t kUpperBoundFactor = 10;

/// One run over messages: what the head gives, and per sender what the messages before have used up.
class Checker {
 public:
  static Result<Checker> make(const MessagePool& pool, ChainSource& source, bool after_pending) {
    auto head = pool.head();
    auto base_fee = TRY_IN("computing the base fee", source.next_base_fee(*head));
    return Checker(pool, source, std::move(head), std::move(base_fee), after_pending);
  }

  std::vector<CheckOutcome> check(const Message& message, bool free_nonce) {
    out_.clear();
    cid_ = message.cid();
    auto* sender = find_sender(message.from);
    if (sender && alone(message)) {
      fees(message);
      against_sender(message, free_nonce, *sender);
    }
    return std::move(out_);
  }

 private:
  struct Sender {
    uint64_t next_nonce = 0;
    TokenAmount balance, required;
  };

  Checker(const MessagePool& pool, ChainSource& source, TipsetPtr head, TokenAmount base_fee, bool after_pending)
      : pool_(&pool),
        source_(&source),
        head_(std::move(head)),
        base_fee_(std::move(base_fee)),
        after_pending_(after_pending) {}

  bool note(Check check, bool ok, std::string error = {}, decltype(CheckOutcome::hints) hints = {}) {
    out_.push_back({cid_, check, ok, ok ? std::string() : std::move(error), std::move(hints)});
    return ok;
  }

  Result<Sender> load(const Address& address) const {
    auto actor = TRY(source_->actor_after(address, *head_));
    if (!actor) return fail(ErrorCode::not_found, "{} is not on chain", address.str());
    Sender sender{.next_nonce = actor->nonce, .balance = actor->balance};
    if (!after_pending_) return sender;
    sender.next_nonce = TRY(pool_->next_nonce(address));
    for (const auto& pending : pool_->pending_for(address)) sender.required += pending->message.required_funds();
    return sender;
  }

  /// Null when the sender's state is not to be had, which is noted.
  Sender* find_sender(const Address& address) {
    auto known = senders_.find(address);
    if (known == senders_.end()) {
      auto loaded = load(address);
      if (!loaded) {
        note(Check::get_state_nonce, false, std::move(loaded.error().message));
        return nullptr;
      }
      known = senders_.emplace(address, std::move(*loaded)).first;
    }
    note(Check::get_state_nonce, true, {}, {{"nonce", known->second.next_nonce}});
    note(Check::get_state_balance, true, {}, {{"balance", known->second.balance}});
    return &known->second;
  }

  bool alone(const Message& message) {
    const size_t size = to_cbor(message).size();
    note(Check::serialize, true);
    note(Check::size, size <= kMaxMessageSize - kSignatureRoom,
         fmt::format("the message has {} bytes, at most {} are allowed", size, kMaxMessageSize - kSignatureRoom));
    auto valid = check_message(message, 0, source_->network_version(head_->height() + 1));
    if (!note(Check::validity, valid.has_value(), valid ? std::string() : valid.error().message)) return false;
    const int64_t least = source_->inclusion_gas(head_->height() + 1, size);
    note(Check::min_gas, message.gas_limit >= least,
         fmt::format("gas limit {} is below what being on chain costs, {}", message.gas_limit, least),
         {{"minGas", static_cast<uint64_t>(least)}});
    return true;
  }

  void fees(const Message& message) {
    const auto& cap = message.gas_fee_cap;
    if (!note(Check::min_base_fee, cap >= kMinimumBaseFee, "the gas fee cap is below the smallest base fee")) return;
    note(Check::base_fee, cap >= base_fee_, "the gas fee cap is below the base fee", {{"baseFee", base_fee_}});
    const TokenAmount lower = base_fee_lower_bound(base_fee_, kLowerBoundFactor);
    const TokenAmount upper = base_fee_ * kUpperBoundFactor;
    note(Check::base_fee_lower_bound, cap >= lower,
         "the gas fee cap is below what the base fee can fall to within 20 epochs",
         {{"baseFeeLowerBound", lower}, {"baseFee", base_fee_}});
    note(Check::base_fee_upper_bound, true, {}, {{"baseFeeUpperBound", upper}, {"baseFee", base_fee_}});
    if (cap < upper) out_.back().error = "the gas fee cap is below what the base fee can rise to within 20 epochs";
  }

  void against_sender(const Message& message, bool free_nonce, Sender& sender) {
    const bool fits = free_nonce || message.nonce == sender.next_nonce;
    note(Check::nonce, fits, fmt::format("the nonce is {}, the next one is {}", message.nonce, sender.next_nonce),
         {{"nextNonce", sender.next_nonce}});
    if (fits) ++sender.next_nonce;
    sender.required += message.required_funds();
    note(Check::balance, sender.balance >= sender.required,
         fmt::format("not enough funds: all messages together may cost {}, the sender has {}",
                     fil_string(sender.required), fil_string(sender.balance)),
         {{"requiredFunds", sender.required}});
  }

  const MessagePool* pool_;
  ChainSource* source_;
  TipsetPtr head_;
  TokenAmount base_fee_;
  bool after_pending_;
  std::map<Address, Sender> senders_;
  Cid cid_;
  std::vector<CheckOutcome> out_;
};

Result<std::vector<std::vector<CheckOutcome>>> check_in_order(
    const MessagePool& pool, ChainSource& source, const std::map<Address, std::map<uint64_t, Message>>& by_sender) {
  auto checker = TRY(Checker::make(pool, source, false));
  std::vector<std::vector<CheckOutcome>> out;
  for (const auto& [sender, messages] : by_sender) {
    for (const auto& [nonce, message] : messages) out.push_back(checker.check(message, false));
  }
  return out;
}

}  // namespace

Result<std::vector<std::vector<CheckOutcome>>> check_messages(const MessagePool& pool, ChainSource& source,
                                                              const std::vector<Prototype>& messages) {
  auto checker = TRY(Checker::make(pool, source, true));
  std::vector<std::vector<CheckOutcome>> out;
  for (const auto& each : messages) out.push_back(checker.check(each.message, !each.valid_nonce));
  return out;
}

Result<std::vector<std::vector<CheckOutcome>>> check_pending(const MessagePool& pool, ChainSource& source,
                                                             const Address& sender) {
  std::map<Address, std::map<uint64_t, Message>> messages;
  for (const auto& pending : pool.pending_for(sender)) messages[sender].emplace(pending->message.nonce, pending->message);
  return check_in_order(pool, source, messages);
}

Result<std::vector<std::vector<CheckOutcome>>> check_replacing(const MessagePool& pool, ChainSource& source,
                                                               const std::vector<Message>& messages) {
  std::map<Address, std::map<uint64_t, Message>> by_sender;
  for (const auto& message : messages) {
    auto [queue, fresh] = by_sender.try_emplace(message.from);
    if (fresh) {
      for (const auto& pending : pool.pending_for(message.from))
        queue->second.emplace(pending->message.nonce, pending->message);
    }
    queue->second.insert_or_assign(message.nonce, message);
  }
  return check_in_order(pool, source, by_sender);
}

}  // namespace nelumbo::pool
