#pragma once
// For tests: blocks and chains made by hand, of which only shape and message roots are right.

#include <cstdlib>

#include "base/temporary_folder.hpp"
#include "chain/message_meta.hpp"
#include "chain/store.hpp"

namespace nelumbo::net::testing {

inline Message make_message(uint64_t nonce) {
  Message m;
  m.to = Address::from_id(1001);
  m.from = Address::from_id(1002);
  m.nonce = nonce;
  m.value = 1;
  m.gas_limit = 1'000'000;
  m.gas_fee_cap = 1000;
  m.gas_premium = 10;
  return m;
}
inline SignedMessage make_signed(uint64_t nonce) {
  auto message = make_message(nonce);
  message.from = Address::from_id(1003);
  return {message, {SignatureType::secp256k1, Bytes(65, static_cast<uint8_t>(nonce))}};
}

/// A header with the root of its messages. Without a parent: on parents that nobody has.
inline BlockHeader make_header(const TipsetPtr& parent, ChainEpoch height, ActorId miner,
                               const std::vector<Message>& bls, const std::vector<SignedMessage>& secp) {
  std::vector<Cid> bls_cids, secp_cids;
  for (const auto& each : bls) bls_cids.push_back(each.cid());
  for (const auto& each : secp) secp_cids.push_back(each.cid());
  BlockHeader header;
  header.miner = Address::from_id(miner);
  header.ticket = Ticket{to_bytes(fmt::format("ticket {} {}", height, miner))};
  header.election_proof = ElectionProof{1, Bytes(96, 1)};
  header.parents = parent ? parent->cids() : std::vector{Cid::of(as_bytes("before all"))};
  header.height = height;
  header.parent_state_root = header.parent_message_receipts = Cid::of(as_bytes("state"));
  header.messages = must(chain::write_message_meta(make_memory_blockstore(), bls_cids, secp_cids));
  header.bls_aggregate = Signature{SignatureType::bls, Bytes(96, 2)};
  header.block_sig = Signature{SignatureType::bls, Bytes(96, 3)};
  header.timestamp = static_cast<uint64_t>(1'700'000'000 + height * 30);
  header.parent_base_fee = 100;
  return header;
}

/// A store with a chain of tipsets in it; epoch 0 is the genesis. Two blocks with messages every third epoch.
struct Chain {
  static BlockHeader genesis_header() {
    auto header = make_header(nullptr, 0, 1000, {}, {});
    return header;
  }

  explicit Chain(size_t length = 1) : folder(fresh_folder()) {
    kv = must(KvStore::open(folder, chain::ChainStore::spaces()));
    auto params = devnet_params();
    params.network_name = "net-test";
    params.block_delay = 30;
    store = must(chain::ChainStore::open(kv, make_memory_blockstore(), params));
    must(store->put_message_meta({}, {}));
    must(store->set_genesis(genesis_header()));
    tipsets.push_back(must(store->genesis()));
    while (tipsets.size() < length) grow();
  }
  ~Chain() {
    store.reset();
    kv.reset();
    fs::remove_all(folder);
  }
  Chain(const Chain&) = delete;

  /// Stores the blocks with their messages; makes the tipset the head.
  TipsetPtr add(const std::vector<chain::FullBlock>& blocks) {
    std::vector<BlockHeader> headers;
    for (const auto& block : blocks) {
      auto listed = block.block_message();
      must(store->put_messages(std::span(block.bls)));
      must(store->put_messages(std::span(block.secp)));
      must(store->put_message_meta(listed.bls_messages, listed.secp_messages));
      must(store->put_block(block.header));
      headers.push_back(block.header);
    }
    auto tipset = must(Tipset::make(std::move(headers)));
    must(store->set_head(tipset));
    return tipset;
  }

  /// Blocks for the next epoch on a tipset.
  static std::vector<chain::FullBlock> next_blocks(const TipsetPtr& parent, uint64_t salt = 0) {
    const ChainEpoch height = parent->height() + 1;
    std::vector<chain::FullBlock> blocks(height % 3 == 0 ? 2 : 1);
    for (size_t b = 0; b < blocks.size(); ++b) {
      if (height % 3 == 0) {
        const uint64_t nonce = static_cast<uint64_t>(height) * 100 + salt * 10'000;
        blocks[b].bls = {make_message(nonce), make_message(nonce + 1 + b)};
        blocks[b].secp = {make_signed(nonce + b)};
      }
      blocks[b].header = make_header(parent, height, 1000 + b + 10 * salt, blocks[b].bls, blocks[b].secp);
    }
    return blocks;
  }

  TipsetPtr grow() {
    tipsets.push_back(add(next_blocks(tipsets.back())));
    return tipsets.back();
  }

  TipsetPtr head() const { return tipsets.back(); }
  Cid genesis() const { return tipsets.front()->cids().front(); }

  fs::path folder;
  std::shared_ptr<KvStore> kv;
  std::shared_ptr<chain::ChainStore> store;
  std::vector<TipsetPtr> tipsets;  ///< by epoch
};

}  // namespace nelumbo::net::testing
