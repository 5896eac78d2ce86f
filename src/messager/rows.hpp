#pragma once
// Rows of the tables as values, and values as columns.

#include <string>

#include "database.hpp"

namespace nelumbo::messager {

/// An address as it is stored: with mainnet's letter, whatever the process prints.
std::string stored(const Address& address);
/// A nonce or an ID as a column. Nonces end below 2^63.
inline constexpr uint64_t kMaxNonce = INT64_MAX - 1;

/// The message as a column: hex of the signed message's CBOR.
std::string message_hex(const SignedMessage& message);

/// What says whether two drafts ask for the same: blake2b of the message without nonce and gas.
std::string request_of(const Message& message);

/// Rows of signed_msgs: `rest` is what stands after SELECT … FROM signed_msgs. An error when one cannot be read.
Result<std::vector<MessageRow>> message_rows(Sql& sql, std::string_view rest, const std::vector<SqlValue>& values = {});
/// The first of them; nullopt when there is none.
Result<std::optional<MessageRow>> message_row(Sql& sql, std::string_view rest,
                                              const std::vector<SqlValue>& values = {});

/// A column that must be a number.
Result<int64_t> number_of(const std::optional<std::string>& column);

/// Rows of wallets, by `rest`.
Result<std::vector<WalletRow>> wallet_rows(Sql& sql, std::string_view rest, const std::vector<SqlValue>& values = {});
/// not_found, naming the address, when there is no such wallet.
Result<WalletRow> wallet_row(Sql& sql, const Address& address, std::string_view ending = "");

}  // namespace nelumbo::messager
