#pragma once
// Values straight into JSON text, in the shapes of types/json.hpp but without building a tree in between: the answers
// of the server are written with this.

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <variant>

#include "rpc/miner_types.hpp"
#include "scanner.hpp"

namespace nelumbo::rpc {

template <class T>
struct Writer;

template <class T>
void write_json(std::string& out, const T& value) {
  Writer<T>::put(out, value);
}

template <>
struct Writer<bool> {
  static void put(std::string& out, bool v) { out += v ? "true" : "false"; }
};
template <class T>
  requires(std::is_arithmetic_v<T> && !std::is_same_v<T, bool>)
struct Writer<T> {
  static void put(std::string& out, T v) {
    char digits[64];
    auto end = std::to_chars(digits, digits + sizeof digits, v).ptr;
    out.append(digits, end);
  }
};
template <class T>
  requires std::is_enum_v<T>
struct Writer<T> {
  static void put(std::string& out, T v) { write_json(out, static_cast<std::underlying_type_t<T>>(v)); }
};
template <>
struct Writer<std::string> {
  static void put(std::string& out, const std::string& v) { append_json_string(out, v); }
};
template <>
struct Writer<std::monostate> {
  static void put(std::string& out, std::monostate) { out += "null"; }
};
template <>
struct Writer<RawJson> {
  static void put(std::string& out, const RawJson& v) { out += v.text(); }
};
template <>
struct Writer<Bytes> {
  static void put(std::string& out, const Bytes& v) {
    if (v.empty()) {
      out += "null";
      return;
    }
    out += '"';
    out += to_base64(v);
    out += '"';
  }
};
template <>
struct Writer<Cid> {
  static void put(std::string& out, const Cid& v) {
    if (!v) {
      out += "null";
      return;
    }
    out += "{\"/\":\"";
    out += v.str();
    out += "\"}";
  }
};
template <>
struct Writer<Address> {
  static void put(std::string& out, const Address& v) {
    out += '"';
    out += v.str();
    out += '"';
  }
};
template <>
struct Writer<BigInt> {
  static void put(std::string& out, const BigInt& v) {
    out += '"';
    out += v.str();
    out += '"';
  }
};
template <>
struct Writer<BitField> {
  static void put(std::string& out, const BitField& v) {
    if (v.empty()) {
      out += "[0]";
      return;
    }
    uint64_t at = 0;
    for (const auto& range : v.ranges()) {
      out += at == 0 && range.begin == v.ranges().front().begin ? '[' : ',';
      write_json(out, range.begin - at);
      out += ',';
      write_json(out, range.end - range.begin);
      at = range.end;
    }
    out += ']';
  }
};
template <class T>
struct Writer<std::optional<T>> {
  static void put(std::string& out, const std::optional<T>& v) {
    if (v) {
      write_json(out, *v);
    } else {
      out += "null";
    }
  }
};
template <class T>
struct Writer<std::vector<T>> {
  static void put(std::string& out, const std::vector<T>& v) {
    char before = '[';
    for (const auto& each : v) {
      out += before;
      write_json(out, each);
      before = ',';
    }
    out += v.empty() ? "[]" : "]";
  }
};
template <class T>
struct Writer<std::map<std::string, T>> {
  static void put(std::string& out, const std::map<std::string, T>& v) {
    char before = '{';
    for (const auto& [key, each] : v) {
      out += before;
      append_json_string(out, key);
      out += ':';
      write_json(out, each);
      before = ',';
    }
    out += v.empty() ? "{}" : "}";
  }
};

template <class T>
inline constexpr bool kIsVector = false;
template <class T>
inline constexpr bool kIsVector<std::vector<T>> = true;

inline bool has_nothing(const auto&) { return false; }
template <class T>
bool has_nothing(const std::optional<T>& v) {
  return !v;
}
template <class T>
bool has_nothing(const std::vector<T>& v) {
  return v.empty();
}
/// Whether a field stays out of the JSON: it holds nothing, and its type names it in `omitted_when_empty`.
template <class T, class F>
bool is_omitted(const Field<T, F>& f, const T& v) {
  if constexpr (requires { T::omitted_when_empty; }) {
    return std::ranges::find(T::omitted_when_empty, f.name) != T::omitted_when_empty.end() && has_nothing(v.*f.member);
  }
  return false;
}

/// Types whose empty lists are null, as after decoding in Go.
template <class T>
inline constexpr bool kNullLists = std::is_same_v<T, BlockHeader> || std::is_same_v<T, ExecutionTrace>;

/// Writes the fields as members, without the closing brace.
template <HasFields T>
void write_fields(std::string& out, const T& v) {
  char before = '{';
  for_each_field<T>([&]<class F>(const Field<T, F>& f) {
    if (is_omitted(f, v)) return;
    out += before;
    before = ',';
    out += '"';
    out += f.name;
    out += "\":";
    if constexpr (kNullLists<T> && kIsVector<F> && !std::is_same_v<F, Bytes>) {
      if ((v.*f.member).empty()) {
        out += "null";
        return;
      }
    }
    write_json(out, v.*f.member);
  });
}
/// Messages carry their CID beside their fields.
template <class T>
inline constexpr bool kCarriesCid = std::is_same_v<T, Message> || std::is_same_v<T, SignedMessage>;

template <HasFields T>
struct Writer<T> {
  static void put(std::string& out, const T& v) {
    if constexpr (requires { T::transparent; }) {
      for_each_field<T>([&](const auto& f) { write_json(out, v.*f.member); });
    } else {
      write_fields(out, v);
      if constexpr (kCarriesCid<T>) {
        out += ",\"CID\":";
        write_json(out, v.cid());
      }
      out += '}';
    }
  }
};
template <>
struct Writer<TipsetPtr> {
  static void put(std::string& out, const TipsetPtr& v) {
    if (!v) {
      out += "null";
      return;
    }
    out += "{\"Cids\":";
    write_json(out, v->key());
    out += ",\"Blocks\":";
    write_json(out, v->blocks());
    out += ",\"Height\":";
    write_json(out, v->height());
    out += '}';
  }
};

}  // namespace nelumbo::rpc
