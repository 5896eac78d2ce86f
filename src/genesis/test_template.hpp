#pragma once
// A small template for this room's tests: one miner with made-up sectors, since no proof is looked at here.

#include "crypto/hash.hpp"
#include "genesis/template.hpp"

namespace nelumbo::genesis {

/// A fixed key, so that templates are the same in every run.
inline KeyInfo test_key(uint8_t number) {
  return {.type = "bls", .private_key = [&] {
            Bytes key(32, 0);
            key[0] = number;
            key[1] = 7;
            return key;
          }()};
}

/// CommD of a 2 KiB sector of zeros.
inline Cid zero_comm_d_2k() {
  return must(Cid::parse("baga6ea4seaqpy7usqklokfx2vxuynmupslkeutzexe2uqurdg5vhtebhxqmpqmy"));
}

inline PreSeal test_sector(SectorNumber number, const KeyInfo& key, const Address& miner) {
  auto digest = sha256(to_bytes("sector " + std::to_string(number) + miner.str()));
  digest.back() &= 0x3f;
  PreSeal sector;
  sector.comm_r = must(Cid::make(multicodec::kCommSealed, multihash::kPoseidonBls12381A1Fc1, digest));
  sector.comm_d = zero_comm_d_2k();
  sector.sector_number = number;
  sector.deal_client_key = key;
  sector.proof_type = must(seal_proof_for_size(2048));
  sector.deal.piece_cid = sector.comm_d;
  sector.deal.piece_size = 2048;
  sector.deal.client = must(key.address());
  sector.deal.provider = miner;
  sector.deal.label = actors::DealLabel::text(std::to_string(number));
  return sector;
}

inline TemplateMiner test_miner(uint64_t index, uint64_t sectors) {
  auto key = test_key(static_cast<uint8_t>(1 + index));
  TemplateMiner miner;
  miner.id = Address::from_id(actors::kFirstMiner + index);
  miner.owner = miner.worker = must(key.address());
  miner.peer_id = "12D3KooWJNYb7oCWdXaBL1fw6gbYq6GfeVDFbqSpcBFkXQWLKEoE";
  miner.sector_size = 2048;
  for (uint64_t i = 0; i < sectors; ++i) miner.sectors.push_back(test_sector(i, key, miner.id));
  return miner;
}

inline Template test_template(uint64_t miners, uint64_t sectors) {
  auto value = new_template("nelumbo-test", 28);
  value.timestamp = 1'700'000'000;
  MinerManifest manifest;
  for (uint64_t i = 0; i < miners; ++i) {
    auto miner = test_miner(i, sectors);
    manifest[miner.id.str()] = miner;
  }
  must(add_miners(value, manifest, kAttoPerFil * 50'000'000));
  return value;
}

}  // namespace nelumbo::genesis
