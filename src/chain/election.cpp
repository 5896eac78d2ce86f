#include "chain/election.hpp"

#include <array>

#include "crypto/keys.hpp"

namespace nelumbo::chain {

namespace {

// Fixed-point numbers with 256 fractional bits ("Q.256"), as consensus computes them.
constexpr unsigned kPrecision = 256;

std::vector<BigInt> coefficients(std::initializer_list<const char*> digits) {
  std::vector<BigInt> out;
  // The constants are in units of 2^-128.
  for (const char* each : digits) out.push_back(BigInt(each) * (BigInt(1) << (kPrecision - 128)));
  return out;
}

/// Horner's rule, highest coefficient first. A shift of a negative number rounds down.
BigInt polynomial(const std::vector<BigInt>& coefficients, const BigInt& x) {
  BigInt value = coefficients.front();
  for (size_t i = 1; i < coefficients.size(); ++i) {
    value *= x;
    value >>= kPrecision;
    value += coefficients[i];
  }
  return value;
}

/// e^-x as a quotient of two polynomials.
BigInt exp_negative(const BigInt& x) {
  static const auto numerator =
      coefficients({"-648770010757830093818553637600", "67469480939593786226847644286976",
                    "-3197587544499098424029388939001856", "89244641121992890118377641805348864",
                    "-1579656163641440567800982336819953664", "17685496037279256458459817590917169152",
                    "-115682590513835356866803355398940131328", "340282366920938463463374607431768211456"});
  static const auto denominator = coefficients(
      {"1225524182432722209606361", "114095592300906098243859450", "5665570424063336070530214243",
       "194450132448609991765137938448", "5068267641632683791026134915072", "104716890604972796896895427629056",
       "1748338658439454459487681798864896", "23704654329841312470660182937960448",
       "259380097567996910282699886670381056", "2250336698853390384720606936038375424",
       "14978272436876548034486263159246028800", "72144088983913131323343765784380833792",
       "224599776407103106596571252037123047424", "340282366920938463463374607431768211456"});
  BigInt scaled = polynomial(numerator, x) << kPrecision;
  return scaled / polynomial(denominator, x);
}

Hash256 draw_for_miner(const BeaconEntry& beacon, DomainTag tag, ChainEpoch epoch, Bytes entropy) {
  return draw_randomness_from(beacon.data, tag, epoch, entropy);
}

}  // namespace

int64_t win_count(BytesView vrf_proof, const StoragePower& power, const StoragePower& total) {
  if (total <= 0 || power <= 0) return 0;
  auto digest = blake2b_256(vrf_proof);
  BigInt draw;  // in [0, 1)
  import_bits(draw, digest.begin(), digest.end());

  const BigInt mean = ((power * kBlocksPerEpoch) << kPrecision) / total;
  // The chance of exactly `wins` wins, and of more than `wins`.
  BigInt exactly = exp_negative(mean);
  BigInt more = (BigInt(1) << kPrecision) - exactly;
  int64_t wins = 0;
  while (draw < more && wins < kMaxWinCount) {
    ++wins;
    exactly /= wins;
    exactly = (exactly * mean) >> kPrecision;
    more -= exactly;
  }
  return wins;
}

Hash256 election_input(const BeaconEntry& beacon, ChainEpoch epoch, const Address& miner) {
  return draw_for_miner(beacon, DomainTag::election_proof_production, epoch, to_cbor(miner));
}

Hash256 ticket_input(const BeaconEntry& beacon, ChainEpoch epoch, const Address& miner, const Ticket& parent_ticket,
                     bool after_smoke) {
  Bytes entropy = to_cbor(miner);
  if (after_smoke) entropy.insert(entropy.end(), parent_ticket.vrf_proof.begin(), parent_ticket.vrf_proof.end());
  return draw_for_miner(beacon, DomainTag::ticket_production, epoch - kTicketRandomnessLookback, std::move(entropy));
}

Hash256 winning_post_input(const BeaconEntry& beacon, ChainEpoch epoch, const Address& miner) {
  return draw_for_miner(beacon, DomainTag::winning_post_challenge_seed, epoch, to_cbor(miner));
}

Result<> verify_vrf(const Address& worker_key, const Hash256& input, BytesView proof) {
  if (!worker_key.defined() || worker_key.protocol() != Protocol::bls) {
    return fail(ErrorCode::invalid, "worker key {} is not a BLS key", worker_key.str());
  }
  if (!bls::verify(proof, worker_key.payload(), input)) {
    return fail(ErrorCode::invalid, "VRF proof was not made by {}", worker_key.str());
  }
  return {};
}

}  // namespace nelumbo::chain
