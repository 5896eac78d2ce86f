#pragma once
// Between the rooms' types and cxx's: bytes as slices, Rust errors as Result. For the rooms that call the engines
// (crypto, engine); include it only in their sources, since it brings in rust/cxx.h.

#include "base/bytes.hpp"
#include "rust/cxx.h"

namespace nelumbo::bridge {

/// The bytes, lent for the time of one call.
inline rust::Slice<const uint8_t> slice(BytesView bytes) { return {bytes.data(), bytes.size()}; }
inline Bytes to_bytes(const rust::Vec<uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }
inline Bytes to_bytes(rust::Slice<const uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

/// Runs a call into the engines; its failure becomes an Error of this code. Byte vectors come back as Bytes.
template <class F>
auto call(F work, ErrorCode code = ErrorCode::invalid) {
  using Value = decltype(work());
  try {
    if constexpr (std::is_void_v<Value>) {
      work();
      return Result<>();
    } else if constexpr (std::is_same_v<Value, rust::Vec<uint8_t>>) {
      return Result<Bytes>(to_bytes(work()));
    } else {
      return Result<Value>(work());
    }
  } catch (const rust::Error& error) {
    using Good = std::conditional_t<std::is_same_v<Value, rust::Vec<uint8_t>>, Bytes, Value>;
    return Result<Good>(fail(code, "{}", error.what()));
  }
}

}  // namespace nelumbo::bridge
