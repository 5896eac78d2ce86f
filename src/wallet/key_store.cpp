#include "wallet/key_store.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <mutex>

#include <sys/stat.h>

#include "codec/base32.hpp"
#include "codec/json.hpp"
#include "types/signature.hpp"

namespace nelumbo::wallet {

namespace {

constexpr unsigned kFileMode = 0600;
constexpr unsigned kFolderMode = 0700;
constexpr unsigned kOthers = 0077;
constexpr size_t kMaxFile = 64 << 10;             // bytes; a key's JSON takes some hundred
constexpr std::string_view kUnfinished = ".new";  // write_file's ending of what a crash left half written

std::string mapped(std::string_view text, int (*f)(int)) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [&](unsigned char c) { return static_cast<char>(f(c)); });
  return out;
}

std::string file_name(std::string_view name) { return mapped(to_base32(as_bytes(name)), std::toupper); }

Result<> check_mode(const fs::path& path, unsigned required) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return fail(ErrorCode::not_found, "{} is not there", path.string());
  if ((info.st_mode & kOthers) == 0) return {};
  return fail(ErrorCode::permission, "{} may be read or written by others: its mode is {:o}, {:o} is required",
              path.string(), info.st_mode & 07777, required);
}

class FolderKeyStore : public KeyStore {
 public:
  explicit FolderKeyStore(fs::path folder) : folder_(std::move(folder)) {}

  Result<std::vector<std::string>> list() const override {
    std::lock_guard lock(mutex_);
    TRY(check_mode(folder_, kFolderMode));
    std::error_code error;
    std::vector<std::string> names;
    for (fs::directory_iterator at(folder_, error), end; !error && at != end; at.increment(error)) {
      std::string file = at->path().filename().string();
      if (file.ends_with(kUnfinished)) continue;
      TRY(check_mode(at->path(), kFileMode));
      auto name = TRY_IN(fmt::format("the keystore holds {}, which is no key's file name", file),
                         from_base32(mapped(file, std::tolower)));
      names.emplace_back(as_text(name));
    }
    if (error) return fail(ErrorCode::failed, "cannot list {}: {}", folder_.string(), error.message());
    std::sort(names.begin(), names.end());
    return names;
  }

  Result<KeyInfo> get(std::string_view name) const override {
    std::lock_guard lock(mutex_);
    fs::path path = folder_ / file_name(name);
    if (!fs::exists(path)) return fail(ErrorCode::not_found, "no key \"{}\" in the keystore", name);
    TRY(check_mode(path, kFileMode));
    auto text = TRY(read_text_file(path, kMaxFile));
    return in_context(decode_key_info(text), fmt::format("key \"{}\"", name));
  }

  Result<> put(std::string_view name, const KeyInfo& key) override {
    std::lock_guard lock(mutex_);
    TRY(check_mode(folder_, kFolderMode));
    fs::path path = folder_ / file_name(name);
    if (fs::exists(path)) return fail(ErrorCode::exists, "the keystore has a key \"{}\" already", name);
    return write_file(path, encode_key_info(key), kFileMode);
  }

  Result<> remove(std::string_view name) override {
    std::lock_guard lock(mutex_);
    fs::path path = folder_ / file_name(name);
    std::error_code error;
    if (fs::remove(path, error)) return {};
    if (error) return fail(ErrorCode::failed, "cannot remove {}: {}", path.string(), error.message());
    return fail(ErrorCode::not_found, "no key \"{}\" in the keystore", name);
  }

 private:
  fs::path folder_;
  mutable std::mutex mutex_;
};

class MemoryKeyStore : public KeyStore {
 public:
  Result<std::vector<std::string>> list() const override {
    std::lock_guard lock(mutex_);
    std::vector<std::string> names;
    for (const auto& [name, key] : keys_) names.push_back(name);
    return names;
  }
  Result<KeyInfo> get(std::string_view name) const override {
    std::lock_guard lock(mutex_);
    auto it = keys_.find(name);
    if (it == keys_.end()) return fail(ErrorCode::not_found, "no key \"{}\" in the keystore", name);
    return it->second;
  }
  Result<> put(std::string_view name, const KeyInfo& key) override {
    std::lock_guard lock(mutex_);
    if (!keys_.emplace(name, key).second) {
      return fail(ErrorCode::exists, "the keystore has a key \"{}\" already", name);
    }
    return {};
  }
  Result<> remove(std::string_view name) override {
    std::lock_guard lock(mutex_);
    auto it = keys_.find(name);
    if (it == keys_.end()) return fail(ErrorCode::not_found, "no key \"{}\" in the keystore", name);
    keys_.erase(it);
    return {};
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, KeyInfo, std::less<>> keys_;
};

}  // namespace

std::string encode_key_info(const KeyInfo& key) { return to_json(key).dump(); }

Result<KeyInfo> decode_key_info(std::string_view json) {
  auto value = TRY_IN("key", parse_json(json));
  if (value.is_object() && value.contains("Type") && value["Type"].is_number_unsigned()) {
    auto number = value["Type"].get<uint64_t>();
    auto type = TRY(signature_type(static_cast<uint8_t>(std::min<uint64_t>(number, UINT8_MAX))));
    value["Type"] = signature_type_name(type);
  }
  auto key = TRY_IN("key", from_json<KeyInfo>(value));
  if (key.type.empty() || key.private_key.empty()) {
    return fail(ErrorCode::invalid, "key without \"Type\" or \"PrivateKey\"");
  }
  return key;
}

Result<std::shared_ptr<KeyStore>> open_key_store(const fs::path& folder) {
  TRY(make_folder(folder, kFolderMode));
  TRY(check_mode(folder, kFolderMode));
  return std::make_shared<FolderKeyStore>(folder);
}

std::shared_ptr<KeyStore> make_memory_key_store() { return std::make_shared<MemoryKeyStore>(); }

}  // namespace nelumbo::wallet
