#pragma once
// A chain made by hand, keys and stores for the pool's tests.

#include <cstdlib>
#include <map>

#include "base/temporary_folder.hpp"
#include "crypto/keys.hpp"
#include "pool/message_pool.hpp"

namespace nelumbo::pool::testing {

inline std::shared_ptr<KvStore> fresh_store(const std::vector<std::string>& spaces) {
  return must(KvStore::open(fresh_folder(), spaces));
}

inline constexpr uint64_t kChainId = 31415926;

/// A sender with its key.
struct Key {
  SignatureType type;
  Bytes secret;
  Address address;

  static Key make(SignatureType type) {
    Key key{type, type == SignatureType::bls ? bls::generate() : secp256k1::generate(), {}};
    key.address = type == SignatureType::bls ? must(Address::bls(must(bls::public_key(key.secret))))
                                             : must(Address::secp256k1(must(secp256k1::public_key(key.secret))));
    return key;
  }

  SignedMessage sign(const Message& message) const {
    return {message, must(nelumbo::sign(type, secret, must(signing_bytes(message, type, kChainId))))};
  }
};

struct Account {
  uint64_t nonce = 0;
  TokenAmount balance;
};

/// Tipsets of one block each; every message takes its full required funds.
class FakeChain : public ChainSource {
 public:
  FakeChain() { head_ = add(nullptr, 0, {}); }

  std::map<Address, Account> accounts;  ///< at genesis
  TokenAmount base_fee = 100;
  TipsetPtr head_;
  std::vector<Cid> stored;

  /// A block on a parent; does not move the head.
  TipsetPtr add(const TipsetPtr& parent, ChainEpoch height, const std::vector<SignedMessage>& messages) {
    BlockHeader block;
    block.miner = Address::from_id(1000);
    block.ticket = Ticket{Bytes{static_cast<uint8_t>(height), static_cast<uint8_t>(tipsets_.size())}};
    block.height = height;
    block.parent_state_root = block.parent_message_receipts = block.messages =
        Cid::of(Bytes{static_cast<uint8_t>(tipsets_.size())});
    block.timestamp = static_cast<uint64_t>(height) * 30;
    block.parent_base_fee = base_fee;
    if (parent) block.parents = parent->cids();
    auto tipset = must(Tipset::make({block}));
    tipsets_[tipset->key()] = tipset;
    messages_[tipset->cids().front()] = messages;
    return tipset;
  }

  TipsetPtr head() override { return head_; }
  Result<TipsetPtr> tipset(const TipsetKey& key) override {
    auto found = tipsets_.find(key);
    if (found == tipsets_.end()) return fail(ErrorCode::not_found, "no tipset {}", key.str());
    return found->second;
  }
  Result<BlockMessages> block_messages(const BlockHeader& block) override {
    BlockMessages out;
    for (const auto& message : messages_.at(block.cid())) {
      if (message.signature.type == SignatureType::bls) {
        out.bls.push_back(message.message);
      } else {
        out.secp.push_back(message);
      }
    }
    return out;
  }
  Result<std::vector<Message>> tipset_messages(const Tipset& tipset) override {
    std::vector<Message> out;
    for (const auto& message : messages_.at(tipset.cids().front())) out.push_back(message.message);
    return out;
  }
  Result<std::optional<Actor>> actor_before(const Address& address, const Tipset& tipset) override {
    if (tipset.height() == 0) return actor(address, nullptr);
    return actor(address, tipsets_.at(tipset.parents()).get());
  }
  Result<std::optional<Actor>> actor_after(const Address& address, const Tipset& tipset) override {
    return actor(address, &tipset);
  }
  Result<Address> key_address(const Address& address, const Tipset&) override {
    if (!address.is_id()) return address;
    return fail(ErrorCode::not_found, "no key of {}", address.str());
  }
  Result<TokenAmount> next_base_fee(const Tipset&) override { return base_fee; }
  uint32_t network_version(ChainEpoch) override { return 28; }
  int64_t inclusion_gas(ChainEpoch, size_t chain_length) override { return 1000 * static_cast<int64_t>(chain_length); }
  Result<bool> may_send(const Actor&, ChainEpoch) override { return true; }
  uint64_t eth_chain_id() override { return kChainId; }
  Result<> put_message(const SignedMessage& message) override {
    stored.push_back(message.cid());
    return {};
  }

 private:
  Result<std::optional<Actor>> actor(const Address& address, const Tipset* last) {
    auto found = accounts.find(address);
    if (found == accounts.end()) return std::optional<Actor>();
    Account account = found->second;
    for (const Tipset* at = last; at; at = at->height() == 0 ? nullptr : tipsets_.at(at->parents()).get()) {
      for (const auto& message : messages_.at(at->cids().front())) {
        if (message.message.from != address) continue;
        ++account.nonce;
        account.balance -= message.message.required_funds();
      }
    }
    Actor out;
    out.nonce = account.nonce;
    out.balance = account.balance;
    return std::optional(out);
  }

  std::map<TipsetKey, TipsetPtr> tipsets_;
  std::map<Cid, std::vector<SignedMessage>> messages_;
};

/// A plain transfer with gas for its size.
inline Message transfer(const Address& from, uint64_t nonce, uint64_t premium = 1000, int64_t gas_limit = 2'000'000) {
  Message m;
  m.to = Address::from_id(1001);
  m.from = from;
  m.nonce = nonce;
  m.value = 1;
  m.gas_limit = gas_limit;
  m.gas_fee_cap = 1'000'000;
  m.gas_premium = premium;
  return m;
}

}  // namespace nelumbo::pool::testing
