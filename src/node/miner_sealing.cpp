// What of the miner process seals: storage paths, the sealer, the pipeline of sectors and its journal.

#include "actors/policy.hpp"
#include "base/log.hpp"
#include "crypto/uuid.hpp"
#include "miner_parts.hpp"
#include "sealing/local_sealer.hpp"
#include "sealing/rpc_chain.hpp"
#include "types/json.hpp"

namespace nelumbo::node {

namespace {

constexpr int64_t kEpochSeconds = 30;  ///< of the protocol's time: lifetimes are promised in epochs of this length
constexpr auto kCarePause = std::chrono::minutes(10);

Result<std::vector<Address>> addresses(std::string_view option, const StringList& texts) {
  std::vector<Address> out;
  for (const auto& each : texts) out.push_back(TRY_IN(fmt::format("Addresses.{}", option), Address::parse(each)));
  return out;
}

Result<size_t> within(std::string_view option, int64_t value, int64_t least, int64_t most) {
  if (value >= least && value <= most) return static_cast<size_t>(value);
  return fail(ErrorCode::invalid, "{} must be from {} to {}, is {}", option, least, most, value);
}

Result<ChainEpoch> lifetime(const MinerProcessConfig& config) {
  ChainEpoch epochs = config.committed_capacity_lifetime.count() / kEpochSeconds;
  if (epochs >= actors::kMinSectorExpiration && epochs <= actors::kMaxSectorExpirationExtension) return epochs;
  return fail(ErrorCode::invalid, "Sealing.CommittedCapacitySectorLifetime must be from 180 to 1278 days, is {}",
              duration_string(config.committed_capacity_lifetime));
}

Result<sealing::PipelineConfig> pipeline_config(const MinerProcess& m) {
  const auto& c = m.config;
  sealing::PipelineConfig out;
  out.miner = m.actor;
  out.enabled = c.enable_sealing;
  out.max_sealing = TRY(within("Sealing.MaxSealingSectors", c.max_sealing_sectors, 0, INT32_MAX));
  out.pre_commit_batch_wait = c.pre_commit_batch_wait;
  out.pre_commit_batch_slack = c.pre_commit_batch_slack;
  out.max_pre_commit_batch =
      TRY(within("Sealing.MaxPreCommitBatch", c.max_pre_commit_batch, 1, actors::kPreCommitBatchMax));
  out.aggregate_commits = c.aggregate_commits;
  out.min_commit_batch = TRY(within("Sealing.MinCommitBatch", c.min_commit_batch, actors::kMinAggregatedSectors,
                                    actors::kMaxAggregatedSectors));
  out.max_commit_batch =
      TRY(within("Sealing.MaxCommitBatch", c.max_commit_batch, c.min_commit_batch, actors::kMaxAggregatedSectors));
  out.commit_batch_wait = c.commit_batch_wait;
  out.commit_batch_slack = c.commit_batch_slack;
  out.aggregate_above_base_fee = c.aggregate_above_base_fee;
  out.pre_commit_gas = {c.max_pre_commit_fee_base, c.max_pre_commit_fee_per_sector};
  out.commit_gas = {c.max_commit_fee_base, c.max_commit_fee_per_sector};
  out.terminate_gas = c.max_terminate_gas_fee;
  out.terminate_batch_wait = c.terminate_batch_wait;
  out.max_terminate_batch = TRY(within("Sealing.TerminateBatchMax", c.terminate_batch_max, 1, INT32_MAX));
  out.committed_capacity_lifetime = TRY(lifetime(c));
  out.finalize_early = c.finalize_early;
  out.collateral_from_miner_balance = c.collateral_from_miner_balance;
  out.pre_commit_control = TRY(addresses("PreCommitControl", c.pre_commit_control));
  out.commit_control = TRY(addresses("CommitControl", c.commit_control));
  out.terminate_control = TRY(addresses("TerminateControl", c.terminate_control));
  return out;
}

Result<sealing::SealerConfig> sealer_config(const MinerProcess& m) {
  constexpr int64_t kMost = 1024;
  sealing::SealerConfig out;
  out.mock = m.mock_proofs;
  out.max_pre_commit_1 = TRY(within("Storage.MaxPreCommit1", m.config.max_pre_commit_1, 1, kMost));
  out.max_pre_commit_2 = TRY(within("Storage.MaxPreCommit2", m.config.max_pre_commit_2, 1, kMost));
  out.max_commit_2 = TRY(within("Storage.MaxCommit2", m.config.max_commit_2, 1, kMost));
  out.generate_parameters = m.options.network_file && !m.mock_proofs;
  return out;
}

/// What the journal says of a transition: lotus's storage:sealing_states.
struct SealingEvent {
  SectorNumber number = 0;
  int64_t type = 0;
  std::string from, after, error;
  static constexpr auto fields = nelumbo::fields(
      field("SectorNumber", &SealingEvent::number), field("SectorType", &SealingEvent::type),
      field("From", &SealingEvent::from), field("After", &SealingEvent::after), field("Error", &SealingEvent::error));
};

void hear(MinerProcess& m, const sealing::SectorRecord& before, const sealing::SectorRecord& after) {
  if (before.state == after.state) return;
  m.transitions[static_cast<uint8_t>(after.state)].fetch_add(1, std::memory_order_relaxed);
  SealingEvent event{after.number, static_cast<int64_t>(after.proof), std::string(state_name(before.state)),
                     std::string(state_name(after.state)), after.last_error};
  m.journal->record("storage", "sealing_states", to_json(event).dump());
}

void take_out_trash(MinerProcess& m) {
  auto freed = m.storage->empty_trash(m.config.trash_age);
  if (!freed) return log_warn("miner", "emptying the trash of the storage paths: {}", freed.error().message);
  if (*freed > 0) log_info("miner", "{} of old trash deleted", size_string(BigInt(*freed)));
}

}  // namespace

Result<> prepare_sealing(MinerProcess& m) {
  auto config = TRY_IN(m.repository.config_file().string(), pipeline_config(m));
  auto sealer = TRY_IN(m.repository.config_file().string(), sealer_config(m));
  m.worker_session = new_uuid();
  m.journal = TRY(Journal::open(m.repository.folder()));
  m.sealer = sealing::make_local_sealer(sealer, m.storage);
  m.chain = sealing::make_rpc_chain(m.daemon, m.messager);
  m.pipeline = TRY_IN("the sealing pipeline",
                      sealing::make_pipeline(std::move(config), {.chain = m.chain,
                                                                 .sealer = m.sealer,
                                                                 .aggregator = sealing::make_aggregator(m.mock_proofs),
                                                                 .store = m.kv,
                                                                 .clock = system_clock()}));
  m.pipeline->on_transition([&m](const auto& before, const auto& after) { hear(m, before, after); });
  return {};
}

SealingLoops::SealingLoops(MinerProcess& m) : m_(m) {
  if (m.config.trash_age.count() == 0) return;
  care_ = std::jthread([&m](std::stop_token stop) {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    do {
      take_out_trash(m);
    } while (!wake.wait_for(lock, stop, kCarePause, [&] { return stop.stop_requested(); }) && !stop.stop_requested());
  });
}

Result<std::unique_ptr<SealingLoops>> SealingLoops::start(MinerProcess& m) {
  std::unique_ptr<SealingLoops> loops(new SealingLoops(m));
  TRY_IN("starting the sealing pipeline", m.pipeline->start());
  return loops;
}

SealingLoops::~SealingLoops() { m_.pipeline->stop(); }

}  // namespace nelumbo::node
