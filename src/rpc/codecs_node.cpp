// JSON of the methods in rpc/methods/node.inc.
#include "method_codec.hpp"
#include "rpc/methods.hpp"

namespace nelumbo::rpc {
#define METHOD(permission, name, ...) template struct MethodCodec<full::name##_t>;
#include "rpc/methods/node.inc"
}  // namespace nelumbo::rpc
