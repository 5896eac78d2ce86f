#include "types/receipt.hpp"

namespace nelumbo {

namespace {

/// The first network version whose receipts carry an events root (FIP-0049).
constexpr uint32_t kEventsVersion = 18;

void put_common(CborWriter& w, const Receipt& v) {
  w.sint(v.exit_code);
  w.bytes(v.return_data);
  w.sint(v.gas_used);
}

}  // namespace

void Cbor<Receipt>::put(CborWriter& w, const Receipt& v) {
  w.array(4);
  put_common(w, v);
  Cbor<std::optional<Cid>>::put(w, v.events_root);
}

Result<> Cbor<Receipt>::get(CborReader& r, Receipt& v) {
  uint64_t count = TRY(r.array());
  if (count != 3 && count != 4) return fail(ErrorCode::invalid, "receipt of {} fields, expected 3 or 4", count);
  v.exit_code = TRY_IN("ExitCode", r.sint());
  v.return_data = to_bytes(TRY_IN("Return", r.bytes()));
  v.gas_used = TRY_IN("GasUsed", r.sint());
  v.events_root.reset();
  if (count == 4) TRY_IN("EventsRoot", Cbor<std::optional<Cid>>::get(r, v.events_root));
  return {};
}

Bytes encode_receipt(const Receipt& receipt, uint32_t network_version) {
  if (network_version >= kEventsVersion) return to_cbor(receipt);
  CborWriter w;
  w.array(3);
  put_common(w, receipt);
  return std::move(w.out);
}

Result<Receipt> decode_receipt(BytesView data) { return from_cbor<Receipt>(data); }

}  // namespace nelumbo
