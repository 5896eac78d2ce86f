#pragma once
// Attacks with mass instead of content.

#include "attacker.hpp"
#include "codec/json.hpp"

namespace nelumbo::hostile {

/// Publishes `count` pieces of garbage, as fast as they go out, until the target has had enough.
Result<JsonValue> flood(const Target& target, uint64_t count);
/// Giant, truncated, lying and deep frames on hello and chain exchange, each from a peer of its own.
Result<JsonValue> frames(const Target& target);
/// Asks for the longest answers of chain exchange, `count` of them at once, again and again until the process is ended.
/// Stopped with a signal meanwhile it is a slow reader.
Result<JsonValue> requests(const Target& target, uint64_t count);
/// Holds `count` connections of different identities.
Result<std::vector<std::unique_ptr<Attacker>>> connections(const Target& target, uint64_t count);

}  // namespace nelumbo::hostile
