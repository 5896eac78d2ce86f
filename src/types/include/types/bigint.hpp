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

/// An amount as a person writes it: a decimal number with an optional unit (FIL, nanoFIL or nFIL, attoFIL or aFIL, in
/// any case); FIL when none. What is no whole number of attoFIL is refused.
Result<TokenAmount> parse_fil(std::string_view text);
/// "12.5 FIL", exact, without trailing zeros, as lotus's types.FIL prints.
std::string fil_string(const TokenAmount& amount);
/// "12.5", without the unit.
std::string fil_unitless(const TokenAmount& amount);
/// With the unit that reads best (aFIL … FIL) and at most three decimals, as lotus's FIL.Short; "0" for zero.
std::string fil_short(const TokenAmount& amount);
/// In nanoFIL: "1.5 nFIL"; "0" for zero.
std::string fil_nano(const TokenAmount& amount);
/// Decimal digits with an optional sign, as in JSON; bounded in length.
Result<BigInt> parse_bigint(std::string_view digits);

/// Filecoin's byte form: empty for zero, else a sign byte (0 plus, 1 minus) and the big-endian magnitude.
Bytes bigint_bytes(const BigInt& value);
/// Reads the byte form of at most 128 bytes; leading zero bytes of the magnitude are accepted, as lotus does.
Result<BigInt> bigint_from_bytes(BytesView bytes);
/// The big-endian magnitude without leading zeros, empty for zero.
Bytes bigint_magnitude(const BigInt& value);
BigInt bigint_from_magnitude(BytesView bytes);

/// In CBOR: a byte string, empty for zero, else a sign byte (0 plus, 1 minus) and the big-endian magnitude; at most 128
/// bytes (go-state-types big.BigIntMaxSerializedLen).
template <>
struct Cbor<BigInt> {
  static void put(CborWriter& w, const BigInt& v);
  static Result<> get(CborReader& r, BigInt& v);
};

}  // namespace nelumbo
