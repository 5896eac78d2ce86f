#include "ipld/blockstore.hpp"

#include "codec/cbor_head.hpp"

namespace nelumbo {

Result<std::shared_ptr<const Bytes>> Blockstore::get_shared(const Cid& cid) {
  auto data = TRY(get(cid));
  if (!data) return std::shared_ptr<const Bytes>();
  return std::make_shared<const Bytes>(std::move(*data));
}

Result<Bytes> get_block(Blockstore& store, const Cid& cid) {
  auto data = TRY(store.get(cid));
  if (!data) return fail(ErrorCode::not_found, "block {} is not in the store", cid.str());
  return std::move(*data);
}

Result<std::shared_ptr<const Bytes>> get_shared_block(Blockstore& store, const Cid& cid) {
  auto data = TRY(store.get_shared(cid));
  if (!data) return fail(ErrorCode::not_found, "block {} is not in the store", cid.str());
  return data;
}

Result<> for_each_link(BytesView dag_cbor, const std::function<Result<>(const Cid&)>& f) {
  // Heads follow each other in one line whatever the nesting: counting the items still to come needs no recursion.
  const uint8_t* p = dag_cbor.data();
  const uint8_t* end = p + dag_cbor.size();
  for (uint64_t pending = 1; pending > 0; --pending) {
    const uint8_t* start = p;
    CborHead head;
    if (auto error = parse_cbor_head(p, end, head)) return fail(ErrorCode::invalid, "{}", error);
    auto left = static_cast<uint64_t>(end - p);
    switch (head.major) {
      case cbor_major::kBytes:
      case cbor_major::kText:
        if (head.value > left) return fail(ErrorCode::invalid, "CBOR is cut off");
        p += head.value;
        break;
      case cbor_major::kArray:
      case cbor_major::kMap:
        if (head.value > left) return fail(ErrorCode::invalid, "CBOR is cut off");
        pending += head.major == cbor_major::kMap ? head.value * 2 : head.value;
        if (pending > left + 1) return fail(ErrorCode::invalid, "CBOR is cut off");
        break;
      case cbor_major::kTag: {
        CborReader link({start, end}, CborLimits{});
        TRY(f(TRY(link.cid())));
        p = start + link.position();
        break;
      }
      default:
        break;
    }
  }
  if (p != end) return fail(ErrorCode::invalid, "{} bytes follow the CBOR item", end - p);
  return {};
}

}  // namespace nelumbo
