#pragma once
// What would become of a message if it were sent now: every check with its outcome, so that a client can warn before it signs.

#include <variant>

#include "pool/message_pool.hpp"

namespace nelumbo::pool {

/// Numbers as lotus's CheckStatusCode.
enum class Check {
  serialize = 1,
  size,
  validity,
  min_gas,
  min_base_fee,
  base_fee,
  base_fee_lower_bound,  ///< can be included within 20 epochs however the base fee falls
  base_fee_upper_bound,  ///< is included within 20 epochs however the base fee rises; a failure is a warning only
  get_state_nonce,
  nonce,
  get_state_balance,
  balance,
};

struct CheckOutcome {
  Cid message;
  Check check = Check::serialize;
  bool ok = true;
  std::string error;  ///< may be a warning when ok
  /// What was compared against, by name: amounts in attoFIL as text, counts as numbers.
  std::vector<std::pair<std::string, std::variant<TokenAmount, uint64_t>>> hints;
};

/// A message that is to be sent; without a valid nonce it takes the sender's next one.
struct Prototype {
  Message message;
  bool valid_nonce = false;
};

/// Checks messages as if they were sent in this order after what is pending. One list of outcomes for each message; a check that
/// makes later ones meaningless is the last in its list.
Result<std::vector<std::vector<CheckOutcome>>> check_messages(const MessagePool& pool, ChainSource& source,
                                                              const std::vector<Prototype>& messages);
/// The pending messages of a sender, against the state alone.
Result<std::vector<std::vector<CheckOutcome>>> check_pending(const MessagePool& pool, ChainSource& source,
                                                             const Address& sender);
/// The pending messages of the senders, with these in the place of those of the same nonce.
Result<std::vector<std::vector<CheckOutcome>>> check_replacing(const MessagePool& pool, ChainSource& source,
                                                               const std::vector<Message>& messages);

}  // namespace nelumbo::pool
