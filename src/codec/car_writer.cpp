#include <cerrno>
#include <cstdio>

#include <unistd.h>

#include "codec/car.hpp"
#include "codec/cbor.hpp"
#include "codec/varint.hpp"

namespace nelumbo {
namespace {

constexpr std::array<uint8_t, 11> kPragmaV2{0x0a, 0xa1, 0x67, 'v', 'e', 'r', 's', 'i', 'o', 'n', 0x02};
constexpr size_t kHeaderV2 = 40;

void put_little_endian_64(Bytes& out, uint64_t value) {
  for (int i = 0; i < 8; ++i) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

void put_section(Bytes& out, BytesView first, BytesView second) {
  put_uvarint(out, first.size() + second.size());
  out.insert(out.end(), first.begin(), first.end());
  out.insert(out.end(), second.begin(), second.end());
}

}  // namespace

Bytes car_header(const std::vector<Cid>& roots) {
  CborWriter writer;
  writer.map(2);
  writer.text("roots");
  Cbor<std::vector<Cid>>::put(writer, roots);
  writer.text("version");
  writer.uint(1);
  Bytes out;
  put_section(out, writer.out, {});
  return out;
}

void put_car_block(Bytes& out, const Cid& cid, BytesView data) { put_section(out, cid.bytes(), data); }

struct CarWriter::State {
  fs::path path;
  fs::path beside;
  uint64_t version;
  std::FILE* file = nullptr;
  uint64_t payload = 0;  ///< bytes of the CARv1
  Bytes section;         ///< kept for its memory

  ~State() {
    if (!file) return;
    std::fclose(file);
    std::error_code ignored;
    fs::remove(beside, ignored);
  }

  std::unexpected<Error> failure(std::string_view what) const {
    auto code = errno == ENOSPC ? ErrorCode::exhausted : ErrorCode::failed;
    return fail(code, "{} {}: {}", what, beside.string(), std::strerror(errno));
  }

  Result<> write(BytesView data) {
    if (!data.empty() && std::fwrite(data.data(), 1, data.size(), file) != data.size()) return failure("writing");
    return {};
  }

  Result<> write_payload(BytesView data) {
    TRY(write(data));
    payload += data.size();
    return {};
  }

  /// The header of a CARv2: no characteristics, the payload right behind, no index.
  Result<> write_header_v2() {
    Bytes fields(16, 0);
    put_little_endian_64(fields, kPragmaV2.size() + kHeaderV2);
    put_little_endian_64(fields, payload);
    put_little_endian_64(fields, 0);
    TRY(write(kPragmaV2));
    return write(fields);
  }

  Result<> finish() {
    if (version == 2) {
      if (std::fseek(file, 0, SEEK_SET) != 0) return failure("writing");
      TRY(write_header_v2());
    }
    if (std::fflush(file) != 0 || ::fsync(::fileno(file)) != 0) return failure("writing");
    std::error_code error;
    fs::rename(beside, path, error);
    if (error) return fail(ErrorCode::failed, "renaming {}: {}", beside.string(), error.message());
    std::fclose(std::exchange(file, nullptr));
    return {};
  }
};

CarWriter::CarWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
CarWriter::CarWriter(CarWriter&&) noexcept = default;
CarWriter& CarWriter::operator=(CarWriter&&) noexcept = default;
CarWriter::~CarWriter() = default;

Result<CarWriter> CarWriter::create(const fs::path& path, const std::vector<Cid>& roots, uint64_t version) {
  if (version != 1 && version != 2) return fail(ErrorCode::unsupported, "CAR version {} is not known", version);
  auto state = std::make_unique<State>(State{.path = path, .beside = path.string() + ".part", .version = version});
  state->file = std::fopen(state->beside.c_str(), "wbe");
  if (!state->file) return state->failure("opening");
  if (version == 2) TRY(state->write_header_v2());
  TRY(state->write_payload(car_header(roots)));
  return CarWriter(std::move(state));
}

Result<> CarWriter::put(const Cid& cid, BytesView data) {
  state_->section.clear();
  put_car_block(state_->section, cid, data);
  return state_->write_payload(state_->section);
}

Result<> CarWriter::finish() { return state_->finish(); }

}  // namespace nelumbo
