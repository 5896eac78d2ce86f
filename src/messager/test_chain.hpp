#pragma once
// For tests: a chain in memory and full nodes on it, with pools that have the rules of lotus's, that fork, forget, hang
// and go away as a test wishes.

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>

#include "messager/chain_node.hpp"
#include "types/network.hpp"

namespace nelumbo::messager::testing {

using Pool = std::map<Address, std::map<uint64_t, SignedMessage>>;

/// The blocks and their messages. Every member is used with `mutex` held, by who calls.
class TestChain {
 public:
  struct Entry {
    TipsetPtr tipset;
    std::vector<SignedMessage> messages;
    std::map<Address, uint64_t> nonces;  ///< after them
  };

  TestChain() { extend({}); }

  std::mutex mutex;
  std::condition_variable_any changed;
  TokenAmount base_fee = 100, premium = 50;  ///< of the next tipset; what miners ask for
  TokenAmount balance = kAttoPerFil * 1000;  ///< of everybody
  size_t per_block = 200;
  TipsetPtr head;
  std::map<TipsetKey, Entry> entries;

  const Entry& entry(const TipsetPtr& tipset) { return entries.at(tipset->key()); }
  uint64_t nonce(const Address& sender) {
    const auto& nonces = entry(head).nonces;
    auto found = nonces.find(sender);
    return found == nonces.end() ? 0 : found->second;
  }
  TipsetPtr at(ChainEpoch height) {
    auto out = head;
    while (out->height() > height && out->height() > 0) out = entries.at(out->parents()).tipset;
    return out;
  }
  /// A tipset on the head.
  void extend(std::vector<SignedMessage> messages) {
    BlockHeader header;
    header.miner = Address::from_id(1000);
    header.height = head ? head->height() + 1 : 0;
    header.ticket = Ticket{to_cbor(++tickets_)};
    if (head) header.parents = head->cids();
    header.parent_weight = header.height * 10;
    header.parent_state_root = header.parent_message_receipts = header.messages = Cid::of(to_cbor(tickets_));
    header.parent_base_fee = base_fee;
    header.timestamp = static_cast<uint64_t>(header.height);
    Entry entry{must(Tipset::make({header})), std::move(messages),
                head ? entries.at(head->key()).nonces : std::map<Address, uint64_t>()};
    for (const auto& each : entry.messages) {
      auto& next = entry.nonces[each.message.from];
      if (each.message.nonce != next) throw std::logic_error("a block with a nonce out of order");
      ++next;
    }
    head = entry.tipset;
    entries[head->key()] = std::move(entry);
    changed.notify_all();
  }
  /// What a miner with these pools takes.
  void mine(const std::vector<const Pool*>& pools) {
    std::vector<SignedMessage> taken;
    std::map<Address, uint64_t> next;
    for (const auto* pool : pools) {
      for (const auto& [sender, messages] : *pool) {
        auto nonce = next.try_emplace(sender, this->nonce(sender)).first;
        for (auto at = messages.find(nonce->second); at != messages.end() && at->first == nonce->second; ++at) {
          const auto& m = at->second.message;
          if (taken.size() >= per_block || m.gas_fee_cap < base_fee || m.effective_premium(base_fee) < premium) break;
          taken.push_back(at->second);
          ++nonce->second;
        }
      }
    }
    extend(std::move(taken));
  }
  /// Another branch, longer by one, without messages, takes the place of the last tipsets.
  void fork(ChainEpoch depth) {
    head = at(head->height() - depth);
    for (ChainEpoch i = 0; i <= depth; ++i) extend({});
  }
  /// What is on the chain of the head, by sender and nonce.
  std::map<std::pair<Address, uint64_t>, Cid> landed() {
    std::map<std::pair<Address, uint64_t>, Cid> out;
    for (auto at = head;; at = entries.at(at->parents()).tipset) {
      for (const auto& each : entry(at).messages) out[{each.message.from, each.message.nonce}] = each.cid();
      if (at->height() == 0) return out;
    }
  }
  Result<std::vector<rpc::HeadChange>> path(const TipsetKey& from, const TipsetKey& to) {
    if (!entries.contains(from) || !entries.contains(to)) return fail(ErrorCode::failed, "no such tipset");
    auto down = entries.at(from).tipset, up = entries.at(to).tipset;
    std::vector<rpc::HeadChange> out, applies;
    while (down != up) {
      if (down->height() > up->height()) {
        out.push_back({"revert", down});
        down = entries.at(down->parents()).tipset;
      } else {
        applies.push_back({"apply", up});
        up = entries.at(up->parents()).tipset;
      }
    }
    out.insert(out.end(), applies.rbegin(), applies.rend());
    return out;
  }

 private:
  uint64_t tickets_ = 0;
};

/// A full node with a pool of its own.
class TestNode final : public ChainNode {
 public:
  enum class Mode { normal, down, hanging };
  static constexpr std::chrono::milliseconds kLimit{300};

  TestNode(std::shared_ptr<TestChain> chain, std::string name) : chain_(std::move(chain)), name_(std::move(name)) {}

  // What a test does to it.
  void set_mode(Mode mode) {
    std::lock_guard lock(chain_->mutex);
    mode_ = mode;
    chain_->changed.notify_all();
  }
  void lose_pool() {
    std::lock_guard lock(chain_->mutex);
    pool_.clear();
    chain_->changed.notify_all();
  }
  void lose(const Address& sender, uint64_t nonce) {
    std::lock_guard lock(chain_->mutex);
    pool_[sender].erase(nonce);
  }
  /// Of somebody who uses the same key.
  void put(const SignedMessage& message) {
    std::lock_guard lock(chain_->mutex);
    pool_[message.message.from][message.message.nonce] = message;
  }
  void refuse_with(std::string reason) {
    std::lock_guard lock(chain_->mutex);
    refusal_ = std::move(reason);
  }
  void forget_tipset(const TipsetKey& key) {
    std::lock_guard lock(chain_->mutex);
    forgotten_ = key;
  }
  size_t pool_size(const Address& sender) {
    std::lock_guard lock(chain_->mutex);
    return pool_[sender].size();
  }
  const Pool& pool() const { return pool_; }  ///< with the chain's mutex held
  std::atomic<int> calls = 0;
  std::atomic<int> estimates = 0;

  std::string name() const override { return name_; }
  Result<TipsetPtr> head() override {
    auto lock = TRY(enter());
    return chain_->head;
  }
  Result<TipsetPtr> wait_head(const TipsetKey& known, TimePoint, std::stop_token stop) override {
    auto lock = TRY(enter());
    chain_->changed.wait_for(lock, stop, std::chrono::milliseconds(500),
                             [&] { return chain_->head->key() != known || mode_ != Mode::normal; });
    if (mode_ == Mode::down) return fail(ErrorCode::unavailable, "connection refused");
    return chain_->head;
  }
  Result<SenderState> sender(const Address& address) override {
    auto lock = TRY(enter());
    return SenderState{chain_->nonce(address), chain_->balance};
  }
  Result<uint64_t> pool_nonce(const Address& address) override {
    auto lock = TRY(enter());
    return next_nonce(address);
  }
  Result<Address> key_address(const Address& address) override {
    auto lock = TRY(enter());
    auto found = by_id.find(address);
    if (found == by_id.end()) return fail(ErrorCode::not_found, "actor not found");
    return found->second;
  }
  Result<std::string> actor_name(const Address& address) override {
    auto lock = TRY(enter());
    return std::string(address == Address::from_id(1000) ? "storageminer" : "account");
  }
  Result<Message> estimate(const Message& message, const rpc::MessageSendSpec& spec) override {
    auto lock = TRY(enter());
    ++estimates;
    Message out = message;
    if (out.gas_limit == 0) out.gas_limit = 1'000'000;
    if (out.gas_premium == 0) out.gas_premium = chain_->premium;
    if (out.gas_fee_cap == 0) out.gas_fee_cap = chain_->base_fee * 2 + out.gas_premium;
    if (spec.max_fee > 0) out.gas_fee_cap = std::min<TokenAmount>(out.gas_fee_cap, spec.max_fee / out.gas_limit);
    out.gas_premium = std::min(out.gas_premium, out.gas_fee_cap);
    return out;
  }
  Result<TokenAmount> base_fee() override {
    auto lock = TRY(enter());
    return chain_->head->parent_base_fee();
  }
  Result<Cid> push(const SignedMessage& message) override;
  Result<std::vector<rpc::HeadChange>> path(const TipsetKey& from, const TipsetKey& to) override {
    auto lock = TRY(enter());
    if (from == forgotten_) return fail(ErrorCode::failed, "ipld: could not find it");
    return chain_->path(from, to);
  }
  Result<std::vector<Executed>> executed(const Tipset& tipset) override {
    auto lock = TRY(enter());
    std::vector<Executed> out;
    for (const auto& each : chain_->entries.at(tipset.parents()).messages) {
      out.push_back({each.cid(), each.message, Receipt{.exit_code = 0, .gas_used = 777}});
    }
    return out;
  }
  Result<TipsetPtr> tipset(const TipsetKey& key) override {
    auto lock = TRY(enter());
    if (key == forgotten_) return fail(ErrorCode::failed, "ipld: could not find it");
    return chain_->entries.at(key).tipset;
  }
  Result<TipsetPtr> tipset_at(ChainEpoch height) override {
    auto lock = TRY(enter());
    return chain_->at(height);
  }
  Result<std::vector<std::string>> peers() override {
    auto lock = TRY(enter());
    return std::vector<std::string>{"/ip4/10.0.0.1/tcp/1/p2p/" + name_};
  }
  Result<rpc::ApiNetworkParams> network() override {
    auto lock = TRY(enter());
    rpc::ApiNetworkParams out;
    out.network_name = "testchain";
    return out;
  }

  std::map<Address, Address> by_id;  ///< key addresses; set before use

 private:
  using Lock = std::unique_lock<std::mutex>;
  Result<Lock> enter() {
    ++calls;
    Lock lock(chain_->mutex);
    if (mode_ == Mode::down) return fail(ErrorCode::unavailable, "connection refused");
    if (mode_ == Mode::hanging) {
      chain_->changed.wait_for(lock, kLimit, [&] { return mode_ != Mode::hanging; });
      return fail(ErrorCode::cancelled, "no answer within {} ms", kLimit.count());
    }
    return lock;
  }
  uint64_t next_nonce(const Address& sender) {
    uint64_t nonce = chain_->nonce(sender);
    while (pool_[sender].contains(nonce)) ++nonce;
    return nonce;
  }

  const std::shared_ptr<TestChain> chain_;
  const std::string name_;
  Mode mode_ = Mode::normal;
  Pool pool_;
  std::string refusal_;
  TipsetKey forgotten_;
};

inline Result<Cid> TestNode::push(const SignedMessage& message) {
  auto lock = TRY(enter());
  const auto& m = message.message;
  if (!refusal_.empty()) return fail(ErrorCode::failed, "{}", refusal_);
  auto& pool = pool_[m.from];
  pool.erase(pool.begin(), pool.lower_bound(chain_->nonce(m.from)));
  const auto expected = next_nonce(m.from);
  if (m.nonce < chain_->nonce(m.from)) return fail(ErrorCode::failed, "minimum expected nonce is {}", expected);
  if (m.nonce > expected + 4) return fail(ErrorCode::failed, "too big a gap: unfulfilled nonce gap");
  if (auto there = pool.find(m.nonce); there != pool.end()) {
    if (there->second.cid() == message.cid()) return fail(ErrorCode::failed, "message with nonce already exists");
    if (m.gas_premium < there->second.message.gas_premium * 110 / 100 + 1) {
      return fail(ErrorCode::failed, "replace by fee has too low GasPremium");
    }
  } else if (pool.size() >= 1000) {
    return fail(ErrorCode::failed, "too many pending messages for actor");
  }
  pool[m.nonce] = message;
  return message.cid();
}

}  // namespace nelumbo::messager::testing
