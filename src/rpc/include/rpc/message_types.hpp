#pragma once
// Values of the message server's API (group Message…).

#include "rpc/api_types.hpp"
#include "rpc/net_types.hpp"

namespace nelumbo::rpc {

/// Of the message server's API.
inline constexpr ApiVersion kMessageApiVersion = ApiVersion::make(1, 0, 0);

/// A wallet of the message server.
struct MessageWallet {
  Address address;
  TokenAmount balance;      ///< attoFIL on chain
  uint64_t next_nonce = 0;  ///< of the next message
  uint64_t chain_nonce = 0;
  uint64_t pending = 0;        ///< messages that are not on chain
  int64_t oldest_seconds = 0;  ///< how long the oldest of them has waited
  std::string halted;          ///< why it gets no nonces; empty: none
  std::string note;            ///< what is not known now ("no node answers"); empty: none
  static constexpr auto fields =
      nelumbo::fields(field("Address", &MessageWallet::address), field("Balance", &MessageWallet::balance),
                      field("NextNonce", &MessageWallet::next_nonce), field("ChainNonce", &MessageWallet::chain_nonce),
                      field("Pending", &MessageWallet::pending), field("OldestSeconds", &MessageWallet::oldest_seconds),
                      field("Halted", &MessageWallet::halted), field("Note", &MessageWallet::note));
};

/// A message of the message server's table.
struct MessageRecord {
  int64_t id = 0;
  Cid cid;
  SignedMessage message;
  std::string kind;  ///< "Send", "SubmitWindowedPoSt", …
  RawJson params;    ///< the message's parameters by its method's shape; null when there are none or it is not known
  ChainEpoch gr_epoch = 0;
  ChainEpoch epoch = 0;  ///< 0 while it is not on chain
  std::string uuid;
  std::string created;  ///< RFC 3339
  int64_t replaced = 0;
  std::optional<int64_t> exit_code;
  int64_t gas_used = 0;
  int64_t confidence = 0;  ///< epochs on top of it
  std::string wait;        ///< why it is not on chain yet; empty when it is
  std::string fault;
  static constexpr auto fields = nelumbo::fields(
      field("ID", &MessageRecord::id), field("CID", &MessageRecord::cid), field("Message", &MessageRecord::message),
      field("Kind", &MessageRecord::kind), field("Params", &MessageRecord::params),
      field("GrEpoch", &MessageRecord::gr_epoch), field("Epoch", &MessageRecord::epoch),
      field("Uuid", &MessageRecord::uuid), field("Created", &MessageRecord::created),
      field("Replaced", &MessageRecord::replaced), field("ExitCode", &MessageRecord::exit_code),
      field("GasUsed", &MessageRecord::gas_used), field("Confidence", &MessageRecord::confidence),
      field("Wait", &MessageRecord::wait), field("Fault", &MessageRecord::fault));
};

/// Which messages to list; empty members mean all. Newest first.
struct MessageQuery {
  std::optional<Address> address;
  std::optional<bool> on_chain;
  std::optional<uint64_t> from_nonce, to_nonce;
  std::string kind;
  uint64_t limit = 100, offset = 0;
  static constexpr auto fields = nelumbo::fields(
      field("Address", &MessageQuery::address), field("OnChain", &MessageQuery::on_chain),
      field("FromNonce", &MessageQuery::from_nonce), field("ToNonce", &MessageQuery::to_nonce),
      field("Kind", &MessageQuery::kind), field("Limit", &MessageQuery::limit), field("Offset", &MessageQuery::offset));
};

/// New fees for a message that waits; what is 0 is estimated (and at least what pools take for a replacement).
struct MessageReplaceSpec {
  TokenAmount gas_premium, gas_fee_cap;  ///< attoFIL per gas unit
  int64_t gas_limit = 0;
  TokenAmount max_fee;  ///< attoFIL; 0: the kind's ceiling
  static constexpr auto fields = nelumbo::fields(
      field("GasPremium", &MessageReplaceSpec::gas_premium), field("GasFeeCap", &MessageReplaceSpec::gas_fee_cap),
      field("GasLimit", &MessageReplaceSpec::gas_limit), field("MaxFee", &MessageReplaceSpec::max_fee));
};

struct MessageGap {
  Address address;
  uint64_t nonce = 0;
  std::string node;  ///< whose pool lacks it; empty: the table itself has no message of this nonce
  std::string reason;
  static constexpr auto fields =
      nelumbo::fields(field("Address", &MessageGap::address), field("Nonce", &MessageGap::nonce),
                      field("Node", &MessageGap::node), field("Reason", &MessageGap::reason));
};

/// A full node the message server pushes to.
struct MessageNodeStatus {
  std::string name;
  bool ok = false;
  std::string error;  ///< of the last call that failed, when not ok
  ChainEpoch height = 0;
  uint64_t pushed = 0, failed = 0;  ///< since the start
  int64_t queued = 0;               ///< messages of the windows it has not taken yet
  static constexpr auto fields =
      nelumbo::fields(field("Name", &MessageNodeStatus::name), field("Ok", &MessageNodeStatus::ok),
                      field("Error", &MessageNodeStatus::error), field("Height", &MessageNodeStatus::height),
                      field("Pushed", &MessageNodeStatus::pushed), field("Failed", &MessageNodeStatus::failed),
                      field("Queued", &MessageNodeStatus::queued));
};

struct MessageServerStatus {
  std::string network;
  std::string database;  ///< driver and place, without secrets
  bool leader =
      false;  ///< this server confirms and replaces; others on the same database only take messages and publish
  ChainEpoch height = 0;  ///< up to where the chain was looked through
  uint64_t wallets = 0, pending = 0, halted = 0;
  uint64_t peers = 0;
  std::vector<MessageNodeStatus> nodes;
  static constexpr auto fields =
      nelumbo::fields(field("Network", &MessageServerStatus::network),
                      field("Database", &MessageServerStatus::database), field("Leader", &MessageServerStatus::leader),
                      field("Height", &MessageServerStatus::height), field("Wallets", &MessageServerStatus::wallets),
                      field("Pending", &MessageServerStatus::pending), field("Halted", &MessageServerStatus::halted),
                      field("Peers", &MessageServerStatus::peers), field("Nodes", &MessageServerStatus::nodes));
};

struct TokenInfo {
  int64_t id = 0;
  std::string name, permission;
  std::string created, expires;  ///< RFC 3339; an empty `expires`: never
  bool revoked = false;
  static constexpr auto fields =
      nelumbo::fields(field("ID", &TokenInfo::id), field("Name", &TokenInfo::name),
                      field("Permission", &TokenInfo::permission), field("Created", &TokenInfo::created),
                      field("Expires", &TokenInfo::expires), field("Revoked", &TokenInfo::revoked));
};

}  // namespace nelumbo::rpc
