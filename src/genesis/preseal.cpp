#include "genesis/preseal.hpp"

#include <array>

#include <openssl/evp.h>

#include "codec/base32.hpp"
#include "crypto/hash.hpp"
#include "crypto/uuid.hpp"
#include "engine/proofs.hpp"
#include "engine/sector_files.hpp"
#include "template_json.hpp"

namespace nelumbo::genesis {

namespace {

/// Where a sector's files lie under the folder.
struct SectorPaths {
  fs::path sealed, cache, unsealed;
};

SectorPaths sector_paths(const fs::path& folder, ActorId miner, SectorNumber number) {
  auto name = sector_file_name(miner, number);
  return {folder / "sealed" / name, folder / "cache" / name, folder / "unsealed" / name};
}

Result<> remove_file(const fs::path& path) {
  std::error_code error;
  fs::remove(path, error);
  if (error) return fail(ErrorCode::failed, "removing {}: {}", path.string(), error.message());
  return {};
}

/// SDR labels and replica of a sector of zeros.
Result<SealedCommitments> seal(const SectorPaths& paths, ActorId miner, SectorNumber number, SealProof proof,
                               const Hash256& ticket) {
  auto piece = TRY_IN("writing the data", sealing_calls::write_zero_piece(proof, paths.unsealed));
  std::array<PieceInfo, 1> pieces{piece};
  // The sealing engine writes into a file that is there.
  TRY(write_file(paths.sealed, BytesView{}));
  auto phase_1 = TRY_IN("pre-commit 1", sealing_calls::pre_commit_1(proof, paths.cache, paths.unsealed, paths.sealed,
                                                                    number, miner, ticket, pieces));
  auto sealed = TRY_IN("pre-commit 2", sealing_calls::pre_commit_2(phase_1, paths.cache, paths.sealed));
  TRY_IN("clearing the cache", sealing_calls::clear_cache(paths.cache));
  // The data of a sector of zeros need not be kept.
  TRY(remove_file(paths.unsealed));
  return sealed;
}

/// A commitment that nothing stands behind, and a file of the right size: what a mock prover asks for.
Result<SealedCommitments> fake(const SectorPaths& paths, ActorId miner, SectorNumber number, uint64_t size) {
  TRY(make_folder(paths.cache));
  TRY(write_file(paths.sealed, Bytes(size, 0)));
  auto digest = sha256(as_bytes(fmt::format("nelumbo fake sector {} {}", miner, number)));
  digest.back() &= 0x3f;  // an element of the field in which replica commitments lie
  SealedCommitments out;
  out.sealed_cid = TRY(Cid::make(multicodec::kCommSealed, multihash::kPoseidonBls12381A1Fc1, digest));
  out.unsealed_cid = TRY(sealing_calls::zero_comm_d(size));
  return out;
}

/// The deal that fills a sector: with itself, free, verified when the genesis is made.
actors::DealProposal self_deal(const Cid& comm_d, uint64_t size, const Address& client, const Address& provider,
                               uint64_t position) {
  actors::DealProposal deal;
  deal.piece_cid = comm_d;
  deal.piece_size = size;
  deal.client = client;
  deal.provider = provider;
  deal.label = actors::DealLabel::text(std::to_string(position));
  deal.end_epoch = 9001;
  return deal;
}

/// The peer ID of a fresh Ed25519 key that nobody holds: what the miner's info says until it sets its own.
Result<std::string> dummy_peer_id() {
  auto seed = random_bytes(32);
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()), EVP_PKEY_free);
  std::array<uint8_t, 32> public_key{};
  size_t size = public_key.size();
  if (!key || EVP_PKEY_get_raw_public_key(key.get(), public_key.data(), &size) != 1 || size != public_key.size()) {
    return fail(ErrorCode::failed, "no Ed25519 key could be made for the peer ID");
  }
  // Identity multihash of libp2p's protobuf PublicKey{Type: Ed25519, Data}.
  Bytes id{0x00, 0x24, 0x08, 0x01, 0x12, 0x20};
  id.insert(id.end(), public_key.begin(), public_key.end());
  return to_base58(id);
}

/// Says to a miner that attaches the folder that it may read here and not write.
Result<> write_storage_meta(const fs::path& folder) {
  JsonValue meta = JsonValue::object();
  meta["ID"] = new_uuid();
  meta["Weight"] = 0;
  meta["CanSeal"] = false;
  meta["CanStore"] = false;
  meta["MaxStorage"] = 0;
  for (const char* list : {"Groups", "AllowTo", "AllowTypes", "DenyTypes", "AllowMiners", "DenyMiners"}) {
    meta[list] = nullptr;
  }
  return write_file(folder / "sectorstore.json", meta.dump(2));
}

Result<PreSeal> pre_seal_sector(const fs::path& folder, const PreSealOptions& options, ActorId miner,
                                SectorNumber number, SealProof proof) {
  auto paths = sector_paths(folder, miner, number);
  std::error_code error;
  if (fs::exists(paths.sealed, error) || fs::exists(paths.cache, error)) {
    return fail(ErrorCode::exists, "it is sealed already ({}): choose another folder or --sector-offset",
                paths.sealed.string());
  }
  TRY(make_folder(paths.cache));
  auto ticket = blake2b_256(as_bytes(options.ticket_preimage));
  auto sealed = options.fake ? TRY(fake(paths, miner, number, options.sector_size))
                             : TRY(seal(paths, miner, number, proof, ticket));
  return PreSeal{.comm_r = sealed.sealed_cid,
                 .comm_d = sealed.unsealed_cid,
                 .sector_number = number,
                 .deal = {},
                 .deal_client_key = {},
                 .proof_type = proof};
}

}  // namespace

Result<PreSealed> pre_seal(const fs::path& folder, const PreSealOptions& options, const PreSealProgress& progress) {
  ActorId id = TRY_IN("miner address", options.miner.id());
  auto proof = TRY(seal_proof_for_size(options.sector_size));
  for (const char* kind : {"sealed", "cache", "unsealed"}) TRY(make_folder(folder / kind));

  auto key = options.key ? *options.key : TRY(generate_key("bls"));
  auto owner = TRY(key.address());
  auto peer_id = TRY(dummy_peer_id());
  PreSealed result{.miner = {.id = options.miner,
                             .owner = owner,
                             .worker = owner,
                             .peer_id = std::move(peer_id),
                             .sector_size = options.sector_size},
                   .key = key};
  for (uint64_t i = 0; i < options.sectors; ++i) {
    if (progress) progress(i, options.sectors);
    SectorNumber number = options.offset + i;
    auto sector = TRY_IN(fmt::format("sealing sector {}", number), pre_seal_sector(folder, options, id, number, proof));
    sector.deal = self_deal(sector.comm_d, options.sector_size, owner, options.miner, i);
    sector.deal_client_key = key;
    result.miner.sectors.push_back(std::move(sector));
  }
  if (progress) progress(options.sectors, options.sectors);
  TRY(write_storage_meta(folder));
  return result;
}

Result<fs::path> write_pre_seal(const fs::path& folder, const PreSealed& sealed) {
  auto name = "pre-seal-" + sealed.miner.id.str();
  auto path = folder / (name + ".json");
  // Both hold the private key: the manifest signs the deals with it, the key file is for `wallet import`.
  TRY(write_file(path, miner_manifest_text({{sealed.miner.id.str(), sealed.miner}}), 0600));
  TRY(write_file(folder / (name + ".key"), key_file_text(sealed.key), 0600));
  return path;
}

}  // namespace nelumbo::genesis
