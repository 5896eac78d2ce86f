#pragma once
// CAR files (v1, and the payload of v2): streams of blocks with roots. Source: ipld.io/specs/transport/car.

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/file.hpp"
#include "codec/car_source.hpp"
#include "codec/cid.hpp"
#include "codec/fields.hpp"

namespace nelumbo {

struct CarLimits {
  uint64_t max_header = 1u << 20;    ///< bytes
  uint64_t max_section = 32u << 20;  ///< bytes of one CID and block
};

/// A place between two blocks of a CAR, to read on from in a later run.
struct CarMark {
  uint64_t input = 0;  ///< byte of the file at which to begin
  uint64_t plain = 0;  ///< the byte of the CAR that lies there
  uint64_t block = 0;  ///< the byte of the CAR at which the next block begins
  static constexpr auto fields = nelumbo::fields(field("Input", &CarMark::input), field("Plain", &CarMark::plain),
                                                 field("Block", &CarMark::block));
};

/// Reads a CAR block by block in bounded memory; v1 and v2 are told apart by their header, zstd by its magic.
class CarReader {
 public:
  struct Block {
    Cid cid;
    Bytes data;
  };
  static Result<CarReader> open(const fs::path& path, CarLimits limits = {});
  static Result<CarReader> from_bytes(Bytes data, CarLimits limits = {});
  static Result<CarReader> from_source(std::unique_ptr<CarSource> source, CarLimits limits = {});
  CarReader(CarReader&&) noexcept;
  CarReader& operator=(CarReader&&) noexcept;
  ~CarReader();

  const std::vector<Cid>& roots() const;
  /// 1 or 2.
  uint64_t version() const;
  /// The next block, its digest checked against its CID; nullopt at the end.
  Result<std::optional<Block>> next();
  /// Goes past the next block, however large, without looking at more than its CID; nullopt at the end.
  Result<std::optional<Cid>> skip();
  /// Where the next block begins.
  CarMark mark() const;
  Result<> go_on_from(const CarMark& mark);
  /// Bytes of the input read so far and in all (0 when unknown), for progress.
  uint64_t position() const;
  uint64_t size() const;

 private:
  struct State;
  explicit CarReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The header of a CARv1, its length in front.
Bytes car_header(const std::vector<Cid>& roots);
/// Appends one block with its length and CID.
void put_car_block(Bytes& out, const Cid& cid, BytesView data);

/// Writes a CARv1 (or v2 with an index-less payload) to a file beside, renamed into place by finish().
class CarWriter {
 public:
  static Result<CarWriter> create(const fs::path& path, const std::vector<Cid>& roots, uint64_t version = 1);
  CarWriter(CarWriter&&) noexcept;
  CarWriter& operator=(CarWriter&&) noexcept;
  ~CarWriter();
  Result<> put(const Cid& cid, BytesView data);
  Result<> finish();

 private:
  struct State;
  explicit CarWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace nelumbo
