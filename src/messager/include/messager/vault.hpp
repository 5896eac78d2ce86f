#pragma once
// Private keys at rest: AES-256-GCM under a key made from a passphrase or a key file with scrypt.

#include "base/file.hpp"
#include "wallet/key_store.hpp"

namespace nelumbo::messager {

/// The secret that protects the keys. Neither it nor a key is ever printed or logged. Thread-safe.
class Vault {
 public:
  /// From a passphrase; `invalid` when it is empty.
  static Result<std::shared_ptr<const Vault>> from_passphrase(std::string passphrase);
  /// From a file that nobody but its owner may read (`permission` otherwise).
  static Result<std::shared_ptr<const Vault>> from_file(const fs::path& file);
  virtual ~Vault() = default;

  /// The text to store for a key: format, scrypt's cost and salt, nonce, cipher text. `label` (the address) is bound to
  /// it.
  virtual Result<std::string> seal(const wallet::KeyInfo& key, std::string_view label) const = 0;
  /// `permission` when the secret is another or the text was changed.
  virtual Result<wallet::KeyInfo> open(std::string_view sealed, std::string_view label) const = 0;
};

}  // namespace nelumbo::messager
