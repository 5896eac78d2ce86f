#include "proving_config.hpp"

#include <charconv>
#include <cstdlib>

namespace nelumbo::node {

namespace {

constexpr std::chrono::hours kNoLimit{24 * 365};

std::chrono::milliseconds limit_of(Seconds option) {
  return option.count() > 0 ? std::chrono::milliseconds(option) : std::chrono::milliseconds(kNoLimit);
}

Result<uint64_t> count_of(std::string_view name, int64_t option) {
  if (option < 0) return fail(ErrorCode::invalid, "[Proving] {} is {}: it must not be negative", name, option);
  return static_cast<uint64_t>(option);
}

/// LOTUS_RECOVERING_SECTOR_LIMIT, as lotus reads it: no option of the file.
Result<uint64_t> recovering_sector_limit() {
  const char* text = std::getenv("LOTUS_RECOVERING_SECTOR_LIMIT");
  if (text == nullptr || *text == '\0') return 0;
  uint64_t out = 0;
  const std::string_view view(text);
  auto [end, error] = std::from_chars(view.data(), view.data() + view.size(), out);
  if (error == std::errc() && end == view.data() + view.size()) return out;
  return fail(ErrorCode::invalid, "LOTUS_RECOVERING_SECTOR_LIMIT is \"{}\", expected a whole number", view);
}

Result<> add_addresses(std::vector<Address>& out, std::string_view name, const StringList& texts) {
  for (const auto& text : texts) out.push_back(TRY_IN(fmt::format("[Addresses] {}", name), Address::parse(text)));
  return {};
}

}  // namespace

Result<mining::WindowPostConfig> window_post_config(const MinerProcessConfig& config, const Address& miner,
                                                    bool mock_proofs) {
  mining::WindowPostConfig out;
  out.miner = miner;
  TRY(add_addresses(out.other_kinds, "PreCommitControl", config.pre_commit_control));
  TRY(add_addresses(out.other_kinds, "CommitControl", config.commit_control));
  TRY(add_addresses(out.other_kinds, "TerminateControl", config.terminate_control));
  TRY(add_addresses(out.other_kinds, "DealPublishControl", config.deal_publish_control));
  out.worker_fallback = !config.disable_worker_fallback;
  out.owner_fallback = !config.disable_owner_fallback;
  out.max_fee = config.max_window_post_gas_fee;
  out.maximize_fee_cap = config.maximize_window_post_fee_cap;
  out.max_partitions_per_message = TRY(count_of("MaxPartitionsPerPoStMessage", config.max_partitions_per_post_message));
  out.max_partitions_per_declaration =
      TRY(count_of("MaxPartitionsPerRecoveryMessage", config.max_partitions_per_recovery_message));
  out.recovering_sector_limit = TRY(recovering_sector_limit());
  out.single_recovering_partition = config.single_recovering_partition;
  out.pre_checks = !config.disable_post_pre_checks;
  out.verify = !config.disable_post_verification;
  out.checks.parallel = TRY(count_of("ParallelCheckLimit", config.parallel_check_limit));
  out.checks.single = limit_of(config.single_check_timeout);
  out.checks.all = limit_of(config.partition_check_timeout);
  out.checks.mock = mock_proofs;
  return out;
}

}  // namespace nelumbo::node
