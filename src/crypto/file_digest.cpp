#include "crypto/file_digest.hpp"

#include <fstream>

#include <blake2.h>

#include "base/bytes.hpp"

namespace nelumbo {

Result<std::string> file_digest(const fs::path& path) {
  constexpr size_t kDigest = 16, kPiece = size_t{1} << 20;
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(ErrorCode::not_found, "cannot read {}", path.string());
  ::blake2b_state state{};
  ::blake2b_init(&state, BLAKE2B_OUTBYTES);
  Bytes piece(kPiece);
  while (in.read(reinterpret_cast<char*>(piece.data()), static_cast<std::streamsize>(piece.size())) || in.gcount() > 0)
    ::blake2b_update(&state, piece.data(), static_cast<size_t>(in.gcount()));
  if (in.bad()) return fail(ErrorCode::unavailable, "reading {} failed", path.string());
  std::array<uint8_t, BLAKE2B_OUTBYTES> digest{};
  ::blake2b_final(&state, digest.data(), digest.size());
  return to_hex(BytesView(digest).first(kDigest));
}

}  // namespace nelumbo
