#include "confirmer.hpp"

#include "base/log.hpp"
#include "types/network.hpp"

namespace nelumbo::messager {

namespace {

constexpr const char* kLease = "confirm";
/// Epochs of one stretch: a stretch is one transaction, and must be done well within the lease.
constexpr ChainEpoch kStretch = 30;
constexpr size_t kPage = 1000;
constexpr size_t kMostIds = 10'000;

}  // namespace

bool Confirmer::renew() {
  auto lease = core_.book->lease(kLease, core_.config.holder, core_.config.lease);
  if (!lease) {
    core_.book_answer(std::unexpected(lease.error()));
    lease_.reset();
  } else {
    if (*lease && !lease_) log_info("messager", "this server confirms messages now");
    if (!*lease && lease_) log_info("messager", "another server confirms messages now");
    lease_ = *std::move(lease);
  }
  core_.leader = lease_.has_value();
  return lease_.has_value();
}

void Confirmer::release() {
  core_.leader = false;
  if (!lease_) return;
  if (auto done = core_.book->release(kLease, *lease_); !done) {
    log_warn("messager", "giving up the lease: {}", done.error().message);
  }
  lease_.reset();
}

Result<bool> Confirmer::step() {
  std::string troubles;
  for (size_t node : core_.nodes.order()) {
    book_failed_ = false;
    auto more = step_by(node);
    if (more) return more;
    if (book_failed_) {
      if (more.error().code == ErrorCode::unavailable) core_.book_answer(std::unexpected(more.error()));
      return more;
    }
    if (is_no_answer(more.error())) core_.nodes.failed(node, more.error());
    troubles += fmt::format("{}{}: {}", troubles.empty() ? "" : "; ", core_.nodes.name(node), more.error().message);
  }
  return fail(ErrorCode::unavailable, "the chain cannot be looked through ({})",
              troubles.empty() ? "no node is configured" : troubles);
}

Result<bool> Confirmer::step_by(size_t index) {
  auto& node = core_.nodes.at(index);
  auto head = TRY(node.head());
  auto cursor = TRY(by_book(core_.book->cursor()));
  if (!cursor) {
    auto start = TRY(first_tipset(node, head));
    TRY(keep(start, {}));
    log_info("messager", "the chain is looked through from epoch {} on", start->height());
    return start->key() != head->key();
  }
  if (head->key() == cursor->key) return false;
  if (followed_ != index && head->height() < cursor->height) {
    // A node that is behind must not undo what a better one has told.
    return fail(ErrorCode::not_found, "is at epoch {}, behind {}", head->height(), cursor->height);
  }
  auto target = TRY(next_target(node, *cursor, head));
  auto path = node.path(cursor->key, target->key());
  if (!path) {
    auto known = node.tipset(cursor->key);
    if (known || is_no_answer(known.error()) || is_no_answer(path.error())) {
      return std::unexpected(std::move(path).error());
    }
    TRY(start_over(node, *cursor, head));
    followed_ = index;
    return true;
  }
  auto found = TRY(walk(node, *cursor, *path));
  TRY(keep(target, found));
  followed_ = index;
  return target->key() != head->key();
}

Result<TipsetPtr> Confirmer::first_tipset(ChainNode& node, const TipsetPtr& head) {
  // What was sent before there was a cursor may be on chain already.
  auto height = head->height();
  for (const auto& pending : TRY(by_book(core_.book->pending_summary()))) {
    for (const auto& row : TRY(by_book(core_.book->pending(pending.address, pending.lowest_nonce, 1)))) {
      height = std::min(height, row.gr_epoch);
    }
  }
  if (height == head->height()) return head;
  return node.tipset_at(std::max<ChainEpoch>({0, height, head->height() - kChainFinality}));
}

Result<TipsetPtr> Confirmer::next_target(ChainNode& node, const Cursor& cursor, const TipsetPtr& head) {
  for (ChainEpoch stretch = kStretch; cursor.height + stretch < head->height(); stretch *= 2) {
    auto target = TRY(node.tipset_at(cursor.height + stretch));
    // Null rounds: the tipset at a height may be an earlier one.
    if (target->height() > cursor.height) return target;
  }
  return head;
}

Result<std::vector<Executed>> Confirmer::ours(ChainNode& node, const Tipset& tipset) {
  if (tipset.height() == 0) return std::vector<Executed>();
  std::vector<Executed> out;
  for (auto& each : TRY(node.executed(tipset))) {
    auto& from = each.message.from;
    if (from.is_id()) {
      // A block may name a sender by its ID; messages of ours have the key address.
      auto known = by_id_.find(from);
      if (known == by_id_.end()) {
        if (by_id_.size() >= kMostIds) by_id_.clear();
        auto key = node.key_address(from);
        if (!key && is_no_answer(key.error())) return std::unexpected(std::move(key).error());
        known = by_id_.emplace(from, key.value_or(from)).first;
      }
      from = known->second;
    }
    if (wallets_.contains(from)) out.push_back(std::move(each));
  }
  return out;
}

Result<Confirmer::Found> Confirmer::walk(ChainNode& node, const Cursor& cursor,
                                         const std::vector<rpc::HeadChange>& path) {
  wallets_.clear();
  for (const auto& wallet : TRY(by_book(core_.book->wallets()))) wallets_.insert(wallet.address);
  Found found;
  std::map<TipsetKey, ChainEpoch> heights{{cursor.key, cursor.height}};
  for (const auto& change : path) {
    if (!change.val) return fail(ErrorCode::failed, "a head change without a tipset");
    heights[change.val->key()] = change.val->height();
    auto messages = TRY(ours(node, *change.val));
    if (messages.empty()) continue;
    if (change.type == "revert") {
      for (const auto& each : messages) found.removed.push_back({each.message.from, each.message.nonce});
      continue;
    }
    const auto parents = change.val->parents();
    auto height = heights.find(parents);
    if (height == heights.end()) height = heights.emplace(parents, TRY(node.tipset(parents))->height()).first;
    for (const auto& each : messages) {
      found.included.push_back({each.message.from, each.message.nonce, each.cid, height->second, each.receipt.exit_code,
                                each.receipt.gas_used});
    }
  }
  return found;
}

Result<> Confirmer::start_over(ChainNode& node, const Cursor& cursor, const TipsetPtr& head) {
  const auto height = std::max<ChainEpoch>(0, std::min(cursor.height, head->height()) - kChainFinality);
  auto base = TRY(node.tipset_at(height));
  log_warn(
      "messager",
      "node {} does not know the tipset at epoch {} up to which the chain was looked through; it is looked through "
      "again from epoch {} on",
      node.name(), cursor.height, base->height());
  Found found;
  for (size_t offset = 0;; offset += kPage) {
    MessageFilter filter;
    filter.on_chain = true;
    filter.limit = kPage;
    filter.offset = offset;
    auto rows = TRY(by_book(core_.book->list(filter)));
    for (const auto& row : rows) {
      if (row.epoch >= base->height()) found.removed.push_back({row.address, row.nonce});
    }
    if (rows.size() < kPage) break;
  }
  return keep(base, found);
}

Result<> Confirmer::keep(const TipsetPtr& to, const Found& found) {
  if (!lease_) return fail(ErrorCode::permission, "the lease for confirming is not held");
  const auto waited = TRY(look_at(found.included));
  auto done = by_book(core_.book->advance(*lease_, {to->key(), to->height()}, found.removed, found.included));
  if (!done) {
    if (done.error().code == ErrorCode::permission) {
      lease_.reset();
      core_.leader = false;
    }
    return done;
  }
  core_.counters.landed += waited.size();
  for (auto ms : waited) core_.counters.latency.observe(ms);
  for (const auto& each : found.removed) {
    const bool back = std::ranges::any_of(found.included, [&](const Inclusion& other) {
      return other.address == each.address && other.nonce == each.nonce;
    });
    if (back) continue;
    ++core_.counters.reorganised;
    log_warn("messager", "message {} of {} was taken off the chain by a reorganisation; it is sent again", each.nonce,
             each.address.str());
    core_.resend(each.address, each.nonce);
  }
  if (!found.removed.empty() || !found.included.empty()) core_.refresh_ledger();
  core_.news.tell();
  return {};
}

Result<std::vector<int64_t>> Confirmer::look_at(const std::vector<Inclusion>& included) {
  std::vector<int64_t> waited;
  for (const auto& each : included) {
    auto row = TRY(by_book(core_.book->find(each.address, each.nonce)));
    if (!row) continue;
    auto signed_here = TRY(by_book(core_.book->find(each.cid)));
    if (!signed_here || signed_here->address != each.address || signed_here->nonce != each.nonce) {
      auto reason = fmt::format(
          "at epoch {} the chain has message {} with nonce {}, which was not signed here; the sender was also used "
          "elsewhere; \"wallet sync-nonce\" ends this halt",
          each.epoch, each.cid.str(), each.nonce);
      log_error("messager", "no more nonces for {}: {}", each.address.str(), reason);
      TRY(by_book(core_.book->halt(each.address, reason)));
      continue;
    }
    if (row->epoch == 0) waited.push_back(core_.now_ms() - row->created);
  }
  return waited;
}

}  // namespace nelumbo::messager
