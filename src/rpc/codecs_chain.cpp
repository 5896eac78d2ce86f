// JSON of the methods in rpc/methods/chain.inc.
#include "method_codec.hpp"
#include "rpc/methods.hpp"

namespace nelumbo::rpc {
#define METHOD(permission, name, ...) template struct MethodCodec<full::name##_t>;
#include "rpc/methods/chain.inc"
}  // namespace nelumbo::rpc
