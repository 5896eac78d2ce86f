// JSON of the methods in rpc/methods/net.inc.
#include "method_codec.hpp"
#include "rpc/methods.hpp"

namespace nelumbo::rpc {
#define METHOD(permission, name, ...) template struct MethodCodec<full::name##_t>;
#include "rpc/methods/net.inc"
}  // namespace nelumbo::rpc
