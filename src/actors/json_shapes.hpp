#pragma once
// JSON of actor types where Go's has a shape of its own.

#include "actors/account_params.hpp"
#include "actors/market.hpp"
#include "types/json.hpp"

namespace nelumbo {

/// A list of numbers, as Go prints an array of bytes.
template <size_t N>
struct Json<std::array<uint8_t, N>> {
  static JsonValue put(const std::array<uint8_t, N>& v) { return JsonValue(v); }
  static Result<> get(const JsonValue& j, std::array<uint8_t, N>& v) {
    auto numbers = TRY(from_json<std::vector<uint8_t>>(j));
    if (numbers.size() != N) return fail(ErrorCode::invalid, "a list of {} bytes, expected {}", numbers.size(), N);
    std::copy(numbers.begin(), numbers.end(), v.begin());
    return {};
  }
};

/// Its text; a label of bytes is printed as none.
template <>
struct Json<actors::DealLabel> {
  static JsonValue put(const actors::DealLabel& v) { return v.is_text ? std::string(as_text(v.data)) : std::string(); }
  static Result<> get(const JsonValue& j, actors::DealLabel& v) {
    auto text = TRY(from_json<std::string>(j));
    v = actors::DealLabel::text(text);
    return {};
  }
};

template <>
struct Cbor<actors::evm::GetBytecodeReturn> {
  static void put(CborWriter& w, const actors::evm::GetBytecodeReturn& v) { Cbor<std::optional<Cid>>::put(w, v.cid); }
  static Result<> get(CborReader& r, actors::evm::GetBytecodeReturn& v) {
    return Cbor<std::optional<Cid>>::get(r, v.cid);
  }
};

namespace actors {

/// Go prints a list that was empty on the wire as null.
inline void empty_lists_to_null(JsonValue& json) {
  if (json.is_array() && json.empty()) {
    json = nullptr;
  } else if (json.is_structured()) {
    for (auto& each : json) empty_lists_to_null(each);
  }
}

}  // namespace actors
}  // namespace nelumbo
