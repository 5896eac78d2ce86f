#pragma once
// For tests: a little chain that keeps the rules which sealing depends on, under virtual time. All of it is a value, so
// that it can be kept outside of a process that is killed, and put back to an epoch before.

#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <set>

#include "actors/miner_params.hpp"
#include "actors/policy.hpp"
#include "sealing/chain_api.hpp"
#include "sealing/work.hpp"

namespace nelumbo::sealing::testing {

inline constexpr ActorId kMiner = 1001;
inline constexpr ChainEpoch kDelay = 10;  ///< of seal challenges, as on a devnet
inline constexpr int64_t kGenesis = 1'700'000'000;
inline constexpr int64_t kEpochSeconds = 30;
inline const TokenAmount kDeposit = 100, kPledge = 250;  ///< attoFIL a sector

inline Hash256 hash_of(std::string_view text) { return sha256(as_bytes(text)); }
inline Bytes proof_of(SectorNumber number, const Cid& sealed, const Hash256& seed) {
  return to_bytes(BytesView(hash_of(fmt::format("proof {} {} {}", number, sealed.str(), to_hex(seed)))));
}
inline Bytes aggregate_of(const std::vector<Bytes>& proofs) {
  Bytes all;
  for (const auto& each : proofs) all.insert(all.end(), each.begin(), each.end());
  return to_bytes(BytesView(sha256(all)));
}

struct SimMessage {
  std::string uuid;
  SignedMessage message;
  ChainEpoch executed = -1;  ///< -1: not yet
  ExitCode exit = 0;
  bool lost = false;  ///< no pool has it
  static constexpr auto fields =
      nelumbo::fields(field("u", &SimMessage::uuid), field("m", &SimMessage::message),
                      field("e", &SimMessage::executed), field("x", &SimMessage::exit), field("l", &SimMessage::lost));
};
struct SimPreCommit {
  actors::SectorPreCommitOnChainInfo info;
  bool open = true;  ///< false: proven
  static constexpr auto fields = nelumbo::fields(field("i", &SimPreCommit::info), field("o", &SimPreCommit::open));
};
struct SimSector {
  SectorNumber number = 0;
  Cid sealed;
  ChainEpoch activation = 0, expiration = 0;
  bool live = true;
  static constexpr auto fields = nelumbo::fields(field("n", &SimSector::number), field("s", &SimSector::sealed),
                                                 field("a", &SimSector::activation), field("e", &SimSector::expiration),
                                                 field("l", &SimSector::live));
};
/// One task that was finished: what was done to which sector with which input.
struct SimWork {
  SectorNumber number = 0;
  std::string task, input;
  static constexpr auto fields =
      nelumbo::fields(field("n", &SimWork::number), field("t", &SimWork::task), field("i", &SimWork::input));
};

struct World {
  static constexpr uint64_t kFeeCap = 1000;  ///< attoFIL, of every message: no block takes it above this base fee
  TokenAmount base_fee = TokenAmount(100);
  ChainEpoch height = 1000;
  uint64_t fork = 0;  ///< goes into tipsets and randomness of epochs from fork_from on
  ChainEpoch fork_from = 0;
  uint64_t nonce = 0;
  TokenAmount funds = TokenAmount(1'000'000'000);  ///< of the worker
  std::vector<SimMessage> messages;
  std::vector<SimPreCommit> pre_commits;
  std::vector<SimSector> sectors;
  std::vector<SimWork> work;
  static constexpr auto fields =
      nelumbo::fields(field("h", &World::height), field("f", &World::fork), field("ff", &World::fork_from),
                      field("n", &World::nonce), field("b", &World::funds), field("m", &World::messages),
                      field("p", &World::pre_commits), field("s", &World::sectors), field("w", &World::work));

  SimPreCommit* pre_commit(SectorNumber number) {
    for (auto& each : pre_commits) {
      if (each.info.info.sector_number == number && each.open) return &each;
    }
    return nullptr;
  }
  bool allocated(SectorNumber number) const {
    return std::any_of(pre_commits.begin(), pre_commits.end(),
                       [&](const auto& each) { return each.info.info.sector_number == number; });
  }
  SimSector* sector(SectorNumber number) {
    for (auto& each : sectors) {
      if (each.number == number) return &each;
    }
    return nullptr;
  }
  Hash256 randomness(std::string_view what, ChainEpoch epoch) const {
    return hash_of(fmt::format("{} {} {}", what, epoch, epoch >= fork_from ? fork : 0));
  }
  uint64_t deadline_now() const { return static_cast<uint64_t>(height / 60) % 48; }
  static uint64_t deadline_of(SectorNumber number) { return number * 7 % 48; }

  ExitCode execute(const Message& m) {
    if (m.method == actors::methods::kPreCommitSectorBatch2) return execute_pre_commit(m);
    if (m.method == actors::methods::kProveCommitSectors3) return execute_commit(m);
    if (m.method == 35) return execute_update(m);
    return execute_terminate(m);
  }
  ExitCode execute_pre_commit(const Message& m) {
    auto params = must(from_cbor<actors::PreCommitSectorBatch2Params>(m.params));
    if (m.value < kDeposit * params.sectors.size()) return 19;
    for (const auto& each : params.sectors) {
      if (allocated(each.sector_number)) return 16;
      if (height - each.seal_rand_epoch > actors::kMaxPreCommitRandomnessLookback) return 16;
      if (each.expiration > height + actors::kMaxSectorExpirationExtension) return 16;
    }
    for (const auto& each : params.sectors) pre_commits.push_back({{each, kDeposit, height}, true});
    return 0;
  }
  ExitCode execute_commit(const Message& m) {
    auto params = must(from_cbor<actors::ProveCommitSectors3Params>(m.params));
    std::vector<Bytes> proofs;
    for (const auto& each : params.sector_activations) {
      auto* there = pre_commit(each.sector_number);
      if (there == nullptr) return 17;
      auto seed_epoch = there->info.pre_commit_epoch + kDelay;
      if (height <= seed_epoch) return 16;
      proofs.push_back(proof_of(each.sector_number, there->info.info.sealed_cid, randomness("seed", seed_epoch)));
    }
    if (m.value < (kPledge - kDeposit) * params.sector_activations.size()) return 19;
    if (params.aggregate_proof.empty() ? params.sector_proofs != proofs
                                       : params.aggregate_proof != aggregate_of(proofs))
      return 16;
    for (const auto& each : params.sector_activations) {
      auto* there = pre_commit(each.sector_number);
      there->open = false;
      sectors.push_back({each.sector_number, there->info.info.sealed_cid, height, there->info.info.expiration, true});
    }
    return 0;
  }
  ExitCode execute_update(const Message& m) {
    auto params = must(from_cbor<actors::ProveReplicaUpdates3Params>(m.params));
    for (const auto& each : params.sector_updates) {
      auto* there = sector(each.sector);
      if (there == nullptr || each.pieces.empty()) return 16;
      there->sealed = each.new_sealed_cid;
    }
    return 0;
  }
  ExitCode execute_terminate(const Message& m) {
    auto params = must(from_cbor<actors::TerminateSectorsParams>(m.params));
    for (const auto& each : params.terminations) {
      for (auto number : must(each.sectors.values())) {
        if (sector(number) == nullptr || !sector(number)->live) return 16;
        sector(number)->live = false;
      }
    }
    return 0;
  }
  void advance() {
    ++height;
    for (auto& each : messages) {
      if (each.executed >= 0 || each.lost || base_fee > kFeeCap) continue;
      each.executed = height;
      each.exit = execute(each.message.message);
      if (each.exit == 0) funds -= each.message.message.value;
    }
  }
};

/// The chain as an operator's node shows it. Calls from several threads are safe, its settings are for one.
class FakeChain : public ChainApi {
 public:
  explicit FakeChain(World& world) : w_(world) {}
  std::recursive_mutex mutex;
  bool away = false;  ///< nobody answers
  int lose_answers = 0, lose_messages = 0;
  std::optional<Error> refuse;  ///< the next pushes
  std::function<void()> before_push, after_push;
  std::vector<Address> control;
  std::map<Address, TokenAmount> balances;
  TokenAmount available;
  BitField others;  ///< numbers used by others on the chain
  Address miner = Address::from_id(kMiner), worker = Address::from_id(200);
  int pushes = 0;
  std::map<MethodNum, TokenAmount> max_fees;  ///< of the last message of each method

  Result<TipsetPtr> head() override {
    std::lock_guard lock(mutex);
    TRY(here());
    return tipset();
  }
  TipsetPtr tipset() const {
    BlockHeader header;
    header.miner = miner;
    header.height = w_.height;
    header.ticket = Ticket{Bytes{static_cast<uint8_t>(w_.fork)}};
    header.parents = {Cid::of(to_cbor(w_.height - 1))};
    header.parent_state_root = header.parent_message_receipts = header.messages = Cid::of(Bytes{0});
    header.parent_base_fee = w_.base_fee;
    header.timestamp = static_cast<uint64_t>(kGenesis + kEpochSeconds * w_.height);
    return must(Tipset::make({header}));
  }
  Result<TipsetPtr> wait_head(const TipsetKey&, TimePoint, std::stop_token) override {
    return fail(ErrorCode::unsupported, "tests set the head");
  }
  Result<rpc::ApiNetworkParams> network() override {
    std::lock_guard lock(mutex);
    TRY(here());
    rpc::ApiNetworkParams out;
    out.block_delay_secs = kEpochSeconds;
    out.pre_commit_challenge_delay = kDelay;
    return out;
  }
  Result<uint32_t> network_version(const TipsetKey&) override { return 28; }
  Result<rpc::MinerInfo> miner_info(const Address&, const TipsetKey&) override {
    std::lock_guard lock(mutex);
    TRY(here());
    rpc::MinerInfo out;
    out.worker = worker;
    out.control_addresses = control;
    out.sector_size = 2048;
    return out;
  }
  Result<Address> id_address(const Address& account, const TipsetKey&) override { return account; }
  Result<rpc::DeadlineInfo> proving_deadline(const Address&, const TipsetKey&) override {
    std::lock_guard lock(mutex);
    TRY(here());
    rpc::DeadlineInfo out;
    out.index = w_.deadline_now();
    out.current_epoch = w_.height;
    out.period_start = w_.height - w_.height % 2880;
    return out;
  }
  Result<TokenAmount> miner_available(const Address&, const TipsetKey&) override { return available; }
  Result<TokenAmount> balance(const Address& account) override {
    std::lock_guard lock(mutex);
    TRY(here());
    return account == worker ? w_.funds : balances[account];
  }
  Result<bool> sector_allocated(const Address&, SectorNumber number, const TipsetKey&) override {
    std::lock_guard lock(mutex);
    TRY(here());
    return w_.allocated(number) || others.contains(number);
  }
  Result<BitField> allocated(const Address&, const TipsetKey&) override {
    std::lock_guard lock(mutex);
    TRY(here());
    auto out = others;
    for (const auto& each : w_.pre_commits) out.set(each.info.info.sector_number);
    return out;
  }
  Result<std::optional<actors::SectorPreCommitOnChainInfo>> pre_commit_info(const Address&, SectorNumber number,
                                                                            const TipsetKey&) override {
    std::lock_guard lock(mutex);
    TRY(here());
    auto* there = w_.pre_commit(number);
    return there ? std::optional(there->info) : std::nullopt;
  }
  Result<std::optional<rpc::SectorOnChainInfo>> sector_info(const Address&, SectorNumber number,
                                                            const TipsetKey&) override {
    std::lock_guard lock(mutex);
    TRY(here());
    auto* there = w_.sector(number);
    if (there == nullptr) return std::optional<rpc::SectorOnChainInfo>();
    rpc::SectorOnChainInfo out;
    out.sector_number = number;
    out.sealed_cid = there->sealed;
    out.activation = there->activation;
    out.expiration = there->expiration;
    out.initial_pledge = kPledge;
    return std::optional(out);
  }
  Result<rpc::SectorLocation> sector_location(const Address&, SectorNumber number, const TipsetKey&) override {
    std::lock_guard lock(mutex);
    TRY(here());
    return rpc::SectorLocation{World::deadline_of(number), 0};
  }
  Result<std::vector<rpc::Partition>> partitions(const Address&, uint64_t deadline, const TipsetKey&) override {
    std::lock_guard lock(mutex);
    TRY(here());
    rpc::Partition out;
    for (const auto& each : w_.sectors) {
      if (each.live && World::deadline_of(each.number) == deadline) out.live_sectors.set(each.number);
    }
    return std::vector{out};
  }
  Result<Hash256> seal_ticket(const Address&, ChainEpoch epoch, const TipsetKey&) override {
    std::lock_guard lock(mutex);
    TRY(here());
    return hash_of(fmt::format("ticket {}", epoch));
  }
  Result<Hash256> seal_seed(const Address&, ChainEpoch epoch, const TipsetKey&) override {
    std::lock_guard lock(mutex);
    TRY(here());
    if (epoch > w_.height) return fail(ErrorCode::invalid, "randomness of the future");
    return w_.randomness("seed", epoch);
  }
  Result<TokenAmount> pre_commit_deposit(const Address&, const actors::SectorPreCommitInfo&,
                                         const TipsetKey&) override {
    std::lock_guard lock(mutex);
    TRY(here());
    return kDeposit;
  }
  Result<TokenAmount> initial_pledge(const Address&, ChainEpoch, uint64_t, const TipsetKey&) override {
    std::lock_guard lock(mutex);
    TRY(here());
    return kPledge;
  }
  Result<SignedMessage> push_message(const Message& message, const rpc::MessageSendSpec& spec) override {
    std::lock_guard lock(mutex);
    TRY(here());
    ++pushes;
    if (before_push) before_push();
    for (const auto& each : w_.messages) {
      if (each.uuid == spec.msg_uuid) return each.message;
    }
    if (refuse) return std::unexpected(*refuse);
    max_fees[message.method] = spec.max_fee;
    SimMessage made{spec.msg_uuid, {message, {SignatureType::bls, Bytes(96)}}};
    made.message.message.nonce = w_.nonce++;
    made.lost = lose_messages > 0 && lose_messages-- > 0;
    w_.messages.push_back(made);
    if (after_push) after_push();
    if (lose_answers > 0 && lose_answers-- > 0) return fail(ErrorCode::unavailable, "the connection broke");
    return made.message;
  }
  Result<> put_back(const SignedMessage& message) override {
    std::lock_guard lock(mutex);
    TRY(here());
    for (auto& each : w_.messages) {
      if (each.message.cid() == message.cid()) each.lost = false;
    }
    if (after_push) after_push();
    return {};
  }
  Result<std::optional<rpc::MsgLookup>> search_message(const Cid& cid, const TipsetKey&, ChainEpoch) override {
    std::lock_guard lock(mutex);
    TRY(here());
    for (const auto& each : w_.messages) {
      if (each.message.cid() != cid || each.executed < 0) continue;
      rpc::MsgLookup out;
      out.message = cid;
      out.height = each.executed;
      out.receipt.exit_code = each.exit;
      return std::optional(out);
    }
    return std::optional<rpc::MsgLookup>();
  }
  Result<std::optional<rpc::PendingMessage>> pending(const Cid& cid) override {
    std::lock_guard lock(mutex);
    TRY(here());
    for (const auto& each : w_.messages) {
      if (each.message.cid() == cid && each.executed < 0 && !each.lost) return rpc::PendingMessage{World::kFeeCap, ""};
    }
    return std::optional<rpc::PendingMessage>();
  }

 private:
  Result<> here() const {
    if (away) return fail(ErrorCode::unavailable, "connection refused");
    return {};
  }
  World& w_;
};

/// Does tasks when it is told to, and answers like the engine would: the same for the same input.
class FakeSealer : public Sealer {
 public:
  explicit FakeSealer(World& world) : w_(world) {}
  std::map<std::string, std::deque<Error>> failures;  ///< by task name, of the next ones
  std::set<SectorNumber> stuck;                       ///< their tasks never end
  std::function<void()> after_work;

  JobId start(const SectorRef& sector, Task task, Done done) override {
    std::lock_guard lock(mutex_);
    auto id = fmt::format("job {}", next_++);
    auto name = std::string(name_of(task));
    todo_.push_back({{id, sector, name, {}, true, "working", 0.25}, std::move(task), std::move(done)});
    return id;
  }
  std::vector<Job> jobs() const override {
    std::lock_guard lock(mutex_);
    std::vector<Job> out;
    for (const auto& each : todo_) out.push_back(each.job);
    return out;
  }
  Result<> abort(const JobId& id) override {
    std::lock_guard lock(mutex_);
    auto gone = std::erase_if(todo_, [&](const auto& each) { return each.job.id == id; });
    if (gone == 0) return fail(ErrorCode::not_found, "no job {}", id);
    return {};
  }
  /// Ends what was started, the oldest first, and gives how many tasks that were.
  int run_all(size_t most = SIZE_MAX) {
    std::vector<Todo> now;
    {
      std::lock_guard lock(mutex_);
      std::vector<Todo> left;
      for (auto& each : todo_) {
        const bool runs = !stuck.contains(each.job.sector.number) && now.size() < most;
        (runs ? now : left).push_back(std::move(each));
      }
      todo_ = std::move(left);
    }
    for (auto& each : now) each.done(result_of(each));
    return static_cast<int>(now.size());
  }

 private:
  struct Todo {
    Job job;
    Task task;
    Done done;
  };
  static std::string_view name_of(const Task& task) {
    static constexpr std::string_view kNames[] = {"AP", "PC1", "PC2", "C1",  "C2", "FIN",
                                                  "DC", "RU",  "PR1", "PR2", "FRU"};
    return kNames[task.index()];
  }
  Result<TaskOutput> result_of(const Todo& todo) {
    auto& planned = failures[todo.job.task];
    if (!planned.empty()) {
      auto error = planned.front();
      planned.pop_front();
      return std::unexpected(error);
    }
    auto n = todo.job.sector.number;
    std::string input;
    auto output = work(n, todo.task, input);
    w_.work.push_back({n, todo.job.task, input});
    if (after_work) after_work();
    return output;
  }
  static TaskOutput work(SectorNumber n, const Task& task, std::string& input) {
    auto bytes = [&](std::string text) { return TaskOutput(to_bytes(std::string_view(input = std::move(text)))); };
    if (std::holds_alternative<AddZeroPiece>(task)) return PieceInfo{2048, Cid::of(Bytes{0})};
    if (auto* t = std::get_if<PreCommit1>(&task)) return bytes(fmt::format("layers {} {}", n, to_hex(t->ticket)));
    if (auto* t = std::get_if<PreCommit2>(&task)) {
      input = to_hex(t->phase_1_output);
      return SealedCommitments{Cid::of(t->phase_1_output), Cid::of(Bytes{0})};
    }
    if (auto* t = std::get_if<Commit1>(&task)) return TaskOutput(proof_of(n, t->sealed_cid, t->seed));
    if (auto* t = std::get_if<Commit2>(&task)) return TaskOutput(t->phase_1_output);
    if (auto* t = std::get_if<ReplicaUpdate>(&task))
      return SealedCommitments{Cid::of(to_cbor(t->pieces)), Cid::of(Bytes{7})};
    if (auto* t = std::get_if<ProveReplicaUpdate1>(&task)) return bytes("update of " + t->new_sealed_cid.str());
    if (auto* t = std::get_if<ProveReplicaUpdate2>(&task)) return TaskOutput(t->vanilla_proofs);
    return std::monostate{};
  }
  World& w_;
  mutable std::mutex mutex_;
  std::vector<Todo> todo_;
  int next_ = 0;
};

class FakeAggregator : public Aggregator {
 public:
  std::optional<Error> error;
  std::atomic<int> wrong{0};  ///< of the next proofs, how many do not verify
  Result<bool> verify(ActorId, SealProof, const AggregateSector& s) override {
    if (wrong > 0 && wrong-- > 0) return false;
    return s.proof == proof_of(s.number, s.sealed_cid, s.seed);
  }
  Result<Bytes> aggregate(ActorId, SealProof, const std::vector<AggregateSector>& sectors) override {
    if (error) return std::unexpected(*error);
    std::vector<Bytes> proofs;
    for (const auto& each : sectors) proofs.push_back(each.proof);
    return aggregate_of(proofs);
  }
};

class ManualClock : public Clock {
 public:
  std::atomic<int64_t> seconds{kGenesis};
  TimePoint now() const override { return from_unix_seconds(seconds); }
  bool wait_until(TimePoint, std::stop_token stop) const override { return !stop.stop_requested(); }
};

}  // namespace nelumbo::sealing::testing
