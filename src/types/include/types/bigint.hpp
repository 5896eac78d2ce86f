#pragma once
// Big integers and amounts of attoFIL.

#include <boost/multiprecision/cpp_int.hpp>

#include "codec/cbor.hpp"

namespace nelumbo {

using BigInt = boost::multiprecision::cpp_int;
/// attoFIL (1 FIL = 10^18).
using TokenAmount = BigInt;
/// Bytes of quality-adjusted or raw power.
using StoragePower = BigInt;
using ChainEpoch = int64_t;
using ActorId = uint64_t;
using MethodNum = uint64_t;
/// Exit code of a message; 0 is success.
using ExitCode = int64_t;

inline const TokenAmount kAttoPerFil = TokenAmount(1'000'000'000'000'000'000ULL);

/// "1.5 FIL", "0 FIL", "300 aFIL"-style parsing: a number with an optional unit FIL, afil, nanoFIL …; FIL when none.
Result<TokenAmount> parse_fil(std::string_view text);
/// "12.5 FIL", exact, without trailing zeros, as lotus's types.FIL prints.
std::string fil_string(const TokenAmount& amount);
/// With the unit that reads best (aFIL … FIL), as lotus's FIL.Short.
std::string fil_short(const TokenAmount& amount);
/// Decimal digits, as in JSON.
Result<BigInt> parse_bigint(std::string_view digits);

/// In CBOR: a byte string, empty for zero, else a sign byte (0 plus, 1 minus) and the big-endian magnitude; at most 128
/// bytes (go-state-types big.BigIntMaxSerializedLen).
template <>
struct Cbor<BigInt> {
  static void put(CborWriter& w, const BigInt& v);
  static Result<> get(CborReader& r, BigInt& v);
};

}  // namespace nelumbo
