#pragma once
// Keys of accounts: making, listing, moving and signing with them.

#include <mutex>
#include <unordered_map>

#include "types/message.hpp"
#include "wallet/key_store.hpp"

namespace nelumbo::wallet {

/// What is being signed, for a signer that decides by it (a ledger, a policy, a message server).
struct SignMeta {
  std::string type = "unknown";  ///< lotus's MsgMeta: "message", "block", "dealproposal", "unknown" …
  Bytes extra;                   ///< for "message": the unsigned message in CBOR
};

/// Who signs for an address: the local wallet here, a remote signer or a message server elsewhere. Thread-safe.
class Signer {
 public:
  virtual ~Signer() = default;
  virtual Result<bool> has(const Address& address) = 0;
  /// The addresses it signs for, sorted by their text.
  virtual Result<std::vector<Address>> list() = 0;
  /// Signs bytes with the key of a key address (f1, f3, f410); not_found when it has no such key.
  virtual Result<Signature> sign(const Address& address, BytesView bytes, const SignMeta& meta) = 0;
};

/// Keys in a KeyStore under the names lotus gives them: "wallet-<address>", "default", "trash-<address>".
class Wallet : public Signer {
 public:
  explicit Wallet(std::shared_ptr<KeyStore> store) : store_(std::move(store)) {}

  /// Makes a key; the first one becomes the default.
  Result<Address> new_key(SignatureType type);
  Result<bool> has(const Address& address) override;
  Result<std::vector<Address>> list() override;
  Result<Signature> sign(const Address& address, BytesView bytes, const SignMeta& meta = {}) override;
  /// The secret of an address; not_found when there is none.
  Result<KeyInfo> export_key(const Address& address);
  /// Keeps the key; `exists` when it is there already.
  Result<Address> import_key(const KeyInfo& key);
  /// Moves the key to the trash ("trash-…", the one before it is dropped); no default remains when it was the default.
  /// Nothing happens when there is no such key.
  Result<> remove(const Address& address);
  /// not_found when no default is set.
  Result<Address> default_address();
  Result<> set_default(const Address& address);

 private:
  struct Key {
    SignatureType type;
    KeyInfo info;
  };
  Result<const Key*> find(const Address& address);
  Result<> drop_if_there(std::string_view name);

  std::shared_ptr<KeyStore> store_;
  std::mutex mutex_;
  std::unordered_map<Address, Key> keys_;  // those used so far
};

/// The signature type that a key address calls for: f1 secp256k1, f3 BLS, f4 delegated; invalid for others.
Result<SignatureType> signature_type_of(const Address& key_address);
/// The address a key is for; invalid for a kind that is no wallet key or for bad key bytes.
Result<Address> address_of(const KeyInfo& key);
/// "bls", "secp256k1" or "delegated", as WalletNew takes them.
Result<SignatureType> parse_key_type(std::string_view name);

/// Signs a chain message from a key address with the signature its kind of address needs.
Result<SignedMessage> sign_message(Signer& signer, const Address& key_address, const Message& message,
                                   uint64_t eth_chain_id);

/// The text of `lotus wallet export`: hex of the key's JSON.
std::string export_text(const KeyInfo& key);
Result<KeyInfo> import_text(std::string_view hex);

}  // namespace nelumbo::wallet
