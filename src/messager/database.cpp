#include "database.hpp"

#include <algorithm>
#include <thread>

#include <fcntl.h>
#include <soci/mysql/soci-mysql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/log.hpp"
#include "crypto/hash.hpp"
#include "dsn.hpp"

namespace nelumbo::messager {

namespace {

using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

constexpr milliseconds kFirstPause{5}, kLongestPause{200};
constexpr int kBusyMillis = 500;   // how long SQLite itself waits for another process
constexpr int kIdleSeconds = 300;  // after which MySQL may drop a connection, and with it a transaction left open
constexpr size_t kMaxSessions = 1000;

int64_t random_id() {
  auto bytes = random_bytes(8);
  uint64_t id = 0;
  for (uint8_t byte : bytes) id = id << 8 | byte;
  return static_cast<int64_t>(id >> 1);
}

/// A database file is for its owner only: it holds keys, though sealed ones.
Result<> make_private_file(const fs::path& path) {
  int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd >= 0) {
    ::close(fd);
    return {};
  }
  auto code = errno == ENOENT ? ErrorCode::not_found : ErrorCode::permission;
  return fail(code, "the database file {} cannot be opened: {}", path.string(), std::strerror(errno));
}

}  // namespace

/// A place in the pool: a session, opened when it is needed.
struct Database::Connection {
  std::unique_ptr<soci::session> session;
  int64_t writer = random_id();  // whose row in `commits` tells up to where this connection's transactions went
  int64_t sequence = 0;
};

/// How one run of a transaction ended.
struct Database::Attempt {
  bool done = false;
  bool in_doubt = false;  // lost while committing
  Trouble trouble;
};

/// A connection from the pool for the time of a scope.
class Database::Lent {
 public:
  Lent(Database& database, std::unique_ptr<Connection> connection)
      : database_(database), connection_(std::move(connection)) {}
  ~Lent() { database_.give_back(std::move(connection_)); }
  Lent(const Lent&) = delete;
  Lent& operator=(const Lent&) = delete;
  Connection& operator*() { return *connection_; }

 private:
  Database& database_;
  std::unique_ptr<Connection> connection_;
};

Database::Database(const DatabaseConfig& config)
    : sqlite_(config.driver == "sqlite3"),
      place_(database_place(config)),
      patience_(std::max(config.patience, milliseconds(100))),
      limit_(std::max<int64_t>(1, (patience_.count() + 3999) / 4000)) {
  free_.resize(std::clamp<size_t>(config.sessions, 1, kMaxSessions));
  for (auto& connection : free_) connection = std::make_unique<Connection>();
}

Database::~Database() = default;

Result<std::unique_ptr<Database>> Database::open(const DatabaseConfig& config) {
  if (config.driver != "sqlite3" && config.driver != "mysql") {
    return fail(ErrorCode::invalid, "unknown database driver \"{}\": use sqlite3 or mysql", config.driver);
  }
  std::unique_ptr<Database> database(new Database(config));
  if (database->sqlite_) {
    if (config.dsn.empty() || config.dsn == ":memory:" || config.dsn.find('"') != std::string::npos) {
      return fail(ErrorCode::invalid, "the DSN of sqlite3 is the path of a file, without quotes");
    }
    fs::path path = expand_home(config.dsn);
    TRY(make_private_file(path));
    database->connect_text_ = fmt::format("dbname=\"{}\"", path.string());
  } else {
    database->connect_text_ = TRY(complete_dsn(config.dsn, database->limit_));
  }
  TRY(database->read([](Sql& sql) -> Result<> {
    sql.rows(1, "SELECT 1");
    return {};
  }));
  return database;
}

std::unexpected<Error> Database::error_of(const Trouble& trouble) const {
  if (trouble.code == ErrorCode::unavailable) {
    return fail(trouble.code, "the database ({}) does not answer: {}", place_, trouble.text);
  }
  return fail(trouble.code, "the database ({}) says: {}", place_, trouble.text);
}

Result<std::unique_ptr<Database::Connection>> Database::take(Deadline deadline) {
  std::unique_lock lock(mutex_);
  if (!freed_.wait_until(lock, deadline, [&] { return !free_.empty(); })) {
    return fail(ErrorCode::unavailable, "all connections to the database ({}) are busy", place_);
  }
  auto connection = std::move(free_.back());  // the one used last: it is the least likely to have been dropped
  free_.pop_back();
  return connection;
}

void Database::give_back(std::unique_ptr<Connection> connection) {
  std::lock_guard lock(mutex_);
  free_.push_back(std::move(connection));
  freed_.notify_one();
}

void Database::connect(Connection& connection) {
  if (connection.session) return;
  const auto& factory = sqlite_ ? *soci::factory_sqlite3() : *soci::factory_mysql();
  auto session = std::make_unique<soci::session>(factory, connect_text_);
  Sql sql(*session, sqlite_);
  connection.session = std::move(session);
  try {
    if (sqlite_) {
      set_up_sqlite(sql);
    } else {
      set_up_mysql(connection, sql);
    }
  } catch (...) {
    connection.session.reset();
    throw;
  }
}

void Database::set_up_sqlite(Sql& sql) {
  sql.rows(1, fmt::format("PRAGMA busy_timeout = {}", kBusyMillis));
  auto mode = sql.rows(1, "PRAGMA journal_mode = WAL");
  if (mode.empty() || mode[0][0] != "wal") {
    throw soci::soci_error("the file system cannot hold a write-ahead log (PRAGMA journal_mode = WAL was refused)");
  }
  sql.run("PRAGMA synchronous = FULL");  // a commit is on the disk when it returns
  sql.run("PRAGMA foreign_keys = ON");
}

void Database::set_up_mysql(Connection& connection, Sql& sql) {
  // A client library that reconnects by itself would lose a transaction silently.
  auto* backend = static_cast<soci::mysql_session_backend*>(connection.session->get_backend());
  my_bool reconnect = 0;
  ::mysql_options(backend->conn_, MYSQL_OPT_RECONNECT, &reconnect);
  // What is read under a lock is the newest, and no gaps are locked: fewer deadlocks. Every rule here rests on row
  // locks and unique keys, none on repeatable reads.
  sql.run("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
  sql.run("SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', autocommit = 1");
  sql.run(fmt::format("SET SESSION innodb_lock_wait_timeout = {}, wait_timeout = {}",
                      std::max<int64_t>(1, limit_.count() - 1), kIdleSeconds));
}

/// Leaves in the transaction a mark by which it can be recognised when its commit's answer was lost.
void Database::mark(Connection& connection, Sql& sql) {
  ++connection.sequence;
  sql.run(
      "INSERT INTO commits (writer, sequence, changed) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE sequence = "
      "VALUES(sequence), changed = VALUES(changed)",
      {connection.writer, connection.sequence, now_millis()});
}

Database::Attempt Database::attempt(Connection& connection, Mode mode, const std::function<bool(Sql&)>& work) {
  Attempt attempt;
  bool begun = false, committing = false;
  try {
    connect(connection);
    Sql sql(*connection.session, sqlite_);
    if (mode != Mode::read) {
      sql.run(sqlite_ ? "BEGIN IMMEDIATE" : "START TRANSACTION");
      begun = true;
    }
    bool good = work(sql);
    if (begun && good) {
      if (mode == Mode::write && !sqlite_) mark(connection, sql);
      committing = mode == Mode::write;
      sql.run("COMMIT");
    } else if (begun) {
      sql.run("ROLLBACK");
    }
    attempt.done = true;
    return attempt;
  } catch (const soci::soci_error& error) {
    attempt.trouble = trouble_of(error);
  } catch (...) {
    connection.session.reset();  // with the transaction that may be open in it
    throw;
  }
  attempt.in_doubt = committing && !sqlite_ && (attempt.trouble.lost || attempt.trouble.again);
  if (begun && !attempt.trouble.lost) {
    try {
      Sql(*connection.session, sqlite_).run("ROLLBACK");
    } catch (const soci::soci_error&) {
      // SQLite has rolled back some failures by itself; a session in any other state is thrown away.
      attempt.trouble.lost = true;
    }
  }
  if (attempt.trouble.lost) connection.session.reset();
  return attempt;
}

bool Database::may_try_again(Deadline deadline, milliseconds pause) const {
  // A server that hangs answers the last try after `limit_` only: it must have begun by then.
  milliseconds last_try = sqlite_ ? milliseconds(0) : std::min<milliseconds>(limit_, patience_ / 2);
  return Steady::now() + pause < deadline - last_try;
}

Result<> Database::run_on(Connection& connection, Mode mode, Deadline deadline, const std::function<bool(Sql&)>& work) {
  for (milliseconds pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
    auto tried = attempt(connection, mode, work);
    if (tried.done) return {};
    if (tried.in_doubt) {
      if (TRY(committed(connection, deadline))) return {};
    }
    if (!tried.trouble.again || !may_try_again(deadline, pause)) return error_of(tried.trouble);
    if (pause == kFirstPause && tried.trouble.lost) log_warn("messager", "database: {}", tried.trouble.text);
    std::this_thread::sleep_for(pause);
  }
}

Result<bool> Database::committed(Connection& connection, Deadline deadline) {
  // A locking read: it waits until the transaction in doubt, which holds the mark's lock, has ended either way.
  bool done = false;
  TRY_IN("it is not known whether the last change was stored", run_on(connection, Mode::probe, deadline, [&](Sql& sql) {
           auto rows = sql.rows(1, "SELECT sequence FROM commits WHERE writer = ? FOR UPDATE", {connection.writer});
           done = !rows.empty() && rows[0][0] == std::to_string(connection.sequence);
           return true;
         }));
  return done;
}

Result<> Database::run(Mode mode, Deadline deadline, const std::function<bool(Sql&)>& work) {
  std::unique_lock<std::timed_mutex> turn;
  if (sqlite_ && mode != Mode::read) {
    turn = std::unique_lock(writing_, deadline);
    if (!turn) return fail(ErrorCode::unavailable, "the database ({}) is busy with other changes", place_);
  }
  Lent connection(*this, TRY(take(deadline)));
  return run_on(*connection, mode, deadline, work);
}

UnixMillis now_millis() {
  return std::chrono::floor<milliseconds>(std::chrono::system_clock::now()).time_since_epoch().count();
}

std::string database_place(const DatabaseConfig& config) {
  if (config.driver == "sqlite3") return fmt::format("sqlite3 {}", config.dsn);
  auto words = parse_dsn(config.dsn);
  if (!words) return config.driver;
  auto word = [&](std::initializer_list<const char*> names, const char* otherwise) -> std::string {
    for (const char* name : names) {
      if (auto it = words->find(name); it != words->end()) return it->second;
    }
    return otherwise;
  };
  std::string name = word({"db", "dbname", "service"}, "");
  if (words->contains("unix_socket")) return fmt::format("mysql {} at {}", name, word({"unix_socket"}, ""));
  return fmt::format("mysql {} at {}:{}", name, word({"host"}, "localhost"), word({"port"}, "3306"));
}

}  // namespace nelumbo::messager
