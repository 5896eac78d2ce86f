#pragma once
// Answers chain exchange: what a peer may have of our chain, within bounds.

#include "chain/store.hpp"
#include "net/wire.hpp"

namespace nelumbo::net {

/// What one answer may hold; the first tipset is always in it.
struct AnswerLimits {
  size_t tipsets = kMaxExchangeLength;
  size_t bytes = 8 << 20;
};

/// The encoded answer to an encoded request. Errors are told to the peer in the answer; `invalid` when the request is
/// no request at all.
Result<Bytes> answer_exchange(chain::ChainStore& store, BytesView request, const AnswerLimits& limits = {});

}  // namespace nelumbo::net
