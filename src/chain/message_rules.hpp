#pragma once
// The rules about a block's messages.

#include "chain/validation.hpp"

namespace nelumbo::chain::rules {

Result<> message_root(BlockContext& context);
Result<> messages(BlockContext& context);
Result<> bls_aggregate(BlockContext& context);
Result<> signatures(BlockContext& context);

}  // namespace nelumbo::chain::rules
