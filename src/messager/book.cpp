#include "messager/book.hpp"

#include "base/log.hpp"
#include "crypto/hash.hpp"
#include "rows.hpp"
#include "schema.hpp"
#include "sql_book.hpp"

namespace nelumbo::messager {

namespace {

// A sealed text of no worth, by which another secret is noticed before it does harm.
constexpr const char* kCheckName = "vault_check";
constexpr const char* kCheckLabel = "the vault's check value";
constexpr size_t kCheckSize = 32;

// Marks of connections that ended longer ago than this serve nobody.
constexpr UnixMillis kMarkLife = 7LL * 24 * 3600 * 1000;

Result<> check_vault(Database& database, const Vault& vault) {
  auto stored =
      TRY(database.read([](Sql& sql) -> Result<std::optional<std::string>> { return meta(sql, kCheckName); }));
  if (!stored) {
    auto own = TRY(vault.seal({"check", random_bytes(kCheckSize)}, kCheckLabel));
    stored = TRY(database.write([&](Sql& sql) -> Result<std::string> { return meta_or(sql, kCheckName, own); }));
  }
  auto opened = vault.open(*stored, kCheckLabel);
  if (opened) return {};
  return fail(ErrorCode::permission, "{}", kOtherVault);
}

/// A server that does not write each commit to its disk may lose what was acknowledged when its machine fails.
void warn_of_weak_commits(Database& database) {
  auto rows = database.read([](Sql& sql) -> Result<std::vector<SqlRow>> {
    return sql.rows(1, "SELECT @@GLOBAL.innodb_flush_log_at_trx_commit");
  });
  if (!rows || rows->empty() || (*rows)[0][0] == "1") return;
  log_warn("messager",
           "the database server does not write each commit to its disk; set "
           "innodb_flush_log_at_trx_commit=1, or a power failure may lose messages");
}

}  // namespace

Result<std::shared_ptr<Book>> open_book(const DatabaseConfig& config, std::shared_ptr<const Vault> vault,
                                        uint64_t eth_chain_id) {
  auto database = TRY(Database::open(config));
  TRY_IN("making the database's tables", prepare_schema(*database));
  TRY(check_vault(*database, *vault));
  if (!database->sqlite()) {
    warn_of_weak_commits(*database);
    TRY(database->write([](Sql& sql) -> Result<> {
      sql.run("DELETE FROM commits WHERE changed < ?", {now_millis() - kMarkLife});
      return {};
    }));
  }
  return std::make_shared<SqlBook>(std::move(database), std::move(vault), eth_chain_id);
}

}  // namespace nelumbo::messager
