// JSON of the methods in rpc/methods/miner.inc.
#include "method_codec.hpp"
#include "rpc/miner_api.hpp"

namespace nelumbo::rpc {
#define METHOD(permission, name, ...) template struct MethodCodec<miner::name##_t>;
#include "rpc/methods/miner.inc"
}  // namespace nelumbo::rpc
