#include "codec/rleplus.hpp"

#include <algorithm>
#include <stdexcept>

namespace nelumbo {
namespace {

using Range = BitField::Range;

constexpr uint64_t kShortLimit = 16;  // runs below this fit a short block

/// Bits from the lowest of each byte up; past the end they are zero.
class BitReader {
 public:
  explicit BitReader(BytesView data) : data_(data) {}

  uint64_t read(unsigned count) {
    uint64_t value = 0;
    for (unsigned i = 0; i < count; ++i, ++position_) value |= uint64_t{bit(position_)} << i;
    return value;
  }
  /// Whether a set bit is still to come.
  bool more() const {
    size_t byte = position_ / 8;
    if (byte >= data_.size()) return false;
    return byte + 1 < data_.size() || data_[byte] >> (position_ % 8) != 0;
  }

 private:
  bool bit(size_t at) const { return at / 8 < data_.size() && (data_[at / 8] >> (at % 8) & 1); }
  BytesView data_;
  size_t position_ = 0;
};

class BitWriter {
 public:
  void write(uint64_t value, unsigned count) {
    for (unsigned i = 0; i < count; ++i, ++position_) {
      if (position_ % 8 == 0) out_.push_back(0);
      out_.back() |= static_cast<uint8_t>((value >> i & 1) << (position_ % 8));
    }
  }
  void run(uint64_t length) {
    if (length == 1) return write(1, 1);
    if (length < kShortLimit) {
      write(0b10, 2);
      return write(length, 4);
    }
    write(0b00, 2);
    for (; length >= 0x80; length >>= 7) write((length & 0x7f) | 0x80, 8);
    write(length, 8);
  }
  Bytes finish() && {
    while (!out_.empty() && out_.back() == 0) out_.pop_back();
    return std::move(out_);
  }

 private:
  Bytes out_;
  size_t position_ = 0;
};

/// A long block's length: a varint of up to 64 bits.
Result<uint64_t> read_long(BitReader& reader) {
  uint64_t value = 0;
  for (unsigned i = 0; i < 10; ++i) {
    uint64_t byte = reader.read(8);
    if (i == 9 && byte > 1) break;
    value |= (byte & 0x7f) << (7 * i);
    if (byte & 0x80) continue;
    if (byte == 0 && i > 0) return fail(ErrorCode::invalid, "RLE+: varint is not minimal");
    return value;
  }
  return fail(ErrorCode::invalid, "RLE+: run does not fit 64 bits");
}

Result<uint64_t> read_run(BitReader& reader) {
  if (reader.read(1)) return 1;
  if (reader.read(1)) {
    uint64_t length = reader.read(4);
    if (length < 2) return fail(ErrorCode::invalid, "RLE+: short block for a run of {}", length);
    return length;
  }
  uint64_t length = TRY(read_long(reader));
  if (length < kShortLimit) return fail(ErrorCode::invalid, "RLE+: long block for a run of {}", length);
  return length;
}

/// Appends a range that does not begin before the last one, joining what touches.
void append(std::vector<Range>& ranges, Range range) {
  if (range.begin >= range.end) return;
  if (!ranges.empty() && range.begin <= ranges.back().end) {
    ranges.back().end = std::max(ranges.back().end, range.end);
  } else {
    ranges.push_back(range);
  }
}

void require_in_range(uint64_t value) {
  if (value == UINT64_MAX) throw std::out_of_range("a bitfield holds values below 2^64 - 1");
}

}  // namespace

BitField BitField::from_ranges(std::vector<Range> ranges) {
  std::ranges::sort(ranges, {}, &Range::begin);
  BitField field;
  for (const auto& range : ranges) append(field.ranges_, range);
  return field;
}

BitField BitField::from_values(std::vector<uint64_t> values) {
  std::ranges::sort(values);
  BitField field;
  for (uint64_t value : values) {
    require_in_range(value);
    append(field.ranges_, {value, value + 1});
  }
  return field;
}

Result<BitField> BitField::decode(BytesView data) {
  if (data.size() > kMaxEncoded) return fail(ErrorCode::exhausted, "RLE+: {} bytes are too many", data.size());
  if (!data.empty() && data.back() == 0) return fail(ErrorCode::invalid, "RLE+: trailing zero byte");
  BitField field;
  if (data.empty()) return field;
  BitReader reader(data);
  if (reader.read(2) != 0) return fail(ErrorCode::invalid, "RLE+: unknown version");
  bool set = reader.read(1);
  uint64_t position = 0;
  while (reader.more()) {
    uint64_t length = TRY(read_run(reader));
    uint64_t end = 0;
    if (__builtin_add_overflow(position, length, &end)) return fail(ErrorCode::invalid, "RLE+: runs exceed 64 bits");
    if (set) field.ranges_.push_back({position, end});
    position = end;
    set = !set;
  }
  if (set) return fail(ErrorCode::invalid, "RLE+: ends with a run of zeros");
  return field;
}

Bytes BitField::encode() const {
  if (ranges_.empty()) return {};
  BitWriter writer;
  writer.write(0, 2);
  writer.write(ranges_.front().begin == 0 ? 1 : 0, 1);
  uint64_t position = 0;
  for (const auto& range : ranges_) {
    if (range.begin > position) writer.run(range.begin - position);
    writer.run(range.end - range.begin);
    position = range.end;
  }
  return std::move(writer).finish();
}

uint64_t BitField::count() const {
  uint64_t sum = 0;
  for (const auto& range : ranges_) sum += range.end - range.begin;
  return sum;
}

bool BitField::contains(uint64_t value) const {
  auto it = std::ranges::upper_bound(ranges_, value, {}, &Range::begin);
  return it != ranges_.begin() && value < std::prev(it)->end;
}

void BitField::set(uint64_t value) {
  require_in_range(value);
  *this = *this | from_ranges({{value, value + 1}});
}

void BitField::unset(uint64_t value) {
  if (!contains(value)) return;
  *this = *this - from_ranges({{value, value + 1}});
}

Result<std::vector<uint64_t>> BitField::values(uint64_t limit) const {
  if (count() > limit) return fail(ErrorCode::exhausted, "bitfield of {} values, at most {} expected", count(), limit);
  std::vector<uint64_t> out;
  out.reserve(count());
  for (const auto& range : ranges_) {
    for (uint64_t value = range.begin; value < range.end; ++value) out.push_back(value);
  }
  return out;
}

Result<uint64_t> BitField::first() const {
  if (empty()) return fail(ErrorCode::not_found, "the bitfield is empty");
  return ranges_.front().begin;
}

Result<uint64_t> BitField::last() const {
  if (empty()) return fail(ErrorCode::not_found, "the bitfield is empty");
  return ranges_.back().end - 1;
}

BitField operator|(const BitField& a, const BitField& b) {
  std::vector<Range> all;
  all.reserve(a.ranges_.size() + b.ranges_.size());
  std::ranges::merge(a.ranges_, b.ranges_, std::back_inserter(all), {}, &Range::begin, &Range::begin);
  BitField out;
  for (const auto& range : all) append(out.ranges_, range);
  return out;
}

BitField operator&(const BitField& a, const BitField& b) {
  BitField out;
  auto i = a.ranges_.begin();
  auto k = b.ranges_.begin();
  while (i != a.ranges_.end() && k != b.ranges_.end()) {
    append(out.ranges_, {std::max(i->begin, k->begin), std::min(i->end, k->end)});
    i->end < k->end ? ++i : ++k;
  }
  return out;
}

BitField operator-(const BitField& a, const BitField& b) {
  BitField out;
  auto k = b.ranges_.begin();
  for (auto [begin, end] : a.ranges_) {
    while (k != b.ranges_.end() && k->end <= begin) ++k;
    for (auto cut = k; cut != b.ranges_.end() && cut->begin < end; ++cut) {
      append(out.ranges_, {begin, cut->begin});
      begin = std::max(begin, cut->end);
    }
    append(out.ranges_, {begin, end});
  }
  return out;
}

}  // namespace nelumbo
