#pragma once
// SQL statements with values bound by position and rows as texts: what the backends do alike.

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace soci {
class session;
}

namespace nelumbo::messager {

using SqlValue = std::variant<int64_t, std::string, std::nullptr_t>;
/// A row's columns as texts; nullopt for NULL.
using SqlRow = std::vector<std::optional<std::string>>;

/// One connection, lent for the time of a transaction. Its functions throw what SOCI throws: who runs the transaction
/// (Database) decides what that means.
class Sql {
 public:
  Sql(soci::session& session, bool sqlite) : session_(session), sqlite_(sqlite) {}

  /// Runs a statement; '?' stand for the values. How many rows it changed (or, MySQL, matched).
  int64_t run(std::string_view text, const std::vector<SqlValue>& values = {});
  /// All rows of a query with that many columns.
  std::vector<SqlRow> rows(size_t columns, std::string_view text, const std::vector<SqlValue>& values = {});
  /// The number that the last INSERT gave its row.
  int64_t last_id();

  bool sqlite() const { return sqlite_; }
  /// Ends a SELECT whose rows must stay as they are until the end of the transaction. SQLite's write transactions
  /// exclude each other anyway.
  std::string_view for_update() const { return sqlite_ ? "" : " FOR UPDATE"; }

 private:
  soci::session& session_;
  bool sqlite_;
};

/// "?, ?, ?"
std::string placeholders(size_t count);

}  // namespace nelumbo::messager
