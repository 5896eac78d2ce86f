#include "node/repo.hpp"

#include <cstdlib>

#include "crypto/hash.hpp"
#include "wallet/key_store.hpp"

namespace nelumbo::node {

namespace {

/// Raised when an older program could no longer read the repository.
constexpr int kLayoutVersion = 1;
constexpr size_t kSecretSize = 32;  ///< bytes of the tokens' secret

/// What differs between the programs.
struct KindRow {
  const char* variable;
  const char* folder;
  const char* program;
  std::string (*config)();
};
const KindRow& row_of(RepoKind kind) {
  static const KindRow rows[] = {
      {"LOTUS_PATH", "~/.lotus", "lotus daemon", default_config_text<DaemonConfig>},
      {"LOTUS_MINER_PATH", "~/.lotusminer", "lotus-miner", default_config_text<MinerProcessConfig>},
      {"LOTUS_FOUNTAIN_PATH", "~/.lotusfountain", "lotus-fountain", default_config_text<FountainConfig>},
      {"LOTUS_MESSAGE_PATH", "~/.lotusmessage", "lotus-message daemon", default_config_text<MessageServerConfig>},
  };
  return rows[static_cast<size_t>(kind)];
}

Result<> check_version(const fs::path& file) {
  auto text = read_text_file(file, 64);
  if (!text && text.error().code == ErrorCode::not_found) return write_file(file, fmt::format("{}\n", kLayoutVersion));
  if (!text) return std::unexpected(std::move(text).error());
  int found = std::atoi(text->c_str());
  if (found < 1 || found > kLayoutVersion) {
    return fail(ErrorCode::unsupported,
                "the repository has layout version {}, this program knows {}: use the program that made it",
                text->substr(0, text->find('\n')), kLayoutVersion);
  }
  return {};
}

}  // namespace

fs::path default_repository(RepoKind kind) {
  const auto& row = row_of(kind);
  const char* value = std::getenv(row.variable);
  return expand_home(value != nullptr && *value != '\0' ? value : row.folder);
}

Result<Repository> Repository::open(const fs::path& folder, RepoKind kind) {
  TRY(make_folder(folder));
  auto lock = FileLock::take(folder / "repo.lock");
  if (!lock && lock.error().code == ErrorCode::exists) {
    return fail(ErrorCode::exists, "the repository {} is in use: another {} is running on it", folder.string(),
                row_of(kind).program);
  }
  if (!lock) return std::unexpected(std::move(lock).error());
  Repository repository(folder, *std::move(lock));
  TRY_IN(folder.string(), check_version(folder / "version"));
  if (!fs::exists(repository.config_file())) {
    TRY(write_file(repository.config_file(), row_of(kind).config()));
  }
  return repository;
}

Repository::~Repository() {
  std::error_code ignored;  // a file left behind only makes clients say that nobody answers
  if (published_ && lock_) fs::remove(folder_ / "api", ignored);
}

Result<Bytes> Repository::jwt_secret() {
  auto keys = TRY(wallet::open_key_store(keystore()));
  auto known = keys->get(wallet::kJwtSecretName);
  if (known) return std::move(known->private_key);
  if (known.error().code != ErrorCode::not_found) return std::unexpected(std::move(known).error());
  wallet::KeyInfo made{std::string(wallet::kJwtSecretType), random_bytes(kSecretSize)};
  TRY(keys->put(wallet::kJwtSecretName, made));
  return made.private_key;
}

Result<> Repository::publish_api(const std::string& multiaddr, const std::string& admin_token) {
  TRY(write_file(folder_ / "token", admin_token, 0600));
  TRY(write_file(folder_ / "api", multiaddr));
  published_ = true;
  return {};
}

}  // namespace nelumbo::node
