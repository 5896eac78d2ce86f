#include "messager/chain_node.hpp"

#include <map>

#include "rpc/head_watch.hpp"

namespace nelumbo::messager {

namespace {

namespace full = rpc::full;

std::shared_ptr<rpc::Client> make_client(const rpc::ApiInfo& where, std::chrono::milliseconds limit) {
  rpc::Client::Options options;
  options.connect_timeout = limit / 3;
  options.call_timeout = limit - limit / 3;
  return std::make_shared<rpc::Client>(where, options);
}

/// An address that the state does not know yet. Lotus says so in words only (its ErrActorNotFound).
bool is_no_actor(const Error& error) {
  return error.code == ErrorCode::not_found || error.message.contains("actor not found");
}

void add_addresses(std::vector<std::string>& out, const rpc::PeerInfo& peer) {
  for (const auto& address : peer.addrs) {
    out.push_back(address.contains("/p2p/") ? address : address + "/p2p/" + peer.id);
  }
}

class RpcChainNode : public ChainNode {
 public:
  RpcChainNode(rpc::ApiInfo where, std::chrono::milliseconds limit)
      : name_(fmt::format("{}:{}", where.host, where.port)), client_(make_client(where, limit)), watch_(client_) {}

  std::string name() const override { return name_; }

  Result<TipsetPtr> head() override { return client_->call(full::ChainHead); }
  Result<TipsetPtr> wait_head(const TipsetKey& known, TimePoint until, std::stop_token stop) override {
    return watch_.wait(known, until, std::move(stop));
  }

  Result<SenderState> sender(const Address& address) override {
    auto at = TRY(head());
    auto actor = client_->call(full::StateGetActor, address, at->key());
    SenderState out;
    if (actor) {
      out = {actor->nonce, actor->balance};
    } else if (!is_no_actor(actor.error())) {
      return std::unexpected(std::move(actor).error());
    }
    out.nonce = std::max(out.nonce, TRY(nonce_after_messages(*at, address)));
    return out;
  }
  Result<uint64_t> pool_nonce(const Address& address) override {
    auto nonce = client_->call(full::MpoolGetNonce, address);
    if (!nonce && is_no_actor(nonce.error())) return 0;
    return nonce;
  }
  Result<Address> key_address(const Address& address) override {
    return client_->call(full::StateAccountKey, address, TipsetKey());
  }
  Result<std::string> actor_name(const Address& address) override {
    auto actor = client_->call(full::StateGetActor, address, TipsetKey());
    if (!actor && is_no_actor(actor.error())) return std::string();
    if (!actor) return std::unexpected(std::move(actor).error());
    return name_of_code(actor->code);
  }

  Result<Message> estimate(const Message& message, const rpc::MessageSendSpec& spec) override {
    return client_->call(full::GasEstimateMessageGas, message, std::optional(spec), TipsetKey());
  }
  Result<TokenAmount> base_fee() override { return TRY(head())->parent_base_fee(); }
  Result<Cid> push(const SignedMessage& message) override { return client_->call(full::MpoolPush, message); }

  Result<std::vector<rpc::HeadChange>> path(const TipsetKey& from, const TipsetKey& to) override {
    return client_->call(full::ChainGetPath, from, to);
  }
  Result<std::vector<Executed>> executed(const Tipset& tipset) override {
    const Cid& block = tipset.cids().front();
    auto messages = TRY(client_->call(full::ChainGetParentMessages, block));
    auto receipts = TRY(client_->call(full::ChainGetParentReceipts, block));
    if (messages.size() != receipts.size()) {
      return fail(ErrorCode::failed, "the parents of block {} have {} messages but {} receipts", block.str(),
                  messages.size(), receipts.size());
    }
    std::vector<Executed> out;
    out.reserve(messages.size());
    for (size_t i = 0; i < messages.size(); ++i) {
      out.push_back({messages[i].cid, std::move(messages[i].message), std::move(receipts[i])});
    }
    return out;
  }
  Result<TipsetPtr> tipset(const TipsetKey& key) override { return client_->call(full::ChainGetTipSet, key); }
  Result<TipsetPtr> tipset_at(ChainEpoch height) override {
    return client_->call(full::ChainGetTipSetByHeight, height, TipsetKey());
  }

  Result<std::vector<std::string>> peers() override {
    std::vector<std::string> out;
    add_addresses(out, TRY(client_->call(full::NetAddrsListen)));
    for (const auto& peer : TRY(client_->call(full::NetPeers))) add_addresses(out, peer);
    return out;
  }
  Result<rpc::ApiNetworkParams> network() override { return client_->call(full::StateGetNetworkParams); }

 private:
  /// The state of a tipset is that before its own messages; its messages move the nonce on.
  Result<uint64_t> nonce_after_messages(const Tipset& head, const Address& address) {
    {
      std::lock_guard lock(mutex_);
      if (head.key() == head_key_) return next_at_head_[address];
    }
    auto messages = TRY(client_->call(full::ChainGetMessagesInTipset, head.key()));
    std::map<Address, uint64_t> next;
    for (const auto& each : messages) {
      auto& nonce = next[each.message.from];
      nonce = std::max(nonce, each.message.nonce + 1);
    }
    std::lock_guard lock(mutex_);
    head_key_ = head.key();
    next_at_head_ = std::move(next);
    return next_at_head_[address];
  }

  Result<std::string> name_of_code(const Cid& code) {
    {
      std::lock_guard lock(mutex_);
      if (auto known = names_.find(code); known != names_.end()) return known->second;
    }
    auto version = TRY(client_->call(full::StateNetworkVersion, TipsetKey()));
    auto codes = TRY(client_->call(full::StateActorCodeCIDs, version));
    std::lock_guard lock(mutex_);
    for (const auto& [name, cid] : codes) names_[cid] = name;
    return names_[code];
  }

  const std::string name_;
  const std::shared_ptr<const rpc::Client> client_;
  rpc::HeadWatch watch_;
  std::mutex mutex_;
  TipsetKey head_key_;                        // of next_at_head_
  std::map<Address, uint64_t> next_at_head_;  // by sender: one after its last message in the head
  std::map<Cid, std::string> names_;          // of actors' code
};

}  // namespace

std::shared_ptr<ChainNode> make_chain_node(rpc::ApiInfo where, std::chrono::milliseconds limit) {
  return std::make_shared<RpcChainNode>(std::move(where), limit);
}

}  // namespace nelumbo::messager
