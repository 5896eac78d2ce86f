#include "codec/cbor.hpp"

#include "codec/cbor_head.hpp"

namespace nelumbo {
namespace {

/// Items that stand inside `head` one level below, after checking them against the bytes that are left.
const char* children_of(const CborHead& head, size_t left, uint64_t& count) {
  uint64_t most = head.major == cbor_major::kMap ? left / 2 : left;
  if (head.value > most) return "CBOR is cut off";
  count = head.major == cbor_major::kMap ? head.value * 2 : head.value;
  return nullptr;
}

const char* check_link(const uint8_t*& p, const uint8_t* end, const CborHead& tag) {
  if (tag.value != kCborLinkTag) return "CBOR tags other than 42 are not allowed";
  CborHead head;
  if (auto error = parse_cbor_head(p, end, head)) return error;
  if (head.major != cbor_major::kBytes) return "CBOR link is not a byte string";
  if (head.value > static_cast<size_t>(end - p)) return "CBOR is cut off";
  if (head.value == 0 || *p != 0) return "CBOR link does not start with a zero byte";
  p += head.value;
  return nullptr;
}

std::string_view name_of(CborReader::Kind kind) {
  switch (kind) {
    case CborReader::Kind::uint:
      return "an unsigned integer";
    case CborReader::Kind::nint:
      return "a negative integer";
    case CborReader::Kind::bytes:
      return "a byte string";
    case CborReader::Kind::text:
      return "a text";
    case CborReader::Kind::array:
      return "an array";
    case CborReader::Kind::map:
      return "a map";
    case CborReader::Kind::tag:
      return "a link";
    case CborReader::Kind::boolean:
      return "a boolean";
    case CborReader::Kind::null:
      return "null";
    case CborReader::Kind::other:
      return "an item that is not allowed";
    case CborReader::Kind::end:
      return "the end of the data";
  }
  return "an unknown item";
}

}  // namespace

const char* skip_cbor_item(const uint8_t*& p, const uint8_t* end, unsigned max_depth) {
  CborHead head;
  if (auto error = parse_cbor_head(p, end, head)) return error;
  switch (head.major) {
    case cbor_major::kBytes:
    case cbor_major::kText:
      if (head.value > static_cast<size_t>(end - p)) return "CBOR is cut off";
      p += head.value;
      return nullptr;
    case cbor_major::kTag:
      return check_link(p, end, head);
    case cbor_major::kArray:
    case cbor_major::kMap:
      break;
    default:
      return nullptr;
  }
  uint64_t count = 0;
  if (auto error = children_of(head, static_cast<size_t>(end - p), count)) return error;
  if (max_depth == 0) return "CBOR nests too deep";
  for (; count > 0; --count) {
    if (auto error = skip_cbor_item(p, end, max_depth - 1)) return error;
  }
  return nullptr;
}

void CborWriter::head(uint8_t major, uint64_t value) {
  auto first = static_cast<uint8_t>(major << 5);
  if (value < 24) {
    out.push_back(first | static_cast<uint8_t>(value));
    return;
  }
  unsigned power = value <= 0xff ? 0 : value <= 0xffff ? 1 : value <= 0xffffffff ? 2 : 3;
  out.push_back(first | static_cast<uint8_t>(24 + power));
  for (int shift = (8 << power) - 8; shift >= 0; shift -= 8) out.push_back(static_cast<uint8_t>(value >> shift));
}

void CborWriter::bytes(BytesView value) {
  head(cbor_major::kBytes, value.size());
  raw(value);
}

void CborWriter::text(std::string_view value) {
  head(cbor_major::kText, value.size());
  raw(as_bytes(value));
}

void CborWriter::cid(const Cid& value) {
  if (!value.defined()) throw std::logic_error("an undefined CID has no CBOR form");
  head(cbor_major::kTag, kCborLinkTag);
  head(cbor_major::kBytes, value.bytes().size() + 1);
  out.push_back(0);
  raw(value.bytes());
}

CborReader::Kind CborReader::peek() const {
  if (at_end()) return Kind::end;
  switch (uint8_t first = data_[position_]; first >> 5) {
    case cbor_major::kUint:
      return Kind::uint;
    case cbor_major::kNint:
      return Kind::nint;
    case cbor_major::kBytes:
      return Kind::bytes;
    case cbor_major::kText:
      return Kind::text;
    case cbor_major::kArray:
      return Kind::array;
    case cbor_major::kMap:
      return Kind::map;
    case cbor_major::kTag:
      return Kind::tag;
    default:
      return first == 0xf4 || first == 0xf5 ? Kind::boolean : first == 0xf6 ? Kind::null : Kind::other;
  }
}

Result<uint64_t> CborReader::head(uint8_t major, std::string_view what) {
  const uint8_t* begin = data_.data() + position_;
  const uint8_t* p = begin;
  CborHead head;
  if (auto error = parse_cbor_head(p, data_.data() + data_.size(), head)) return fail(ErrorCode::invalid, "{}", error);
  if (head.major != major) return fail(ErrorCode::invalid, "expected {} in CBOR, got {}", what, name_of(peek()));
  position_ += static_cast<size_t>(p - begin);
  return head.value;
}

Result<uint64_t> CborReader::uint() { return head(cbor_major::kUint, "an unsigned integer"); }

Result<int64_t> CborReader::sint() {
  bool negative = peek() == Kind::nint;
  uint64_t value = TRY(head(negative ? cbor_major::kNint : cbor_major::kUint, "an integer"));
  if (value > INT64_MAX) return fail(ErrorCode::invalid, "CBOR integer does not fit 64 signed bits");
  return negative ? -1 - static_cast<int64_t>(value) : static_cast<int64_t>(value);
}

Result<BytesView> CborReader::bytes() {
  uint64_t size = TRY(head(cbor_major::kBytes, "a byte string"));
  if (size > limits_.max_bytes) return fail(ErrorCode::exhausted, "byte string of {} bytes is too long", size);
  if (size > data_.size() - position_) return fail(ErrorCode::invalid, "CBOR is cut off");
  auto view = data_.subspan(position_, size);
  position_ += size;
  return view;
}

Result<std::string_view> CborReader::text() {
  uint64_t size = TRY(head(cbor_major::kText, "a text"));
  if (size > limits_.max_text) return fail(ErrorCode::exhausted, "text of {} bytes is too long", size);
  if (size > data_.size() - position_) return fail(ErrorCode::invalid, "CBOR is cut off");
  auto view = as_text(data_.subspan(position_, size));
  position_ += size;
  return view;
}

Result<uint64_t> CborReader::array() {
  uint64_t count = TRY(head(cbor_major::kArray, "an array"));
  if (count > limits_.max_items) return fail(ErrorCode::exhausted, "array of {} items is too long", count);
  if (count > data_.size() - position_) return fail(ErrorCode::invalid, "CBOR is cut off");
  return count;
}

Result<uint64_t> CborReader::map() {
  uint64_t count = TRY(head(cbor_major::kMap, "a map"));
  if (count > limits_.max_items) return fail(ErrorCode::exhausted, "map of {} pairs is too long", count);
  if (count > (data_.size() - position_) / 2) return fail(ErrorCode::invalid, "CBOR is cut off");
  return count;
}

Result<> CborReader::array_of(uint64_t count) {
  uint64_t actual = TRY(array());
  if (actual != count) return fail(ErrorCode::invalid, "CBOR array of {} items, expected {}", actual, count);
  return {};
}

Result<bool> CborReader::boolean() {
  if (peek() != Kind::boolean) return fail(ErrorCode::invalid, "expected a boolean in CBOR, got {}", name_of(peek()));
  return data_[position_++] == 0xf5;
}

Result<Cid> CborReader::cid() {
  uint64_t tag = TRY(head(cbor_major::kTag, "a link"));
  if (tag != kCborLinkTag) return fail(ErrorCode::invalid, "CBOR tag {} is not a link", tag);
  auto binary = TRY(bytes());
  if (binary.empty() || binary[0] != 0) return fail(ErrorCode::invalid, "CBOR link does not start with a zero byte");
  return Cid::from_bytes(binary.subspan(1));
}

bool CborReader::null() {
  if (peek() != Kind::null) return false;
  ++position_;
  return true;
}

Result<BytesView> CborReader::raw() {
  const uint8_t* begin = data_.data() + position_;
  const uint8_t* p = begin;
  if (auto error = skip_cbor_item(p, data_.data() + data_.size(), limits_.max_depth)) {
    return fail(ErrorCode::invalid, "{}", error);
  }
  auto view = data_.subspan(position_, static_cast<size_t>(p - begin));
  position_ += view.size();
  return view;
}

Result<> CborReader::finish() const {
  if (!at_end()) return fail(ErrorCode::invalid, "{} bytes follow the CBOR item", data_.size() - position_);
  return {};
}

}  // namespace nelumbo
