#pragma once
// What a sender's pending messages may cost, kept up message by message, so that its balance is not promised twice.

#include <map>
#include <mutex>

#include "messager/book.hpp"

namespace nelumbo::messager {

/// Thread-safe.
class Committed {
 public:
  /// Drops what is below chain_nonce and reads from the book what it has not seen: all pending messages the first time,
  /// those of other servers later. Does nothing when this was done for the same height already.
  Result<> refresh(Book& book, const Address& sender, uint64_t chain_nonce, ChainEpoch height);
  /// Promises `cost` (attoFIL) when the balance holds it beside all else; `invalid`, saying what is missing, otherwise.
  Result<> reserve(const Address& sender, const TokenAmount& cost, const TokenAmount& balance);
  /// Ends a promise: the message is pending now, or (null) it was not stored.
  void settle(const Address& sender, const TokenAmount& cost, const Message* stored);
  /// Another message has taken a pending one's place.
  void replaced(const Address& sender, const Message& message);

 private:
  struct Sender {
    std::map<uint64_t, TokenAmount> cost;  // by nonce
    TokenAmount sum;                       // of `cost`
    TokenAmount reserved;
    uint64_t complete_to = 0;  // all pending messages below this nonce are in `cost`
    ChainEpoch height = -1;
  };
  static void put(Sender& sender, const Message& message);

  std::mutex mutex_;
  std::map<Address, Sender> senders_;
};

}  // namespace nelumbo::messager
