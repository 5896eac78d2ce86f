#pragma once
// JSON of the protocol's types in lotus's shapes: addresses and big integers as texts, bitfields as run lengths,
// messages with their CID beside their fields. Included only where JSON is spoken.

#include "codec/json.hpp"
#include "codec/rleplus.hpp"
#include "types/block.hpp"
#include "types/receipt.hpp"

namespace nelumbo {

template <>
struct Json<Address> {
  static JsonValue put(const Address& v) { return v.str(); }
  /// "" and "<empty>" are the undefined address.
  static Result<> get(const JsonValue& j, Address& v) {
    if (!j.is_string()) return fail(ErrorCode::invalid, "expected an address as text, got {}", j.type_name());
    const auto& text = j.get_ref<const std::string&>();
    v = Address();
    if (!text.empty() && text != "<empty>") v = TRY(Address::parse(text));
    return {};
  }
};

template <>
struct Json<BigInt> {
  static JsonValue put(const BigInt& v) { return v.str(); }
  /// Decimal digits as text; null is zero.
  static Result<> get(const JsonValue& j, BigInt& v) {
    v = 0;
    if (j.is_null()) return {};
    if (j.is_number_unsigned()) {
      v = j.get<uint64_t>();
      return {};
    }
    if (!j.is_string()) return fail(ErrorCode::invalid, "expected a number as text, got {}", j.type_name());
    const auto& text = j.get_ref<const std::string&>();
    if (text.size() > 320) return fail(ErrorCode::exhausted, "a number of {} digits is too large", text.size());
    v = TRY(parse_bigint(text));
    return {};
  }
};

/// Lengths of alternating runs, the first one of absent values; [0] for none.
template <>
struct Json<BitField> {
  static JsonValue put(const BitField& v) {
    JsonValue out = JsonValue::array();
    uint64_t at = 0;
    for (const auto& range : v.ranges()) {
      out.push_back(range.begin - at);
      out.push_back(range.end - range.begin);
      at = range.end;
    }
    if (out.empty()) out.push_back(0);
    return out;
  }
  static Result<> get(const JsonValue& j, BitField& v) {
    v = BitField();
    if (j.is_null()) return {};
    std::vector<uint64_t> runs;
    TRY(Json<std::vector<uint64_t>>::get(j, runs));
    std::vector<BitField::Range> ranges;
    uint64_t at = 0;
    for (size_t i = 0; i < runs.size(); ++i) {
      if (runs[i] > UINT64_MAX - at) return fail(ErrorCode::invalid, "the runs of a bitfield overflow");
      if (i % 2 == 1 && runs[i] > 0) ranges.push_back({at, at + runs[i]});
      at += runs[i];
    }
    v = BitField::from_ranges(std::move(ranges));
    return {};
  }
};

namespace detail {
/// The plain object of a struct's fields.
template <HasFields T>
JsonValue put_fields(const T& v) {
  JsonValue out = JsonValue::object();
  for_each_field<T>([&]<class F>(const Field<T, F>& f) { out[std::string(f.name)] = Json<F>::put(v.*f.member); });
  return out;
}
template <HasFields T>
Result<> get_fields(const JsonValue& j, T& v) {
  if (!j.is_object()) return fail(ErrorCode::invalid, "expected an object, got {}", j.type_name());
  Result<> result;
  for_each_field<T>([&]<class F>(const Field<T, F>& f) {
    auto it = result ? j.find(std::string(f.name)) : j.end();
    if (it == j.end()) return;
    result = Json<F>::get(*it, v.*f.member);
    if (!result) result = std::unexpected(std::move(result).error().in(f.name));
  });
  return result;
}
}  // namespace detail

/// The fields and, when written, the CID.
template <>
struct Json<Message> {
  static JsonValue put(const Message& v) {
    auto out = detail::put_fields(v);
    out["CID"] = Json<Cid>::put(v.cid());
    return out;
  }
  static Result<> get(const JsonValue& j, Message& v) { return detail::get_fields(j, v); }
};
template <>
struct Json<SignedMessage> {
  static JsonValue put(const SignedMessage& v) {
    auto out = detail::put_fields(v);
    out["CID"] = Json<Cid>::put(v.cid());
    return out;
  }
  static Result<> get(const JsonValue& j, SignedMessage& v) { return detail::get_fields(j, v); }
};

/// Lists that are empty are null, as after decoding in Go.
template <>
struct Json<BlockHeader> {
  static JsonValue put(const BlockHeader& v) {
    auto out = detail::put_fields(v);
    for (const char* name : {"BeaconEntries", "WinPoStProof", "Parents"}) {
      if (out[name].empty()) out[name] = nullptr;
    }
    return out;
  }
  static Result<> get(const JsonValue& j, BlockHeader& v) { return detail::get_fields(j, v); }
};

/// {"Cids", "Blocks", "Height"}; null for none.
template <>
struct Json<TipsetPtr> {
  static JsonValue put(const TipsetPtr& v) {
    if (!v) return nullptr;
    JsonValue out = JsonValue::object();
    out["Cids"] = Json<TipsetKey>::put(v->key());
    out["Blocks"] = Json<std::vector<BlockHeader>>::put(v->blocks());
    out["Height"] = v->height();
    return out;
  }
  static Result<> get(const JsonValue& j, TipsetPtr& v) {
    v = nullptr;
    if (j.is_null()) return {};
    if (!j.is_object() || !j.contains("Blocks")) return fail(ErrorCode::invalid, "expected a tipset with \"Blocks\"");
    std::vector<BlockHeader> blocks;
    TRY(Json<std::vector<BlockHeader>>::get(j["Blocks"], blocks));
    v = TRY(Tipset::make(std::move(blocks)));
    return {};
  }
};

}  // namespace nelumbo
