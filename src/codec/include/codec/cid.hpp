#pragma once
// Content identifiers: CIDv0 and CIDv1 in binary and text.
// Source: multiformats/cid; Filecoin uses v1, dag-cbor or raw, blake2b-256 (or identity for inlined data).

#include <algorithm>
#include <array>
#include <compare>
#include <cstring>
#include <functional>
#include <string>

#include "base/bytes.hpp"

namespace nelumbo {

/// Multicodec of a block's content.
namespace multicodec {
inline constexpr uint64_t kRaw = 0x55;
inline constexpr uint64_t kDagProtobuf = 0x70;
inline constexpr uint64_t kDagCbor = 0x71;
inline constexpr uint64_t kCommUnsealed = 0xf101;  ///< fil-commitment-unsealed
inline constexpr uint64_t kCommSealed = 0xf102;    ///< fil-commitment-sealed
}  // namespace multicodec

/// Multihash function codes.
namespace multihash {
inline constexpr uint64_t kIdentity = 0x00;
inline constexpr uint64_t kSha256 = 0x12;
inline constexpr uint64_t kBlake2b256 = 0xb220;
inline constexpr uint64_t kSha256Trunc254Padded = 0x1012;
inline constexpr uint64_t kPoseidonBls12381A1Fc1 = 0xb401;
}  // namespace multihash

/// A content identifier, kept in its binary form in place (no allocation). The default value is the undefined CID.
class Cid {
 public:
  static constexpr size_t kMaxSize = 100;  ///< bytes of the binary form, as in the FVM

  Cid() = default;

  /// Builds a CIDv1 from codec, hash function and digest.
  static Result<Cid> make(uint64_t codec, uint64_t hash_code, BytesView digest);
  /// The CIDv1 of data under blake2b-256: what Filecoin gives every block of its chain and state.
  static Cid of(BytesView data, uint64_t codec = multicodec::kDagCbor);
  /// Reads exactly one binary CID (v0 or v1); trailing bytes are an error.
  static Result<Cid> from_bytes(BytesView data);
  /// Reads a binary CID at the front of data; `used` receives its length.
  static Result<Cid> read_prefix(BytesView data, size_t& used);
  /// Reads the text form (base32 "b…", base58 "z…" and CIDv0 "Qm…").
  static Result<Cid> parse(std::string_view text);

  bool defined() const { return size_ != 0; }
  explicit operator bool() const { return defined(); }

  BytesView bytes() const { return {data_.data(), size_}; }
  uint64_t version() const;
  uint64_t codec() const;
  uint64_t hash_code() const;
  /// The digest, a view into this object.
  BytesView digest() const;
  /// The multihash (function, length, digest), a view into this object: the key of a blockstore.
  BytesView hash() const;

  /// base32 text for v1, base58 for v0, "b" for the undefined CID as lotus prints it.
  std::string str() const;

  friend bool operator==(const Cid& a, const Cid& b) {
    return a.size_ == b.size_ && std::memcmp(a.data_.data(), b.data_.data(), a.size_) == 0;
  }
  /// Order of the binary forms, byte by byte.
  friend std::strong_ordering operator<=>(const Cid& a, const Cid& b) {
    return std::lexicographical_compare_three_way(a.data_.begin(), a.data_.begin() + a.size_, b.data_.begin(),
                                                  b.data_.begin() + b.size_);
  }

 private:
  std::array<uint8_t, kMaxSize> data_{};
  uint8_t size_ = 0;
};

/// An error unless data hashes to the CID's digest; unsupported for hash functions other than identity, sha2-256 and
/// blake2b-256.
Result<> check_digest(const Cid& cid, BytesView data);

}  // namespace nelumbo

template <>
struct std::hash<nelumbo::Cid> {
  size_t operator()(const nelumbo::Cid& cid) const noexcept {
    // The tail of a cryptographic digest is already well mixed.
    size_t value = cid.bytes().size();
    auto bytes = cid.bytes();
    size_t n = std::min(sizeof value, bytes.size());
    if (n > 0) std::memcpy(&value, bytes.data() + bytes.size() - n, n);
    return value;
  }
};
