#pragma once
// The connections to one database, and transactions on them that are done exactly once or not at all.

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>

#include "messager/book.hpp"
#include "sql.hpp"
#include "trouble.hpp"

namespace nelumbo::messager {

using Deadline = std::chrono::steady_clock::time_point;

/// Thread-safe.
class Database {
 public:
  /// Connects once; errors as open_book.
  static Result<std::unique_ptr<Database>> open(const DatabaseConfig& config);
  ~Database();

  /// Now and the configured patience.
  Deadline deadline() const { return std::chrono::steady_clock::now() + patience_; }
  bool sqlite() const { return sqlite_; }

  /// Runs work (a function of Sql& that gives a Result) in a transaction: committed when its Result is good, rolled
  /// back when not. It may run several times: after a deadlock, a restart of the database, a lost connection; only the
  /// last run counts. When the connection is lost while committing, the database is asked whether it did.
  template <class F>
  auto write(Deadline deadline, F work) {
    return with_result(Mode::write, deadline, std::move(work));
  }
  template <class F>
  auto write(F work) {
    return write(deadline(), std::move(work));
  }
  /// As write, for the schema's own tables, before which there can be no marks: when a commit's answer is lost, work
  /// runs again.
  template <class F>
  auto write_schema(F work) {
    return with_result(Mode::probe, deadline(), std::move(work));
  }
  /// Runs work for reading: each statement sees what was committed before it.
  template <class F>
  auto read(Deadline deadline, F work) {
    return with_result(Mode::read, deadline, std::move(work));
  }
  template <class F>
  auto read(F work) {
    return read(deadline(), std::move(work));
  }

 private:
  enum class Mode {
    read,   ///< no transaction around the statements
    write,  ///< a transaction, marked so that a lost commit is recognised
    probe   ///< a transaction without a mark
  };
  struct Connection;
  struct Attempt;
  class Lent;

  explicit Database(const DatabaseConfig& config);

  template <class F>
  auto with_result(Mode mode, Deadline deadline, F work) {
    std::optional<std::invoke_result_t<F, Sql&>> result;
    Result<> done = run(mode, deadline, [&](Sql& sql) {
      result.emplace(work(sql));
      return result->has_value();
    });
    if (!done) result.emplace(std::unexpected(std::move(done).error()));
    return *std::move(result);
  }

  Result<> run(Mode mode, Deadline deadline, const std::function<bool(Sql&)>& work);
  Result<> run_on(Connection& connection, Mode mode, Deadline deadline, const std::function<bool(Sql&)>& work);
  Attempt attempt(Connection& connection, Mode mode, const std::function<bool(Sql&)>& work);
  Result<bool> committed(Connection& connection, Deadline deadline);
  void connect(Connection& connection);
  void set_up_sqlite(Sql& sql);
  void set_up_mysql(Connection& connection, Sql& sql);
  void mark(Connection& connection, Sql& sql);
  bool may_try_again(Deadline deadline, std::chrono::milliseconds pause) const;
  std::unexpected<Error> error_of(const Trouble& trouble) const;
  Result<std::unique_ptr<Connection>> take(Deadline deadline);
  void give_back(std::unique_ptr<Connection> connection);

  bool sqlite_;
  std::string connect_text_;
  std::string place_;
  std::chrono::milliseconds patience_;
  std::chrono::seconds limit_;  // of one answer of a MySQL server
  std::timed_mutex writing_;    // SQLite has one writer at a time: in here they wait for each other in order
  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<std::unique_ptr<Connection>> free_;
};

/// Milliseconds since the Unix epoch, by this machine's clock.
UnixMillis now_millis();

}  // namespace nelumbo::messager
