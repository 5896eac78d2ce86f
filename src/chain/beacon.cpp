#include "chain/beacon.hpp"

#include <algorithm>
#include <mutex>

#include "chain/drand.hpp"
#include "crypto/keys.hpp"
#include "lru.hpp"

namespace nelumbo::chain {

struct Beacon::Known {
  std::mutex mutex;
  Lru<uint64_t, Bytes> good{4096};  ///< signatures that were checked
};

namespace {

/// The newest round that may be asked for at a time; network version 16 corrected the count by one (FIP-0028's
/// upgrade).
constexpr uint32_t kRoundFromOneVersion = 16;

/// Chained networks (before quicknet): BLS on G1 keys over sha256(previous signature, round).
bool verify_chained(BytesView public_key, uint64_t round, BytesView previous, BytesView signature) {
  Bytes input = to_bytes(previous);
  for (int shift = 56; shift >= 0; shift -= 8) input.push_back(static_cast<uint8_t>(round >> shift));
  return bls::verify(signature, public_key, sha256(input));
}

class KeyBeaconSource : public BeaconSource {
 public:
  explicit KeyBeaconSource(Bytes secret) : secret_(std::move(secret)) {}
  Result<BeaconEntry> entry(uint64_t round) override {
    auto signature = TRY(drand::sign(secret_, round));
    return BeaconEntry{round, std::move(signature)};
  }

 private:
  Bytes secret_;
};

}  // namespace

std::shared_ptr<BeaconSource> make_key_beacon_source(Bytes secret) {
  return std::make_shared<KeyBeaconSource>(std::move(secret));
}

Beacon::Beacon(DrandNetwork drand, uint64_t genesis_time, uint64_t block_delay, std::shared_ptr<BeaconSource> source)
    : drand_(std::move(drand)),
      public_key_(from_hex(drand_.public_key).value_or(Bytes())),
      genesis_time_(genesis_time),
      block_delay_(block_delay),
      source_(std::move(source)),
      known_(std::make_unique<Known>()) {}
Beacon::~Beacon() = default;

uint64_t Beacon::round_for(ChainEpoch epoch, uint32_t network_version) const {
  const auto time = static_cast<int64_t>(genesis_time_) + (epoch - 1) * static_cast<int64_t>(block_delay_);
  const int64_t since = time - drand_.genesis_time;
  if (network_version < kRoundFromOneVersion)
    return static_cast<uint64_t>(since) / static_cast<uint64_t>(drand_.period);
  if (since < 0) return 1;
  return static_cast<uint64_t>(since / drand_.period) + 1;
}

Result<> Beacon::verify(const BeaconEntry& entry, BytesView previous) const {
  {
    std::lock_guard lock(known_->mutex);
    if (auto good = known_->good.get(entry.round)) {
      if (*good == entry.data) return {};
      return fail(ErrorCode::invalid, "beacon entry of round {} differs from the good one known", entry.round);
    }
  }
  const bool good = drand_.unchained ? drand::verify(public_key_, entry.round, entry.data)
                                     : verify_chained(public_key_, entry.round, previous, entry.data);
  if (!good) return fail(ErrorCode::invalid, "signature of beacon round {} is not valid", entry.round);
  std::lock_guard lock(known_->mutex);
  known_->good.put(entry.round, entry.data);
  return {};
}

Result<BeaconEntry> Beacon::entry(uint64_t round) const {
  {
    std::lock_guard lock(known_->mutex);
    if (auto good = known_->good.get(round)) return BeaconEntry{round, *good};
  }
  auto entry = TRY(source_->entry(round));
  if (entry.round != round)
    return fail(ErrorCode::invalid, "beacon answered with round {} for round {}", entry.round, round);
  // A chained entry is checked as part of a block, where the one before it is at hand.
  if (drand_.unchained) TRY(verify(entry, {}));
  return entry;
}

Result<std::shared_ptr<const BeaconSchedule>> BeaconSchedule::make(const NetworkParams& params, uint64_t genesis_time,
                                                                   const SourceMaker& source) {
  if (params.beacons.empty()) return fail(ErrorCode::invalid, "network {} has no beacon", params.name);
  auto schedule = std::make_shared<BeaconSchedule>();
  for (const auto& point : params.beacons) {
    TRY_IN("beacon's public key", from_hex(point.drand.public_key));
    if (point.drand.period <= 0) return fail(ErrorCode::invalid, "beacon's period is {} s", point.drand.period);
    auto from = source ? source(point.drand) : make_drand_client(point.drand);
    schedule->points_.push_back(
        {point.start, std::make_unique<Beacon>(point.drand, genesis_time, params.block_delay, std::move(from))});
  }
  return std::shared_ptr<const BeaconSchedule>(std::move(schedule));
}

const Beacon& BeaconSchedule::at(ChainEpoch epoch) const {
  for (auto it = points_.rbegin(); it != points_.rend(); ++it) {
    if (epoch >= it->start) return *it->beacon;
  }
  return *points_.front().beacon;
}

Result<std::vector<BeaconEntry>> BeaconSchedule::entries_for_block(ChainEpoch epoch, ChainEpoch parent_epoch,
                                                                   const BeaconEntry& previous,
                                                                   uint32_t network_version) const {
  const Beacon& beacon = at(epoch);
  const uint64_t newest = beacon.round_for(epoch, network_version);
  std::vector<BeaconEntry> out;
  if (&at(parent_epoch) != &beacon && beacon.chained()) {
    // Changing to a chained network takes two entries, so that the second can be checked.
    out.push_back(TRY(beacon.entry(newest - 1)));
    out.push_back(TRY(beacon.entry(newest)));
    return out;
  }
  if (newest == previous.round) return out;
  for (ChainEpoch each = parent_epoch + 1; each <= epoch; ++each) {
    out.push_back(TRY(beacon.entry(beacon.round_for(each, network_version))));
  }
  return out;
}

Result<> BeaconSchedule::check_rounds(const BlockHeader& header, ChainEpoch parent_epoch, const BeaconEntry& previous,
                                      uint32_t network_version) const {
  const Beacon& beacon = at(header.height);
  const auto& entries = header.beacon_entries;
  if (&at(parent_epoch) != &beacon && beacon.chained()) {
    if (entries.size() == 2) return {};
    return fail(ErrorCode::invalid, "{} beacon entries where the beacon changes, expected 2", entries.size());
  }
  const uint64_t newest = beacon.round_for(header.height, network_version);
  if (newest == previous.round) {
    if (entries.empty()) return {};
    return fail(ErrorCode::invalid, "{} beacon entries although there is no new round", entries.size());
  }
  if (entries.empty()) return fail(ErrorCode::invalid, "no beacon entries, expected up to round {}", newest);
  if (beacon.chained() && previous.round == 0) return {};  // nothing to check the first one against
  if (entries.back().round != newest) {
    return fail(ErrorCode::invalid, "last beacon entry is of round {}, expected {}", entries.back().round, newest);
  }
  if (beacon.chained()) return {};
  for (size_t i = 0; i < entries.size(); ++i) {
    const ChainEpoch epoch = parent_epoch + 1 + static_cast<ChainEpoch>(i);
    const uint64_t expected = beacon.round_for(epoch, network_version);
    if (entries[i].round != expected) {
      return fail(ErrorCode::invalid, "beacon entry of round {} for epoch {}, expected {}", entries[i].round, epoch,
                  expected);
    }
  }
  return {};
}

Result<> BeaconSchedule::check_block(const BlockHeader& header, ChainEpoch parent_epoch, const BeaconEntry& previous,
                                     uint32_t network_version) const {
  TRY(check_rounds(header, parent_epoch, previous, network_version));
  const Beacon& beacon = at(header.height);
  const auto& entries = header.beacon_entries;
  if (beacon.chained()) {
    if (&at(parent_epoch) != &beacon) return beacon.verify(entries[1], entries[0].data);
    if (previous.round == 0) return {};
  }
  const Bytes* last = &previous.data;
  for (const auto& entry : entries) {
    TRY(beacon.verify(entry, *last));
    last = &entry.data;
  }
  return {};
}

}  // namespace nelumbo::chain
