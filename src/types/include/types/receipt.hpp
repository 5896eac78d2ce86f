#pragma once
// Receipts, events and the actor's row in the state tree.

#include "types/address.hpp"

namespace nelumbo {

/// CBOR: [exit, return, gas] before network version 18, with the events root (or null) from then on (FIP-0049).
struct Receipt {
  ExitCode exit_code = 0;
  Bytes return_data;
  int64_t gas_used = 0;
  std::optional<Cid> events_root;
  static constexpr auto fields =
      nelumbo::fields(field("ExitCode", &Receipt::exit_code), field("Return", &Receipt::return_data),
                      field("GasUsed", &Receipt::gas_used), field("EventsRoot", &Receipt::events_root));
  friend bool operator==(const Receipt&, const Receipt&) = default;
};
/// Writes the newer form, reads either.
template <>
struct Cbor<Receipt> {
  static void put(CborWriter& w, const Receipt& v);
  static Result<> get(CborReader& r, Receipt& v);
};
/// The encoding of the network version's receipt form.
Bytes encode_receipt(const Receipt& receipt, uint32_t network_version);
/// Reads either form.
Result<Receipt> decode_receipt(BytesView data);

struct EventEntry {
  uint64_t flags = 0;
  std::string key;
  uint64_t codec = 0;
  Bytes value;
  static constexpr auto fields =
      nelumbo::fields(field("Flags", &EventEntry::flags), field("Key", &EventEntry::key),
                      field("Codec", &EventEntry::codec), field("Value", &EventEntry::value));
  friend bool operator==(const EventEntry&, const EventEntry&) = default;
};

struct Event {
  ActorId emitter = 0;
  std::vector<EventEntry> entries;
  static constexpr auto fields = nelumbo::fields(field("Emitter", &Event::emitter), field("Entries", &Event::entries));
  friend bool operator==(const Event&, const Event&) = default;
};

/// One actor in the state tree (versions 5 and later carry the delegated address; version 4 does not).
struct Actor {
  Cid code;
  Cid head;
  uint64_t nonce = 0;
  TokenAmount balance;
  std::optional<Address> delegated_address;
  static constexpr auto fields =
      nelumbo::fields(field("Code", &Actor::code), field("Head", &Actor::head), field("Nonce", &Actor::nonce),
                      field("Balance", &Actor::balance), field("DelegatedAddress", &Actor::delegated_address));
  friend bool operator==(const Actor&, const Actor&) = default;
};

}  // namespace nelumbo
