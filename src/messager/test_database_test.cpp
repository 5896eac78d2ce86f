#include "test_database.hpp"

#include <csignal>
#include <thread>

#include <gtest/gtest.h>
#include <soci/mysql/soci-mysql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace nelumbo::messager {

namespace {

constexpr std::chrono::seconds kStartLimit{60};

/// Starts a program whose output goes to a file; it ends with this process.
pid_t spawn(const std::vector<std::string>& words, const fs::path& log) {
  std::vector<char*> arguments;
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t parent = ::getpid();
  pid_t pid = ::fork();
  if (pid != 0) return pid;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  if (!std::freopen(log.c_str(), "a", stdout) || !std::freopen(log.c_str(), "a", stderr)) ::_exit(1);
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

/// Debian puts the server where only root's path looks.
std::string server_program() {
  for (const char* path : {"/usr/sbin/mariadbd", "/usr/sbin/mysqld", "/usr/libexec/mariadbd"}) {
    if (fs::exists(path)) return path;
  }
  return "mariadbd";
}

std::unique_ptr<soci::session> open_session(const DatabaseConfig& config) {
  if (config.driver == "sqlite3") return std::make_unique<soci::session>(*soci::factory_sqlite3(), config.dsn);
  return std::make_unique<soci::session>(*soci::factory_mysql(), config.dsn);
}

}  // namespace

MariadbServer::MariadbServer() {
  auto log = folder_.path() / "install.log";
  std::vector<std::string> install = {"mariadb-install-db",
                                      "--no-defaults",
                                      "--datadir=" + (folder_.path() / "data").string(),
                                      "--auth-root-authentication-method=normal",
                                      "--skip-test-db",
                                      "--skip-name-resolve"};
  if (::geteuid() == 0) install.push_back("--user=root");
  pid_t pid = spawn(install, log);
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (status != 0) {
    throw std::runtime_error("mariadb-install-db failed (is mariadb-server installed?): " +
                             read_text_file(log).value_or(""));
  }
  start();
}

MariadbServer::~MariadbServer() { kill(); }

MariadbServer& MariadbServer::shared() {
  static MariadbServer server;
  return server;
}

void MariadbServer::start() {
  auto log = folder_.path() / "server.log";
  std::vector<std::string> words = {server_program(),
                                    "--no-defaults",
                                    "--datadir=" + (folder_.path() / "data").string(),
                                    "--socket=" + (folder_.path() / "s").string(),
                                    "--pid-file=" + (folder_.path() / "pid").string(),
                                    "--skip-networking",
                                    "--skip-name-resolve",
                                    "--innodb-buffer-pool-size=64M",
                                    "--innodb-log-file-size=32M",
                                    "--performance-schema=OFF"};
  if (::geteuid() == 0) words.push_back("--user=root");
  pid_ = spawn(words, log);
  auto until = std::chrono::steady_clock::now() + kStartLimit;
  for (;;) {
    try {
      run("SELECT 1");
      return;
    } catch (const soci::soci_error& error) {
      if (std::chrono::steady_clock::now() > until || ::waitpid(pid_, nullptr, WNOHANG) != 0) {
        throw std::runtime_error(std::string("mariadbd does not start: ") + error.what() +
                                 read_text_file(log).value_or(""));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
}

void MariadbServer::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void MariadbServer::pause(bool paused) { ::kill(pid_, paused ? SIGSTOP : SIGCONT); }

DatabaseConfig MariadbServer::config(const std::string& database, const std::string& user,
                                     const std::string& password) const {
  DatabaseConfig config;
  config.driver = "mysql";
  config.dsn = fmt::format("unix_socket={} db={} user={} password='{}'", (folder_.path() / "s").string(), database,
                           user, password);
  return config;
}

DatabaseConfig MariadbServer::make_database() {
  std::string name = fmt::format("messager{}", ++databases_);
  run(fmt::format("CREATE DATABASE {}", name));
  run(fmt::format("CREATE USER '{}'@'localhost' IDENTIFIED BY 'pass word'", name));
  run(fmt::format("GRANT ALL ON {0}.* TO '{0}'@'localhost'", name));
  return config(name, name, "pass word");
}

void MariadbServer::run(const std::string& statement) const {
  soci::session session(*soci::factory_mysql(),
                        fmt::format("unix_socket={} user=root", (folder_.path() / "s").string()));
  session << statement;
}

TestDatabase::TestDatabase(const std::string& driver) {
  if (driver == "mysql") {
    config_ = MariadbServer::shared().make_database();
  } else {
    config_.dsn = (folder_.path() / "book.db").string();
  }
}

std::vector<std::string> TestDatabase::run(const std::string& statement) const {
  auto session = open_session(config_);
  std::string lower = statement.substr(0, 6);
  if (lower != "SELECT") {
    *session << statement;
    return {};
  }
  std::vector<std::string> out;
  std::string field;
  soci::indicator indicator = soci::i_ok;
  soci::statement query = (session->prepare << statement, soci::into(field, indicator));
  for (bool got = query.execute(true); got; got = query.fetch()) out.push_back(field);
  return out;
}

std::shared_ptr<const Vault> test_vault() {
  static auto vault = must(Vault::from_passphrase("correct horse battery staple"));
  return vault;
}

}  // namespace nelumbo::messager
