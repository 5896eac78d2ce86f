#pragma once
// Arbitrary values of the room's types, for property tests.

#include <rapidcheck.h>

#include "types/block.hpp"
#include "types/receipt.hpp"

namespace nelumbo::arbitrary {

inline Bytes random_sized(size_t size) { return *rc::gen::container<Bytes>(size, rc::gen::arbitrary<uint8_t>()); }

/// Big integers of either sign up to the largest that CBOR holds.
inline rc::Gen<BigInt> any_bigint() {
  return rc::gen::map(rc::gen::pair(rc::gen::resize(127, rc::gen::arbitrary<Bytes>()), rc::gen::arbitrary<bool>()),
                      [](const std::pair<Bytes, bool>& parts) {
                        BytesView magnitude(parts.first);
                        BigInt value = bigint_from_magnitude(magnitude.first(std::min<size_t>(magnitude.size(), 127)));
                        return parts.second ? BigInt(-value) : value;
                      });
}

inline rc::Gen<Address> any_address() {
  return rc::gen::exec([] {
    switch (*rc::gen::inRange(0, 5)) {
      case 0:
        return Address::from_id(*rc::gen::arbitrary<uint64_t>() >> 1);
      case 1:
        return must(Address::secp256k1(random_sized(65)));
      case 2:
        return Address::actor(*rc::gen::arbitrary<Bytes>());
      case 3:
        return must(Address::bls(random_sized(48)));
      default:
        return must(
            Address::delegated(*rc::gen::arbitrary<uint64_t>() >> 1, random_sized(*rc::gen::inRange<size_t>(0, 55))));
    }
  });
}

inline rc::Gen<Cid> any_cid() {
  return rc::gen::map(rc::gen::arbitrary<Bytes>(), [](const Bytes& data) { return Cid::of(data); });
}

inline rc::Gen<Signature> any_signature() {
  return rc::gen::exec([] {
    auto type = static_cast<SignatureType>(*rc::gen::inRange(1, 4));
    return Signature{type, random_sized(*rc::gen::inRange<size_t>(0, 200))};
  });
}

inline rc::Gen<Message> any_message() {
  return rc::gen::exec([] {
    Message m;
    m.version = *rc::gen::arbitrary<uint64_t>();
    m.to = *any_address();
    m.from = *any_address();
    m.nonce = *rc::gen::arbitrary<uint64_t>();
    m.value = *any_bigint();
    m.gas_limit = *rc::gen::arbitrary<int64_t>();
    m.gas_fee_cap = *any_bigint();
    m.gas_premium = *any_bigint();
    m.method = *rc::gen::arbitrary<uint64_t>();
    m.params = *rc::gen::arbitrary<Bytes>();
    return m;
  });
}

inline rc::Gen<BlockHeader> any_header() {
  return rc::gen::exec([] {
    auto optional_signature = rc::gen::maybe(any_signature());
    auto to_optional = [](auto maybe) {
      using T = std::decay_t<decltype(*maybe)>;
      return maybe ? std::optional<T>(*maybe) : std::nullopt;
    };
    BlockHeader h;
    h.miner = *any_address();
    if (*rc::gen::arbitrary<bool>()) h.ticket = Ticket{*rc::gen::arbitrary<Bytes>()};
    if (*rc::gen::arbitrary<bool>()) {
      h.election_proof = ElectionProof{*rc::gen::arbitrary<int64_t>(), *rc::gen::arbitrary<Bytes>()};
    }
    for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
      h.beacon_entries.push_back({*rc::gen::arbitrary<uint64_t>(), *rc::gen::arbitrary<Bytes>()});
      h.win_post_proof.push_back({*rc::gen::arbitrary<int64_t>(), *rc::gen::arbitrary<Bytes>()});
      h.parents.push_back(*any_cid());
    }
    h.parent_weight = *any_bigint();
    h.height = *rc::gen::arbitrary<int64_t>();
    h.parent_state_root = *any_cid();
    h.parent_message_receipts = *any_cid();
    h.messages = *any_cid();
    h.bls_aggregate = to_optional(*optional_signature);
    h.timestamp = *rc::gen::arbitrary<uint64_t>();
    h.block_sig = to_optional(*optional_signature);
    h.fork_signaling = *rc::gen::arbitrary<uint64_t>();
    h.parent_base_fee = *any_bigint();
    return h;
  });
}

inline rc::Gen<Receipt> any_receipt() {
  return rc::gen::exec([] {
    Receipt r{*rc::gen::arbitrary<int64_t>(), *rc::gen::arbitrary<Bytes>(), *rc::gen::arbitrary<int64_t>(), {}};
    if (*rc::gen::arbitrary<bool>()) r.events_root = *any_cid();
    return r;
  });
}

}  // namespace nelumbo::arbitrary
