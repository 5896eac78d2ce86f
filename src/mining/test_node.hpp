#pragma once
// A daemon in memory with one miner's deadlines, a prover that writes nothing, and a clock that jumps: for the loops'
// tests.

#include <atomic>
#include <cstdlib>
#include <map>
#include <set>

#include "actors/miner_params.hpp"
#include "base/temporary_folder.hpp"
#include "mining/miner.hpp"
#include "post_job.hpp"

namespace nelumbo::mining::testing {

inline std::shared_ptr<KvStore> fresh_store() {
  return must(KvStore::open(fresh_folder(), {std::string(kBlocksSpace), std::string(kWindowPostSpace)}));
}

/// Time goes on only by waiting for it, and then at once.
class JumpingClock : public Clock {
 public:
  mutable TimePoint time;
  TimePoint now() const override { return time; }
  bool wait_until(TimePoint when, std::stop_token stop) const override {
    time = std::max(time, when);
    return !stop.stop_requested();
  }
};

class TestProver : public Prover {
 public:
  std::set<SectorNumber> unreadable;
  std::atomic<int> window_proofs{0};
  int wrong_proofs = 0;  ///< so many proofs do not verify
  std::vector<SectorNumber> last_sectors;

  Result<std::vector<uint64_t>> winning_post_challenge(PoStType, ActorId, const Hash256&, uint64_t) override {
    return std::vector<uint64_t>{0};
  }
  Result<std::vector<PoStProof>> prove_winning_post(PoStType type, ActorId, const Hash256&,
                                                    std::span<const PrivateSectorInfo> sectors) override {
    for (const auto& sector : sectors) {
      if (unreadable.contains(sector.info.number))
        return fail(ErrorCode::unavailable, "sector {} cannot be read", sector.info.number);
    }
    return std::vector{PoStProof{static_cast<int64_t>(type), Bytes(192)}};
  }
  Result<bool> verify_winning_post(ActorId, const Hash256&, std::span<const PoStProof>,
                                   std::span<const SectorInfo>) override {
    return true;
  }
  Result<WindowPoSt> prove_window_post(PoStType type, ActorId, const Hash256&,
                                       std::span<const PrivateSectorInfo> sectors) override {
    ++window_proofs;
    last_sectors.clear();
    WindowPoSt out;
    for (const auto& sector : sectors) {
      last_sectors.push_back(sector.info.number);
      if (unreadable.contains(sector.info.number)) out.faulty.push_back(sector.info.number);
    }
    if (out.faulty.empty()) out.proofs.push_back({static_cast<int64_t>(type), Bytes(192)});
    return out;
  }
  Result<bool> verify_window_post(ActorId, const Hash256&, std::span<const PoStProof>,
                                  std::span<const SectorInfo>) override {
    if (wrong_proofs == 0) return true;
    --wrong_proofs;
    return false;
  }
};

/// The chain's rules as far as block production and window PoSt touch them.
class TestNode : public NodeApi {
 public:
  static constexpr uint64_t kDelay = 4;
  static constexpr uint64_t kGenesisTime = 1'000'000;

  Address miner = Address::from_id(1000);
  ChainEpoch period_start = 7;
  /// Sectors and faults of a deadline's one partition; partition 0 unless `partitions_per_deadline` says more.
  struct Sectors {
    BitField all, faulty, recovering;
  };
  std::map<uint64_t, std::vector<Sectors>> deadlines_now;  ///< by index: partitions, as after the head's parent
  std::vector<uint64_t> missed;                            ///< deadlines that closed without a proof, by index
  std::vector<BlockMessage> chain;                         ///< submitted blocks
  std::vector<SignedMessage> pool;
  std::vector<Message> declared;            ///< recoveries that were executed
  std::vector<Message> faults;              ///< fault declarations that were executed
  SectorNumber challenge_among = 1;         ///< each epoch's winning PoSt is of one of so many sectors, in turn
  int refuse_declarations = 0;              ///< so many declarations fail when executed
  std::map<uint64_t, uint64_t> disputable;  ///< proofs of a deadline that may be disputed
  std::vector<Address> control;             ///< addresses
  std::map<Address, TokenAmount> balances;  ///< attoFIL; 100 FIL where nothing is said
  std::set<Address> keyless;                ///< addresses without a key in the wallet
  std::map<Address, Address> ids;           ///< ID addresses of others
  TokenAmount base_fee = 100;               ///< attoFIL a unit of gas
  int refuse_posts = 0;                     ///< so many submissions fail when executed
  int lose_messages = 0;                    ///< so many pushed messages vanish
  int lose_answers = 0;                     ///< so many messages are taken without the caller hearing of it
  int refuse_blocks = 0;                    ///< so many submitted blocks do not arrive
  int sent = 0;
  bool is_syncing = false;
  std::function<void()> on_wait_head;
  std::function<void(const BlockMessage&)> on_submit;

  TestNode() { head_ = tipset(0, {}); }

  Result<TipsetPtr> head() override { return head_; }
  Result<TipsetPtr> wait_head(const TipsetKey&, TimePoint, std::stop_token) override {
    if (on_wait_head) on_wait_head();
    return head_;
  }

  Result<bool> syncing() override { return is_syncing; }

  Result<std::optional<rpc::MiningBaseInfo>> base_info(const Address&, ChainEpoch round, const TipsetKey&) override {
    rpc::MiningBaseInfo info;
    info.miner_power = info.network_power = 4096;
    const auto challenged = 1 + static_cast<SectorNumber>(round) % challenge_among;
    info.sectors = {{SealProof{5}, challenged, std::nullopt, sealed_cid(challenged)}};
    info.worker_key = worker;
    info.sector_size = 2048;
    info.beacon_entries = {{static_cast<uint64_t>(round), to_cbor(round)}};
    info.eligible_for_mining = true;
    return info;
  }
  Result<Signature> sign(const Address&, BytesView data) override {
    return Signature{SignatureType::bls, to_bytes(BytesView(sha256(data)))};
  }
  Result<std::vector<SignedMessage>> select_messages(const TipsetKey&, double) override {
    std::vector<SignedMessage> out;
    for (const auto& m : pool) {
      if (m.message.gas_fee_cap >= base_fee) out.push_back(m);
    }
    return out;
  }
  Result<BlockMessage> create_block(const rpc::BlockTemplate& t) override {
    BlockMessage out;
    out.header.miner = t.miner;
    out.header.ticket = t.ticket;
    out.header.parents = t.parents.cids;
    out.header.height = t.epoch;
    out.header.timestamp = t.timestamp;
    out.header.parent_state_root = out.header.parent_message_receipts = out.header.messages = sealed_cid(0);
    for (const auto& message : t.messages) {
      out.bls_messages.push_back(message.cid());
      bodies_[message.cid()] = message.message;
    }
    return out;
  }
  Result<> submit_block(const BlockMessage& block) override {
    if (on_submit) on_submit(block);
    if (refuse_blocks > 0) {
      --refuse_blocks;
      return fail(ErrorCode::unavailable, "nobody answers");
    }
    const auto& h = block.header;
    if (h.parents != head_->cids()) return fail(ErrorCode::invalid, "not on the head");
    if (h.height <= head_->height() || h.height > head_->height() + kMaxNullRounds)
      return fail(ErrorCode::invalid, "height {}", h.height);
    execute_head(h.height);
    chain.push_back(block);
    std::erase_if(pool, [&](const auto& m) {
      return std::find(block.bls_messages.begin(), block.bls_messages.end(), m.cid()) != block.bls_messages.end();
    });
    head_ = must(Tipset::make({h}));
    head_messages_ = block.bls_messages;
    return {};
  }

  Result<rpc::MinerInfo> miner_info(const Address&, const TipsetKey&) override {
    rpc::MinerInfo info;
    info.worker = worker;
    info.owner = owner;
    info.control_addresses = control;
    info.window_post_proof_type = PoStType{10};
    info.window_post_partition_sectors = 2;
    return info;
  }
  Result<rpc::DeadlineInfo> proving_deadline(const Address&, const TipsetKey&) override {
    rpc::DeadlineInfo out;
    auto d = actors::current_deadline(period_start, head_->height());
    out.period_start = d.period_start;
    out.index = d.index;
    return out;
  }
  Result<std::vector<rpc::Deadline>> deadlines(const Address&, const TipsetKey&) override {
    std::vector<rpc::Deadline> out(actors::kDeadlines);
    for (auto [deadline, partition] : proven_) out[deadline].post_submissions.set(partition);
    for (auto [deadline, count] : disputable) out[deadline].disputable_proof_count = count;
    return out;
  }
  Result<std::vector<rpc::Partition>> partitions(const Address&, uint64_t deadline, const TipsetKey&) override {
    std::vector<rpc::Partition> out;
    for (const auto& s : deadlines_now[deadline])
      out.push_back({s.all, s.faulty, s.recovering, s.all, s.all - s.faulty});
    return out;
  }
  Result<std::vector<rpc::SectorOnChainInfo>> sectors(const Address&, const BitField& which,
                                                      const TipsetKey&) override {
    std::vector<rpc::SectorOnChainInfo> out;
    for (auto number : must(which.values())) {
      rpc::SectorOnChainInfo info;
      info.sector_number = number;
      info.seal_proof = SealProof{5};
      info.sealed_cid = sealed_cid(number);
      out.push_back(info);
    }
    return out;
  }
  Result<Bytes> window_post_randomness(ChainEpoch epoch, BytesView, const TipsetKey&) override {
    if (epoch > head_->height()) return fail(ErrorCode::invalid, "randomness of the future");
    return to_bytes(BytesView(sha256(to_cbor(epoch))));
  }
  Result<Bytes> chain_commit_randomness(ChainEpoch epoch, const TipsetKey& at) override {
    return window_post_randomness(epoch, {}, at);
  }
  Result<rpc::SectorLocation> sector_location(const Address&, SectorNumber number, const TipsetKey&) override {
    for (const auto& [index, partitions] : deadlines_now) {
      for (uint64_t i = 0; i < partitions.size(); ++i) {
        if (partitions[i].all.contains(number)) return rpc::SectorLocation{index, i};
      }
    }
    return fail(ErrorCode::not_found, "sector {} is in no partition", number);
  }
  Result<Address> lookup_id(const Address& address, const TipsetKey&) override {
    auto found = ids.find(address);
    return found == ids.end() ? address : found->second;
  }
  Result<TokenAmount> balance(const Address& account) override {
    auto found = balances.find(account);
    return found == balances.end() ? kAttoPerFil * 100 : found->second;
  }
  Result<bool> can_send_from(const Address& account) override { return !keyless.contains(account); }
  Result<Message> estimate_gas(const Message& message, const rpc::MessageSendSpec&) override {
    Message out = message;
    out.gas_limit = kGas;
    out.gas_fee_cap = base_fee * 2;
    return out;
  }
  Result<SignedMessage> push_message(const Message& message, const rpc::MessageSendSpec& spec) override {
    if (auto made = by_uuid_.find(spec.msg_uuid); made != by_uuid_.end()) return made->second;
    // As the node's gas estimation: the message must work at the head's own epoch.
    if (message.method == actors::methods::kSubmitWindowedPoSt) TRY(check_post(message, head_->height()));
    SignedMessage out{message, {SignatureType::bls, Bytes(96)}};
    out.message.nonce = nonce_++;
    out.message.gas_limit = kGas;
    out.message.gas_fee_cap = spec.maximize_fee_cap ? TokenAmount(spec.max_fee / kGas) : TokenAmount(base_fee * 2);
    if (out.message.gas_fee_cap * kGas > must(balance(message.from)))
      return fail(ErrorCode::exhausted, "{} has not the funds", message.from.str());
    ++sent;
    if (lose_messages > 0) {
      --lose_messages;
    } else {
      pool.push_back(out);
    }
    by_uuid_.emplace(spec.msg_uuid, out);
    if (lose_answers > 0) {
      --lose_answers;
      return fail(ErrorCode::unavailable, "the connection broke");
    }
    return out;
  }
  Result<bool> is_pending(const Cid& message) override {
    return std::any_of(pool.begin(), pool.end(), [&](const auto& m) { return m.cid() == message; });
  }
  Result<std::optional<rpc::MsgLookup>> search_message(const Cid& message, const TipsetKey&) override {
    auto found = receipts_.find(message);
    if (found == receipts_.end()) return std::optional<rpc::MsgLookup>();
    rpc::MsgLookup out;
    out.receipt.exit_code = found->second;
    return std::optional(out);
  }

  Cid sealed_cid(uint64_t number) const { return Cid::of(to_cbor(number)); }
  static constexpr int64_t kGas = 10'000'000;  ///< of every message
  Address owner = Address::from_id(100);
  Address worker = must(Address::bls(Bytes(48, 7)));

  TipsetPtr tipset(ChainEpoch height, std::vector<Cid> parents) {
    BlockHeader header;
    header.miner = miner;
    header.height = height;
    header.ticket = Ticket{Bytes{1}};
    header.parents = std::move(parents);
    header.timestamp = kGenesisTime + kDelay * static_cast<uint64_t>(height);
    header.parent_state_root = header.parent_message_receipts = header.messages = sealed_cid(0);
    header.parent_base_fee = base_fee;
    return must(Tipset::make({header}));
  }
  void set_head(TipsetPtr head) { head_ = std::move(head); }

 private:
  Result<actors::SubmitWindowedPoStParams> check_post(const Message& message, ChainEpoch epoch) {
    auto params = TRY(from_cbor<actors::SubmitWindowedPoStParams>(message.params));
    auto d = actors::current_deadline(period_start, epoch);
    if (params.deadline != d.index)
      return fail(ErrorCode::invalid, "deadline {} at {}, expected {}", params.deadline, epoch, d.index);
    if (params.chain_commit_epoch < d.challenge || params.chain_commit_epoch >= epoch)
      return fail(ErrorCode::invalid, "commit epoch");
    if (params.proofs.size() != 1) return fail(ErrorCode::invalid, "one proof");
    for (const auto& partition : params.partitions) {
      if (proven_.contains({d.index, partition.index})) return fail(ErrorCode::invalid, "proven already");
    }
    return params;
  }

  /// Executes the head's messages at its epoch and the cron up to the epoch before `next`.
  void execute_head(ChainEpoch next) {
    ChainEpoch epoch = head_->height();
    for (const auto& cid : head_messages_) receipts_[cid] = execute(bodies_.at(cid), epoch);
    for (; epoch < next; ++epoch) close_deadline(epoch);
  }

  ExitCode execute(const Message& message, ChainEpoch epoch) {
    if (message.method == actors::methods::kDeclareFaultsRecovered) return recover(message, epoch);
    if (message.method == actors::methods::kDeclareFaults) return declare_faults(message, epoch);
    auto params = check_post(message, epoch);
    if (!params) return 16;
    if (refuse_posts > 0) return --refuse_posts, 16;
    for (const auto& partition : params->partitions) {
      proven_.insert({params->deadline, partition.index});
      auto& s = deadlines_now[params->deadline][partition.index];
      s.faulty = (s.faulty - s.recovering) | partition.skipped;
      s.recovering = BitField();
    }
    return 0;
  }

  bool declaration_fails(uint64_t deadline, ChainEpoch epoch) {
    if (refuse_declarations > 0) return --refuse_declarations, true;
    auto next = actors::deadline_info(actors::current_period_start(period_start, epoch), deadline, epoch);
    return next.next_not_elapsed().fault_cutoff <= epoch;
  }
  ExitCode recover(const Message& message, ChainEpoch epoch) {
    declared.push_back(message);
    for (const auto& one : must(from_cbor<actors::DeclareFaultsRecoveredParams>(message.params)).recoveries) {
      if (declaration_fails(one.deadline, epoch)) return 16;
      auto& partition = deadlines_now[one.deadline][one.partition];
      partition.recovering = partition.recovering | one.sectors;
    }
    return 0;
  }
  ExitCode declare_faults(const Message& message, ChainEpoch epoch) {
    faults.push_back(message);
    for (const auto& one : must(from_cbor<actors::DeclareFaultsParams>(message.params)).faults) {
      if (declaration_fails(one.deadline, epoch)) return 16;
      auto& partition = deadlines_now[one.deadline][one.partition];
      partition.faulty = partition.faulty | one.sectors;
      partition.recovering = partition.recovering - one.sectors;
    }
    return 0;
  }

  /// At the last epoch of a deadline: what is not proven becomes faulty.
  void close_deadline(ChainEpoch epoch) {
    auto d = actors::current_deadline(period_start, epoch);
    if (d.close - 1 != epoch || d.challenge < 0) return;
    auto& partitions = deadlines_now[d.index];
    for (uint64_t i = 0; i < partitions.size(); ++i) {
      bool something = !(partitions[i].all - partitions[i].faulty).empty();
      if (something && !proven_.contains({d.index, i})) {
        missed.push_back(d.index);
        partitions[i].faulty = partitions[i].all;
      }
      proven_.erase({d.index, i});
    }
  }

  TipsetPtr head_;
  std::vector<Cid> head_messages_;
  std::map<Cid, Message> bodies_;
  std::map<Cid, ExitCode> receipts_;
  std::set<std::pair<uint64_t, uint64_t>> proven_;
  uint64_t nonce_ = 0;
  std::map<std::string, SignedMessage> by_uuid_;
};

/// The files of a 2 KiB sector of miner f01000, as far as a proof reads them.
inline void put_sector(const fs::path& folder, SectorNumber number) {
  auto name = sector_file_name(1000, number);
  must(make_folder(folder / "cache" / name));
  must(make_folder(folder / "sealed"));
  must(write_file(folder / "sealed" / name, Bytes(2048)));
  must(write_file(folder / "cache" / name / "p_aux", Bytes(64)));
  must(write_file(folder / "cache" / name / "t_aux", Bytes(100)));
  must(write_file(folder / "cache" / name / "sc-02-data-tree-r-last.dat", Bytes(288)));
}

/// A storage of one path with sectors of miner f01000.
inline std::shared_ptr<sealing::Storage> storage_with(const std::vector<SectorNumber>& numbers) {
  auto storage = must(sealing::Storage::open(fresh_folder()));
  auto folder = fresh_folder();
  for (auto number : numbers) put_sector(folder, number);
  must(storage->attach(folder, sealing::PathMeta{.can_store = true}));
  return storage;
}

}  // namespace nelumbo::mining::testing
