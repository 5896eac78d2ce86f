#include "codec/car.hpp"
#include "codec/cbor.hpp"
#include "codec/varint.hpp"

namespace nelumbo {
namespace {

constexpr std::array<uint8_t, 4> kZstdMagic{0x28, 0xb5, 0x2f, 0xfd};
constexpr uint64_t kNoEnd = UINT64_MAX;

struct CarHeader {
  std::vector<Cid> roots;
  uint64_t version = 0;
};

Result<CarHeader> decode_header(BytesView data) {
  CarHeader header;
  CborReader reader(data, {.max_items = UINT64_MAX});
  uint64_t pairs = TRY(reader.map());
  for (uint64_t i = 0; i < pairs; ++i) {
    auto key = TRY(reader.text());
    if (key == "version") {
      header.version = TRY(reader.uint());
    } else if (key == "roots") {
      TRY(Cbor<std::vector<Cid>>::get(reader, header.roots));
    } else {
      TRY(reader.raw());
    }
  }
  TRY(reader.finish());
  return header;
}

uint64_t little_endian_64(BytesView data) {
  uint64_t value = 0;
  for (size_t i = 8; i-- > 0;) value = value << 8 | data[i];
  return value;
}

}  // namespace

struct CarReader::State {
  State(std::unique_ptr<CarSource> source, CarLimits l) : input(std::move(source)), limits(l) {}

  CarInput input;
  CarLimits limits;
  CarHeader header;
  uint64_t version = 1;
  uint64_t end = kNoEnd;  ///< the byte at which the payload ends, when that is known (v2)

  /// Bytes of the payload still to come, when that is known.
  uint64_t left() const { return end == kNoEnd ? kNoEnd : end - input.taken(); }

  Result<Bytes> take(uint64_t count) {
    if (count > left()) return fail(ErrorCode::invalid, "the data is cut off");
    return input.take(count);
  }

  /// The length in front of a header or section; nullopt at the end.
  Result<std::optional<uint64_t>> length(uint64_t most, std::string_view what) {
    auto ahead = TRY(input.peek(std::min<uint64_t>(kMaxVarintSize, left())));
    if (ahead.empty()) {
      if (left() != kNoEnd && left() > 0) return fail(ErrorCode::invalid, "the data is cut off");
      return std::nullopt;
    }
    size_t used = 0;
    uint64_t length = TRY_IN(what, read_uvarint(ahead, used));
    if (length == 0) return fail(ErrorCode::invalid, "{} of no bytes", what);
    if (length > most) return fail(ErrorCode::exhausted, "{} of {} bytes, at most {} allowed", what, length, most);
    TRY(take(used));
    return length;
  }

  Result<CarHeader> read_header() {
    auto size = TRY(length(limits.max_header, "header"));
    if (!size) return fail(ErrorCode::invalid, "there is no header");
    return in_context(decode_header(TRY(take(*size))), "header");
  }

  Result<> start() {
    header = TRY(read_header());
    if (header.version == 2) TRY(enter_payload());
    if (header.version != 1) return fail(ErrorCode::unsupported, "CAR version {} is not known", header.version);
    return {};
  }

  /// The header of a CARv2 says where the CARv1 lies inside it. Source: ipld.io/specs/transport/car/carv2.
  Result<> enter_payload() {
    constexpr uint64_t kPragma = 11, kHeader = 40;
    auto fields = TRY(input.take(kHeader));
    uint64_t offset = little_endian_64(BytesView(fields).subspan(16));
    uint64_t size = little_endian_64(BytesView(fields).subspan(24));
    if (offset < kPragma + kHeader)
      return fail(ErrorCode::invalid, "the payload begins at {}, inside the header", offset);
    if (size == 0) return fail(ErrorCode::invalid, "the payload has no size: the file was not finished");
    TRY(input.skip(offset - kPragma - kHeader));
    if (size > kNoEnd - 1 - input.taken()) return fail(ErrorCode::invalid, "the payload of {} bytes has no end", size);
    end = input.taken() + size;
    version = 2;
    header = TRY(read_header());
    return {};
  }

  Result<std::optional<Block>> next() {
    auto size = TRY(length(limits.max_section, "section"));
    if (!size) return std::nullopt;
    auto section = TRY(take(*size));
    size_t used = 0;
    Block block{.cid = TRY(Cid::read_prefix(section, used))};
    section.erase(section.begin(), section.begin() + static_cast<ptrdiff_t>(used));
    block.data = std::move(section);
    TRY(check_digest(block.cid, block.data));
    return block;
  }

  Result<std::optional<Cid>> skip() {
    auto size = TRY(length(kNoEnd, "section"));
    if (!size) return std::nullopt;
    if (*size > left()) return fail(ErrorCode::invalid, "the data is cut off");
    auto ahead = TRY(input.peek(std::min<uint64_t>(Cid::kMaxSize, *size)));
    size_t used = 0;
    Cid cid = TRY(Cid::read_prefix(ahead, used));
    TRY(input.skip(*size));
    return cid;
  }

  Result<> go_on_from(const CarMark& mark) {
    if (mark.block < input.taken() || mark.block > end)
      return fail(ErrorCode::invalid, "no block begins at byte {}", mark.block);
    return input.go_to({mark.input, mark.plain}, mark.block);
  }

  static Result<std::unique_ptr<State>> make(std::unique_ptr<CarSource> source, CarLimits limits) {
    CarInput input(std::move(source));
    bool compressed = std::ranges::equal(TRY(input.peek(kZstdMagic.size())), kZstdMagic);
    source = std::move(input).release();
    if (compressed) source = make_car_zstd(std::move(source));
    auto state = std::make_unique<State>(std::move(source), limits);
    TRY(state->start());
    return state;
  }
};

CarReader::CarReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
CarReader::CarReader(CarReader&&) noexcept = default;
CarReader& CarReader::operator=(CarReader&&) noexcept = default;
CarReader::~CarReader() = default;

Result<CarReader> CarReader::open(const fs::path& path, CarLimits limits) {
  return CarReader(TRY_IN("CAR " + path.string(), State::make(TRY(open_car_file(path)), limits)));
}

Result<CarReader> CarReader::from_bytes(Bytes data, CarLimits limits) {
  return CarReader(TRY_IN("CAR", State::make(make_car_memory(std::move(data)), limits)));
}

Result<CarReader> CarReader::from_source(std::unique_ptr<CarSource> source, CarLimits limits) {
  return CarReader(TRY_IN("CAR", State::make(std::move(source), limits)));
}

const std::vector<Cid>& CarReader::roots() const { return state_->header.roots; }
uint64_t CarReader::version() const { return state_->version; }
Result<std::optional<CarReader::Block>> CarReader::next() { return in_context(state_->next(), "CAR"); }
Result<std::optional<Cid>> CarReader::skip() { return in_context(state_->skip(), "CAR"); }

CarMark CarReader::mark() const {
  auto place = state_->input.source().place_before(state_->input.taken());
  return {place.input, place.plain, state_->input.taken()};
}

Result<> CarReader::go_on_from(const CarMark& mark) { return in_context(state_->go_on_from(mark), "CAR"); }

uint64_t CarReader::position() const { return state_->input.source().position(); }
uint64_t CarReader::size() const { return state_->input.source().size(); }

}  // namespace nelumbo
