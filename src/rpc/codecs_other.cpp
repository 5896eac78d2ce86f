// JSON of the methods in the smaller tables.
#include "method_codec.hpp"
#include "rpc/methods.hpp"

namespace nelumbo::rpc {
#define METHOD(permission, name, ...) template struct MethodCodec<common::name##_t>;
#include "rpc/methods/common.inc"
#undef METHOD
#define METHOD(permission, name, ...) template struct MethodCodec<v0::name##_t>;
#include "rpc/methods/v0.inc"
#undef METHOD
#define METHOD(permission, name, ...) template struct MethodCodec<v2::name##_t>;
#include "rpc/methods/v2.inc"
}  // namespace nelumbo::rpc
