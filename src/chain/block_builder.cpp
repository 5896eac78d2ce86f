#include "chain/block_builder.hpp"

#include "chain/base_fee.hpp"
#include "crypto/keys.hpp"

namespace nelumbo::chain {

Result<UnsignedBlock> build_block(StateManager& states, const BlockTemplate& plan) {
  auto& store = states.store();
  auto base = TRY_IN("parents", store.load_tipset(plan.parents));
  auto state = TRY_IN("parents' state", states.tipset_state(base));
  auto lookback = TRY_IN("look-back", states.lookback(base, plan.epoch));

  UnsignedBlock out;
  out.worker_key = TRY_IN("worker", states.worker_key(lookback.state_root, plan.miner));
  std::vector<Bytes> bls_signatures;
  for (const auto& message : plan.messages) {
    if (message.signature.type == SignatureType::bls) {
      out.block.bls.push_back(message.message);
      bls_signatures.push_back(message.signature.data);
    } else {
      out.block.secp.push_back(message);
    }
  }
  auto bls = TRY(store.put_messages(std::span<const Message>(out.block.bls)));
  auto secp = TRY(store.put_messages(std::span<const SignedMessage>(out.block.secp)));

  auto& header = out.block.header;
  header.miner = plan.miner;
  header.ticket = plan.ticket;
  header.election_proof = plan.election_proof;
  header.beacon_entries = plan.beacon_entries;
  header.win_post_proof = plan.winning_post;
  header.parents = plan.parents.cids;
  header.height = plan.epoch;
  header.timestamp = plan.timestamp;
  header.parent_state_root = state.state_root;
  header.parent_message_receipts = state.receipts_root;
  header.messages = TRY(store.put_message_meta(bls, secp));
  header.bls_aggregate = Signature{SignatureType::bls, TRY_IN("aggregate", bls::aggregate(bls_signatures))};
  header.parent_weight = TRY(store.weight(*base));
  header.parent_base_fee = TRY(next_base_fee(store, *base));
  out.to_sign = header.signing_bytes();
  return out;
}

}  // namespace nelumbo::chain
