#pragma once
// DAG-CBOR as Filecoin writes it: definite lengths, smallest integer forms, tag 42 for links, no floats in chain data.
// Types get their codec from their field list (a CBOR array in field order, as cbor-gen's tuple encoding) or from a
// specialisation of Cbor<T>.

#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "codec/cid.hpp"
#include "codec/fields.hpp"

namespace nelumbo {

/// Appends CBOR items to a growing byte string.
class CborWriter {
 public:
  Bytes out;

  void uint(uint64_t value) { head(0, value); }
  void sint(int64_t value) { value >= 0 ? head(0, static_cast<uint64_t>(value)) : head(1, static_cast<uint64_t>(-(value + 1))); }
  void bytes(BytesView value);
  void text(std::string_view value);
  void array(uint64_t count) { head(4, count); }
  void map(uint64_t count) { head(5, count); }
  void boolean(bool value) { out.push_back(value ? 0xf5 : 0xf4); }
  void null() { out.push_back(0xf6); }
  /// A link; the undefined CID has no CBOR form and throws std::logic_error.
  void cid(const Cid& value);
  /// An item that is encoded already.
  void raw(BytesView encoded) { out.insert(out.end(), encoded.begin(), encoded.end()); }

 private:
  void head(uint8_t major, uint64_t value);
};

/// Bounds for untrusted input. Every length is also checked against the bytes that are left, so a claim never
/// allocates more than a small multiple of the input.
struct CborLimits {
  uint64_t max_bytes = 2u << 20;   ///< one byte string (cbor-gen's ByteArrayMaxLen)
  uint64_t max_text = 8192;        ///< one text string (cbor-gen's MaxLength)
  uint64_t max_items = 8192;       ///< one array or map (cbor-gen's MaxLength)
  unsigned max_depth = 128;        ///< nesting of skipped or generic items
};

/// Reads CBOR items from the front of a view. Non-minimal integers, indefinite lengths and floats are refused.
class CborReader {
 public:
  enum class Kind { uint, nint, bytes, text, array, map, tag, boolean, null, other, end };

  explicit CborReader(BytesView data, CborLimits limits = {}) : data_(data), limits_(limits) {}

  /// What comes next, without reading it.
  Kind peek() const;
  bool at_end() const { return position_ == data_.size(); }
  size_t position() const { return position_; }
  const CborLimits& limits() const { return limits_; }

  Result<uint64_t> uint();
  Result<int64_t> sint();
  /// A byte string as a view into the input.
  Result<BytesView> bytes();
  Result<std::string_view> text();
  /// The count of an array's (map's) items (pairs), bounded by max_items.
  Result<uint64_t> array();
  Result<uint64_t> map();
  /// An array that must have exactly `count` items.
  Result<> array_of(uint64_t count);
  Result<bool> boolean();
  Result<Cid> cid();
  /// True and past it when the next item is null.
  bool null();
  /// Skips one whole item and gives its encoding as a view. Its strings and arrays are bounded only by the bytes
  /// there are, and links are not looked into.
  Result<BytesView> raw();
  /// An error unless all input was read.
  Result<> finish() const;

 private:
  Result<uint64_t> head(uint8_t major, std::string_view what);
  BytesView data_;
  CborLimits limits_;
  size_t position_ = 0;
};

/// The codec of one type: `static void put(CborWriter&, const T&)` and `static Result<> get(CborReader&, T&)`.
template <class T>
struct Cbor;

template <class T>
Bytes to_cbor(const T& value) {
  CborWriter writer;
  Cbor<T>::put(writer, value);
  return std::move(writer.out);
}

/// Decodes exactly one T from all of data.
template <class T>
Result<T> from_cbor(BytesView data, CborLimits limits = {}) {
  CborReader reader(data, limits);
  T value{};
  TRY(Cbor<T>::get(reader, value));
  TRY(reader.finish());
  return value;
}

/// An already encoded item kept as it is (any CBOR).
struct RawCbor {
  Bytes encoded;
  friend bool operator==(const RawCbor&, const RawCbor&) = default;
};

template <>
struct Cbor<RawCbor> {
  static void put(CborWriter& w, const RawCbor& v) { w.raw(v.encoded); }
  static Result<> get(CborReader& r, RawCbor& v) {
    v.encoded = to_bytes(TRY(r.raw()));
    return {};
  }
};

template <class T>
  requires(std::unsigned_integral<T> && !std::same_as<T, bool>)
struct Cbor<T> {
  static void put(CborWriter& w, T v) { w.uint(v); }
  static Result<> get(CborReader& r, T& v) {
    uint64_t wide = TRY(r.uint());
    v = static_cast<T>(wide);
    if (v != wide) return fail(ErrorCode::invalid, "CBOR integer {} does not fit {} bits", wide, sizeof(T) * 8);
    return {};
  }
};

template <std::signed_integral T>
struct Cbor<T> {
  static void put(CborWriter& w, T v) { w.sint(v); }
  static Result<> get(CborReader& r, T& v) {
    int64_t wide = TRY(r.sint());
    v = static_cast<T>(wide);
    if (v != wide) return fail(ErrorCode::invalid, "CBOR integer {} does not fit {} bits", wide, sizeof(T) * 8);
    return {};
  }
};

/// An enum travels as its underlying integer.
template <class T>
  requires std::is_enum_v<T>
struct Cbor<T> {
  using Underlying = std::underlying_type_t<T>;
  static void put(CborWriter& w, T v) { Cbor<Underlying>::put(w, static_cast<Underlying>(v)); }
  static Result<> get(CborReader& r, T& v) {
    Underlying raw{};
    TRY(Cbor<Underlying>::get(r, raw));
    v = static_cast<T>(raw);
    return {};
  }
};

template <>
struct Cbor<bool> {
  static void put(CborWriter& w, bool v) { w.boolean(v); }
  static Result<> get(CborReader& r, bool& v) {
    v = TRY(r.boolean());
    return {};
  }
};

template <>
struct Cbor<std::string> {
  static void put(CborWriter& w, const std::string& v) { w.text(v); }
  static Result<> get(CborReader& r, std::string& v) {
    v = TRY(r.text());
    return {};
  }
};

template <>
struct Cbor<Bytes> {
  static void put(CborWriter& w, const Bytes& v) { w.bytes(v); }
  static Result<> get(CborReader& r, Bytes& v) {
    v = to_bytes(TRY(r.bytes()));
    return {};
  }
};

template <size_t N>
struct Cbor<std::array<uint8_t, N>> {
  static void put(CborWriter& w, const std::array<uint8_t, N>& v) { w.bytes(v); }
  static Result<> get(CborReader& r, std::array<uint8_t, N>& v) {
    auto view = TRY(r.bytes());
    if (view.size() != N) return fail(ErrorCode::invalid, "byte string of {} bytes, expected {}", view.size(), N);
    std::copy(view.begin(), view.end(), v.begin());
    return {};
  }
};

template <>
struct Cbor<Cid> {
  static void put(CborWriter& w, const Cid& v) { w.cid(v); }
  static Result<> get(CborReader& r, Cid& v) {
    v = TRY(r.cid());
    return {};
  }
};

template <class T>
struct Cbor<std::vector<T>> {
  static void put(CborWriter& w, const std::vector<T>& v) {
    w.array(v.size());
    for (const auto& each : v) Cbor<T>::put(w, each);
  }
  static Result<> get(CborReader& r, std::vector<T>& v) {
    uint64_t count = TRY(r.array());
    v.clear();
    for (uint64_t i = 0; i < count; ++i) {
      T each{};
      TRY(Cbor<T>::get(r, each));
      v.push_back(std::move(each));
    }
    return {};
  }
};

/// Null or the value.
template <class T>
struct Cbor<std::optional<T>> {
  static void put(CborWriter& w, const std::optional<T>& v) { v ? Cbor<T>::put(w, *v) : w.null(); }
  static Result<> get(CborReader& r, std::optional<T>& v) {
    v.reset();
    if (r.null()) return {};
    TRY(Cbor<T>::get(r, v.emplace()));
    return {};
  }
};

/// A struct with a field list travels as an array of its fields. A struct of one field that says
/// `static constexpr bool transparent = true` travels as that field alone.
template <HasFields T>
struct Cbor<T> {
  static constexpr bool transparent = requires { T::transparent; };
  static void put(CborWriter& w, const T& v) {
    if constexpr (!transparent) w.array(field_count<T>);
    for_each_field<T>([&]<class F>(const Field<T, F>& f) { Cbor<F>::put(w, v.*f.member); });
  }
  static Result<> get(CborReader& r, T& v) {
    if constexpr (!transparent) TRY(r.array_of(field_count<T>));
    Result<> result;
    for_each_field<T>([&]<class F>(const Field<T, F>& f) {
      if (!result) return;
      result = Cbor<F>::get(r, v.*f.member);
      if (!result) result = std::unexpected(std::move(result).error().in(f.name));
    });
    return result;
  }
};

}  // namespace nelumbo
