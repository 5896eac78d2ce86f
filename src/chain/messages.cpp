#include "chain/messages.hpp"

namespace nelumbo::chain {

ChainMessage ChainMessage::of(Message message) {
  ChainMessage out;
  auto encoded = to_cbor(message);
  out.cid = Cid::of(encoded);
  out.chain_length = encoded.size();
  out.message = std::move(message);
  return out;
}

ChainMessage ChainMessage::of(SignedMessage message) {
  if (message.signature.type == SignatureType::bls) return of(std::move(message.message));
  ChainMessage out;
  auto encoded = to_cbor(message);
  out.cid = Cid::of(encoded);
  out.chain_length = encoded.size();
  out.message = std::move(message.message);
  out.signature = std::move(message.signature);
  return out;
}

BlockMessage FullBlock::block_message() const {
  BlockMessage out{.header = header};
  for (const auto& message : bls) out.bls_messages.push_back(message.cid());
  for (const auto& message : secp) out.secp_messages.push_back(message.cid());
  return out;
}

}  // namespace nelumbo::chain
