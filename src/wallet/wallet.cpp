#include "wallet/wallet.hpp"

#include <algorithm>
#include <cctype>
#include <set>

namespace nelumbo::wallet {

namespace {

constexpr std::string_view kNamePrefix = "wallet-";
constexpr std::string_view kTrashPrefix = "trash-";
constexpr std::string_view kDefaultName = "default";

std::string name_of(const Address& address, std::string_view prefix = kNamePrefix) {
  return fmt::format("{}{}", prefix, address.str());
}

/// The name under which a key made for a network with the other letter lies.
std::string other_name_of(const Address& address) {
  std::string name = name_of(address);
  char& letter = name[kNamePrefix.size()];
  letter = letter == 'f' ? 't' : 'f';
  return name;
}

template <class T>
bool is_missing(const Result<T>& result) {
  return !result && result.error().code == ErrorCode::not_found;
}

}  // namespace

Result<SignatureType> signature_type_of(const Address& key_address) {
  switch (key_address.protocol()) {
    case Protocol::secp256k1:
      return SignatureType::secp256k1;
    case Protocol::bls:
      return SignatureType::bls;
    case Protocol::delegated:
      return SignatureType::delegated;
    default:
      return fail(ErrorCode::invalid, "{} is not the address of a key", key_address.str());
  }
}

Result<SignatureType> parse_key_type(std::string_view name) {
  for (auto type : {SignatureType::secp256k1, SignatureType::bls, SignatureType::delegated}) {
    if (name == signature_type_name(type)) return type;
  }
  return fail(ErrorCode::invalid, "unknown kind of key \"{}\": use bls, secp256k1 or delegated", name.substr(0, 64));
}

Result<Address> address_of(const KeyInfo& key) { return key_address(TRY(parse_key_type(key.type)), key.private_key); }

Result<Address> Wallet::new_key(SignatureType type) {
  std::lock_guard lock(mutex_);
  KeyInfo info;
  info.private_key = TRY(generate_key(type));
  info.type = signature_type_name(type);
  Address address = TRY(key_address(type, info.private_key));
  TRY(store_->put(name_of(address), info));
  auto current = store_->get(kDefaultName);
  if (is_missing(current)) {
    TRY(store_->put(kDefaultName, info));
  } else if (!current) {
    return std::unexpected(std::move(current).error());
  }
  keys_.emplace(address, Key{type, std::move(info)});
  return address;
}

Result<const Wallet::Key*> Wallet::find(const Address& address) {
  auto known = keys_.find(address);
  if (known != keys_.end()) return &known->second;
  auto info = store_->get(name_of(address));
  if (is_missing(info)) info = store_->get(other_name_of(address));
  if (is_missing(info)) return nullptr;
  auto key = TRY(std::move(info));
  auto type = TRY(parse_key_type(key.type));
  if (TRY(key_address(type, key.private_key)) != address) {
    return fail(ErrorCode::invalid, "the keystore holds another key under the name of {}", address.str());
  }
  return &keys_.emplace(address, Key{type, std::move(key)}).first->second;
}

Result<bool> Wallet::has(const Address& address) {
  std::lock_guard lock(mutex_);
  return TRY(find(address)) != nullptr;
}

Result<std::vector<Address>> Wallet::list() {
  std::lock_guard lock(mutex_);
  std::set<Address> seen;
  std::vector<Address> out;
  for (const auto& name : TRY(store_->list())) {
    if (!name.starts_with(kNamePrefix)) continue;
    auto address = TRY_IN("keystore", Address::parse(std::string_view(name).substr(kNamePrefix.size())));
    if (seen.insert(address).second) out.push_back(address);
  }
  std::sort(out.begin(), out.end(), [](const Address& a, const Address& b) { return a.str() < b.str(); });
  return out;
}

Result<Signature> Wallet::sign(const Address& address, BytesView bytes, const SignMeta&) {
  Key key;
  {
    std::lock_guard lock(mutex_);
    const Key* found = TRY(find(address));
    if (found == nullptr) return fail(ErrorCode::not_found, "the wallet has no key of {}", address.str());
    key = *found;
  }
  return nelumbo::sign(key.type, key.info.private_key, bytes);
}

Result<KeyInfo> Wallet::export_key(const Address& address) {
  std::lock_guard lock(mutex_);
  const Key* key = TRY(find(address));
  if (key == nullptr) return fail(ErrorCode::not_found, "the wallet has no key of {}", address.str());
  return key->info;
}

Result<Address> Wallet::import_key(const KeyInfo& key) {
  Address address = TRY_IN("key to import", address_of(key));
  std::lock_guard lock(mutex_);
  if (TRY(find(address)) != nullptr)
    return fail(ErrorCode::exists, "the wallet has the key of {} already", address.str());
  TRY(store_->put(name_of(address), key));
  return address;
}

Result<> Wallet::drop_if_there(std::string_view name) {
  auto removed = store_->remove(name);
  if (is_missing(removed)) return {};
  return removed;
}

Result<> Wallet::remove(const Address& address) {
  std::lock_guard lock(mutex_);
  const Key* key = TRY(find(address));
  if (key == nullptr) return {};
  KeyInfo info = key->info;
  std::string trash = name_of(address, kTrashPrefix);
  TRY(drop_if_there(trash));
  TRY(store_->put(trash, info));
  TRY(drop_if_there(name_of(address)));
  TRY(drop_if_there(other_name_of(address)));
  keys_.erase(address);
  auto current = store_->get(kDefaultName);
  if (current && *current == info) TRY(drop_if_there(kDefaultName));
  return {};
}

Result<Address> Wallet::default_address() {
  std::lock_guard lock(mutex_);
  auto key = store_->get(kDefaultName);
  if (is_missing(key)) return fail(ErrorCode::not_found, "the wallet has no default address");
  auto info = TRY(std::move(key));
  return in_context(address_of(info), "default key");
}

Result<> Wallet::set_default(const Address& address) {
  std::lock_guard lock(mutex_);
  const Key* key = TRY(find(address));
  if (key == nullptr) return fail(ErrorCode::not_found, "the wallet has no key of {}", address.str());
  TRY(drop_if_there(kDefaultName));
  return store_->put(kDefaultName, key->info);
}

Result<SignedMessage> sign_message(Signer& signer, const Address& key_address, const Message& message,
                                   uint64_t eth_chain_id) {
  auto type = TRY(signature_type_of(key_address));
  auto bytes = TRY(signing_bytes(message, type, eth_chain_id));
  auto signature = TRY(signer.sign(key_address, bytes, {"message", to_cbor(message)}));
  return SignedMessage{message, std::move(signature)};
}

std::string export_text(const KeyInfo& key) { return to_hex(as_bytes(encode_key_info(key))); }

Result<KeyInfo> import_text(std::string_view hex) {
  while (!hex.empty() && std::isspace(static_cast<unsigned char>(hex.back()))) hex.remove_suffix(1);
  while (!hex.empty() && std::isspace(static_cast<unsigned char>(hex.front()))) hex.remove_prefix(1);
  auto json = TRY_IN("exported key", from_hex(hex));
  return decode_key_info(as_text(json));
}

}  // namespace nelumbo::wallet
