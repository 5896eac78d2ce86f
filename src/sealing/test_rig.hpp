#pragma once
// For tests: the machine with a little chain, a fake sealer and time by hand.

#include <gtest/gtest.h>

#include "machine.hpp"
#include "test_world.hpp"

namespace nelumbo::sealing::testing {

/// In memory; `broken` makes writes fail as a full disk does.
class MemoryKv : public KvStore {
 public:
  bool broken = false;
  std::function<void()> before_write;
  Result<std::optional<Bytes>> get(std::string_view space, BytesView key) override {
    std::lock_guard lock(mutex_);
    auto& in = spaces_[std::string(space)];
    auto there = in.find(to_bytes(key));
    return there == in.end() ? std::optional<Bytes>() : std::optional(there->second);
  }
  Result<bool> has(std::string_view space, BytesView key) override { return TRY(get(space, key)).has_value(); }
  Result<> put(std::string_view space, BytesView key, BytesView value) override {
    WriteView write{space, key, value};
    return write_views(std::span(&write, 1), true);
  }
  Result<> remove(std::string_view space, BytesView key) override {
    WriteView write{space, key, std::nullopt};
    return write_views(std::span(&write, 1), true);
  }
  Result<> write_views(std::span<const WriteView> writes, bool) override {
    std::lock_guard lock(mutex_);
    if (broken) return fail(ErrorCode::exhausted, "no space left on the disk");
    for (const auto& each : writes) {
      auto& in = spaces_[std::string(each.space)];
      if (each.value) {
        in[to_bytes(each.key)] = to_bytes(*each.value);
      } else {
        in.erase(to_bytes(each.key));
      }
    }
    return {};
  }
  Result<> scan(std::string_view space, BytesView from,
                const std::function<bool(BytesView key, BytesView value)>& f) override {
    std::lock_guard lock(mutex_);
    auto& in = spaces_[std::string(space)];
    for (auto it = in.lower_bound(to_bytes(from)); it != in.end() && f(it->first, it->second); ++it) {
    }
    return {};
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::map<Bytes, Bytes>> spaces_;
};

inline PipelineConfig quick_config() {
  PipelineConfig out;
  out.miner = Address::from_id(kMiner);
  out.pre_commit_batch_wait = std::chrono::seconds(60);
  out.pre_commit_batch_slack = std::chrono::seconds(60);
  out.commit_batch_wait = std::chrono::seconds(60);
  out.commit_batch_slack = std::chrono::seconds(60);
  out.terminate_batch_wait = std::chrono::seconds(60);
  return out;
}

struct Rig {
  World world;
  std::shared_ptr<FakeChain> chain = std::make_shared<FakeChain>(world);
  std::shared_ptr<FakeSealer> sealer = std::make_shared<FakeSealer>(world);
  std::shared_ptr<FakeAggregator> aggregator = std::make_shared<FakeAggregator>();
  std::shared_ptr<KvStore> store = std::make_shared<MemoryKv>();
  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
  std::deque<World> before;  ///< the world after each of the last epochs, newest last
  std::unique_ptr<Machine> machine;
  size_t work_at_once = SIZE_MAX;  ///< tasks that end between two rounds

  explicit Rig(PipelineConfig config = quick_config()) : config_(std::move(config)) {}
  Rig(const Rig&) = delete;

  /// A process of its own: what the last one did not store is gone.
  void start() {
    machine = std::make_unique<Machine>(config_, PipelineParts{chain, sealer, aggregator, store, clock},
                                        [](std::function<void()> work) { work(); });
    must(machine->load());
    new_head();
  }
  void new_head() {
    clock->seconds = kGenesis + kEpochSeconds * world.height;
    if (auto head = chain->head()) {
      machine->set_head(*head);
    } else {
      machine->set_chain_trouble(head.error());
    }
  }
  /// Rounds and work until nothing is to be done now.
  void settle() {
    for (int i = 0; i < 10000; ++i) {
      auto next = machine->round();
      if (sealer->run_all(work_at_once) == 0 && next > clock->now()) return;
    }
    FAIL() << "it never comes to rest";
  }
  void epochs(int count) {
    for (int i = 0; i < count; ++i) {
      before.push_back(world);
      if (before.size() > 50) before.pop_front();
      world.advance();
      new_head();
      settle();
    }
  }
  /// The last epochs never happened; their messages are in the pool again, and other blocks come.
  void reorganise(size_t depth, bool lose) {
    auto messages = world.messages;
    auto work = world.work;
    auto height = world.height;
    auto fork = world.fork;
    world = before.at(before.size() - depth);
    before.resize(before.size() - depth);
    for (auto& each : messages) {
      if (each.executed <= world.height) continue;
      each.executed = -1;
      each.exit = 0;
      each.lost = lose;
    }
    world.nonce = messages.size();
    world.messages = std::move(messages);
    world.work = std::move(work);
    world.fork_from = world.height + 1;
    world.fork = fork + 1;
    auto held = std::move(world.messages);  // none is executed in the blocks that replace the old ones
    world.messages.clear();
    while (world.height <= height) world.advance();
    world.messages = std::move(held);
    new_head();
  }
  std::vector<SectorNumber> pledge(int count) {
    std::vector<SectorNumber> out;
    for (int i = 0; i < count; ++i) out.push_back(must(machine->pledge()));
    return out;
  }
  /// Epoch by epoch until all sectors are in one of these states.
  bool until(std::set<SectorState> states, int limit = 300) {
    settle();
    for (int i = 0; i < limit; ++i) {
      if (all_in(states)) return true;
      epochs(1);
    }
    return all_in(states);
  }
  bool all_in(const std::set<SectorState>& states) const {
    auto all = machine->list();
    return std::all_of(all.begin(), all.end(), [&](const auto& r) { return states.contains(r.state); });
  }
  SectorState state(SectorNumber number) const { return must(machine->get(number)).state; }
  std::string reason(SectorNumber number) const { return must(machine->wait_of(number)).reason; }
  int messages_of(MethodNum method) const {
    return static_cast<int>(std::count_if(world.messages.begin(), world.messages.end(),
                                          [&](const auto& m) { return m.message.message.method == method; }));
  }
  /// What was done twice: sealed with two tickets, or sent in two messages of which none failed. Empty: nothing.
  std::string twice() const {
    std::string out;
    std::map<SectorNumber, std::set<std::string>> seals;
    for (const auto& each : world.work) {
      if (each.task == "PC1") seals[each.number].insert(each.input);
    }
    for (const auto& [number, inputs] : seals) {
      if (inputs.size() > 1) out += fmt::format("sector {} was sealed twice; ", number);
    }
    std::map<std::pair<MethodNum, SectorNumber>, int> sent;
    for (const auto& each : world.messages) {
      const auto& m = each.message.message;
      if (each.exit != 0) continue;
      if (m.method == actors::methods::kPreCommitSectorBatch2) {
        for (const auto& s : must(from_cbor<actors::PreCommitSectorBatch2Params>(m.params)).sectors)
          ++sent[{m.method, s.sector_number}];
      } else if (m.method == actors::methods::kProveCommitSectors3) {
        for (const auto& s : must(from_cbor<actors::ProveCommitSectors3Params>(m.params)).sector_activations)
          ++sent[{m.method, s.sector_number}];
      }
    }
    for (const auto& [what, count] : sent) {
      if (count > 1) out += fmt::format("sector {} is in {} messages of method {}; ", what.second, count, what.first);
    }
    return out;
  }
  void expect_nothing_twice() const { EXPECT_EQ(twice(), ""); }

 private:
  PipelineConfig config_;
};

}  // namespace nelumbo::sealing::testing
