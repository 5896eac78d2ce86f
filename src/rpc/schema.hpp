#pragma once
// JSON schemas of API types, from their field lists: what the OpenRPC document says of parameters and results.

#include "json_writer.hpp"
#include "rpc/method.hpp"

namespace nelumbo::rpc {

template <class T>
struct Schema {
  static constexpr std::string_view kind() {
    if constexpr (std::is_same_v<T, bool>) {
      return "boolean";
    } else if constexpr (std::is_floating_point_v<T>) {
      return "number";
    } else if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>) {
      return "integer";
    } else {
      return "string";
    }
  }
  static std::string text(int depth);
};

inline constexpr int kSchemaDepth = 8;  ///< recursive types are cut off here

template <class T>
std::string schema_of(int depth = kSchemaDepth) {
  return Schema<T>::text(depth);
}

template <>
struct Schema<RawJson> {
  static std::string text(int) { return "true"; }
};
template <>
struct Schema<std::monostate> {
  static std::string text(int) { return R"({"type":"null"})"; }
};
template <>
struct Schema<Bytes> {
  static std::string text(int) { return R"({"type":["string","null"],"contentEncoding":"base64"})"; }
};
template <>
struct Schema<Cid> {
  static std::string text(int) {
    return R"({"title":"Content Identifier","type":["object","null"],"properties":{"/":{"type":"string"}}})";
  }
};
template <>
struct Schema<BitField> {
  static std::string text(int) {
    return R"({"title":"Run lengths","type":["array","null"],"items":{"type":"integer"}})";
  }
};

template <class T>
struct Schema<std::optional<T>> {
  static std::string text(int depth) { return R"({"anyOf":[)" + schema_of<T>(depth) + R"(,{"type":"null"}]})"; }
};
template <class T>
struct Schema<std::vector<T>> {
  static std::string text(int depth) {
    return depth <= 0 ? R"({"type":"array"})" : R"({"type":"array","items":)" + schema_of<T>(depth - 1) + "}";
  }
};
template <class T>
struct Schema<std::map<std::string, T>> {
  static std::string text(int depth) {
    return R"({"type":"object","additionalProperties":)" + schema_of<T>(depth - 1) + "}";
  }
};
template <>
struct Schema<TipsetPtr> {
  static std::string text(int depth) {
    return R"({"type":["object","null"],"properties":{"Cids":)" + schema_of<TipsetKey>(depth - 1) + R"(,"Blocks":)" +
           schema_of<std::vector<BlockHeader>>(depth - 1) + R"(,"Height":{"type":"integer"}}})";
  }
};

template <class T>
std::string Schema<T>::text(int depth) {
  if constexpr (HasFields<T>) {
    std::string out;
    if constexpr (requires { T::transparent; }) {
      for_each_field<T>([&]<class F>(const Field<T, F>&) { out = schema_of<F>(depth); });
    } else {
      if (depth <= 0) return R"({"type":"object"})";
      char before = '{';
      for_each_field<T>([&]<class F>(const Field<T, F>& f) {
        out += before;
        before = ',';
        out += '"';
        out += f.name;
        out += "\":" + schema_of<F>(depth - 1);
      });
      out = R"({"type":"object","properties":)" + out + "}}";
    }
    return out;
  } else {
    return R"({"type":")" + std::string(kind()) + "\"}";
  }
}

}  // namespace nelumbo::rpc
