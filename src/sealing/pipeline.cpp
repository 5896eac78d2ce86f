// The state machine on its threads: one makes rounds, one watches the head, one aggregates proofs.
#include <thread>

#include "base/log.hpp"
#include "base/thread_pool.hpp"
#include "machine.hpp"

namespace nelumbo::sealing {

namespace {

using namespace std::chrono_literals;
constexpr auto kHeadWait = 60s;  ///< a node that is silent for so long is asked again
constexpr auto kHeadPause = 5s;  ///< between tries to reach a node that is gone

class ThreadedPipeline : public Pipeline {
 public:
  ThreadedPipeline(PipelineConfig config, PipelineParts parts)
      : enabled_(config.enabled),
        parts_(parts),
        machine_(std::move(config), std::move(parts),
                 [this](std::function<void()> work) { aside_.post(std::move(work)); }) {}
  ~ThreadedPipeline() override { ThreadedPipeline::stop(); }

  Result<> load() { return machine_.load(); }

  Result<> start() override {
    if (!enabled_ || rounds_.joinable()) return {};
    head_ = std::jthread([this](std::stop_token stop) { watch_head(std::move(stop)); });
    rounds_ = std::jthread([this](std::stop_token stop) { make_rounds(std::move(stop)); });
    return {};
  }

  void stop() override {
    head_.request_stop();
    rounds_.request_stop();
    if (head_.joinable()) head_.join();
    if (rounds_.joinable()) rounds_.join();
  }

  Result<SectorNumber> pledge() override { return machine_.pledge(); }
  std::vector<SectorRecord> list() const override { return machine_.list(); }
  Result<SectorRecord> get(SectorNumber number) const override { return machine_.get(number); }
  Result<Wait> wait_of(SectorNumber number) const override { return machine_.wait_of(number); }
  Result<> update_state(SectorNumber number, SectorState state, bool force) override {
    return machine_.update_state(number, state, force);
  }
  Result<> remove(SectorNumber number) override { return machine_.remove(number); }
  Result<> terminate(SectorNumber number) override { return machine_.terminate(number); }
  Result<> mark_for_upgrade(SectorNumber number) override { return machine_.mark_for_upgrade(number); }
  Result<> begin_upgrade(SectorNumber number, std::vector<PieceInfo> pieces) override {
    return machine_.begin_upgrade(number, std::move(pieces));
  }
  Result<> abort_upgrade(SectorNumber number) override { return machine_.abort_upgrade(number); }
  std::vector<SectorNumber> pending(Batch batch) const override { return machine_.pending(batch); }
  std::vector<BatchResult> flush(Batch batch) override { return machine_.flush(batch); }
  Result<std::map<std::string, BitField>> reservations() const override { return machine_.reservations(); }
  Result<> reserve(const std::string& name, const BitField& numbers, bool force) override {
    return machine_.reserve(name, numbers, force);
  }
  Result<BitField> reserve_count(const std::string& name, uint64_t count) override {
    return machine_.reserve_count(name, count);
  }
  Result<> free_reservation(const std::string& name) override { return machine_.free_reservation(name); }
  void on_transition(std::function<void(const SectorRecord&, const SectorRecord&)> hear) override {
    machine_.on_transition(std::move(hear));
  }

 private:
  void watch_head(std::stop_token stop) {
    TipsetKey known;
    while (!stop.stop_requested()) {
      auto head =
          known.empty() ? parts_.chain->head() : parts_.chain->wait_head(known, parts_.clock->now() + kHeadWait, stop);
      if (stop.stop_requested()) return;
      if (!head) {
        machine_.set_chain_trouble(head.error());
        known = {};
        parts_.clock->wait_until(parts_.clock->now() + kHeadPause, stop);
      } else if ((*head)->key() != known) {
        known = (*head)->key();
        machine_.set_head(*std::move(head));
      }
    }
  }

  void make_rounds(std::stop_token stop) {
    while (!stop.stop_requested()) {
      try {
        machine_.wait_for_news(machine_.round(), stop);
      } catch (const std::exception& broken) {
        log_error("sealing", "a round ended early: {}", broken.what());
        parts_.clock->wait_until(parts_.clock->now() + kHeadPause, stop);
      }
    }
  }

  const bool enabled_;
  const PipelineParts parts_;
  ThreadPool aside_{1};
  mutable Machine machine_;
  std::jthread head_, rounds_;
};

}  // namespace

Result<std::unique_ptr<Pipeline>> make_pipeline(PipelineConfig config, PipelineParts parts) {
  TRY_IN("the miner's address", config.miner.id());
  auto out = std::make_unique<ThreadedPipeline>(std::move(config), std::move(parts));
  TRY(out->load());
  return out;
}

}  // namespace nelumbo::sealing
