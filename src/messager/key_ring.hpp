#pragma once
// Keys of the senders in memory, opened once.

#include <mutex>
#include <unordered_map>

#include "messager/vault.hpp"
#include "types/message.hpp"

namespace nelumbo::messager {

/// A sender's key, ready to sign. Its bytes are wiped when it goes.
class SigningKey {
 public:
  SigningKey(SignatureType type, wallet::KeyInfo info) : type_(type), info_(std::move(info)) {}
  SigningKey(const SigningKey&) = delete;
  SigningKey& operator=(const SigningKey&) = delete;
  ~SigningKey();

  Result<SignedMessage> sign(const Message& message, uint64_t eth_chain_id) const;
  const wallet::KeyInfo& info() const { return info_; }

 private:
  SignatureType type_;
  wallet::KeyInfo info_;
};
using SigningKeyPtr = std::shared_ptr<const SigningKey>;

/// Thread-safe.
class KeyRing {
 public:
  explicit KeyRing(std::shared_ptr<const Vault> vault) : vault_(std::move(vault)) {}

  /// The text to store for a key.
  Result<std::string> seal(const wallet::KeyInfo& key, const Address& address) const;
  /// The key behind a stored text. It is looked at only the first time: the key of an address never changes.
  Result<SigningKeyPtr> open(const Address& address, const std::string& sealed);
  void forget(const Address& address);

 private:
  std::shared_ptr<const Vault> vault_;
  std::mutex mutex_;
  std::unordered_map<Address, SigningKeyPtr> keys_;
};

}  // namespace nelumbo::messager
