#include "codec/cid.hpp"

#include <blake2.h>
#include <openssl/sha.h>

#include "codec/base32.hpp"
#include "codec/varint.hpp"

namespace nelumbo {
namespace {

constexpr size_t kV0Size = 34;  // 0x12 0x20 and a sha2-256 digest, nothing else

bool looks_like_v0(BytesView data) { return data.size() >= 2 && data[0] == multihash::kSha256 && data[1] == 32; }

/// A varint inside a Cid, which was checked when the Cid was made.
uint64_t known_varint(BytesView data, size_t& position) {
  uint64_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    uint8_t byte = data[position++];
    value |= uint64_t{byte & 0x7fu} << shift;
    if (!(byte & 0x80)) return value;
  }
}

std::array<uint8_t, 32> blake2b_256_of(BytesView data) {
  std::array<uint8_t, 32> digest;
  if (::blake2b(digest.data(), data.data(), nullptr, digest.size(), data.size(), 0) != 0) {
    throw std::runtime_error("blake2b failed");
  }
  return digest;
}

}  // namespace

Result<Cid> Cid::make(uint64_t codec, uint64_t hash_code, BytesView digest) {
  Bytes binary;
  put_uvarint(binary, 1);
  put_uvarint(binary, codec);
  put_uvarint(binary, hash_code);
  put_uvarint(binary, digest.size());
  binary.insert(binary.end(), digest.begin(), digest.end());
  return from_bytes(binary);
}

Cid Cid::of(BytesView data, uint64_t codec) {
  if (codec < 0x80) {  // one byte: put together in place
    auto digest = blake2b_256_of(data);
    Cid cid;
    const uint8_t prefix[] = {1, static_cast<uint8_t>(codec), 0xa0, 0xe4, 0x02, 32};
    std::copy(std::begin(prefix), std::end(prefix), cid.data_.begin());
    std::copy(digest.begin(), digest.end(), cid.data_.begin() + sizeof prefix);
    cid.size_ = sizeof prefix + digest.size();
    return cid;
  }
  return must(make(codec, multihash::kBlake2b256, blake2b_256_of(data)));
}

Result<Cid> Cid::read_prefix(BytesView data, size_t& used) {
  size_t end = 0;
  if (looks_like_v0(data)) {
    if (data.size() < kV0Size) return fail(ErrorCode::invalid, "CID is cut off");
    end = kV0Size;
  } else {
    uint64_t version = TRY_IN("CID", read_uvarint(data, end));
    if (version != 1) return fail(ErrorCode::invalid, "CID version {} is not known", version);
    TRY_IN("CID", read_uvarint(data, end));
    TRY_IN("CID", read_uvarint(data, end));
    uint64_t length = TRY_IN("CID", read_uvarint(data, end));
    if (length > data.size() - end) return fail(ErrorCode::invalid, "CID is cut off");
    if (length > kMaxSize || end + length > kMaxSize) {
      return fail(ErrorCode::exhausted, "CID is longer than {} bytes", kMaxSize);
    }
    end += length;
  }
  Cid cid;
  std::copy_n(data.begin(), end, cid.data_.begin());
  cid.size_ = static_cast<uint8_t>(end);
  used = end;
  return cid;
}

Result<Cid> Cid::from_bytes(BytesView data) {
  size_t used = 0;
  Cid cid = TRY(read_prefix(data, used));
  if (used != data.size()) return fail(ErrorCode::invalid, "{} bytes follow the CID", data.size() - used);
  return cid;
}

Result<Cid> Cid::parse(std::string_view text) {
  auto context = [&] { return fmt::format("CID \"{}\"", text.substr(0, 128)); };
  if (text.size() < 2) return fail(ErrorCode::invalid, "CID \"{}\" is too short", text);
  if (text.size() > 2 * kMaxSize) return fail(ErrorCode::exhausted, "CID of {} characters is too long", text.size());
  if (text.size() == 46 && text.starts_with("Qm")) {
    return in_context(from_bytes(TRY_IN(context(), from_base58(text))), context());
  }
  Bytes binary;
  switch (text[0]) {
    case 'b':
      binary = TRY_IN(context(), from_base32(text.substr(1)));
      break;
    case 'z':
      binary = TRY_IN(context(), from_base58(text.substr(1)));
      break;
    default:
      return fail(ErrorCode::invalid, "{}: expected text that starts with b, z or Qm", context());
  }
  if (looks_like_v0(binary)) return fail(ErrorCode::invalid, "{}: version 0 has no multibase form", context());
  return in_context(from_bytes(binary), context());
}

uint64_t Cid::version() const { return looks_like_v0(bytes()) ? 0 : 1; }

uint64_t Cid::codec() const {
  if (!defined()) return 0;
  if (version() == 0) return multicodec::kDagProtobuf;
  size_t position = 1;
  return known_varint(bytes(), position);
}

BytesView Cid::hash() const {
  if (!defined() || version() == 0) return bytes();
  size_t position = 1;
  known_varint(bytes(), position);
  return bytes().subspan(position);
}

uint64_t Cid::hash_code() const {
  if (!defined()) return 0;
  size_t position = 0;
  return known_varint(hash(), position);
}

BytesView Cid::digest() const {
  if (!defined()) return {};
  auto multihash = hash();
  size_t position = 0;
  known_varint(multihash, position);
  known_varint(multihash, position);
  return multihash.subspan(position);
}

std::string Cid::str() const {
  if (!defined()) return "b";
  return version() == 0 ? to_base58(bytes()) : "b" + to_base32(bytes());
}

Result<> check_digest(const Cid& cid, BytesView data) {
  std::array<uint8_t, 32> digest;
  BytesView actual = digest;
  switch (cid.hash_code()) {
    case multihash::kIdentity:
      actual = data;
      break;
    case multihash::kBlake2b256:
      digest = blake2b_256_of(data);
      break;
    case multihash::kSha256:
      ::SHA256(data.data(), data.size(), digest.data());
      break;
    default:
      return fail(ErrorCode::unsupported, "block {}: hash function {:#x} is not known", cid.str(), cid.hash_code());
  }
  if (!cid.defined() || !std::ranges::equal(actual, cid.digest())) {
    return fail(ErrorCode::invalid, "block {}: the bytes do not have this digest", cid.str());
  }
  return {};
}

}  // namespace nelumbo
