#pragma once
// Where secret keys lie: lotus's keystore, a folder with one file a key, or memory for tests.

#include <memory>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "codec/fields.hpp"

namespace nelumbo::wallet {

/// One secret under its kind. JSON: {"Type", "PrivateKey"}, as in the keystore's files and in wallet export.
struct KeyInfo {
  std::string type;  ///< "bls", "secp256k1" or "delegated" for wallet keys
  Bytes private_key;
  static constexpr auto fields =
      nelumbo::fields(field("Type", &KeyInfo::type), field("PrivateKey", &KeyInfo::private_key));
  friend bool operator==(const KeyInfo&, const KeyInfo&) = default;
};

/// The JSON text of a key, and back. Old files that hold the type as a signature type's number are read too.
std::string encode_key_info(const KeyInfo& key);
Result<KeyInfo> decode_key_info(std::string_view json);

// Names in the store beside the wallet's own, and the kinds of what is under them.
inline constexpr std::string_view kJwtSecretName = "auth-jwt-private";
inline constexpr std::string_view kJwtSecretType = "jwt-hmac-secret";
inline constexpr std::string_view kLibp2pHostName = "libp2p-host";
inline constexpr std::string_view kLibp2pHostType = "libp2p-host";

/// Named secrets. Implementations are safe to use from several threads.
class KeyStore {
 public:
  virtual ~KeyStore() = default;
  /// All names, sorted.
  virtual Result<std::vector<std::string>> list() const = 0;
  /// not_found when there is none of that name.
  virtual Result<KeyInfo> get(std::string_view name) const = 0;
  /// `exists` when the name is taken.
  virtual Result<> put(std::string_view name, const KeyInfo& key) = 0;
  virtual Result<> remove(std::string_view name) = 0;
};

/// A keystore folder (made with mode 0700 when missing): files named by the base32 of the key's name, mode 0600. A
/// folder or file that others may read or write is refused (permission).
Result<std::shared_ptr<KeyStore>> open_key_store(const fs::path& folder);
std::shared_ptr<KeyStore> make_memory_key_store();

}  // namespace nelumbo::wallet
