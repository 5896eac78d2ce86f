#pragma once
// Databases for tests: a file of SQLite, or a database of a MariaDB server that the test program runs itself.

#include <sys/types.h>

#include "base/temporary_folder.hpp"
#include "messager/book.hpp"

namespace nelumbo::messager {

/// A MariaDB server with a folder and a socket of its own, killed with the object.
class MariadbServer {
 public:
  MariadbServer();
  ~MariadbServer();
  /// One for the whole program, started when it is first asked for.
  static MariadbServer& shared();

  /// Returns when it answers.
  void start();
  /// kill -9.
  void kill();
  /// SIGSTOP, SIGCONT: it hangs.
  void pause(bool paused);
  /// Makes a database and gives the configuration to reach it as its owner.
  DatabaseConfig make_database();
  /// The configuration for a database, user and password.
  DatabaseConfig config(const std::string& database, const std::string& user, const std::string& password) const;
  /// Runs a statement as root in no database.
  void run(const std::string& statement) const;

 private:
  TemporaryFolder folder_;
  pid_t pid_ = -1;
  int databases_ = 0;
};

/// One database for one test.
class TestDatabase {
 public:
  /// "sqlite3" or "mysql".
  explicit TestDatabase(const std::string& driver);
  const DatabaseConfig& config() const { return config_; }
  /// Runs statements of one's own in it; the first column of the rows, if any.
  std::vector<std::string> run(const std::string& statement) const;

 private:
  TemporaryFolder folder_;
  DatabaseConfig config_;
};

/// The vault of the tests: one, so that scrypt is paid for once.
std::shared_ptr<const Vault> test_vault();

}  // namespace nelumbo::messager
