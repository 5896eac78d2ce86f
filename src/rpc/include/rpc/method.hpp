#pragma once
// What a JSON-RPC method is: its name, who may call it, its types. The methods themselves are lines of the tables in
// rpc/methods/*.inc, made into constants by rpc/methods.hpp.

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace nelumbo::rpc {

/// The four rights a token may carry, named as in the JWT claim "Allow".
enum class Permission : uint8_t { read = 1, write = 2, sign = 4, admin = 8 };

/// A set of permissions.
struct Permissions {
  uint8_t bits = 0;
  constexpr bool has(Permission p) const { return (bits & static_cast<uint8_t>(p)) != 0; }
  constexpr Permissions with(Permission p) const { return {static_cast<uint8_t>(bits | static_cast<uint8_t>(p))}; }
  /// "read", "write", … in this order.
  std::vector<std::string> names() const;
  friend bool operator==(const Permissions&, const Permissions&) = default;
};
inline constexpr Permissions kReadOnly{1};
inline constexpr Permissions kAllPermissions{15};
std::string_view permission_name(Permission permission);
/// invalid for a word that is none of the four.
Result<Permission> parse_permission(std::string_view name);
/// The set that a level includes: "sign" gives read, write and sign.
Permissions permissions_up_to(Permission level);

/// The URL paths a method answers on, as a set.
enum class Endpoint : uint8_t { v0 = 1, v1 = 2, v2 = 4 };
inline constexpr uint8_t kEndpointV0 = 1, kEndpointV1 = 2, kEndpointV2 = 4;
/// "/rpc/v0", "/rpc/v1", "/rpc/v2".
std::string_view endpoint_path(Endpoint endpoint);

/// One line of a method table.
struct MethodInfo {
  std::string_view name;  ///< without "Filecoin."
  Permission permission;
  std::string_view signature;  ///< as in the table: "Result(Type name, …)"
  uint8_t endpoints;           ///< bits of Endpoint
};
/// The parameter names of a method, read from its signature.
std::vector<std::string> parameter_names(const MethodInfo& method);

/// As a result type: a stream of values over WebSocket instead of one answer.
template <class T>
struct Stream {
  using Value = T;
};

template <class T>
struct IsStream : std::false_type {};
template <class T>
struct IsStream<Stream<T>> : std::true_type {};

template <class Signature>
struct Method;
/// Base of every method's type.
template <class R, class... P>
struct Method<R(P...)> {
  using Result = R;
  using Params = std::tuple<std::remove_cvref_t<P>...>;
  static constexpr size_t kParamCount = sizeof...(P);
  static constexpr bool kIsStream = IsStream<R>::value;
};

/// The values a method yields: its result, or the elements of its stream.
template <class R>
struct ValueOf {
  using Type = R;
};
template <class T>
struct ValueOf<Stream<T>> {
  using Type = T;
};
template <class M>
using MethodValue = typename ValueOf<typename M::Result>::Type;

/// JSON of one method's parameters and values. Declared here and defined once, in the room's sources: who calls or
/// serves a method compiles no JSON.
template <class M>
struct MethodCodec {
  using Params = typename M::Params;
  using Value = std::conditional_t<std::is_void_v<MethodValue<M>>, std::monostate, MethodValue<M>>;

  /// "[p1,p2]".
  static std::string put_params(const Params& params);
  /// Reads parameters from the texts of a JSON list's elements; missing ones at the end may be absent only where the
  /// method's type is nullable (optional, list, tipset key).
  static nelumbo::Result<Params> get_params(const std::vector<std::string_view>& elements);
  static void put_value(std::string& out, const Value& value);
  static nelumbo::Result<Value> get_value(std::string_view text);
  /// JSON schemas for OpenRPC: of the parameters, in order, and of the value.
  static std::vector<std::string> parameter_schemas();
  static std::string value_schema();
};

}  // namespace nelumbo::rpc
