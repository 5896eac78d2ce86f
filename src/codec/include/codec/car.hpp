#pragma once
// CAR files (v1, and the payload of v2): streams of blocks with roots. Source: ipld.io/specs/transport/car.

#include <functional>
#include <optional>
#include <memory>
#include <vector>

#include "base/file.hpp"
#include "codec/cid.hpp"

namespace nelumbo {

struct CarLimits {
  uint64_t max_header = 1u << 20;    ///< bytes
  uint64_t max_section = 32u << 20;  ///< bytes of one CID and block
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
  CarReader(CarReader&&) noexcept;
  CarReader& operator=(CarReader&&) noexcept;
  ~CarReader();

  const std::vector<Cid>& roots() const;
  /// 1 or 2.
  uint64_t version() const;
  /// The next block, its digest checked against its CID; nullopt at the end.
  Result<std::optional<Block>> next();
  /// Bytes of the input read so far and in all (0 when unknown), for progress.
  uint64_t position() const;
  uint64_t size() const;

 private:
  struct State;
  explicit CarReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

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
