#pragma once
// What the virtual machines ask of the C++ side while a message runs. Virtual functions, so that the Rust library has
// no undefined symbols of its own: a program that never makes a machine needs no host.

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "rust/cxx.h"

namespace nelumbo::engines {

struct HostFault;

/// Blocks and chain facts for one machine. Called from the machine's threads, several at once; failure is an exception.
class VmHost {
 public:
  virtual ~VmHost() = default;
  /// The block's bytes; null when it is not there.
  virtual std::unique_ptr<std::vector<uint8_t>> get(rust::Slice<const uint8_t> cid) const = 0;
  virtual bool has(rust::Slice<const uint8_t> cid) const = 0;
  virtual void put(rust::Slice<const uint8_t> cid, rust::Slice<const uint8_t> data) const = 0;
  /// Many blocks in one go: each is a CID and its data laid end to end in `joined`; `sizes` holds the bytes of both.
  virtual void put_many(rust::Slice<const uint8_t> joined, rust::Slice<const size_t> sizes) const = 0;
  virtual std::array<uint8_t, 32> chain_randomness(int64_t epoch) const = 0;
  virtual std::array<uint8_t, 32> beacon_randomness(int64_t epoch) const = 0;
  virtual std::unique_ptr<std::vector<uint8_t>> tipset_cid(int64_t epoch) const = 0;
  virtual HostFault verify_consensus_fault(rust::Slice<const uint8_t> header_1, rust::Slice<const uint8_t> header_2,
                                           rust::Slice<const uint8_t> extra) const = 0;
};

}  // namespace nelumbo::engines
