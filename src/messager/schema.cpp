#include "schema.hpp"

#include <charconv>

namespace nelumbo::messager {

namespace {

constexpr const char* kVersionName = "schema_version";
// A lock of the MySQL server by which servers that start together make the tables one after the other.
constexpr const char* kLockName = "nelumbo.messager.schema";

/// Types and endings that differ between the backends. Texts compare byte by byte in both.
struct Dialect {
  bool sqlite;
  std::string id() const { return sqlite ? "INTEGER PRIMARY KEY AUTOINCREMENT" : "BIGINT AUTO_INCREMENT PRIMARY KEY"; }
  std::string key(int size) const {
    return sqlite ? "TEXT" : fmt::format("VARCHAR({}) CHARACTER SET ascii COLLATE ascii_bin", size);
  }
  /// What a client chose: compared as bytes, so that no two values are taken for one.
  std::string bytes(int size) const { return sqlite ? "TEXT" : fmt::format("VARBINARY({})", size); }
  std::string text() const { return sqlite ? "TEXT" : "TEXT"; }
  /// Long hex.
  std::string hex() const { return sqlite ? "TEXT" : "MEDIUMTEXT CHARACTER SET ascii COLLATE ascii_bin"; }
  std::string end() const { return sqlite ? ")" : ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"; }
};

std::string meta_table(const Dialect& d) {
  return fmt::format("CREATE TABLE IF NOT EXISTS meta (name {} NOT NULL PRIMARY KEY, value {} NOT NULL{}", d.key(64),
                     d.text(), d.end());
}

std::string wallets_table(const Dialect& d) {
  return fmt::format(
      "CREATE TABLE IF NOT EXISTS wallets (id {}, address {} NOT NULL UNIQUE, private_key {} NOT NULL, "
      "nonce BIGINT NOT NULL, halted {} NOT NULL, created BIGINT NOT NULL{}",
      d.id(), d.key(160), d.text(), d.text(), d.end());
}

std::string messages_table(const Dialect& d) {
  std::string columns = fmt::format(
      "id {}, address {} NOT NULL, cid {} NOT NULL, nonce BIGINT NOT NULL, signed_msg {} NOT NULL, "
      "gr_epoch BIGINT NOT NULL, epoch BIGINT NOT NULL DEFAULT 0, uuid {} NULL UNIQUE, request {} NOT NULL, "
      "kind {} NOT NULL, created BIGINT NOT NULL, changed BIGINT NOT NULL, replaced BIGINT NOT NULL DEFAULT 0, "
      "max_fee {} NOT NULL, exit_code BIGINT NULL, gas_used BIGINT NOT NULL DEFAULT 0, fault {} NOT NULL, "
      "UNIQUE (address, nonce)",
      d.id(), d.key(160), d.key(128), d.hex(), d.bytes(64), d.key(64), d.bytes(64), d.key(320), d.text());
  if (!d.sqlite) columns += ", KEY signed_msgs_cid (cid), KEY signed_msgs_epoch (epoch, address, nonce)";
  return fmt::format("CREATE TABLE IF NOT EXISTS signed_msgs ({}{}", columns, d.end());
}

std::string replaced_table(const Dialect& d) {
  return fmt::format(
      "CREATE TABLE IF NOT EXISTS replaced_msgs (cid {} NOT NULL PRIMARY KEY, msg_id BIGINT NOT NULL, "
      "signed_msg {} NOT NULL, kind {} NOT NULL, created BIGINT NOT NULL{}{}",
      d.key(128), d.hex(), d.bytes(64), d.sqlite ? "" : ", KEY replaced_msgs_msg (msg_id)", d.end());
}

/// Version 1. Every statement can be run again: MySQL commits each one by itself.
std::vector<std::string> version_1(const Dialect& d) {
  std::vector<std::string> out = {
      wallets_table(d),
      messages_table(d),
      replaced_table(d),
      fmt::format("CREATE TABLE IF NOT EXISTS leases (name {} NOT NULL PRIMARY KEY, holder {} NOT NULL, "
                  "fence BIGINT NOT NULL, expires BIGINT NOT NULL{}",
                  d.bytes(64), d.bytes(255), d.end()),
      fmt::format("CREATE TABLE IF NOT EXISTS chain_cursor (id BIGINT NOT NULL PRIMARY KEY, tipset_key {} NOT NULL, "
                  "height BIGINT NOT NULL{}",
                  d.text(), d.end()),
      fmt::format("CREATE TABLE IF NOT EXISTS tokens (id {}, name {} NOT NULL, permission {} NOT NULL, "
                  "created BIGINT NOT NULL, expires BIGINT NOT NULL, revoked BIGINT NOT NULL DEFAULT 0{}",
                  d.id(), d.text(), d.key(16), d.end()),
      // Which transaction of a connection was committed last (Database).
      fmt::format("CREATE TABLE IF NOT EXISTS commits (writer BIGINT NOT NULL PRIMARY KEY, sequence BIGINT NOT NULL, "
                  "changed BIGINT NOT NULL{}",
                  d.end()),
  };
  if (d.sqlite) {
    out.push_back("CREATE INDEX IF NOT EXISTS signed_msgs_cid ON signed_msgs (cid)");
    // Serves what is not on chain, by sender and in order of nonces, and what is on chain below an epoch.
    out.push_back("CREATE INDEX IF NOT EXISTS signed_msgs_epoch ON signed_msgs (epoch, address, nonce)");
    out.push_back("CREATE INDEX IF NOT EXISTS replaced_msgs_msg ON replaced_msgs (msg_id)");
  }
  return out;
}

bool has_table(Sql& sql, const std::string& name) {
  auto rows = sql.sqlite() ? sql.rows(1, "SELECT name FROM sqlite_master WHERE type = 'table' AND name = ?", {name})
                           : sql.rows(1,
                                      "SELECT table_name FROM information_schema.tables WHERE table_schema = "
                                      "DATABASE() AND table_name = ?",
                                      {name});
  return !rows.empty();
}

Result<int64_t> version_of(Sql& sql) {
  auto text = meta(sql, kVersionName);
  if (!text) return 0;
  int64_t version = 0;
  auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), version);
  if (error != std::errc() || end != text->data() + text->size() || version < 1) {
    return fail(ErrorCode::invalid, "the database's schema has no version that can be read");
  }
  return version;
}

Result<> bring_up(Sql& sql) {
  Dialect dialect{sql.sqlite()};
  if (!has_table(sql, "meta")) {
    for (const char* table : {"wallets", "signed_msgs", "tokens"}) {
      if (!has_table(sql, table)) continue;
      return fail(ErrorCode::invalid, "the database holds a table \"{}\" of another program; name an empty database",
                  table);
    }
    sql.run(meta_table(dialect));
  }
  int64_t version = TRY(version_of(sql));
  if (version > kSchemaVersion) {
    return fail(ErrorCode::unsupported,
                "the database's schema has version {}, this program knows versions up to {}: use a newer program",
                version, kSchemaVersion);
  }
  if (version == kSchemaVersion) return {};
  for (const auto& statement : version_1(dialect)) sql.run(statement);
  sql.run("DELETE FROM meta WHERE name = ?", {std::string(kVersionName)});
  sql.run("INSERT INTO meta (name, value) VALUES (?, ?)", {std::string(kVersionName), std::to_string(kSchemaVersion)});
  return {};
}

/// MySQL's statements that make tables end the transaction they stand in, so that only a lock of its own keeps two
/// servers apart. The lock goes with its connection at the latest.
Result<> bring_up_locked(Sql& sql) {
  auto release = [&] { sql.rows(1, "SELECT RELEASE_LOCK(?)", {std::string(kLockName)}); };
  auto taken = sql.rows(1, "SELECT GET_LOCK(?, 1)", {std::string(kLockName)});
  if (taken.empty() || taken[0][0] != "1") {
    return fail(ErrorCode::unavailable, "another server is making the database's tables");
  }
  try {
    auto done = bring_up(sql);
    release();
    return done;
  } catch (const std::exception& error) {
    if (!trouble_of(error).lost) release();
    throw;
  }
}

}  // namespace

std::optional<std::string> meta(Sql& sql, const std::string& name) {
  auto rows = sql.rows(1, "SELECT value FROM meta WHERE name = ?", {name});
  if (rows.empty()) return std::nullopt;
  return rows[0][0];
}

std::string meta_or(Sql& sql, const std::string& name, const std::string& value) {
  sql.run(fmt::format("INSERT {} INTO meta (name, value) VALUES (?, ?)", sql.sqlite() ? "OR IGNORE" : "IGNORE"),
          {name, value});
  return meta(sql, name).value();
}

Result<> prepare_schema(Database& database) {
  Deadline deadline = database.deadline();
  for (;;) {
    auto done = database.write_schema([&](Sql& sql) { return sql.sqlite() ? bring_up(sql) : bring_up_locked(sql); });
    bool waiting = !done && done.error().code == ErrorCode::unavailable;
    if (!waiting || std::chrono::steady_clock::now() >= deadline) return done;
  }
}

}  // namespace nelumbo::messager
