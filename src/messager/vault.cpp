#include "messager/vault.hpp"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/hash.hpp"

namespace nelumbo::messager {

namespace {

// The text of a sealed key: "nelumbo1.scrypt.LOG2N.R.P.SALT.NONCE.CIPHER", the last three in base64url; the cipher text
// ends with GCM's tag. Everything before NONCE and the label are authenticated with it.
constexpr std::string_view kFormat = "nelumbo1.scrypt";
constexpr size_t kParts = 8;
constexpr size_t kKeySize = 32, kSaltSize = 16, kNonceSize = 12, kTagSize = 16;
constexpr size_t kMaxSecret = 64 << 10;  // bytes of a key file
constexpr size_t kMaxSealed = 64 << 10;

/// scrypt's cost (RFC 7914). 2^15, 8, 1 takes 32 MiB and some 60 to 100 ms.
struct Cost {
  unsigned log_n = 15, r = 8, p = 1;
  friend auto operator<=>(const Cost&, const Cost&) = default;
};
// What is accepted of a text that was read: within a gigabyte and some seconds.
constexpr Cost kLeast{10, 1, 1}, kMost{20, 8, 4};

/// Bytes that are wiped when they go.
class Secret {
 public:
  explicit Secret(Bytes bytes) : bytes_(std::move(bytes)) {}
  Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) {}
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { ::OPENSSL_cleanse(bytes_.data(), bytes_.size()); }
  BytesView view() const { return bytes_; }

 private:
  Bytes bytes_;
};

struct Recipe {
  Cost cost;
  Bytes salt;
  friend auto operator<=>(const Recipe&, const Recipe&) = default;
};

struct Sealed {
  Recipe recipe;
  Bytes nonce, cipher;
};

std::string header(const Recipe& recipe) {
  return fmt::format("{}.{}.{}.{}.{}", kFormat, recipe.cost.log_n, recipe.cost.r, recipe.cost.p,
                     to_base64url(recipe.salt));
}

std::string bound_text(const Recipe& recipe, std::string_view label) {
  return fmt::format("{}\n{}", header(recipe), label);
}

std::optional<unsigned> number(std::string_view text, unsigned least, unsigned most) {
  unsigned value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least || value > most) return std::nullopt;
  return value;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == text.npos || parts.size() > kParts) return parts;
    text.remove_prefix(at + 1);
  }
}

Result<Sealed> parse(std::string_view text) {
  auto damaged = fail(ErrorCode::permission, "the stored text of a key is damaged");
  auto parts = split(text.substr(0, kMaxSealed + 1), '.');
  if (text.size() > kMaxSealed || parts.size() != kParts) return damaged;
  if (fmt::format("{}.{}", parts[0], parts[1]) != kFormat) return damaged;
  auto log_n = number(parts[2], kLeast.log_n, kMost.log_n);
  auto r = number(parts[3], kLeast.r, kMost.r);
  auto p = number(parts[4], kLeast.p, kMost.p);
  auto salt = from_base64url(parts[5]), nonce = from_base64url(parts[6]), cipher = from_base64url(parts[7]);
  if (!log_n || !r || !p || !salt || !nonce || !cipher) return damaged;
  if (salt->size() != kSaltSize || nonce->size() != kNonceSize || cipher->size() <= kTagSize) return damaged;
  return Sealed{{{*log_n, *r, *p}, *std::move(salt)}, *std::move(nonce), *std::move(cipher)};
}

using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

/// A failure of the library itself, not of its input.
void require(bool good) {
  if (!good) throw std::runtime_error("OpenSSL's AES-256-GCM failed");
}

Bytes encrypt(BytesView key, BytesView nonce, std::string_view bound, BytesView plain) {
  CipherContext context(::EVP_CIPHER_CTX_new(), ::EVP_CIPHER_CTX_free);
  Bytes out(plain.size() + kTagSize);
  int size = 0;
  require(context && ::EVP_EncryptInit_ex(context.get(), ::EVP_aes_256_gcm(), nullptr, key.data(), nonce.data()) == 1);
  auto extra = as_bytes(bound);
  require(::EVP_EncryptUpdate(context.get(), nullptr, &size, extra.data(), static_cast<int>(extra.size())) == 1);
  require(::EVP_EncryptUpdate(context.get(), out.data(), &size, plain.data(), static_cast<int>(plain.size())) == 1);
  require(::EVP_EncryptFinal_ex(context.get(), out.data() + size, &size) == 1);
  require(::EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagSize, out.data() + plain.size()) == 1);
  return out;
}

std::optional<Secret> decrypt(BytesView key, BytesView nonce, std::string_view bound, Bytes cipher) {
  CipherContext context(::EVP_CIPHER_CTX_new(), ::EVP_CIPHER_CTX_free);
  size_t length = cipher.size() - kTagSize;
  Secret plain{Bytes(length)};
  auto* out = const_cast<uint8_t*>(plain.view().data());
  int size = 0;
  require(context && ::EVP_DecryptInit_ex(context.get(), ::EVP_aes_256_gcm(), nullptr, key.data(), nonce.data()) == 1);
  auto extra = as_bytes(bound);
  require(::EVP_DecryptUpdate(context.get(), nullptr, &size, extra.data(), static_cast<int>(extra.size())) == 1);
  require(::EVP_DecryptUpdate(context.get(), out, &size, cipher.data(), static_cast<int>(length)) == 1);
  require(::EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagSize, cipher.data() + length) == 1);
  if (::EVP_DecryptFinal_ex(context.get(), out + size, &size) != 1) return std::nullopt;
  return plain;
}

class ScryptVault : public Vault {
 public:
  explicit ScryptVault(Bytes secret) : secret_(std::move(secret)) {}

  Result<std::string> seal(const wallet::KeyInfo& key, std::string_view label) const override {
    Recipe recipe = own_recipe();
    std::string json = wallet::encode_key_info(key);
    Bytes nonce = random_bytes(kNonceSize);
    auto derived = derive(recipe);
    Bytes cipher = encrypt(derived->view(), nonce, bound_text(recipe, label), as_bytes(json));
    ::OPENSSL_cleanse(json.data(), json.size());
    return fmt::format("{}.{}.{}", header(recipe), to_base64url(nonce), to_base64url(cipher));
  }

  Result<wallet::KeyInfo> open(std::string_view sealed, std::string_view label) const override {
    auto parsed = TRY(parse(sealed));
    auto derived = derive(parsed.recipe);
    auto plain = decrypt(derived->view(), parsed.nonce, bound_text(parsed.recipe, label), std::move(parsed.cipher));
    if (!plain) {
      return fail(ErrorCode::permission,
                  "the key of {} was stored with another passphrase or key file, or its text was changed", label);
    }
    adopt(parsed.recipe);
    return in_context(wallet::decode_key_info(as_text(plain->view())), fmt::format("key of {}", label));
  }

 private:
  /// The salt of what was opened last time: so a database has one, and a start derives one key.
  Recipe own_recipe() const {
    std::lock_guard lock(mutex_);
    if (!own_) own_ = Recipe{Cost{}, random_bytes(kSaltSize)};
    return *own_;
  }
  void adopt(const Recipe& recipe) const {
    std::lock_guard lock(mutex_);
    if (!own_ && recipe.cost >= Cost{}) own_ = recipe;
  }

  std::shared_ptr<const Secret> derive(const Recipe& recipe) const {
    std::lock_guard lock(mutex_);
    auto known = derived_.find(recipe);
    if (known != derived_.end()) return known->second;
    Bytes key(kKeySize);
    auto secret = as_text(secret_.view());
    uint64_t n = uint64_t{1} << recipe.cost.log_n;
    uint64_t memory = 128 * recipe.cost.r * (n + recipe.cost.p + 2) + (1 << 20);
    if (::EVP_PBE_scrypt(secret.data(), secret.size(), recipe.salt.data(), recipe.salt.size(), n, recipe.cost.r,
                         recipe.cost.p, memory, key.data(), key.size()) != 1) {
      throw std::runtime_error("OpenSSL's scrypt failed");
    }
    return derived_.emplace(recipe, std::make_shared<const Secret>(std::move(key))).first->second;
  }

  Secret secret_;
  mutable std::mutex mutex_;
  mutable std::optional<Recipe> own_;
  mutable std::map<Recipe, std::shared_ptr<const Secret>> derived_;
};

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

Result<std::shared_ptr<const Vault>> Vault::from_passphrase(std::string passphrase) {
  if (passphrase.empty()) return fail(ErrorCode::invalid, "the passphrase of the keys is empty");
  auto vault = std::make_shared<const ScryptVault>(to_bytes(passphrase));
  ::OPENSSL_cleanse(passphrase.data(), passphrase.size());
  return vault;
}

Result<std::shared_ptr<const Vault>> Vault::from_file(const fs::path& file) {
  Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat info {};
  if (fd.get() < 0 || ::fstat(fd.get(), &info) != 0) {
    auto code = errno == ENOENT ? ErrorCode::not_found : ErrorCode::permission;
    return fail(code, "the key file {} cannot be opened: {}", file.string(), std::strerror(errno));
  }
  if (!S_ISREG(info.st_mode)) return fail(ErrorCode::invalid, "the key file {} is no plain file", file.string());
  if ((info.st_mode & 0077) != 0) {
    return fail(ErrorCode::permission,
                "the key file {} may be read or written by others: its mode is {:o}, 600 is "
                "required",
                file.string(), info.st_mode & 07777);
  }
  if (static_cast<size_t>(info.st_size) > kMaxSecret) {
    return fail(ErrorCode::invalid, "the key file {} is larger than {} bytes", file.string(), kMaxSecret);
  }
  Bytes secret(static_cast<size_t>(info.st_size));
  size_t have = 0;
  while (have < secret.size()) {
    auto got = ::read(fd.get(), secret.data() + have, secret.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return fail(ErrorCode::unavailable, "the key file {} cannot be read", file.string());
    have += static_cast<size_t>(got);
  }
  while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r')) secret.pop_back();  // an editor's
  if (secret.empty()) return fail(ErrorCode::invalid, "the key file {} is empty", file.string());
  return std::make_shared<const ScryptVault>(std::move(secret));
}

}  // namespace nelumbo::messager
