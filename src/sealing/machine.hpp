#pragma once
// The state machine at work, without threads: rounds are made by whoever calls, so that tests decide what happens when.
//
// Two locks: `turn_` belongs to whoever changes sectors (a step, a message, a command) and is held while the chain is
// asked; `view_` guards what others read and is held for moments only. Only the holder of `turn_` changes records.

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <random>
#include <set>

#include "book.hpp"
#include "sealing/pipeline.hpp"
#include "sealing/table.hpp"

namespace nelumbo::sealing {

/// A step's result: on to another state, after the change to the record, …
struct Move {
  Event event{};
  std::string text;                           ///< for the log; the error of a failure
  std::function<void(SectorRecord&)> change;  ///< may be empty
};
/// … or here for now.
struct Stay {
  std::string reason;
  std::optional<std::chrono::seconds> again;  ///< look again after this
  bool on_head = false;                       ///< and at each new head
};
using Outcome = std::variant<Move, Stay>;

/// A sector and what is known of it only while this process lives.
struct Sector {
  SectorRecord record;
  std::string reason;    ///< why it stays
  TimePoint due{};       ///< of the next step; max: when something comes
  bool on_head = false;  ///< a step at each new head
  uint64_t seen_head = 0;
  uint64_t visit = 0;  ///< counts entries into states: an answer to an older one is dropped
  bool working = false;
  JobId job;
  unsigned waits = 0;  ///< times in a row that work could not be done for want of something
  Bytes half;          ///< of work in two halves: what the first gave
};

/// A message and how it fares.
struct Outgoing {
  OutgoingRow row;
  std::string reason;
  TimePoint due{};  ///< of the next attempt to send
  unsigned attempts = 0;
  uint64_t seen_head = 0;
  bool aggregating = false;
  bool executed = false;                 ///< as seen from the head: its value is spent
  std::optional<ChainEpoch> gone_since;  ///< neither on the chain nor in a pool
};

/// Sectors that wait for a message together.
enum class Group : uint8_t { pre_commit, commit, single_commit, update, terminate };
inline constexpr Group kGroups[] = {Group::pre_commit, Group::commit, Group::single_commit, Group::update,
                                    Group::terminate};
SectorState gather_state(Group group);
MessageKind message_kind(Group group);

class Machine;
/// What comes in from other threads, and may come when the machine is gone.
struct Inbox {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::vector<std::function<void(Machine&)>> news;
  bool woken = false;
  void post(std::function<void(Machine&)> what);
  void wake();
};

class Machine {
 public:
  /// Work that takes long and touches no sector: runs it, at once or on another thread.
  using Aside = std::function<void(std::function<void()>)>;
  Machine(PipelineConfig config, PipelineParts parts, Aside aside);

  /// Reads all that is stored.
  Result<> load();
  /// Does what is due and gives the time of what is next (max: nothing).
  TimePoint round();
  /// Waits until something came in or the time is there (real time, a second at most).
  void wait_for_news(TimePoint until, std::stop_token stop);
  void set_head(TipsetPtr head);
  /// The node does not answer: steps that need it wait and say so.
  void set_chain_trouble(const Error& error);

  // As of Pipeline.
  Result<SectorNumber> pledge();
  std::vector<SectorRecord> list() const;
  Result<SectorRecord> get(SectorNumber number) const;
  Result<Pipeline::Wait> wait_of(SectorNumber number) const;
  Result<> update_state(SectorNumber number, SectorState state, bool force);
  Result<> remove(SectorNumber number);
  Result<> terminate(SectorNumber number);
  Result<> mark_for_upgrade(SectorNumber number);
  Result<> abort_upgrade(SectorNumber number);
  Result<> begin_upgrade(SectorNumber number, std::vector<PieceInfo> pieces);
  std::vector<SectorNumber> pending(Batch batch) const;
  std::vector<BatchResult> flush(Batch batch);
  Result<std::map<std::string, BitField>> reservations();
  Result<> reserve(const std::string& name, const BitField& numbers, bool force);
  Result<BitField> reserve_count(const std::string& name, uint64_t count);
  Result<> free_reservation(const std::string& name);
  void on_transition(std::function<void(const SectorRecord&, const SectorRecord&)> hear);

 private:
  using Step = Result<Outcome> (Machine::*)(Sector&);
  static Step step_of(SectorState state);
  /// Holds `turn_` for a command; the loop lets commands in between its steps.
  class Turn {
   public:
    explicit Turn(const Machine& machine);
    ~Turn() { machine_.turn_.unlock(); }
    Turn(const Turn&) = delete;

   private:
    const Machine& machine_;
  };
  std::unique_lock<std::mutex> loop_turn() const;

  // machine.cpp: the loop and the one way a sector moves.
  int64_t now_seconds() const { return parts_.clock->unix_seconds(); }
  Sector* find(SectorNumber number);
  TimePoint next_due();
  void run_step(Sector& sector);
  void stay(Sector& sector, Stay stay);
  /// What to say while the node does not answer; nullopt when it does.
  std::optional<Stay> no_chain() const;
  struct Moved {
    Sector* sector;
    Move move;
  };
  Result<> move(std::vector<Moved> moves, Book::Change with = {});
  SectorRecord moved(const Sector& sector, const Move& move, SectorState to) const;
  void enter(Sector& sector, SectorRecord record);
  void add_log(SectorRecord& record, std::string kind, std::string text) const;
  /// Doubles with each try up to `most`, a quarter more or less by chance.
  std::chrono::seconds back_off(uint64_t tries, std::chrono::seconds base, std::chrono::seconds most) const;
  ActorId miner_id() const { return must(config_.miner.id()); }
  Result<> writable() const;

  // steps_*.cpp
  Result<Outcome> step_empty(Sector& sector);
  Result<Outcome> step_packing(Sector& sector);
  Result<Outcome> step_get_ticket(Sector& sector);
  Result<Outcome> step_pre_commit(Sector& sector);
  Result<Outcome> step_work(Sector& sector);
  Result<Outcome> step_gather(Sector& sector);
  Result<Outcome> step_message(Sector& sector);
  Result<Outcome> step_wait_seed(Sector& sector);
  Result<Outcome> step_committing(Sector& sector);
  Result<Outcome> step_failed(Sector& sector);
  Result<Outcome> step_pre_commit_failed(Sector& sector);
  Result<Outcome> step_commit_failed(Sector& sector);
  Result<Outcome> step_update_failed(Sector& sector);
  Result<Outcome> step_terminate_finality(Sector& sector);
  Result<Outcome> step_snap_packing(Sector& sector);
  Result<Outcome> step_wait_mutable(Sector& sector);
  Result<Outcome> step_finalize_update(Sector& sector);
  Result<Outcome> step_update_activating(Sector& sector);
  Result<Outcome> step_abort_upgrade(Sector& sector);
  /// nullopt: it may be tried again now; otherwise what it waits for.
  std::optional<Stay> not_yet(const Sector& sector) const;
  bool ticket_expired(const SectorRecord& record) const;
  Result<bool> deadline_mutable(SectorNumber number);

  // machine_work.cpp
  Result<Task> task_of(const Sector& sector) const;
  /// What a task's output must pass, on the thread that made it; empty: nothing.
  using Check = std::function<Result<>(const TaskOutput&)>;
  Check check_of(const Sector& sector) const;
  Outcome work_done(Sector& sector, TaskOutput output);
  Outcome work_failed(Sector& sector, const Error& error);
  void job_ended(SectorNumber number, uint64_t visit, Result<TaskOutput> result);
  Move proven(Bytes proof) const;
  Event after_finalize_early() const;

  // gather.cpp: who goes out together, and when.
  struct Verdict {
    std::optional<Move> move;   ///< it must not be sent
    std::string later;          ///< not empty: not now
    TokenAmount value;          ///< attoFIL it must bring
    ChainEpoch expiration = 0;  ///< of a pre-commitment
    rpc::SectorLocation location;
  };
  std::vector<Sector*> members(Group group);
  ChainEpoch send_by(Group group, const SectorRecord& record) const;
  /// The last epoch in which the chain takes the proof of a sector pre-committed in this one.
  ChainEpoch prove_by(ChainEpoch pre_commit_epoch) const;
  TimePoint group_due(Group group, const std::vector<Sector*>& sectors) const;
  void gather(Group group);
  /// Message after message while one is due; `all`: due or not.
  std::vector<BatchResult> send_group(Group group, bool all);
  Result<BatchResult> send_some(Group group, std::vector<Sector*> sectors);
  size_t most_in_message(Group group, const std::vector<Sector*>& sectors) const;
  bool aggregates(Group group, size_t count) const;

  // checks.cpp
  Result<Verdict> check(Group group, const SectorRecord& record);
  Result<Verdict> check_pre_commit(const SectorRecord& record);
  Result<Verdict> check_commit(const SectorRecord& record);
  Result<Verdict> check_update(const SectorRecord& record);
  Result<Verdict> check_terminate(const SectorRecord& record);
  ChainEpoch expiration_of_new() const;

  // params.cpp
  static MethodNum method_of(MessageKind kind);
  using Ready = std::vector<std::pair<Sector*, Verdict>>;
  Result<Bytes> params_of(Group group, const Ready& ready) const;
  Result<Bytes> aggregate_params(const OutgoingRow& row, Bytes proof) const;

  // funds.cpp
  struct Payer {
    Address from;
    TokenAmount value;       ///< to send
    std::string shortfall;   ///< not empty: nobody has enough
    TokenAmount affordable;  ///< what whoever has most could pay
  };
  /// The most that a message of this kind for so many sectors may cost in gas.
  TokenAmount max_fee(MessageKind kind, size_t sectors) const;
  Result<TokenAmount> free_balance(const Address& account);
  Result<Payer> payer(MessageKind kind, const TokenAmount& needed, const TokenAmount& fee);

  // messages.cpp
  void tend(Outgoing& out);
  void aggregate(Outgoing& out);
  void aggregated(const std::string& uuid, Result<Bytes> proof);
  Result<SignedMessage> push(const OutgoingRow& row);
  Result<> send(Outgoing& out);
  Result<> sent(Outgoing& out, const SignedMessage& message);
  Result<> follow(Outgoing& out);
  std::string pending_text(const SentMessage& message, const rpc::PendingMessage& pending) const;
  Result<> gone(Outgoing& out);
  Result<> refuse(Outgoing& out, const std::string& why, bool back_to_group = false);
  Result<> executed(Outgoing& out, const rpc::MsgLookup& lookup);
  void forget_final(Outgoing& out);
  Result<bool> revive(const std::string& uuid);
  Result<Move> landed(const SectorRecord& record, MessageKind kind, ChainEpoch height, const std::string& uuid);
  Result<bool> shows_on_chain(const OutgoingRow& row);
  enum class Fate { none, pending, landed, failed, gone };
  struct Known {
    Fate fate{};
    std::string text;
  };
  Result<Known> fate_of(const std::optional<SentMessage>& message);
  const Outgoing* outgoing_with(SectorNumber number) const;

  // waits.cpp
  std::string reason_of(const Sector& sector) const;
  std::chrono::seconds normal_time(const SectorRecord& record) const;
  std::string epoch_text(ChainEpoch epoch) const;

  // commands.cpp
  Result<Sector*> command_on(SectorNumber number);
  Result<> command(SectorNumber number, Event event, std::string_view what, std::function<void(SectorRecord&)> change);
  Result<std::string> danger(const Sector& sector, SectorState to);
  static std::vector<Group> groups_of(Batch batch);

  // numbers.cpp
  Result<BitField> taken_numbers(bool with_reservations);

  const PipelineConfig config_;
  const PipelineParts parts_;
  const Aside aside_;
  Book book_;
  mutable std::mutex turn_;
  mutable std::atomic<int> asking_{0};

  mutable std::mutex view_;
  std::map<SectorNumber, Sector> sectors_;
  std::map<std::string, Outgoing> outgoing_;
  std::set<SectorNumber> active_;
  std::map<Group, std::string> group_reason_;
  std::map<Group, TimePoint> group_retry_;
  std::optional<rpc::ApiNetworkParams> network_;
  TipsetPtr head_;
  uint64_t head_count_ = 0;
  std::string chain_trouble_;  ///< empty: it answers
  std::vector<std::function<void(const SectorRecord&, const SectorRecord&)>> hear_;

  const std::shared_ptr<Inbox> inbox_ = std::make_shared<Inbox>();
  mutable std::mt19937_64 random_;
};

}  // namespace nelumbo::sealing
