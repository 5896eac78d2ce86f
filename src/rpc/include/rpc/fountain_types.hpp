#pragma once
// Values of the faucet's API (lotus-fountain).

#include "codec/cid.hpp"
#include "codec/fields.hpp"
#include "types/address.hpp"
#include "types/bigint.hpp"

namespace nelumbo::rpc {

/// What the faucet gives and to whom.
struct FountainTerms {
  std::string network;
  TokenAmount amount;            ///< attoFIL of one grant
  int64_t interval_seconds = 0;  ///< a wallet gets one grant in this time
  int64_t hourly_limit = 0;      ///< grants to all wallets together in an hour
  int64_t hourly_left = 0;       ///< of them, what is left now
  Address sender;                ///< whose money it is
  TokenAmount balance;           ///< attoFIL that it has
  static constexpr auto fields = nelumbo::fields(
      field("Network", &FountainTerms::network), field("Amount", &FountainTerms::amount),
      field("IntervalSeconds", &FountainTerms::interval_seconds), field("HourlyLimit", &FountainTerms::hourly_limit),
      field("HourlyLeft", &FountainTerms::hourly_left), field("Sender", &FountainTerms::sender),
      field("Balance", &FountainTerms::balance));
};

/// A wallet's newest grant.
struct FountainGrantState {
  std::string wallet;        ///< as it was asked for
  TokenAmount amount;        ///< attoFIL
  std::string granted;       ///< RFC 3339; empty: none yet
  std::optional<Cid> cid;    ///< of the message; may change while it waits
  std::string state;         ///< "none", "sending", "waiting", "on chain", "failed"
  std::string detail;        ///< why it waits, or with which exit code it failed
  int64_t epoch = 0;         ///< of the tipset that has it; 0 until then
  int64_t next_seconds = 0;  ///< until the wallet may get the next; 0: now
  static constexpr auto fields = nelumbo::fields(
      field("Wallet", &FountainGrantState::wallet), field("Amount", &FountainGrantState::amount),
      field("Granted", &FountainGrantState::granted), field("CID", &FountainGrantState::cid),
      field("State", &FountainGrantState::state), field("Detail", &FountainGrantState::detail),
      field("Epoch", &FountainGrantState::epoch), field("NextSeconds", &FountainGrantState::next_seconds));
};

}  // namespace nelumbo::rpc
