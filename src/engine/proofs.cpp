#include "engine/proofs.hpp"

#include "commitment.hpp"
#include "crypto/bridge.hpp"
#include "init.hpp"
#include "nelumbo_engines/src/post.rs.h"

namespace nelumbo {
namespace {

/// Challenges are elements of a field below 2^255: the two top bits are cleared by provers and verifiers alike.
Hash256 as_field_element(Hash256 randomness) {
  randomness.back() &= 0x3f;
  return randomness;
}

Result<std::vector<engines::PrivateSector>> private_sectors(std::span<const PrivateSectorInfo> sectors) {
  std::vector<engines::PrivateSector> out;
  for (const auto& each : sectors) {
    auto commitment = TRY(sealed_commitment(each.info.sealed_cid));
    out.push_back({each.info.number, commitment, each.cache_folder.string(), each.sealed_file.string()});
  }
  return out;
}

Result<std::vector<engines::PublicSector>> public_sectors(std::span<const SectorInfo> sectors) {
  std::vector<engines::PublicSector> out;
  for (const auto& each : sectors) {
    auto commitment = TRY(sealed_commitment(each.sealed_cid));
    out.push_back({each.number, commitment});
  }
  return out;
}

template <class T>
rust::Slice<const T> lend(const std::vector<T>& items) {
  return {items.data(), items.size()};
}

std::vector<PoStProof> read_proofs(const rust::Vec<engines::Proof>& proofs) {
  std::vector<PoStProof> out;
  for (const auto& each : proofs) out.push_back({each.kind, bridge::to_bytes(each.bytes)});
  return out;
}

class RealProver final : public Prover {
 public:
  Result<std::vector<uint64_t>> winning_post_challenge(PoStType type, ActorId miner, const Hash256& randomness,
                                                       uint64_t eligible_sectors) override {
    if (eligible_sectors == 0) return fail(ErrorCode::invalid, "no sectors to challenge");
    auto work = [&] {
      auto indices =
          engines::winning_post_challenge(int64_t(type), miner, as_field_element(randomness), eligible_sectors);
      return std::vector<uint64_t>(indices.begin(), indices.end());
    };
    return in_context(bridge::call(work, ErrorCode::failed), "winning PoSt challenge");
  }

  Result<std::vector<PoStProof>> prove_winning_post(PoStType type, ActorId miner, const Hash256& randomness,
                                                    std::span<const PrivateSectorInfo> sectors) override {
    auto list = TRY(private_sectors(sectors));
    auto work = [&] {
      return read_proofs(engines::prove_winning_post(int64_t(type), miner, as_field_element(randomness), lend(list)));
    };
    return in_context(bridge::call(work, ErrorCode::failed), "proving a winning PoSt");
  }

  Result<bool> verify_winning_post(ActorId miner, const Hash256& randomness, std::span<const PoStProof> proofs,
                                   std::span<const SectorInfo> challenged) override {
    return verify(proofs, challenged, "verifying a winning PoSt", [&](const PoStProof& proof, const auto& list) {
      return engines::verify_winning_post(proof.type, miner, as_field_element(randomness), bridge::slice(proof.proof),
                                          lend(list));
    });
  }

  Result<WindowPoSt> prove_window_post(PoStType type, ActorId miner, const Hash256& randomness,
                                       std::span<const PrivateSectorInfo> sectors) override {
    auto list = TRY(private_sectors(sectors));
    auto work = [&] {
      auto made = engines::prove_window_post(int64_t(type), miner, as_field_element(randomness), lend(list));
      return WindowPoSt{read_proofs(made.proofs), {made.faulty.begin(), made.faulty.end()}};
    };
    return in_context(bridge::call(work, ErrorCode::failed), "proving a window PoSt");
  }

  Result<bool> verify_window_post(ActorId miner, const Hash256& randomness, std::span<const PoStProof> proofs,
                                  std::span<const SectorInfo> challenged) override {
    return verify(proofs, challenged, "verifying a window PoSt", [&](const PoStProof& proof, const auto& list) {
      return engines::verify_window_post(proof.type, miner, as_field_element(randomness), bridge::slice(proof.proof),
                                         lend(list));
    });
  }

 private:
  /// All partitions of a deadline or block lie in the bytes of one proof.
  static Result<bool> verify(std::span<const PoStProof> proofs, std::span<const SectorInfo> challenged,
                             std::string_view what, auto check) {
    if (proofs.size() != 1) return fail(ErrorCode::invalid, "{}: expected 1 proof, got {}", what, proofs.size());
    auto list = TRY(public_sectors(challenged));
    return in_context(bridge::call([&] { return check(proofs.front(), list); }, ErrorCode::failed), what);
  }
};

/// sha256 over the randomness (its two top bits cleared) and the CBOR of each sector info, as the bundle
/// "testing-fake-proofs" expects of a window PoSt.
Bytes mock_proof(const Hash256& randomness, std::span<const SectorInfo> sectors) {
  auto cleared = as_field_element(randomness);
  Bytes text(cleared.begin(), cleared.end());
  for (const auto& each : sectors) {
    auto encoded = to_cbor(each);
    text.insert(text.end(), encoded.begin(), encoded.end());
  }
  auto digest = sha256(text);
  return {digest.begin(), digest.end()};
}

class MockProver final : public Prover {
 public:
  /// The index that the randomness names.
  Result<std::vector<uint64_t>> winning_post_challenge(PoStType, ActorId, const Hash256& randomness,
                                                       uint64_t eligible_sectors) override {
    if (eligible_sectors == 0) return fail(ErrorCode::invalid, "no sectors to challenge");
    uint64_t number = 0;
    for (size_t i = 0; i < 8; ++i) number |= uint64_t{randomness[i]} << (8 * i);
    return std::vector{number % eligible_sectors};
  }
  Result<std::vector<PoStProof>> prove_winning_post(PoStType type, ActorId, const Hash256& randomness,
                                                    std::span<const PrivateSectorInfo> sectors) override {
    return std::vector{PoStProof{int64_t(type), mock_proof(randomness, infos(sectors))}};
  }
  Result<bool> verify_winning_post(ActorId, const Hash256& randomness, std::span<const PoStProof> proofs,
                                   std::span<const SectorInfo> challenged) override {
    return holds(randomness, proofs, challenged);
  }
  Result<WindowPoSt> prove_window_post(PoStType type, ActorId, const Hash256& randomness,
                                       std::span<const PrivateSectorInfo> sectors) override {
    return WindowPoSt{{{int64_t(type), mock_proof(randomness, infos(sectors))}}, {}};
  }
  Result<bool> verify_window_post(ActorId, const Hash256& randomness, std::span<const PoStProof> proofs,
                                  std::span<const SectorInfo> challenged) override {
    return holds(randomness, proofs, challenged);
  }

 private:
  static std::vector<SectorInfo> infos(std::span<const PrivateSectorInfo> sectors) {
    std::vector<SectorInfo> out;
    for (const auto& each : sectors) out.push_back(each.info);
    return out;
  }
  static bool holds(const Hash256& randomness, std::span<const PoStProof> proofs, std::span<const SectorInfo> sectors) {
    return proofs.size() == 1 && proofs.front().proof == mock_proof(randomness, sectors);
  }
};

}  // namespace

std::shared_ptr<Prover> make_real_prover() {
  init_engines();
  return std::make_shared<RealProver>();
}
std::shared_ptr<Prover> make_mock_prover() { return std::make_shared<MockProver>(); }

}  // namespace nelumbo
