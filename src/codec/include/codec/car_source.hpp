#pragma once
// Where a CAR's bytes come from: a file or memory, plain or behind zstd.

#include <memory>

#include "base/file.hpp"

namespace nelumbo {

class CarSource {
 public:
  virtual ~CarSource() = default;
  /// Up to out.size() bytes; 0 at the end only.
  virtual Result<size_t> read(std::span<uint8_t> out) = 0;
  /// Bytes of the input taken so far, and in all (0: not known).
  virtual uint64_t position() const = 0;
  virtual uint64_t size() const = 0;

  /// Where reading can begin again: byte `input` of the input gives byte `plain` of what read() gives.
  struct Place {
    uint64_t input = 0, plain = 0;
  };
  /// The last such place at or before byte `plain`, which must not lie more than a CAR's section behind what was read.
  virtual Place place_before(uint64_t plain) const { return {plain, plain}; }
  /// Reads on from a place that place_before gave for this input, now or in an earlier run.
  virtual Result<> go_to(Place place) = 0;
};

Result<std::unique_ptr<CarSource>> open_car_file(const fs::path& path);
std::unique_ptr<CarSource> make_car_memory(Bytes data);
/// What zstd frames hold.
std::unique_ptr<CarSource> make_car_zstd(std::unique_ptr<CarSource> compressed);

/// A source with a buffer in front of it, and exact reads.
class CarInput {
 public:
  explicit CarInput(std::unique_ptr<CarSource> source) : source_(std::move(source)) {}

  /// The next bytes without taking them: `count` of them, or fewer at the end. count is at most kBuffer.
  Result<BytesView> peek(size_t count);
  /// Takes exactly count bytes; an error when the input ends before.
  Result<Bytes> take(size_t count);
  Result<> skip(uint64_t count);
  /// Bytes taken and skipped so far.
  uint64_t taken() const { return taken_; }
  /// Goes to byte `plain`, beginning at a place of the source before it.
  Result<> go_to(CarSource::Place place, uint64_t plain);
  const CarSource& source() const { return *source_; }
  /// The source, as long as nothing was taken: what was peeked at is put back in front.
  std::unique_ptr<CarSource> release() &&;

  static constexpr size_t kBuffer = 64u << 10;

 private:
  Result<bool> fill();

  std::unique_ptr<CarSource> source_;
  Bytes buffer_;
  size_t begin_ = 0;
  uint64_t taken_ = 0;
};

}  // namespace nelumbo
