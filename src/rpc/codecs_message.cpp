// JSON of the methods in rpc/methods/message.inc and fountain.inc.
#include "method_codec.hpp"
#include "rpc/methods.hpp"

namespace nelumbo::rpc {
#define METHOD(permission, name, ...) template struct MethodCodec<message::name##_t>;
#include "rpc/methods/message.inc"
#undef METHOD
#define METHOD(permission, name, ...) template struct MethodCodec<fountain::name##_t>;
#include "rpc/methods/fountain.inc"
}  // namespace nelumbo::rpc
