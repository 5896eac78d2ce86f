#pragma once
// Replaces messages that wait for their fee, by itself or on demand.

#include "core.hpp"

namespace nelumbo::messager {

/// Works on one thread (that of the lease holder).
class Replacer {
 public:
  explicit Replacer(Core& core) : core_(core) {}

  /// Looks at the lowest message of every sender; call with each new head.
  Result<> round();

 private:
  struct Seen {
    Cid cid;
    ChainEpoch since = 0;  // it waits from here on
  };
  Result<> look_at(const PendingSummary& pending, const TipsetPtr& head);
  Result<> replace(const MessageRow& row, const TipsetPtr& head);

  Core& core_;
  std::map<Address, Seen> seen_;
};

/// Signs a row's message anew with higher fees, or another message in its place, and has it published. What of the fees
/// in `spec` is zero is estimated.
Result<MessageRow> replace_on_demand(Core& core, const MessageRow& row, Message message, const std::string& kind,
                                     const rpc::MessageReplaceSpec& spec);

}  // namespace nelumbo::messager
