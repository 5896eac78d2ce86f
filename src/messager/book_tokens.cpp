#include "rows.hpp"
#include "sql_book.hpp"

namespace nelumbo::messager {

Result<TokenRow> SqlBook::add_token(const std::string& name, const std::string& permission, UnixMillis expires) {
  TokenRow token{0, name, permission, now_millis(), expires, false};
  return database_->write([&](Sql& sql) -> Result<TokenRow> {
    sql.run("INSERT INTO tokens (name, permission, created, expires) VALUES (?, ?, ?, ?)",
            {token.name, token.permission, token.created, token.expires});
    token.id = sql.last_id();
    return token;
  });
}

Result<std::vector<TokenRow>> SqlBook::tokens() {
  return database_->read([](Sql& sql) -> Result<std::vector<TokenRow>> {
    std::vector<TokenRow> out;
    for (const auto& row :
         sql.rows(6, "SELECT id, name, permission, created, expires, revoked FROM tokens ORDER BY id")) {
      TokenRow token;
      token.id = TRY(number_of(row[0]));
      token.name = row[1].value_or("");
      token.permission = row[2].value_or("");
      token.created = TRY(number_of(row[3]));
      token.expires = TRY(number_of(row[4]));
      token.revoked = TRY(number_of(row[5])) != 0;
      out.push_back(std::move(token));
    }
    return out;
  });
}

Result<> SqlBook::revoke_token(int64_t id) {
  return database_->write([&](Sql& sql) -> Result<> {
    if (sql.run("UPDATE tokens SET revoked = 1 WHERE id = ?", {id}) == 0) {
      return fail(ErrorCode::not_found, "there is no token {}", id);
    }
    return {};
  });
}

}  // namespace nelumbo::messager
