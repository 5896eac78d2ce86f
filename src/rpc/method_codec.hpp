#pragma once
// The bodies of MethodCodec. Included only by the sources that instantiate them, one per method table.

#include "json_writer.hpp"
#include "rpc/method.hpp"
#include "schema.hpp"
#include "types/json.hpp"

namespace nelumbo {

template <>
struct Json<rpc::RawJson> {
  static JsonValue put(const rpc::RawJson& v) { return JsonValue::parse(v.text(), nullptr, false); }
  static Result<> get(const JsonValue& j, rpc::RawJson& v) {
    v = rpc::RawJson(j.dump(-1, ' ', false, JsonValue::error_handler_t::replace));
    return {};
  }
};
template <>
struct Json<std::monostate> {
  static JsonValue put(std::monostate) { return nullptr; }
  static Result<> get(const JsonValue&, std::monostate&) { return {}; }
};

namespace rpc {

/// Reads a value whose text the scanner has passed before or that comes from our own server; depth is bounded.
template <class T>
Result<T> read_value(std::string_view text) {
  if constexpr (std::is_same_v<T, RawJson>) {
    return RawJson(std::string(text));
  } else {
    JsonScanner scanner(text);
    std::string_view value;
    if (!scanner.slice_value(value)) return fail(ErrorCode::invalid, "malformed JSON");
    auto json = JsonValue::parse(value, nullptr, false);
    if (json.is_discarded()) return fail(ErrorCode::invalid, "malformed JSON");
    return from_json<T>(json);
  }
}

/// Types whose parameter may be left out at the end of the list, as null would be.
template <class T>
inline constexpr bool kNullable = kIsVector<T> || std::is_same_v<T, TipsetKey>;
template <class T>
inline constexpr bool kNullable<std::optional<T>> = true;

template <class M>
std::string MethodCodec<M>::put_params(const Params& params) {
  std::string out = "[";
  std::apply([&](const auto&... each) { ((out += out.size() > 1 ? "," : "", write_json(out, each)), ...); }, params);
  out += ']';
  return out;
}

template <class M>
nelumbo::Result<typename M::Params> MethodCodec<M>::get_params(const std::vector<std::string_view>& elements) {
  constexpr size_t kCount = std::tuple_size_v<Params>;
  Params params;
  nelumbo::Result<> result;
  auto wrong_count = [&]() -> std::unexpected<Error> {
    return fail(ErrorCode::invalid, "wrong param count (method 'Filecoin.{}'): {} != {}", M::info.name, elements.size(),
                kCount);
  };
  if (elements.size() > kCount) return wrong_count();
  [&]<size_t... I>(std::index_sequence<I...>) {
    [[maybe_unused]] auto read = [&]<class T>(size_t i, T& into) {
      if (!result) return;
      if (i >= elements.size()) {
        if (!kNullable<T>) result = wrong_count();
        return;
      }
      auto value = read_value<T>(elements[i]);
      if (!value) {
        auto names = parameter_names(M::info);
        result = fail(value.error().code, "unmarshaling params for 'Filecoin.{}' (param '{}'): {}", M::info.name,
                      i < names.size() ? names[i] : "", value.error().message);
        return;
      }
      into = *std::move(value);
    };
    (read(I, std::get<I>(params)), ...);
  }(std::make_index_sequence<kCount>());
  if (!result) return std::unexpected(std::move(result).error());
  return params;
}

template <class M>
void MethodCodec<M>::put_value(std::string& out, const Value& value) {
  write_json(out, value);
}

template <class M>
auto MethodCodec<M>::get_value(std::string_view text) -> nelumbo::Result<Value> {
  return read_value<Value>(text);
}

template <class M>
std::vector<std::string> MethodCodec<M>::parameter_schemas() {
  std::vector<std::string> out;
  [&]<class... P>(std::type_identity<std::tuple<P...>>) {
    (out.push_back(schema_of<P>()), ...);
  }(std::type_identity<Params>());
  return out;
}

template <class M>
std::string MethodCodec<M>::value_schema() {
  return schema_of<Value>();
}

}  // namespace rpc
}  // namespace nelumbo
