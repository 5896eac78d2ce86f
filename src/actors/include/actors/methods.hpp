#pragma once
// What the built-in actors' methods take and give: names, and the way between CBOR on chain and JSON for a person.

#include "actors/bundle.hpp"
#include "codec/json.hpp"
#include "types/message.hpp"

namespace nelumbo::actors {

/// A type as it travels: CBOR on chain, JSON in lotus's shape.
struct ValueShape {
  Result<JsonValue> (*decode)(BytesView cbor);
  Result<Bytes> (*encode)(const JsonValue& json);
};

/// One method of an actor. "…Exported" methods have the numbers of FRC-0042, which anyone may call.
struct MethodShape {
  MethodNum number;
  std::string_view name;
  ValueShape params;
  ValueShape result;
};

/// A method of an actor by the manifest's name (names::…), in the shape of actors v18; nullptr for one that is not
/// known (a contract's own, or one that no longer exists). Bytes of a shape older than that give an error when decoded.
const MethodShape* find_method(std::string_view actor, MethodNum number);

}  // namespace nelumbo::actors
