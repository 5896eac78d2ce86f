#include "forge.hpp"

#include <thread>

#include "chain/election.hpp"
#include "chain/message_meta.hpp"
#include "crypto/keys.hpp"
#include "engine/proofs.hpp"
#include "types/network.hpp"

namespace nelumbo::hostile {

namespace {

namespace full = rpc::full;

constexpr std::chrono::milliseconds kLook{50};
constexpr std::chrono::seconds kPatience{120};

Result<std::vector<PoStProof>> mock_winning_post(const rpc::MiningBaseInfo& info, ActorId miner,
                                                 const Hash256& randomness) {
  std::vector<PrivateSectorInfo> sectors;
  for (const auto& each : info.sectors) {
    sectors.push_back({{each.seal_proof, each.sector_number, each.sealed_cid}, {}, {}});
  }
  auto type = TRY(seal_proof_info(info.sectors.front().seal_proof)).winning_post;
  return make_mock_prover()->prove_winning_post(type, miner, randomness, sectors);
}

}  // namespace

Forge::Forge(rpc::ApiInfo node, Address miner, genesis::KeyInfo worker)
    : node_(std::move(node)),
      miner_(std::move(miner)),
      worker_(std::move(worker)),
      worker_address_(must(worker_.address())),
      eth_chain_id_(devnet_params().eth_chain_id) {}

Result<TipsetPtr> Forge::head() const { return node_.call(full::ChainHead); }

Result<chain::FullBlock> Forge::block() {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  const uint64_t delay = TRY(node_.call(full::StateGetNetworkParams)).block_delay_secs;
  for (TipsetPtr known;; std::this_thread::sleep_for(kLook)) {
    if (std::chrono::steady_clock::now() > end) return fail(ErrorCode::unavailable, "no election was won in time");
    auto base = TRY(head());
    if (known && known->key() == base->key()) continue;
    const ChainEpoch epoch = base->height() + 1;
    if (epoch <= last_) continue;
    auto info = node_.call(full::MinerGetBaseInfo, miner_, epoch, base->key());
    if (!info) continue;  // the epoch's beacon round is not out yet
    known = base;
    if (!*info) continue;
    auto& mining = **info;
    if (!mining.eligible_for_mining || mining.sectors.empty()) continue;
    const auto& beacon = mining.beacon_entries.empty() ? mining.prev_beacon_entry : mining.beacon_entries.back();
    rpc::BlockTemplate plan;
    ElectionProof election;
    election.vrf_proof = TRY(bls::sign(worker_.private_key, chain::election_input(beacon, epoch, miner_)));
    election.win_count = chain::win_count(election.vrf_proof, mining.miner_power, mining.network_power);
    if (election.win_count < 1) continue;
    Ticket ticket;
    const auto& parent = base->min_ticket_block().ticket.value();
    ticket.vrf_proof = TRY(bls::sign(worker_.private_key, chain::ticket_input(beacon, epoch, miner_, parent, true)));
    plan.miner = miner_;
    plan.parents = base->key();
    plan.eproof = election;
    plan.ticket = ticket;
    plan.beacon_values = mining.beacon_entries;
    plan.epoch = epoch;
    plan.timestamp = base->min_timestamp() + delay;
    auto input = chain::winning_post_input(beacon, epoch, miner_);
    plan.winning_post_proof = TRY(mock_winning_post(mining, TRY(miner_.id()), input));
    auto message = TRY(transfer());
    plan.messages.push_back(message);
    auto made = TRY(node_.call(full::MinerCreateBlock, plan));
    last_ = epoch;
    return chain::FullBlock{.header = std::move(made.header), .bls = {message.message}, .secp = {}};
  }
}

Result<> Forge::sign(BlockHeader& header) const {
  header.block_sig.reset();
  header.block_sig = TRY(nelumbo::sign(SignatureType::bls, worker_.private_key, header.signing_bytes()));
  return {};
}

Result<> Forge::name_messages(chain::FullBlock& block) {
  auto listed = block.block_message();
  block.header.messages =
      TRY(chain::write_message_meta(make_memory_blockstore(), listed.bls_messages, listed.secp_messages));
  return {};
}

Result<SignedMessage> Forge::transfer() const {
  auto actor = TRY(node_.call(full::StateGetActor, worker_address_, TipsetKey()));
  Message message;
  message.from = worker_address_;
  message.to = Address::from_id(actors::kBurntFundsActor);
  message.nonce = actor.nonce;
  message.value = 7;
  message.gas_limit = 10'000'000;
  message.gas_fee_cap = 1'000'000'000;
  message.gas_premium = 100'000;
  return sign(std::move(message));
}

Result<SignedMessage> Forge::sign(Message message) const {
  auto bytes = TRY(signing_bytes(message, SignatureType::bls, eth_chain_id_));
  auto signature = TRY(nelumbo::sign(SignatureType::bls, worker_.private_key, bytes));
  return SignedMessage{std::move(message), std::move(signature)};
}

}  // namespace nelumbo::hostile
