#pragma once
// Multiaddresses as the miner actor keeps them: their binary form (multiformats/multiaddr).

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace nelumbo::cli {

struct MinerMultiaddress {
  Bytes bytes;                      ///< up to a peer id
  std::optional<std::string> peer;  ///< "/p2p/…" and what follows, which a miner's address does without
};
/// "/ip4/1.2.3.4/tcp/24001", "/dns4/host/udp/1/quic-v1", with or without "/p2p/ID" at the end; invalid names the part
/// that cannot be read.
Result<MinerMultiaddress> parse_miner_multiaddress(std::string_view text);

/// An address as the actor keeps it, as text; its bytes in hex where they are no address.
std::string multiaddress_text(BytesView bytes);

/// A peer id as text ("12D3Koo…", "Qm…") to its bytes, a multihash.
Result<Bytes> parse_peer_id(std::string_view text);

}  // namespace nelumbo::cli
