#include "snapshot_metadata.hpp"

#include "codec/cbor.hpp"

namespace nelumbo::chain {

namespace {

constexpr uint64_t kVersion = 2;

Result<SnapshotMetadata> decode(BytesView data) {
  SnapshotMetadata out;
  uint64_t version = 0;
  CborReader reader(data);
  const uint64_t pairs = TRY(reader.map());
  for (uint64_t i = 0; i < pairs; ++i) {
    const auto key = TRY(reader.text());
    if (key == "Version") {
      version = TRY(reader.uint());
    } else if (key == "HeadTipsetKey") {
      TRY(Cbor<std::vector<Cid>>::get(reader, out.head.cids));
    } else if (key == "F3Data") {
      TRY(Cbor<std::optional<Cid>>::get(reader, out.f3_data));
    } else {
      TRY(reader.raw());
    }
  }
  TRY(reader.finish());
  if (version != kVersion || out.head.empty()) return fail(ErrorCode::invalid, "no metadata of a snapshot");
  return out;
}

}  // namespace

std::optional<SnapshotMetadata> decode_metadata(const CarReader::Block& block, const Cid& root) {
  if (block.cid != root) return std::nullopt;
  auto decoded = decode(block.data);
  if (!decoded) return std::nullopt;
  return *std::move(decoded);
}

}  // namespace nelumbo::chain
