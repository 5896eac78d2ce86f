#include "types/bigint.hpp"

#include <algorithm>

namespace nelumbo {

namespace {

constexpr size_t kMaxSerialized = 128;  // bytes, sign included
constexpr size_t kMaxDigits = 320;      // decimal digits of text; more than 127 bytes of magnitude can hold
constexpr size_t kMaxAmountText = 50;   // characters of the number in an amount, as lotus bounds it

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

BigInt power_of_ten(unsigned exponent) { return boost::multiprecision::pow(BigInt(10), exponent); }

/// value / 10^scale with at most `digits` decimals, rounded half away from zero, without trailing zeros.
std::string decimal(const BigInt& value, unsigned scale, unsigned digits) {
  bool negative = value < 0;
  BigInt magnitude = negative ? BigInt(-value) : value;
  if (digits < scale) {
    BigInt unit = power_of_ten(scale - digits);
    magnitude = (magnitude * 2 + unit) / (unit * 2);
    scale = digits;
  }
  std::string text = magnitude.str();
  if (text.size() <= scale) text.insert(0, scale + 1 - text.size(), '0');
  if (scale > 0) {
    text.insert(text.size() - scale, 1, '.');
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  return negative ? "-" + text : text;
}

}  // namespace

Result<BigInt> parse_bigint(std::string_view digits) {
  std::string_view rest = digits;
  bool negative = false;
  if (!rest.empty() && (rest.front() == '-' || rest.front() == '+')) {
    negative = rest.front() == '-';
    rest.remove_prefix(1);
  }
  if (rest.empty() || !std::all_of(rest.begin(), rest.end(), is_digit)) {
    return fail(ErrorCode::invalid, "\"{}\" is not a whole number", digits.substr(0, 64));
  }
  if (rest.size() > kMaxDigits) return fail(ErrorCode::exhausted, "a number of {} digits is too large", rest.size());
  // A leading zero would make the library read the text as octal.
  rest.remove_prefix(std::min(rest.find_first_not_of('0'), rest.size() - 1));
  BigInt value{std::string(rest)};
  return negative ? BigInt(-value) : value;
}

Result<TokenAmount> parse_fil(std::string_view text) {
  size_t end = text.find_first_not_of("-.1234567890");
  std::string_view number = text.substr(0, end);
  std::string unit = end == std::string_view::npos ? "" : lower(trim(text.substr(end)));
  unsigned scale = 18;
  if (unit == "attofil" || unit == "afil") {
    scale = 0;
  } else if (unit == "nanofil" || unit == "nfil") {
    scale = 9;
  } else if (!unit.empty() && unit != "fil") {
    return fail(ErrorCode::invalid, "unknown unit \"{}\": use FIL, nanoFIL or attoFIL", unit);
  }
  if (number.size() > kMaxAmountText)
    return fail(ErrorCode::invalid, "an amount of {} characters is too long", number.size());

  bool negative = number.starts_with('-');
  std::string_view rest = negative ? number.substr(1) : number;
  size_t point = rest.find('.');
  std::string whole(rest.substr(0, point));
  std::string part(point == std::string_view::npos ? "" : rest.substr(point + 1));
  std::string digits = whole + part;
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit)) {
    return fail(ErrorCode::invalid, "\"{}\" is not an amount; write for example 1.5 FIL or 100 attoFIL",
                text.substr(0, 64));
  }
  size_t decimals = part.size();
  while (decimals > 0 && part[decimals - 1] == '0') --decimals;
  if (decimals > scale) {
    return fail(ErrorCode::invalid, "\"{}\" is not a whole number of attoFIL", text.substr(0, 64));
  }
  auto value = TRY(parse_bigint(whole.append(part.substr(0, decimals))));
  value *= power_of_ten(scale - static_cast<unsigned>(decimals));
  return negative ? TokenAmount(-value) : value;
}

std::string fil_unitless(const TokenAmount& amount) { return decimal(amount, 18, 18); }

std::string fil_string(const TokenAmount& amount) { return fil_unitless(amount) + " FIL"; }

std::string fil_short(const TokenAmount& amount) {
  if (amount == 0) return "0";
  static constexpr std::string_view kPrefixes[] = {"a", "f", "p", "n", "μ", "m", ""};
  BigInt magnitude = abs(amount);
  unsigned step = 0;
  while (step < 6 && magnitude >= power_of_ten(3 * step + 3)) ++step;
  return fmt::format("{} {}FIL", decimal(amount, 3 * step, 3), kPrefixes[step]);
}

std::string fil_nano(const TokenAmount& amount) { return amount == 0 ? "0" : decimal(amount, 9, 9) + " nFIL"; }

Bytes bigint_bytes(const BigInt& value) {
  if (value == 0) return {};
  Bytes out{static_cast<uint8_t>(value < 0 ? 1 : 0)};
  boost::multiprecision::export_bits(BigInt(abs(value)), std::back_inserter(out), 8);
  return out;
}

Result<BigInt> bigint_from_bytes(BytesView bytes) {
  if (bytes.empty()) return BigInt(0);
  if (bytes.size() > kMaxSerialized) {
    return fail(ErrorCode::invalid, "big integer of {} bytes, at most {} are allowed", bytes.size(), kMaxSerialized);
  }
  if (bytes[0] > 1) return fail(ErrorCode::invalid, "big integer with sign byte {}, expected 0 or 1", bytes[0]);
  BigInt value = bigint_from_magnitude(bytes.subspan(1));
  return bytes[0] == 1 ? BigInt(-value) : value;
}

Bytes bigint_magnitude(const BigInt& value) {
  Bytes out;
  if (value != 0) boost::multiprecision::export_bits(BigInt(abs(value)), std::back_inserter(out), 8);
  return out;
}

BigInt bigint_from_magnitude(BytesView bytes) {
  BigInt value;
  if (!bytes.empty()) boost::multiprecision::import_bits(value, bytes.begin(), bytes.end(), 8);
  return value;
}

void Cbor<BigInt>::put(CborWriter& w, const BigInt& v) { w.bytes(bigint_bytes(v)); }

Result<> Cbor<BigInt>::get(CborReader& r, BigInt& v) {
  v = TRY(bigint_from_bytes(TRY(r.bytes())));
  return {};
}

}  // namespace nelumbo
