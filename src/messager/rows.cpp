#include "rows.hpp"

#include <charconv>

#include "crypto/hash.hpp"

namespace nelumbo::messager {

namespace {

constexpr std::string_view kMessageColumns =
    "id, address, nonce, cid, signed_msg, gr_epoch, epoch, uuid, kind, created, changed, replaced, max_fee, exit_code, "
    "gas_used, fault";
constexpr size_t kMessageColumnCount = 16;

Result<MessageRow> read_message(SqlRow row) {
  MessageRow out;
  out.id = TRY(number_of(row[0]));
  out.address = TRY(Address::parse(row[1].value_or("")));
  out.nonce = static_cast<uint64_t>(TRY(number_of(row[2])));
  out.cid = TRY(Cid::parse(row[3].value_or("")));
  auto bytes = TRY(from_hex(row[4].value_or("")));
  out.message = TRY(from_cbor<SignedMessage>(bytes));
  out.gr_epoch = TRY(number_of(row[5]));
  out.epoch = TRY(number_of(row[6]));
  out.uuid = row[7].value_or("");
  out.kind = row[8].value_or("");
  out.created = TRY(number_of(row[9]));
  out.changed = TRY(number_of(row[10]));
  out.replaced = TRY(number_of(row[11]));
  out.max_fee = TRY(parse_bigint(row[12].value_or("")));
  if (row[13]) out.exit_code = TRY(number_of(row[13]));
  out.gas_used = TRY(number_of(row[14]));
  out.fault = row[15].value_or("");
  return out;
}

}  // namespace

std::string stored(const Address& address) {
  std::string text = address.str();
  if (address.defined()) text[0] = static_cast<char>(AddressNetwork::mainnet);
  return text;
}

std::string message_hex(const SignedMessage& message) { return to_hex(to_cbor(message)); }

std::string request_of(const Message& message) {
  Message request = message;
  request.nonce = 0;
  request.gas_limit = 0;
  request.gas_fee_cap = 0;
  request.gas_premium = 0;
  return to_hex(blake2b_256(to_cbor(request)));
}

Result<int64_t> number_of(const std::optional<std::string>& column) {
  std::string_view text = column ? *column : std::string_view();
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
    return fail(ErrorCode::invalid, "a column that must be a number holds \"{}\"", text.substr(0, 32));
  }
  return value;
}

Result<std::vector<MessageRow>> message_rows(Sql& sql, std::string_view rest, const std::vector<SqlValue>& values) {
  auto rows =
      sql.rows(kMessageColumnCount, fmt::format("SELECT {} FROM signed_msgs {}", kMessageColumns, rest), values);
  std::vector<MessageRow> out;
  out.reserve(rows.size());
  for (auto& row : rows) {
    std::string id = row[0].value_or("");
    out.push_back(TRY_IN(fmt::format("row {} of signed_msgs", id), read_message(std::move(row))));
  }
  return out;
}

Result<std::optional<MessageRow>> message_row(Sql& sql, std::string_view rest, const std::vector<SqlValue>& values) {
  auto rows = TRY(message_rows(sql, rest, values));
  if (rows.empty()) return std::nullopt;
  return std::move(rows.front());
}

Result<std::vector<WalletRow>> wallet_rows(Sql& sql, std::string_view rest, const std::vector<SqlValue>& values) {
  std::vector<WalletRow> out;
  for (const auto& row :
       sql.rows(4, fmt::format("SELECT address, nonce, halted, created FROM wallets {}", rest), values)) {
    WalletRow wallet;
    wallet.address = TRY_IN("table wallets", Address::parse(row[0].value_or("")));
    wallet.nonce = static_cast<uint64_t>(TRY(number_of(row[1])));
    wallet.halted = row[2].value_or("");
    wallet.created = TRY(number_of(row[3]));
    out.push_back(std::move(wallet));
  }
  return out;
}

Result<WalletRow> wallet_row(Sql& sql, const Address& address, std::string_view ending) {
  auto rows = TRY(wallet_rows(sql, fmt::format("WHERE address = ?{}", ending), {stored(address)}));
  if (rows.empty()) return fail(ErrorCode::not_found, "there is no wallet {} here", address.str());
  return std::move(rows.front());
}

}  // namespace nelumbo::messager
