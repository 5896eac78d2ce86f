#include "rows.hpp"
#include "sql_book.hpp"

namespace nelumbo::messager {

namespace {

constexpr int64_t kCursorId = 1;
constexpr int64_t kPruneStep = 500;  // rows removed in one transaction

/// Milliseconds by the database's clock: all servers on it agree on when a lease runs out.
Result<int64_t> database_now(Sql& sql) {
  auto rows = sql.rows(1, sql.sqlite() ? "SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
                                       : "SELECT CAST(UNIX_TIMESTAMP(SYSDATE(3)) * 1000 AS SIGNED)");
  return number_of(rows.at(0)[0]);
}

struct LeaseRow {
  std::string holder;
  int64_t fence = 0;
  int64_t expires = 0;
};

/// Locked until the transaction's end: nobody else takes it meanwhile.
Result<std::optional<LeaseRow>> lease_row(Sql& sql, const std::string& name) {
  auto rows =
      sql.rows(3, fmt::format("SELECT holder, fence, expires FROM leases WHERE name = ?{}", sql.for_update()), {name});
  if (rows.empty()) return std::nullopt;
  LeaseRow out;
  out.holder = rows[0][0].value_or("");
  out.fence = TRY(number_of(rows[0][1]));
  out.expires = TRY(number_of(rows[0][2]));
  return out;
}

Result<> remove_from_chain(Sql& sql, const Removal& removal) {
  sql.run(
      "UPDATE signed_msgs SET epoch = 0, exit_code = NULL, gas_used = 0, fault = '' WHERE address = ? AND nonce = ?",
      {stored(removal.address), static_cast<int64_t>(removal.nonce)});
  return {};
}

/// A message that was replaced is the one that got onto the chain: it and the row's change places.
Result<bool> swap_in(Sql& sql, const MessageRow& row, const Inclusion& found) {
  auto old =
      sql.rows(2, "SELECT signed_msg, kind FROM replaced_msgs WHERE cid = ? AND msg_id = ?", {found.cid.str(), row.id});
  if (old.empty()) return false;
  sql.run("DELETE FROM replaced_msgs WHERE cid = ?", {found.cid.str()});
  sql.run("INSERT INTO replaced_msgs (cid, msg_id, signed_msg, kind, created) VALUES (?, ?, ?, ?, ?)",
          {row.cid.str(), row.id, message_hex(row.message), row.kind, row.changed});
  sql.run(
      "UPDATE signed_msgs SET cid = ?, signed_msg = ?, kind = ?, epoch = ?, exit_code = ?, gas_used = ?, fault = '' "
      "WHERE id = ?",
      {found.cid.str(), old[0][0].value_or(""), old[0][1].value_or(""), found.epoch, found.exit_code, found.gas_used,
       row.id});
  return true;
}

Result<> include(Sql& sql, const Inclusion& found) {
  if (found.nonce > kMaxNonce) return {};
  auto nonce = static_cast<int64_t>(found.nonce);
  if (sql.run(
          "UPDATE signed_msgs SET epoch = ?, exit_code = ?, gas_used = ?, fault = '' WHERE address = ? AND nonce = ? "
          "AND cid = ?",
          {found.epoch, found.exit_code, found.gas_used, stored(found.address), nonce, found.cid.str()}) > 0) {
    return {};
  }
  auto row = TRY(message_row(sql, fmt::format("WHERE address = ? AND nonce = ?{}", sql.for_update()),
                             {stored(found.address), nonce}));
  if (!row || TRY(swap_in(sql, *row, found))) return {};
  auto fault = fmt::format("nonce {} was used on chain by {}, which was not signed here", found.nonce, found.cid.str());
  sql.run("UPDATE signed_msgs SET epoch = ?, exit_code = NULL, gas_used = 0, fault = ? WHERE id = ?",
          {found.epoch, fault, row->id});
  return {};
}

}  // namespace

Result<std::optional<Lease>> SqlBook::lease(const std::string& name, const std::string& holder,
                                            std::chrono::milliseconds time) {
  if (holder.empty()) return fail(ErrorCode::invalid, "a lease needs a holder");
  return database_->write([&](Sql& sql) -> Result<std::optional<Lease>> {
    sql.run(fmt::format("INSERT {} INTO leases (name, holder, fence, expires) VALUES (?, '', 0, 0)",
                        sql.sqlite() ? "OR IGNORE" : "IGNORE"),
            {name});
    auto row = TRY(lease_row(sql, name));
    if (!row) return fail(ErrorCode::failed, "the lease {} has no row", name);
    int64_t now = TRY(database_now(sql));
    if (row->holder != holder && row->expires > now) return std::nullopt;
    if (row->holder != holder) ++row->fence;
    sql.run("UPDATE leases SET holder = ?, fence = ?, expires = ? WHERE name = ?",
            {holder, row->fence, now + time.count(), name});
    return Lease{holder, row->fence, name};
  });
}

Result<> SqlBook::release(const std::string& name, const Lease& lease) {
  return database_->write([&](Sql& sql) -> Result<> {
    sql.run("UPDATE leases SET holder = '', expires = 0 WHERE name = ? AND holder = ? AND fence = ?",
            {name, lease.holder, lease.fence});
    return {};
  });
}

Result<std::optional<Cursor>> SqlBook::cursor() {
  return database_->read([](Sql& sql) -> Result<std::optional<Cursor>> {
    auto rows = sql.rows(2, "SELECT tipset_key, height FROM chain_cursor WHERE id = ?", {kCursorId});
    if (rows.empty()) return std::nullopt;
    auto bytes = TRY_IN("table chain_cursor", from_hex(rows[0][0].value_or("")));
    Cursor out;
    out.key = TRY_IN("table chain_cursor", TipsetKey::from_bytes(bytes));
    out.height = TRY(number_of(rows[0][1]));
    return out;
  });
}

Result<> SqlBook::advance(const Lease& lease, const Cursor& to, std::span<const Removal> removed,
                          std::span<const Inclusion> included) {
  return database_->write([&](Sql& sql) -> Result<> {
    auto held = TRY(lease_row(sql, lease.name));
    if (!held || held->holder != lease.holder || held->fence != lease.fence) {
      return fail(ErrorCode::permission, "the lease {} went to another server", lease.name);
    }
    for (const auto& removal : removed) TRY(remove_from_chain(sql, removal));
    for (const auto& inclusion : included) TRY(include(sql, inclusion));
    std::string key = to_hex(to.key.bytes());
    sql.run("DELETE FROM chain_cursor WHERE id = ?", {kCursorId});
    sql.run("INSERT INTO chain_cursor (id, tipset_key, height) VALUES (?, ?, ?)", {kCursorId, key, to.height});
    return {};
  });
}

Result<MessageRow> SqlBook::replace(const MessageRow& known, Message message, const std::string& kind) {
  message.from = known.address;
  message.nonce = known.nonce;
  auto key = TRY(signing_key(known.address));
  auto signed_message = TRY(key->sign(message, eth_chain_id_));
  Cid cid = signed_message.cid();
  if (cid == known.cid) return fail(ErrorCode::invalid, "the message {} would be replaced by itself", cid.str());
  return database_->write([&](Sql& sql) -> Result<MessageRow> {
    auto row = TRY(message_row(sql, fmt::format("WHERE id = ?{}", sql.for_update()), {known.id}));
    if (!row) return fail(ErrorCode::not_found, "the message {} is not here any more", known.cid.str());
    if (row->epoch != 0) {
      return fail(ErrorCode::invalid, "the message {} is on chain already, at height {}", row->cid.str(), row->epoch);
    }
    if (row->cid != known.cid) {
      return fail(ErrorCode::invalid, "the message {} was replaced by {} meanwhile", known.cid.str(), row->cid.str());
    }
    if (!sql.rows(1, "SELECT cid FROM replaced_msgs WHERE cid = ?", {cid.str()}).empty()) {
      return fail(ErrorCode::exists, "the message {} was replaced before", cid.str());
    }
    UnixMillis now = now_millis();
    sql.run("INSERT INTO replaced_msgs (cid, msg_id, signed_msg, kind, created) VALUES (?, ?, ?, ?, ?)",
            {row->cid.str(), row->id, message_hex(row->message), row->kind, row->changed});
    sql.run(
        "UPDATE signed_msgs SET cid = ?, signed_msg = ?, kind = ?, changed = ?, replaced = replaced + 1 WHERE id = ?",
        {cid.str(), message_hex(signed_message), kind, now, row->id});
    row->cid = cid;
    row->message = signed_message;
    row->kind = kind;
    row->changed = now;
    ++row->replaced;
    return *std::move(row);
  });
}

Result<uint64_t> SqlBook::prune(ChainEpoch epoch, UnixMillis created) {
  uint64_t total = 0;
  for (;;) {
    // A row with a fault stays: its message never got onto the chain, and somebody should learn of it.
    auto removed = TRY(database_->write([&](Sql& sql) -> Result<size_t> {
      auto rows = sql.rows(1,
                           fmt::format("SELECT id FROM signed_msgs WHERE epoch > 0 AND epoch < ? AND created < ? AND "
                                       "fault = '' LIMIT ?{}",
                                       sql.for_update()),
                           {epoch, created, kPruneStep});
      if (rows.empty()) return 0;
      std::vector<SqlValue> ids;
      for (const auto& row : rows) ids.emplace_back(TRY(number_of(row[0])));
      std::string list = placeholders(ids.size());
      sql.run(fmt::format("DELETE FROM replaced_msgs WHERE msg_id IN ({})", list), ids);
      sql.run(fmt::format("DELETE FROM signed_msgs WHERE id IN ({})", list), ids);
      return ids.size();
    }));
    total += removed;
    if (removed < static_cast<size_t>(kPruneStep)) return total;
  }
}

}  // namespace nelumbo::messager
