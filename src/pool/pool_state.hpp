#pragma once
// The inside of the message pool. Functions named *_locked need the mutex held.

#include <map>
#include <mutex>
#include <set>
#include <unordered_map>

#include "base/lru_cache.hpp"
#include "pool/selection.hpp"
#include "sender_queue.hpp"

namespace nelumbo::pool {

struct MessagePool::State {
  std::shared_ptr<ChainSource> source;
  std::shared_ptr<KvStore> store;
  Publish publish;
  std::shared_ptr<Clock> clock;

  mutable std::mutex mutex;
  Config config;
  TipsetPtr head;
  std::map<Address, SenderQueue> queues;       ///< by key address
  std::unordered_map<Cid, MessagePtr> by_cid;  ///< under the signed and the unsigned CID
  std::set<Address> local;                     ///< key addresses this node pushed for
  size_t count = 0;
  TimePoint next_prune{};

  LruCache<Cid, bool> checked_signatures{32'000};   ///< by the CID of the whole signed message
  LruCache<Cid, Signature> bls_signatures{40'000};  ///< by message CID, for reverted blocks
  LruCache<Address, Address> key_addresses{65'536};
  std::unordered_map<Address, uint64_t> nonces_at_head;  ///< state nonces, forgotten with the head

  std::mutex subscribers_mutex;
  uint64_t next_subscriber = 0;
  std::map<uint64_t, std::function<void(const Update&)>> subscribers;

  // Checks (pool_checks.cpp). They set the refusal only when they fail.
  Result<> check_alone(const SignedMessage& message, Refusal& refusal);
  Result<> check_signature(const SignedMessage& message, Refusal& refusal);
  /// Against the state after the head; gives whether it is to be published at once.
  Result<bool> check_state_locked(const SignedMessage& message, Origin origin, Refusal& refusal);
  Result<> check_funds_locked(const Message& message, const Actor& sender, Refusal& refusal);
  Result<Address> key_address_locked(const Address& address);
  Result<uint64_t> state_nonce_locked(const Address& key);

  // Keeping (pool_store.cpp).
  Result<> keep(const SignedMessage& message, ChainEpoch epoch);
  Result<> keep_config(const Config& config);
  Result<Config> load_config();
  Result<> load_local_locked();
  Result<> forget(std::span<const MessagePtr> messages);

  // Changing (message_pool.cpp).
  Result<Cid> push(const SignedMessage& message, Origin origin, bool publish_it, Refusal& refusal);
  /// The sender's queue, made when there is none.
  Result<std::reference_wrapper<SenderQueue>> queue_locked(const Address& key);
  void drop_empty_locked(const Address& key);
  Result<> insert_locked(MessagePtr message, const QueueRules& rules, Refusal& refusal);
  void put_locked(SenderQueue& queue, MessagePtr message);
  void remove_locked(const Address& key, uint64_t nonce, bool applied);
  void gone_locked(const MessagePtr& message);
  void notify(Update::Kind kind, const MessagePtr& message);
  Result<size_t> prune_locked();

  // Selecting (pool_select.cpp).
  Result<std::vector<MessagePtr>> messages_of_locked(const std::vector<BlockHeader>& blocks);
  Result<std::map<Address, std::vector<MessagePtr>>> pending_at_locked(const Tipset& base);
  Result<std::vector<SenderMessages>> with_accounts(std::map<Address, std::vector<MessagePtr>> pending,
                                                    const Tipset& base, const std::set<Address>& priority);
  SelectionRules rules_at(const Tipset& base, TokenAmount base_fee);
  std::set<Address> priority_locked();
};

/// The base fee as far down as so many times smaller, but at least the network's smallest.
TokenAmount base_fee_lower_bound(const TokenAmount& base_fee, uint64_t factor);

}  // namespace nelumbo::pool
