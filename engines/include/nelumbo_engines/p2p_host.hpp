#pragma once
// What the peer-to-peer host asks of the C++ side. Virtual, so that the Rust library has no undefined symbols of its own.

#include <cstdint>
#include <memory>
#include <vector>

#include "rust/cxx.h"

namespace nelumbo::engines {

/// Gives blocks to be served to peers. Called from the host's threads, several at once; failure is an exception.
class P2pHost {
 public:
  virtual ~P2pHost() = default;
  /// The block's bytes; null when it is not there or not to be given.
  virtual std::unique_ptr<std::vector<uint8_t>> block(rust::Slice<const uint8_t> cid) const = 0;
};

}  // namespace nelumbo::engines
