#include "key_ring.hpp"

#include <openssl/crypto.h>

#include "rows.hpp"
#include "wallet/wallet.hpp"

namespace nelumbo::messager {

SigningKey::~SigningKey() { ::OPENSSL_cleanse(info_.private_key.data(), info_.private_key.size()); }

Result<SignedMessage> SigningKey::sign(const Message& message, uint64_t eth_chain_id) const {
  auto bytes = TRY(signing_bytes(message, type_, eth_chain_id));
  auto signature = TRY(nelumbo::sign(type_, info_.private_key, bytes));
  return SignedMessage{message, std::move(signature)};
}

Result<std::string> KeyRing::seal(const wallet::KeyInfo& key, const Address& address) const {
  return vault_->seal(key, stored(address));
}

Result<SigningKeyPtr> KeyRing::open(const Address& address, const std::string& sealed) {
  {
    std::lock_guard lock(mutex_);
    auto known = keys_.find(address);
    if (known != keys_.end()) return known->second;
  }
  auto info = TRY(vault_->open(sealed, stored(address)));
  auto type = TRY(wallet::parse_key_type(info.type));
  if (TRY(wallet::address_of(info)) != address) {
    return fail(ErrorCode::invalid, "the key stored for {} is another address's", address.str());
  }
  auto key = std::make_shared<const SigningKey>(type, std::move(info));
  std::lock_guard lock(mutex_);
  return keys_.emplace(address, std::move(key)).first->second;
}

void KeyRing::forget(const Address& address) {
  std::lock_guard lock(mutex_);
  keys_.erase(address);
}

}  // namespace nelumbo::messager
