// A catch-up's first half: headers from the target back to a validated ancestor.

#include "catch_up.hpp"

namespace nelumbo::chain {

namespace {

/// Where the head's chain and the other have passed each other, the page that is asked for.
constexpr size_t kForkPage = 100;
/// How many finalities below the head a split is looked for, only to name it.
constexpr ChainEpoch kDeepest = 10;

}  // namespace

Result<> CatchUp::check_bad(const TipsetKey& key) {
  for (const auto& cid : key.cids) {
    auto why = parts_.syncer.bad_block(cid);
    if (!why) continue;
    parts_.syncer.mark_descendants(*target_, cid, *why);
    return end(why->by_operator ? Kind::known_bad : Kind::bad_chain,
               fmt::format("block {} is bad: {}", cid.str(), why->reason));
  }
  return {};
}

/// What a check of one tipset's headers means for the whole chain.
Result<> CatchUp::header_result(Result<> result, const Tipset& tipset) {
  if (result) return {};
  auto& error = result.error();
  if (error.code == ErrorCode::unavailable) return end(Kind::incomplete, error.message);
  const Cid& root = tipset.cids().front();
  if (tipset.cids().size() == 1) parts_.syncer.mark_bad(root, error.message, false);
  parts_.syncer.mark_descendants(*target_, root, {error.message, false, root});
  return end(Kind::bad_chain, fmt::format("header of epoch {}: {}", tipset.height(), error.message));
}

Result<> CatchUp::check_alone(const Tipset& tipset) {
  TRY(check_bad(tipset.key()));
  return header_result(checks_.alone(tipset), tipset);
}

Result<> CatchUp::check_link(const Tipset& child, const Tipset& parent) {
  return header_result(checks_.link(child, parent), child);
}

Result<TipsetPtr> CatchUp::known(const TipsetKey& key) {
  auto tipset = store_.load_tipset(key);
  if (tipset && TRY(store_.is_validated(**tipset))) return tipset;
  if (!tipset && tipset.error().code != ErrorCode::not_found) return tipset;
  return TipsetPtr();
}

/// Refuses a chain that has passed the checkpoint or gone too deep without meeting ours.
Result<> CatchUp::check_depth(const Tipset& lowest) {
  auto checkpoint = forced_ ? nullptr : store_.checkpoint();
  if (checkpoint && lowest.height() <= checkpoint->height()) {
    return end(Kind::refused, fmt::format("its chain leaves out the checkpoint of epoch {}", checkpoint->height()));
  }
  if (lowest.height() >= head_->height() - kDeepest * parts_.options.finality) return {};
  failure_.split = lowest.height();
  failure_.below = true;
  return end(Kind::forked, fmt::format("its chain has split off below epoch {}, which is final", lowest.height()));
}

/// The same for the place where it meets our chains.
Result<> CatchUp::check_base(const TipsetPtr& base) {
  TipsetPtr split = base;
  auto head = store_.heaviest();
  while (split->height() > head->height() || !TRY(store_.is_ancestor(*split, head))) split = TRY(store_.parent(*split));
  auto checkpoint = forced_ ? nullptr : store_.checkpoint();
  if (checkpoint && split->height() < checkpoint->height()) {
    return end(Kind::refused, fmt::format("its chain leaves out the checkpoint of epoch {}", checkpoint->height()));
  }
  if (split->height() >= head->height() - parts_.options.finality) return {};
  failure_.split = split->height();
  return end(Kind::forked, fmt::format("its chain has split off at epoch {}, which is final", split->height()));
}

Result<> CatchUp::fetch_page(TipsetPtr& lowest) {
  auto& log = parts_.log;
  const ChainEpoch above = lowest->height() - head_->height();
  const size_t count = std::min(parts_.options.header_page, above > 1 ? static_cast<size_t>(above) : kForkPage);
  auto page = parts_.source.headers(log.next(), count);
  if (!page) return end(Kind::incomplete, fmt::format("no headers: {}", page.error().message));
  std::vector<TipsetPtr> good;
  TipsetPtr child = lowest;
  for (const auto& tipset : *page) {
    if (tipset->key() != child->parents()) {
      return end(Kind::incomplete,
                 fmt::format("asked for the tipset {}, got {}", child->parents().str(), tipset->key().str()));
    }
    if (TRY(store_.is_validated(*tipset))) break;
    if (tipset->height() == 0) {
      return header_result(
          fail(ErrorCode::invalid, "the chain begins with another genesis block, {}", tipset->key().str()), *tipset);
    }
    TRY(check_alone(*tipset));
    TRY(check_link(*child, *tipset));
    good.push_back(tipset);
    child = tipset;
  }
  if (good.empty()) return end(Kind::incomplete, fmt::format("nobody gave the tipset {}", log.next().str()));
  TRY(header_result(checks_.beacon_signature(*good.front()), *good.front()));
  TRY(log.extend(good));
  lowest = TRY(log.lowest());
  report([&](SyncStatus& status) { status.height = lowest->height(); });
  return {};
}

Result<TipsetPtr> CatchUp::collect() {
  report([](SyncStatus& status) { status.stage = SyncStatus::Stage::headers; });
  TRY(check_alone(*target_));
  TRY(parts_.log.begin(target_));
  auto lowest = TRY(parts_.log.lowest());
  while (true) {
    TRY(going_on());
    TRY(check_bad(parts_.log.next()));
    if (auto base = TRY(known(parts_.log.next()))) {
      TRY(check_link(*lowest, *base));
      TRY(check_base(base));
      return base;
    }
    TRY(check_depth(*lowest));
    if (parts_.outvoted()) return end(Kind::outvoted, "other heads have more peers behind them");
    TRY(fetch_page(lowest));
  }
}

}  // namespace nelumbo::chain
