#pragma once
// The Book over a Database. Its functions are in book_wallets, book_messages, book_chain and book_tokens.

#include "assigner.hpp"
#include "database.hpp"
#include "key_ring.hpp"

namespace nelumbo::messager {

class SqlBook : public Book {
 public:
  SqlBook(std::unique_ptr<Database> database, std::shared_ptr<const Vault> vault, uint64_t eth_chain_id)
      : database_(std::move(database)),
        keys_(std::move(vault)),
        eth_chain_id_(eth_chain_id),
        assigner_(*database_, keys_, eth_chain_id) {}

  Result<Address> add_wallet(const wallet::KeyInfo& key, uint64_t next_nonce) override;
  Result<std::vector<WalletRow>> wallets() override;
  Result<WalletRow> wallet(const Address& address) override;
  Result<wallet::KeyInfo> key(const Address& address) override;
  Result<> remove_wallet(const Address& address) override;
  Result<> halt(const Address& address, const std::string& reason) override;
  Result<> resume(const Address& address, uint64_t next_nonce) override;

  Result<MessageRow> assign(Draft draft) override { return assigner_.assign(std::move(draft)); }

  Result<std::vector<MessageRow>> list(const MessageFilter& filter) override;
  Result<std::optional<MessageRow>> find(const Cid& cid) override;
  Result<std::optional<MessageRow>> find(const Address& address, uint64_t nonce) override;
  Result<std::optional<MessageRow>> find_uuid(const std::string& uuid) override;
  Result<std::vector<MessageRow>> pending(const Address& address, uint64_t from, size_t limit) override;
  Result<std::vector<PendingSummary>> pending_summary() override;
  Result<std::vector<uint64_t>> gaps(const Address& address, uint64_t from, size_t limit) override;

  Result<std::optional<Lease>> lease(const std::string& name, const std::string& holder,
                                     std::chrono::milliseconds time) override;
  Result<> release(const std::string& name, const Lease& lease) override;
  Result<std::optional<Cursor>> cursor() override;
  Result<> advance(const Lease& lease, const Cursor& to, std::span<const Removal> removed,
                   std::span<const Inclusion> included) override;
  Result<MessageRow> replace(const MessageRow& known, Message message, const std::string& kind) override;
  Result<uint64_t> prune(ChainEpoch epoch, UnixMillis created) override;

  Result<TokenRow> add_token(const std::string& name, const std::string& permission, UnixMillis expires) override;
  Result<std::vector<TokenRow>> tokens() override;
  Result<> revoke_token(int64_t id) override;

 private:
  Result<SigningKeyPtr> signing_key(const Address& address);

  std::unique_ptr<Database> database_;
  KeyRing keys_;
  uint64_t eth_chain_id_;
  Assigner assigner_;  // last: it ends before what it uses
};

}  // namespace nelumbo::messager
