#pragma once
// What the bytes of a message's parameters and result say, by the method of the actor that it went to.

#include "context.hpp"

namespace nelumbo::node {

/// A message's result as JSON, as of a tipset whose parent state holds its effect; null for none. Bytes of a method that
/// is not known (a contract's own, an actor's of an older shape) stay bytes, in base64.
Result<rpc::RawJson> decoded_return(Context& context, const Message& message, const Receipt& receipt,
                                    const Tipset& tipset);

}  // namespace nelumbo::node
