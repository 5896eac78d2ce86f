#pragma once
// The state of any known actor as JSON, in lotus's field names: what StateReadState answers.

#include "actors/bundle.hpp"
#include "codec/json.hpp"

namespace nelumbo::actors {

/// Decodes an actor's head. unsupported when this build does not know the state of that actor's version.
Result<JsonValue> read_state_json(Blockstore& store, const ActorCode& code, const Cid& head);

}  // namespace nelumbo::actors
