#pragma once
// JSON at the edges, in lotus's shapes: bytes as base64, CIDs as {"/": "…"}, fields under lotus's names.
// Included only where JSON is spoken (rpc, cli, configuration), never by the headers of types.

#include <array>
#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "codec/cid.hpp"
#include "codec/fields.hpp"

namespace nelumbo {

using JsonValue = nlohmann::ordered_json;

/// The codec of one type: `static JsonValue put(const T&)` and `static Result<> get(const JsonValue&, T&)`.
template <class T>
struct Json;

template <class T>
JsonValue to_json(const T& value) {
  return Json<T>::put(value);
}
template <class T>
Result<T> from_json(const JsonValue& json) {
  T value{};
  TRY(Json<T>::get(json, value));
  return value;
}
/// Parses text; depth and syntax errors are Results.
Result<JsonValue> parse_json(std::string_view text);

/// Any JSON, passed on as it is.
template <>
struct Json<JsonValue> {
  static JsonValue put(const JsonValue& v) { return v; }
  static Result<> get(const JsonValue& j, JsonValue& v) {
    v = j;
    return {};
  }
};

template <>
struct Json<bool> {
  static JsonValue put(bool v) { return v; }
  static Result<> get(const JsonValue& j, bool& v) {
    if (!j.is_boolean()) return fail(ErrorCode::invalid, "expected true or false, got {}", j.type_name());
    v = j.get<bool>();
    return {};
  }
};

template <class T>
  requires((std::integral<T> && !std::same_as<T, bool>) || std::floating_point<T>)
struct Json<T> {
  static JsonValue put(T v) { return v; }
  static Result<> get(const JsonValue& j, T& v) {
    if constexpr (std::floating_point<T>) {
      if (!j.is_number()) return fail(ErrorCode::invalid, "expected a number, got {}", j.type_name());
      v = j.get<T>();
    } else if (j.is_number_unsigned()) {
      auto wide = j.get<uint64_t>();
      v = static_cast<T>(wide);
      if (!std::in_range<T>(wide)) return fail(ErrorCode::invalid, "number {} is out of range", wide);
    } else if (j.is_number_integer()) {
      auto wide = j.get<int64_t>();
      v = static_cast<T>(wide);
      if (!std::in_range<T>(wide)) return fail(ErrorCode::invalid, "number {} is out of range", wide);
    } else {
      return fail(ErrorCode::invalid, "expected a whole number, got {}", j.type_name());
    }
    return {};
  }
};

template <class T>
  requires std::is_enum_v<T>
struct Json<T> {
  using Underlying = std::underlying_type_t<T>;
  static JsonValue put(T v) { return static_cast<Underlying>(v); }
  static Result<> get(const JsonValue& j, T& v) {
    Underlying raw{};
    TRY(Json<Underlying>::get(j, raw));
    v = static_cast<T>(raw);
    return {};
  }
};

template <>
struct Json<std::string> {
  static JsonValue put(const std::string& v) { return v; }
  static Result<> get(const JsonValue& j, std::string& v) {
    if (!j.is_string()) return fail(ErrorCode::invalid, "expected a text, got {}", j.type_name());
    v = j.get_ref<const std::string&>();
    return {};
  }
};

/// Bytes: base64, null for none (Go prints an empty slice as null; both are read).
template <>
struct Json<Bytes> {
  static JsonValue put(const Bytes& v) { return v.empty() ? JsonValue(nullptr) : JsonValue(to_base64(v)); }
  static Result<> get(const JsonValue& j, Bytes& v) {
    v.clear();
    if (j.is_null()) return {};
    if (!j.is_string()) return fail(ErrorCode::invalid, "expected base64 text, got {}", j.type_name());
    v = TRY(from_base64(j.get_ref<const std::string&>()));
    return {};
  }
};

template <>
struct Json<Cid> {
  static JsonValue put(const Cid& v) { return v ? JsonValue{{"/", v.str()}} : JsonValue(nullptr); }
  static Result<> get(const JsonValue& j, Cid& v) {
    v = Cid();
    if (j.is_null()) return {};
    if (!j.is_object() || !j.contains("/") || !j["/"].is_string()) {
      return fail(ErrorCode::invalid, "expected a CID as {{\"/\": \"…\"}}");
    }
    v = TRY(Cid::parse(j["/"].get_ref<const std::string&>()));
    return {};
  }
};

template <class T>
struct Json<std::optional<T>> {
  static JsonValue put(const std::optional<T>& v) { return v ? Json<T>::put(*v) : JsonValue(nullptr); }
  static Result<> get(const JsonValue& j, std::optional<T>& v) {
    v.reset();
    if (j.is_null()) return {};
    return Json<T>::get(j, v.emplace());
  }
};

template <class T>
struct Json<std::vector<T>> {
  static JsonValue put(const std::vector<T>& v) {
    JsonValue out = JsonValue::array();
    for (const auto& each : v) out.push_back(Json<T>::put(each));
    return out;
  }
  static Result<> get(const JsonValue& j, std::vector<T>& v) {
    v.clear();
    if (j.is_null()) return {};
    if (!j.is_array()) return fail(ErrorCode::invalid, "expected a list, got {}", j.type_name());
    v.reserve(j.size());
    for (const auto& each : j) {
      T value{};
      TRY(Json<T>::get(each, value));
      v.push_back(std::move(value));
    }
    return {};
  }
};

template <class T>
struct Json<std::map<std::string, T>> {
  static JsonValue put(const std::map<std::string, T>& v) {
    JsonValue out = JsonValue::object();
    for (const auto& [key, each] : v) out[key] = Json<T>::put(each);
    return out;
  }
  static Result<> get(const JsonValue& j, std::map<std::string, T>& v) {
    v.clear();
    if (j.is_null()) return {};
    if (!j.is_object()) return fail(ErrorCode::invalid, "expected an object, got {}", j.type_name());
    for (const auto& [key, each] : j.items()) TRY(Json<T>::get(each, v[key]));
    return {};
  }
};

/// A struct is an object of its fields; unknown keys are ignored and missing ones keep their defaults, as in Go.
template <HasFields T>
struct Json<T> {
  static constexpr bool transparent = requires { T::transparent; };
  static JsonValue put(const T& v) {
    JsonValue out;
    for_each_field<T>([&]<class F>(const Field<T, F>& f) {
      if constexpr (transparent) {
        out = Json<F>::put(v.*f.member);
      } else {
        out[std::string(f.name)] = Json<F>::put(v.*f.member);
      }
    });
    return out;
  }
  static Result<> get(const JsonValue& j, T& v) {
    Result<> result;
    if constexpr (!transparent) {
      if (!j.is_object()) return fail(ErrorCode::invalid, "expected an object, got {}", j.type_name());
    }
    for_each_field<T>([&]<class F>(const Field<T, F>& f) {
      if (!result) return;
      if constexpr (transparent) {
        result = Json<F>::get(j, v.*f.member);
      } else if (auto it = j.find(std::string(f.name)); it != j.end()) {
        result = Json<F>::get(*it, v.*f.member);
        if (!result) result = std::unexpected(std::move(result).error().in(f.name));
      }
    });
    return result;
  }
};

}  // namespace nelumbo
