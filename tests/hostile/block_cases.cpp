#include "cases.hpp"
#include "chain/validation.hpp"
#include "crypto/keys.hpp"

namespace nelumbo::hostile {

namespace {

using chain::FullBlock;

Cid nothing() { return Cid::of(as_bytes("nothing has this CID")); }

/// A second message of the worker, with the next nonce.
SignedMessage next_message(const FullBlock& block, const Forge& forge, const std::function<void(Message&)>& change) {
  Message message = block.bls.front();
  ++message.nonce;
  change(message);
  return must(forge.sign(std::move(message)));
}

/// The block's only BLS message becomes another one, with an aggregate that fits.
void replace_message(FullBlock& block, const Forge& forge, const std::function<void(Message&)>& change) {
  Message message = block.bls.front();
  change(message);
  auto with_signature = must(forge.sign(std::move(message)));
  block.bls = {with_signature.message};
  const std::vector<Bytes> signatures{with_signature.signature.data};
  block.header.bls_aggregate = Signature{SignatureType::bls, must(bls::aggregate(signatures))};
}

/// A signed message whose sender exists, signed by somebody else.
SignedMessage forged_secp(const FullBlock& block) {
  auto key = must(generate_key(SignatureType::secp256k1));
  Message message = block.bls.front();
  message.from = must(key_address(SignatureType::secp256k1, key));
  auto bytes = must(signing_bytes(message, SignatureType::secp256k1, 1));
  return {message, must(sign(SignatureType::secp256k1, key, bytes))};
}

}  // namespace

std::string_view outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::good:
      return "good";
    case Outcome::rejected:
      return "rejected";
    case Outcome::bad:
      return "bad";
    case Outcome::ignored:
      return "ignored";
  }
  return "";
}

const std::vector<BlockCase>& block_cases() {
  using enum Outcome;
  static const std::vector<BlockCase> cases{
      {"an unspoilt block", "", good, [](FullBlock&, const Forge&) {}},

      {"no election proof", "structure", rejected, [](FullBlock& b, const Forge&) { b.header.election_proof.reset(); }},
      {"no ticket", "structure", ignored, [](FullBlock& b, const Forge&) { b.header.ticket.reset(); }},
      {"no block signature", "structure", rejected, [](FullBlock& b, const Forge&) { b.header.block_sig.reset(); },
       false},
      {"no BLS aggregate", "structure", ignored, [](FullBlock& b, const Forge&) { b.header.bls_aggregate.reset(); }},
      {"a miner that is a key", "structure", ignored,
       [](FullBlock& b, const Forge& forge) { b.header.miner = forge.worker(); }},
      {"no parents", "structure", ignored, [](FullBlock& b, const Forge&) { b.header.parents.clear(); }},
      {"too many messages", "structure", rejected,
       [](FullBlock& b, const Forge&) {
         Message message = b.bls.front();
         b.bls.clear();
         for (uint64_t i = 0; i <= chain::kMaxBlockMessages; ++i) {
           message.nonce = i;
           b.bls.push_back(message);
         }
       },
       true, true},

      {"unknown parents", "parents", ignored, [](FullBlock& b, const Forge&) { b.header.parents = {nothing()}; }},
      {"the parents' own epoch", "height", bad,
       [](FullBlock& b, const Forge& forge) {
         auto base = must(forge.head());
         b.header.parents = base->cids();
         b.header.height = base->height();
         b.header.timestamp = base->min_timestamp();
       }},
      {"another second than its epoch's", "timestamp", ignored,
       [](FullBlock& b, const Forge&) { ++b.header.timestamp; }},
      {"an epoch far ahead", "timestamp", ignored,
       [](FullBlock& b, const Forge& forge) {
         auto base = must(forge.head());
         auto delay = (b.header.timestamp - base->min_timestamp()) /
                      static_cast<uint64_t>(std::max<ChainEpoch>(1, b.header.height - base->height()));
         b.header.height += 1000;
         b.header.timestamp += 1000 * delay;
       }},
      // Whose worker cannot be found is not known to lie: the parents' state may be missing here. lotus ignores it, too.
      {"a miner that is none", "miner", ignored,
       [](FullBlock& b, const Forge&) { b.header.miner = Address::from_id(actors::kRewardActor); }},
      {"messages left out", "message root", rejected, [](FullBlock& b, const Forge&) { b.bls.clear(); }},
      {"more weight", "parent weight", bad, [](FullBlock& b, const Forge&) { b.header.parent_weight += 1; }},
      {"another base fee", "base fee", bad, [](FullBlock& b, const Forge&) { b.header.parent_base_fee += 1; }},
      {"signed before it was changed", "block signature", rejected,
       [](FullBlock& b, const Forge&) { b.header.fork_signaling = 1; }, false},

      {"a beacon entry that nobody signed", "beacon", bad,
       [](FullBlock& b, const Forge&) { b.header.beacon_entries.back().data[5] ^= 1; }},
      {"no beacon entries", "beacon", bad, [](FullBlock& b, const Forge&) { b.header.beacon_entries.clear(); }},
      {"a made-up ticket", "ticket", bad, [](FullBlock& b, const Forge&) { b.header.ticket->vrf_proof[7] ^= 1; }},
      {"one win more", "election", bad, [](FullBlock& b, const Forge&) { ++b.header.election_proof->win_count; }},
      {"no win", "election", rejected, [](FullBlock& b, const Forge&) { b.header.election_proof->win_count = 0; }},
      {"a made-up election", "election", bad,
       [](FullBlock& b, const Forge&) { b.header.election_proof->vrf_proof[7] ^= 1; }},
      {"another state", "parent state", bad,
       [](FullBlock& b, const Forge&) { b.header.parent_state_root = nothing(); }},
      {"other receipts", "parent state", bad,
       [](FullBlock& b, const Forge&) { b.header.parent_message_receipts = nothing(); }},
      {"a winning PoSt of nothing", "winning PoSt", bad,
       [](FullBlock& b, const Forge&) { b.header.win_post_proof.front().proof[3] ^= 1; }},
      {"no winning PoSt", "winning PoSt", bad, [](FullBlock& b, const Forge&) { b.header.win_post_proof.clear(); }},

      {"a nonce left out", "messages", bad,
       [](FullBlock& b, const Forge& forge) { replace_message(b, forge, [](Message& m) { ++m.nonce; }); }, true, true},
      {"too little gas to be included", "messages", bad,
       [](FullBlock& b, const Forge& forge) { replace_message(b, forge, [](Message& m) { m.gas_limit = 100; }); }, true,
       true},
      {"more gas than a block has", "messages", bad,
       [](FullBlock& b, const Forge& forge) {
         replace_message(b, forge, [](Message& m) { m.gas_limit = kBlockGasLimit + 1; });
       },
       true, true},
      {"a premium above the fee cap", "messages", bad,
       [](FullBlock& b, const Forge& forge) {
         replace_message(b, forge, [](Message& m) { m.gas_premium = m.gas_fee_cap + 1; });
       },
       true, true},
      {"a negative value", "messages", bad,
       [](FullBlock& b, const Forge& forge) { replace_message(b, forge, [](Message& m) { m.value = -1; }); }, true,
       true},
      {"a sender that is no account", "messages", bad,
       [](FullBlock& b, const Forge& forge) {
         replace_message(b, forge, [](Message& m) { m.from = Address::from_id(actors::kRewardActor); });
       },
       true, true},
      {"a sender that is not on chain", "messages", bad,
       [](FullBlock& b, const Forge&) { b.secp.push_back(forged_secp(b)); }, true, true},
      {"an aggregate of other messages", "BLS aggregate", bad,
       [](FullBlock& b, const Forge& forge) { b.bls.push_back(next_message(b, forge, [](Message&) {}).message); }, true,
       true},
      {"a signature of somebody else", "signatures", bad,
       [](FullBlock& b, const Forge& forge) {
         auto message = forged_secp(b);
         message.message.from = forge.worker();
         ++message.message.nonce;
         b.secp.push_back(message);
       },
       true, true},
  };
  return cases;
}

}  // namespace nelumbo::hostile
