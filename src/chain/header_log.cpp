#include "header_log.hpp"

#include "store_state.hpp"

namespace nelumbo::chain {

namespace {

/// Older segments that are kept; each is the rest of a catch-up that was interrupted.
constexpr size_t kKeptSegments = 4;
constexpr std::string_view kSegmentsKey = "segments";

template <class T>
Result<T> own_record(BytesView data, std::string_view what) {
  auto value = from_cbor<T>(data, CborLimits{.max_items = 1u << 20});
  if (!value) return fail(ErrorCode::failed, "{} on disk: {}", what, value.error().message);
  return value;
}

Result<TipsetPtr> tipset_of(std::vector<BlockHeader> blocks) {
  auto tipset = Tipset::make(std::move(blocks));
  if (!tipset) return fail(ErrorCode::failed, "fetched headers on disk: {}", tipset.error().message);
  return tipset;
}

KvStore::Write removal(ChainEpoch epoch) { return {std::string(HeaderLog::kHeaders), epoch_key(epoch), std::nullopt}; }

}  // namespace

Result<HeaderLog> HeaderLog::open(std::shared_ptr<KvStore> kv) {
  HeaderLog log(std::move(kv));
  if (auto data = TRY(log.kv_->get(kSegments, as_bytes(kSegmentsKey)))) {
    log.segments_ = TRY(own_record<std::vector<HeaderSegment>>(*data, "the list of fetched headers"));
  }
  return log;
}

Result<> HeaderLog::save(std::vector<KvStore::Write> writes) {
  writes.push_back({std::string(kSegments), to_bytes(kSegmentsKey), to_cbor(segments_)});
  return in_context(kv_->write(writes, false), "storing fetched headers");
}

void HeaderLog::add(const TipsetPtr& tipset, std::vector<KvStore::Write>& writes) {
  auto& segment = segments_.front();
  segment.low = tipset->height();
  segment.next = tipset->parents();
  writes.push_back({std::string(kHeaders), epoch_key(tipset->height()), to_cbor(tipset->blocks())});
}

Result<> HeaderLog::remove_entries(ChainEpoch from, ChainEpoch to, std::vector<KvStore::Write>& writes) {
  if (from > to) return {};
  return kv_->scan(kHeaders, epoch_key(from), [&](BytesView key, BytesView) {
    const ChainEpoch epoch = epoch_of(key);
    if (epoch <= to) writes.push_back(removal(epoch));
    return epoch < to;
  });
}

Result<std::optional<std::vector<BlockHeader>>> HeaderLog::entry(ChainEpoch epoch) {
  std::optional<std::vector<BlockHeader>> out;
  auto data = TRY(kv_->get(kHeaders, epoch_key(epoch)));
  if (data) out = TRY(own_record<std::vector<BlockHeader>>(*data, "fetched headers"));
  return out;
}

Result<> HeaderLog::begin(const TipsetPtr& target) {
  std::vector<KvStore::Write> writes;
  if (!segments_.empty()) {
    auto& newest = segments_.front();
    if (newest.top == target->key()) return {};
    if (target->height() >= newest.low && target->height() <= newest.high) {
      auto known = TRY(entry(target->height()));
      if (known && TRY(tipset_of(*known))->key() == target->key()) {
        TRY(remove_entries(target->height() + 1, newest.high, writes));
        newest.high = target->height();
        newest.top = target->key();
        return save(std::move(writes));
      }
    }
  }
  // Segments that reach above the target belong to other chains from there on: cut them.
  std::erase_if(segments_, [&](const HeaderSegment& each) { return each.low >= target->height(); });
  for (auto& each : segments_) {
    if (each.high < target->height()) continue;
    TRY(remove_entries(target->height(), each.high, writes));
    each.high = target->height() - 1;
    each.top = {};
  }
  if (segments_.size() >= kKeptSegments) {
    TRY(remove_entries(segments_.back().low, segments_.back().high, writes));
    segments_.pop_back();
  }
  segments_.insert(segments_.begin(), {target->key(), target->parents(), target->height(), target->height()});
  add(target, writes);
  TRY(join(target, writes));
  return save(std::move(writes));
}

Result<bool> HeaderLog::join(const TipsetPtr& lowest, std::vector<KvStore::Write>& writes) {
  while (segments_.size() > 1) {
    const auto older = segments_[1];
    const ChainEpoch height = lowest->height();
    bool joined = !older.top.empty() && lowest->parents() == older.top;
    if (!joined && height > older.high) return false;
    if (!joined && height >= older.low) {
      auto known = TRY(entry(height));
      joined = known && TRY(tipset_of(*known))->key() == lowest->key();
    }
    if (joined) {
      TRY(remove_entries(height + 1, older.high, writes));
      segments_.front().low = older.low;
      segments_.front().next = older.next;
      segments_.erase(segments_.begin() + 1);
      return true;
    }
    if (height > older.low) {
      // Another chain up to here; below, the two may still meet.
      TRY(remove_entries(height + 1, older.high, writes));
      segments_[1].high = height - 1;
      segments_[1].top = {};
      return false;
    }
    TRY(remove_entries(std::max(height + 1, older.low), older.high, writes));
    segments_.erase(segments_.begin() + 1);
  }
  return false;
}

Result<> HeaderLog::extend(std::span<const TipsetPtr> page) {
  std::vector<KvStore::Write> writes;
  for (const auto& tipset : page) {
    if (tipset->key() != next()) {
      return fail(ErrorCode::failed, "tipset {} does not follow on the fetched headers", tipset->key().str());
    }
    add(tipset, writes);
    if (TRY(join(tipset, writes))) break;
  }
  return save(std::move(writes));
}

Result<TipsetPtr> HeaderLog::lowest() {
  auto lowest = TRY(read(segments_.front().low - 1, 1));
  if (lowest.empty()) return fail(ErrorCode::failed, "the fetched headers on disk have gone");
  return lowest.front();
}

Result<std::vector<TipsetPtr>> HeaderLog::read(ChainEpoch above, size_t count) {
  std::vector<TipsetPtr> out;
  if (segments_.empty()) return out;
  const auto& segment = segments_.front();
  Result<> each_read;
  TRY(kv_->scan(kHeaders, epoch_key(std::max(above + 1, segment.low)), [&](BytesView key, BytesView value) {
    if (out.size() >= count || epoch_of(key) > segment.high) return false;
    each_read = [&]() -> Result<> {
      out.push_back(TRY(tipset_of(TRY(own_record<std::vector<BlockHeader>>(value, "fetched headers")))));
      return {};
    }();
    return each_read.has_value();
  }));
  TRY(std::move(each_read));
  return out;
}

Result<> HeaderLog::drop_to(const Tipset& validated) {
  if (segments_.empty()) return {};
  auto& segment = segments_.front();
  std::vector<KvStore::Write> writes;
  TRY(remove_entries(segment.low, std::min(validated.height(), segment.high), writes));
  if (validated.height() >= segment.high) {
    segments_.erase(segments_.begin());
  } else {
    segment.low = std::max(segment.low, validated.height() + 1);
    segment.next = validated.key();
  }
  return save(std::move(writes));
}

Result<> HeaderLog::clear() {
  std::vector<KvStore::Write> writes;
  TRY(remove_entries(0, std::numeric_limits<ChainEpoch>::max(), writes));
  segments_.clear();
  return save(std::move(writes));
}

}  // namespace nelumbo::chain
