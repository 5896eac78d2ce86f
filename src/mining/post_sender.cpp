#include "post_sender.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "crypto/uuid.hpp"

namespace nelumbo::mining {

namespace {

constexpr ChainEpoch kTellEvery = 10;
constexpr size_t kSentKept = 500;

bool contains(const std::vector<Address>& list, const Address& address) {
  return std::find(list.begin(), list.end(), address) != list.end();
}

}  // namespace

Result<std::vector<Address>> PostSender::candidates(const rpc::MinerInfo& info) const {
  std::vector<Address> others{info.owner, info.worker};
  for (const auto& address : config_.other_kinds) {
    auto id = node_->lookup_id(address, TipsetKey());
    if (id) {
      others.push_back(*id);
    } else {
      log_warn("wdpost", "[Addresses] {}: {}", address.str(), id.error().message);
    }
  }
  std::vector<Address> out;
  for (const auto& address : info.control_addresses) {
    if (!contains(others, address) && !contains(out, address)) out.push_back(address);
  }
  if (out.empty() || config_.worker_fallback) out.push_back(info.worker);
  if (config_.owner_fallback && !contains(out, info.owner)) out.push_back(info.owner);
  return out;
}

Result<PostSender::Payer> PostSender::choose(const Message& message, const rpc::MinerInfo& info) const {
  auto addresses = TRY(candidates(info));
  TokenAmount need = config_.max_fee;
  if (addresses.size() > 1) {
    rpc::MessageSendSpec spec;
    spec.max_fee = config_.max_fee;
    auto estimated = TRY_IN("gas", node_->estimate_gas(message, spec));
    need = estimated.gas_fee_cap * estimated.gas_limit + message.value;
  }
  std::optional<Payer> best;
  std::string looked_at;
  for (const auto& address : addresses) {
    if (!TRY(node_->can_send_from(address))) {
      looked_at += fmt::format("{}{}: no key", looked_at.empty() ? "" : ", ", address.str());
      continue;
    }
    auto balance = TRY(node_->balance(address));
    Payer payer{address, std::move(balance)};
    if (payer.balance >= need) return payer;
    looked_at += fmt::format("{}{}: {}", looked_at.empty() ? "" : ", ", address.str(), fil_short(payer.balance));
    if (!best || payer.balance > best->balance) best = std::move(payer);
  }
  if (!best) return fail(ErrorCode::not_found, "there is a key of none of the miner's addresses ({})", looked_at);
  if (addresses.size() > 1)
    log_warn("wdpost", "no address has the {} that the message may need ({}): it is sent from {}", fil_short(need),
             looked_at, best->address.str());
  return *std::move(best);
}

Result<Cid> PostSender::push(MethodNum method, Bytes params, const rpc::MinerInfo& info, std::string_view occasion) {
  auto name = to_bytes(fmt::format("{} {} {} ", occasion, config_.miner.str(), method));
  name.insert(name.end(), params.begin(), params.end());
  Message message;
  message.to = config_.miner;
  message.from = info.worker;
  message.method = method;
  message.params = std::move(params);
  auto payer = TRY_IN("choosing the sender", choose(message, info));
  message.from = payer.address;
  rpc::MessageSendSpec spec;
  spec.max_fee = std::min(config_.max_fee, payer.balance);
  spec.maximize_fee_cap = config_.maximize_fee_cap;
  spec.msg_uuid = named_uuid(name);
  auto out = node_->push_message(message, spec);
  if (!out && spec.maximize_fee_cap) {
    // The balance may be promised to other messages: what is needed now may still be there.
    log_warn("wdpost", "{}: trying with an estimated fee", out.error().message);
    spec.maximize_fee_cap = false;
    out = node_->push_message(message, spec);
  }
  if (!out) return std::unexpected(std::move(out).error());
  if (sent_.size() >= kSentKept) sent_.clear();  // what is lost is a hint in the log
  sent_[out->cid()] = {out->message.gas_fee_cap};
  return out->cid();
}

void PostSender::tell_fee_wait(const Cid& message, const TipsetPtr& head) {
  auto found = sent_.find(message);
  if (found == sent_.end() || found->second.fee_cap == 0) return;  // sent by an earlier run
  if (found->second.fee_cap >= head->parent_base_fee()) return;
  if (head->height() < found->second.told + kTellEvery) return;
  found->second.told = head->height();
  log_warn("wdpost",
           "message {} waits for the base fee: it is {} a unit of gas, the message pays at most {} (its whole fee is "
           "bounded by [Fees] MaxWindowPoStGasFee and the sender's balance)",
           message.str(), fil_nano(head->parent_base_fee()), fil_nano(found->second.fee_cap));
}

Result<PostSender::Fate> PostSender::fate(const Cid& message, const TipsetPtr& head) {
  auto found = node_->search_message(message, head->key());
  if (!found && found.error().code == ErrorCode::unavailable) return std::unexpected(std::move(found).error());
  if (!found) {
    // The node has an answer, and it is not the message: another one has its nonce.
    log_warn("wdpost", "{}", found.error().message);
    return Fate::lost;
  }
  if (*found) return (*found)->receipt.exit_code == 0 ? Fate::succeeded : Fate::failed;
  if (TRY(node_->is_pending(message))) {
    tell_fee_wait(message, head);
    return Fate::on_its_way;
  }
  // Neither pending nor executed: the head's own messages are executed only by the next tipset. Lost if a later head
  // does not show it either.
  auto& absent_at = sent_[message].absent_at;
  if (absent_at < 0) absent_at = head->height();
  return absent_at >= head->height() ? Fate::on_its_way : Fate::lost;
}

}  // namespace nelumbo::mining
