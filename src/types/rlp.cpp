#include "types/rlp.hpp"

namespace nelumbo {

namespace {

constexpr uint8_t kString = 0x80;
constexpr uint8_t kList = 0xc0;
constexpr size_t kShort = 55;  // longest content whose length fits the first byte

void append_head(Bytes& out, uint8_t base, size_t size) {
  if (size <= kShort) {
    out.push_back(static_cast<uint8_t>(base + size));
    return;
  }
  auto length = bigint_magnitude(BigInt(size));
  out.push_back(static_cast<uint8_t>(base + kShort + length.size()));
  out.insert(out.end(), length.begin(), length.end());
}

void append_string(Bytes& out, BytesView value) {
  bool itself = value.size() == 1 && value[0] < kString;
  if (!itself) append_head(out, kString, value.size());
  out.insert(out.end(), value.begin(), value.end());
}

class Decoder {
 public:
  explicit Decoder(RlpLimits limits) : limits_(limits) {}

  /// Takes one item off the front of `data`.
  Result<RlpItem> item(BytesView& data, unsigned depth) {
    if (data.empty()) return fail(ErrorCode::invalid, "RLP is cut off");
    if (depth > limits_.max_depth)
      return fail(ErrorCode::exhausted, "RLP nested deeper than {} lists", limits_.max_depth);
    uint8_t first = data[0];
    if (first < kString) return RlpItem{false, take(data, 1), {}};
    bool is_list = first >= kList;
    auto content = TRY(take_content(data, is_list ? first - kList : first - kString));
    if (is_list) return list(content, depth);
    if (first == kString + 1 && content[0] < kString) {
      return fail(ErrorCode::invalid, "RLP byte that is not in its shortest form");
    }
    return RlpItem{false, content, {}};
  }

 private:
  static BytesView take(BytesView& data, size_t size) {
    auto front = data.first(size);
    data = data.subspan(size);
    return front;
  }

  /// Reads past the head (whose first byte says `code`) and gives the content.
  static Result<BytesView> take_content(BytesView& data, size_t code) {
    take(data, 1);
    uint64_t size = code;
    if (code > kShort) {
      size_t digits = code - kShort;
      if (digits > data.size()) return fail(ErrorCode::invalid, "RLP length is cut off");
      auto encoded = take(data, digits);
      size = 0;
      for (uint8_t byte : encoded) size = size << 8 | byte;
      if (encoded[0] == 0 || size <= kShort)
        return fail(ErrorCode::invalid, "RLP length that is not in its shortest form");
    }
    if (size > data.size()) return fail(ErrorCode::invalid, "RLP of {} bytes where {} are left", size, data.size());
    return take(data, size);
  }

  Result<RlpItem> list(BytesView content, unsigned depth) {
    RlpItem out{true, {}, {}};
    while (!content.empty()) {
      if (out.items.size() == limits_.max_items) {
        return fail(ErrorCode::exhausted, "RLP list of more than {} items", limits_.max_items);
      }
      out.items.push_back(TRY(item(content, depth + 1)));
    }
    return out;
  }

  RlpLimits limits_;
};

}  // namespace

Result<RlpItem> decode_rlp(BytesView data, RlpLimits limits) {
  if (data.size() > limits.max_bytes) {
    return fail(ErrorCode::exhausted, "RLP of {} bytes, at most {} are read", data.size(), limits.max_bytes);
  }
  auto item = TRY(Decoder(limits).item(data, 0));
  if (!data.empty()) return fail(ErrorCode::invalid, "{} bytes after the RLP", data.size());
  return item;
}

RlpList& RlpList::bytes(BytesView value) {
  append_string(content_, value);
  return *this;
}

RlpList& RlpList::list(const RlpList& inner) {
  auto encoded = inner.encode();
  content_.insert(content_.end(), encoded.begin(), encoded.end());
  return *this;
}

Bytes RlpList::encode() const {
  Bytes out;
  append_head(out, kList, content_.size());
  out.insert(out.end(), content_.begin(), content_.end());
  return out;
}

}  // namespace nelumbo
