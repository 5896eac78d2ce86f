#include <algorithm>

#include "rows.hpp"
#include "sql_book.hpp"

namespace nelumbo::messager {

namespace {

constexpr size_t kMostRows = 100'000;  // of one answer

int64_t bounded(size_t count) { return static_cast<int64_t>(std::min(count, kMostRows)); }
int64_t column(uint64_t nonce) { return static_cast<int64_t>(std::min(nonce, kMaxNonce)); }

}  // namespace

Result<std::vector<MessageRow>> SqlBook::list(const MessageFilter& filter) {
  std::string where;
  std::vector<SqlValue> values;
  auto add = [&](std::string_view condition) {
    where += where.empty() ? "WHERE " : " AND ";
    where += condition;
  };
  auto add_value = [&](std::string_view condition, SqlValue value) {
    add(condition);
    values.push_back(std::move(value));
  };
  if (filter.on_chain) add(*filter.on_chain ? "epoch > 0" : "epoch = 0");
  if (filter.address) add_value("address = ?", stored(*filter.address));
  if (filter.from_nonce) add_value("nonce >= ?", column(*filter.from_nonce));
  if (filter.to_nonce) add_value("nonce <= ?", column(*filter.to_nonce));
  if (!filter.kind.empty()) add_value("kind = ?", filter.kind);
  values.emplace_back(bounded(filter.limit));
  values.emplace_back(static_cast<int64_t>(std::min<size_t>(filter.offset, INT64_MAX)));
  // A sender's newest is its highest nonce, and there is an index by nonces.
  std::string rest = fmt::format("{} ORDER BY {} DESC LIMIT ? OFFSET ?", where, filter.address ? "nonce" : "id");
  return database_->read([&](Sql& sql) { return message_rows(sql, rest, values); });
}

Result<std::optional<MessageRow>> SqlBook::find(const Cid& cid) {
  return database_->read([&](Sql& sql) -> Result<std::optional<MessageRow>> {
    auto row = TRY(message_row(sql, "WHERE cid = ?", {cid.str()}));
    if (row) return row;
    return message_row(sql, "WHERE id IN (SELECT msg_id FROM replaced_msgs WHERE cid = ?)", {cid.str()});
  });
}

Result<std::optional<MessageRow>> SqlBook::find(const Address& address, uint64_t nonce) {
  if (nonce > kMaxNonce) return std::nullopt;
  return database_->read([&](Sql& sql) {
    return message_row(sql, "WHERE address = ? AND nonce = ?", {stored(address), column(nonce)});
  });
}

Result<std::optional<MessageRow>> SqlBook::find_uuid(const std::string& uuid) {
  if (uuid.empty()) return std::nullopt;
  return database_->read([&](Sql& sql) { return message_row(sql, "WHERE uuid = ?", {uuid}); });
}

Result<std::vector<MessageRow>> SqlBook::pending(const Address& address, uint64_t from, size_t limit) {
  return database_->read([&](Sql& sql) {
    return message_rows(sql, "WHERE epoch = 0 AND address = ? AND nonce >= ? ORDER BY nonce LIMIT ?",
                        {stored(address), column(from), bounded(limit)});
  });
}

Result<std::vector<PendingSummary>> SqlBook::pending_summary() {
  return database_->read([](Sql& sql) -> Result<std::vector<PendingSummary>> {
    std::vector<PendingSummary> out;
    auto rows = sql.rows(4,
                         "SELECT s.address, s.waiting, s.lowest, m.created FROM (SELECT address, COUNT(*) AS waiting, "
                         "MIN(nonce) AS lowest FROM signed_msgs WHERE epoch = 0 GROUP BY address) s JOIN signed_msgs m "
                         "ON m.address = s.address AND m.nonce = s.lowest ORDER BY s.address");
    for (const auto& row : rows) {
      PendingSummary summary;
      summary.address = TRY(Address::parse(row[0].value_or("")));
      summary.count = static_cast<uint64_t>(TRY(number_of(row[1])));
      summary.lowest_nonce = static_cast<uint64_t>(TRY(number_of(row[2])));
      summary.oldest = TRY(number_of(row[3]));
      out.push_back(std::move(summary));
    }
    return out;
  });
}

Result<std::vector<uint64_t>> SqlBook::gaps(const Address& address, uint64_t from, size_t limit) {
  return database_->read([&](Sql& sql) -> Result<std::vector<uint64_t>> {
    // The wallet first: rows of later nonces that come meanwhile are above `end`.
    uint64_t end = TRY(wallet_row(sql, address)).nonce;
    std::vector<uint64_t> out;
    if (from >= end) return out;
    std::vector<SqlValue> range = {stored(address), column(from), column(end)};
    auto add = [&](uint64_t first, uint64_t past) {
      for (uint64_t nonce = first; nonce < past && out.size() < limit; ++nonce) out.push_back(nonce);
    };
    auto rows = sql.rows(
        3, "SELECT COUNT(*), MIN(nonce), MAX(nonce) FROM signed_msgs WHERE address = ? AND nonce >= ? AND nonce < ?",
        range);
    auto count = static_cast<uint64_t>(TRY(number_of(rows.at(0)[0])));
    if (count == end - from) return out;
    if (count == 0) {
      add(from, end);
      return out;
    }
    auto lowest = static_cast<uint64_t>(TRY(number_of(rows[0][1])));
    auto highest = static_cast<uint64_t>(TRY(number_of(rows[0][2])));
    add(from, lowest);
    range.emplace_back(bounded(limit));
    // Only rows that something is missing after: one pass over the index of nonces.
    for (const auto& row : sql.rows(2,
                                    "SELECT nonce, following FROM (SELECT nonce, LEAD(nonce) OVER (ORDER BY nonce) AS "
                                    "following FROM signed_msgs WHERE address = ? AND nonce >= ? AND nonce < ?) t "
                                    "WHERE following > nonce + 1 ORDER BY nonce LIMIT ?",
                                    range)) {
      auto before = static_cast<uint64_t>(TRY(number_of(row[0])));
      auto after = static_cast<uint64_t>(TRY(number_of(row[1])));
      add(before + 1, after);
    }
    add(highest + 1, end);
    return out;
  });
}

}  // namespace nelumbo::messager
