#include <algorithm>

#include "actors/miner.hpp"
#include "cbor_shapes.hpp"
#include "ipld/hamt.hpp"
#include "map_keys.hpp"

namespace nelumbo::actors {

namespace {

constexpr CborLimits kStateLimits{.max_items = 1u << 20};

/// The object that a miner's state links its deadlines through.
struct Deadlines {
  std::vector<Cid> due;
  static constexpr auto fields = nelumbo::fields(field("Due", &Deadlines::due));
};

/// The vesting schedule before actors v16.
struct OldVestingFunds {
  std::vector<VestingFund> funds;
  static constexpr auto fields = nelumbo::fields(field("Funds", &OldVestingFunds::funds));
};

/// The state in any known shape; `old_vesting` receives the link of the versions that have one.
Result<MinerState> decode_state(BytesView data, std::optional<Cid>& old_vesting, AmtVersion& amt) {
  CborReader r(data, kStateLimits);
  MinerState s;
  uint64_t shape = TRY(read_shape(r, "miner state", {13, 15}));
  TRY(read_items(r, s.info, s.pre_commit_deposits, s.locked_funds));
  // A link before v16; from then on null or [head, tail].
  if (r.peek() == CborReader::Kind::tag) {
    TRY(read_items(r, old_vesting.emplace()));
  } else {
    TRY(read_items(r, s.vesting_funds));
  }
  if (shape == 13) {
    amt = AmtVersion::v0;
  } else {
    TRY(read_items(r, s.fee_debt));
  }
  TRY(read_items(r, s.initial_pledge, s.pre_committed_sectors, s.pre_committed_sectors_clean_up, s.allocated_sectors,
                 s.sectors, s.proving_period_start, s.current_deadline, s.deadlines, s.early_terminations));
  if (shape == 15) TRY(read_items(r, s.deadline_cron_active));
  TRY(r.finish());
  return s;
}

}  // namespace

Result<MinerView> MinerView::load(BlockstorePtr store, const Cid& head) {
  MinerView view;
  auto data = TRY(get_block(*store, head));
  view.state_ = TRY_IN(head.str(), decode_state(data, view.old_vesting_, view.amt_));
  view.store_ = std::move(store);
  return view;
}

Result<MinerInfo> MinerView::info() const { return get_cbor<MinerInfo>(*store_, state_.info); }

Result<Deadline> MinerView::deadline(uint64_t index) const {
  auto deadlines = TRY(get_cbor<Deadlines>(*store_, state_.deadlines));
  if (index >= deadlines.due.size()) {
    return fail(ErrorCode::invalid, "deadline {} of a miner with {}", index, deadlines.due.size());
  }
  return get_cbor<Deadline>(*store_, deadlines.due[index]);
}

Result<std::vector<Partition>> MinerView::partitions(uint64_t index) const { return partitions(TRY(deadline(index))); }

Result<std::vector<Partition>> MinerView::partitions(const Deadline& deadline) const {
  std::vector<Partition> out;
  auto array = TRY(Amt::load(store_, deadline.partitions, amt_));
  TRY(array.for_each([&](uint64_t, BytesView value) -> Result<> {
    out.push_back(TRY(from_cbor<Partition>(value, kStateLimits)));
    return {};
  }));
  return out;
}

Result<std::optional<SectorOnChainInfo>> MinerView::sector(SectorNumber number) const {
  auto array = TRY(Amt::load(store_, state_.sectors, amt_));
  return array.get_as<SectorOnChainInfo>(number);
}

Result<std::vector<SectorOnChainInfo>> MinerView::sectors(const BitField* only) const {
  std::vector<SectorOnChainInfo> out;
  auto array = TRY(Amt::load(store_, state_.sectors, amt_));
  if (!only) {
    TRY(array.for_each([&](uint64_t, BytesView value) -> Result<> {
      out.push_back(TRY(from_cbor<SectorOnChainInfo>(value, kStateLimits)));
      return {};
    }));
    return out;
  }
  for (uint64_t number : TRY(only->values(uint64_t{64} << 20))) {
    auto sector = TRY(array.get_as<SectorOnChainInfo>(number));
    if (!sector) return fail(ErrorCode::not_found, "the miner has no sector {}", number);
    out.push_back(*std::move(sector));
  }
  return out;
}

Result<std::vector<SectorOnChainInfo>> MinerView::active_sectors() const {
  BitField active;
  for (uint64_t index = 0; index < kDeadlines; ++index) {
    for (const auto& partition : TRY(partitions(index))) active = active | partition.active();
  }
  return sectors(&active);
}

Result<BitField> MinerView::live_sectors() const {
  BitField live;
  for (uint64_t index = 0; index < kDeadlines; ++index) {
    for (const auto& partition : TRY(partitions(index))) live = live | partition.live();
  }
  return live;
}

Result<MinerView::Location> MinerView::find_sector(SectorNumber number) const {
  for (uint64_t index = 0; index < kDeadlines; ++index) {
    auto each = TRY(partitions(index));
    for (uint64_t i = 0; i < each.size(); ++i) {
      if (each[i].sectors.contains(number)) return Location{index, i};
    }
  }
  return fail(ErrorCode::not_found, "sector {} is in no deadline", number);
}

Result<std::optional<SectorPreCommitOnChainInfo>> MinerView::pre_commit(SectorNumber number) const {
  auto map = TRY(Hamt::load(store_, state_.pre_committed_sectors));
  return map.get_as<SectorPreCommitOnChainInfo>(uint_key(number));
}

Result<std::vector<SectorPreCommitOnChainInfo>> MinerView::pre_commits() const {
  std::vector<SectorPreCommitOnChainInfo> out;
  auto map = TRY(Hamt::load(store_, state_.pre_committed_sectors));
  TRY(map.for_each([&](BytesView, BytesView value) -> Result<> {
    out.push_back(TRY(from_cbor<SectorPreCommitOnChainInfo>(value, kStateLimits)));
    return {};
  }));
  std::ranges::sort(out, {}, [](const auto& each) { return each.info.sector_number; });
  return out;
}

Result<BitField> MinerView::allocated_sectors() const { return get_cbor<BitField>(*store_, state_.allocated_sectors); }

Result<bool> MinerView::sector_allocated(SectorNumber number) const {
  return TRY(allocated_sectors()).contains(number);
}

Result<std::vector<VestingFund>> MinerView::vesting_funds() const {
  if (old_vesting_) return TRY(get_cbor<OldVestingFunds>(*store_, *old_vesting_)).funds;
  if (!state_.vesting_funds) return std::vector<VestingFund>();
  auto funds = TRY(get_cbor<std::vector<VestingFund>>(*store_, state_.vesting_funds->tail));
  funds.insert(funds.begin(), state_.vesting_funds->head);
  return funds;
}

Result<TokenAmount> MinerView::vested_funds(ChainEpoch epoch) const {
  TokenAmount vested;
  for (const auto& fund : TRY(vesting_funds())) {
    if (fund.epoch >= epoch) break;
    vested += fund.amount;
  }
  return vested;
}

Result<TokenAmount> MinerView::available_balance(const TokenAmount& balance, ChainEpoch epoch) const {
  TokenAmount available = balance - locked_total() - state_.fee_debt + TRY(vested_funds(epoch));
  return available < 0 ? TokenAmount(0) : available;
}

TokenAmount MinerView::locked_total() const {
  return state_.locked_funds + state_.pre_commit_deposits + state_.initial_pledge;
}

}  // namespace nelumbo::actors
