#pragma once
// A repository: the folder in which a program keeps everything, laid out as lotus does.
//
//   config.toml   token   api   keystore/   datastore/   repo.lock   version
//   storage.json  (miner)   messages.db  vault.key  network.json  (message server)

#include <memory>
#include <optional>

#include "base/file.hpp"
#include "node/config.hpp"

namespace nelumbo::node {

enum class RepoKind { daemon, miner, fountain, message };

/// The folder from its environment variable (LOTUS_PATH, LOTUS_MINER_PATH, LOTUS_FOUNTAIN_PATH, LOTUS_MESSAGE_PATH) or
/// the default (~/.lotus, ~/.lotusminer, ~/.lotusfountain, ~/.lotusmessage).
fs::path default_repository(RepoKind kind);

/// An open repository: locked for this process until destroyed, which also removes the `api` file.
class Repository {
 public:
  /// Makes the folder and what is missing in it. `exists` when another process has it open; `unsupported` when a newer
  /// version of this program made it.
  static Result<Repository> open(const fs::path& folder, RepoKind kind);
  Repository(Repository&& other) noexcept
      : folder_(std::move(other.folder_)),
        lock_(std::move(other.lock_)),
        published_(std::exchange(other.published_, false)) {}
  Repository& operator=(Repository&&) = delete;
  ~Repository();

  const fs::path& folder() const { return folder_; }
  fs::path config_file() const { return folder_ / "config.toml"; }
  fs::path datastore() const { return folder_ / "datastore"; }
  fs::path keystore() const { return folder_ / "keystore"; }

  /// The secret that signs this repository's tokens; made at first use.
  Result<Bytes> jwt_secret();
  /// Tells other programs where the API is and how to get in: files `api` (multiaddress) and `token`.
  Result<> publish_api(const std::string& multiaddr, const std::string& admin_token);

 private:
  Repository(fs::path folder, FileLock lock) : folder_(std::move(folder)), lock_(std::move(lock)) {}
  fs::path folder_;
  std::optional<FileLock> lock_;
  bool published_ = false;
};

}  // namespace nelumbo::node
