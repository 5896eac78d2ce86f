#pragma once
// Decoding one type from the several shapes that it had over the actors' versions.

#include <initializer_list>
#include <tuple>

#include "codec/cbor.hpp"

namespace nelumbo::actors {

/// Reads items into the given variables in order.
template <class... T>
Result<> read_items(CborReader& reader, T&... values) {
  Result<> result;
  auto read = [&]<class V>(V& value) {
    if (result) result = Cbor<V>::get(reader, value);
  };
  (read(values), ...);
  return result;
}

/// Reads an array's header and checks its count against the known shapes.
inline Result<uint64_t> read_shape(CborReader& reader, std::string_view what, std::initializer_list<uint64_t> known) {
  uint64_t count = TRY(reader.array());
  for (uint64_t each : known) {
    if (each == count) return count;
  }
  return fail(ErrorCode::unsupported, "{} of {} fields: a shape this build does not know", what, count);
}

}  // namespace nelumbo::actors
