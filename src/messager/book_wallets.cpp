#include "rows.hpp"
#include "sql_book.hpp"
#include "wallet/wallet.hpp"

namespace nelumbo::messager {

namespace {

/// The highest nonce that has a row, plus one.
Result<uint64_t> first_free(Sql& sql, const Address& address) {
  auto rows =
      sql.rows(1, "SELECT nonce FROM signed_msgs WHERE address = ? ORDER BY nonce DESC LIMIT 1", {stored(address)});
  if (rows.empty()) return 0;
  return static_cast<uint64_t>(TRY(number_of(rows[0][0]))) + 1;
}

/// A nonce that has a row can never be given out again.
Result<> check_next(Sql& sql, const Address& address, uint64_t next_nonce) {
  if (next_nonce > kMaxNonce) return fail(ErrorCode::invalid, "{} is no nonce", next_nonce);
  auto free = TRY(first_free(sql, address));
  if (next_nonce >= free) return {};
  return fail(ErrorCode::invalid, "the next nonce of {} cannot be {}: the table holds messages of it up to nonce {}",
              address.str(), next_nonce, free - 1);
}

}  // namespace

Result<Address> SqlBook::add_wallet(const wallet::KeyInfo& key, uint64_t next_nonce) {
  auto address = TRY_IN("key", wallet::address_of(key));
  auto sealed = TRY(keys_.seal(key, address));
  TRY(database_->write([&](Sql& sql) -> Result<> {
    if (wallet_row(sql, address, sql.for_update())) {
      return fail(ErrorCode::exists, "the wallet {} is here already", address.str());
    }
    TRY(check_next(sql, address, next_nonce));
    sql.run("INSERT INTO wallets (address, private_key, nonce, halted, created) VALUES (?, ?, ?, '', ?)",
            {stored(address), sealed, static_cast<int64_t>(next_nonce), now_millis()});
    return {};
  }));
  return address;
}

Result<std::vector<WalletRow>> SqlBook::wallets() {
  return database_->read([](Sql& sql) { return wallet_rows(sql, "ORDER BY address"); });
}

Result<WalletRow> SqlBook::wallet(const Address& address) {
  return database_->read([&](Sql& sql) { return wallet_row(sql, address); });
}

Result<SigningKeyPtr> SqlBook::signing_key(const Address& address) {
  return database_->read([&](Sql& sql) -> Result<SigningKeyPtr> {
    auto rows = sql.rows(1, "SELECT private_key FROM wallets WHERE address = ?", {stored(address)});
    if (rows.empty()) return fail(ErrorCode::not_found, "there is no wallet {} here", address.str());
    return keys_.open(address, rows[0][0].value_or(""));
  });
}

Result<wallet::KeyInfo> SqlBook::key(const Address& address) {
  auto key = TRY(signing_key(address));
  return key->info();
}

Result<> SqlBook::remove_wallet(const Address& address) {
  TRY(database_->write([&](Sql& sql) -> Result<> {
    TRY(wallet_row(sql, address, sql.for_update()));
    auto waiting =
        sql.rows(1, "SELECT nonce FROM signed_msgs WHERE epoch = 0 AND address = ? LIMIT 1", {stored(address)});
    if (!waiting.empty()) {
      return fail(ErrorCode::invalid, "{} has messages that are not on chain, the first with nonce {}", address.str(),
                  waiting[0][0].value_or(""));
    }
    sql.run("DELETE FROM wallets WHERE address = ?", {stored(address)});
    return {};
  }));
  keys_.forget(address);
  return {};
}

Result<> SqlBook::halt(const Address& address, const std::string& reason) {
  if (reason.empty()) return fail(ErrorCode::invalid, "halting {} needs a reason", address.str());
  return database_->write([&](Sql& sql) -> Result<> {
    TRY(wallet_row(sql, address, sql.for_update()));
    sql.run("UPDATE wallets SET halted = ? WHERE address = ?", {reason, stored(address)});
    return {};
  });
}

Result<> SqlBook::resume(const Address& address, uint64_t next_nonce) {
  return database_->write([&](Sql& sql) -> Result<> {
    TRY(wallet_row(sql, address, sql.for_update()));
    TRY(check_next(sql, address, next_nonce));
    sql.run("UPDATE wallets SET halted = '', nonce = ? WHERE address = ?",
            {static_cast<int64_t>(next_nonce), stored(address)});
    return {};
  });
}

}  // namespace nelumbo::messager
