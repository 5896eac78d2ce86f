// The chain as a CAR.

#include "chain/snapshot.hpp"
#include "walk.hpp"

namespace nelumbo::chain {

namespace {

constexpr size_t kPiece = 1u << 20;  ///< bytes handed on at once
// How an export's time is taken to be shared out, for the estimate of how far it is: nearly all goes into states, and
// of that most into the first one, which the later ones share most of their blocks with.
constexpr double kStatesShare = 0.95, kFirstStateShare = 0.8;

class Export {
 public:
  Export(ChainStore& store, const TipsetPtr& head, const ExportPlan& plan, const ExportTarget& target)
      : store_(store), head_(head), plan_(plan), target_(target), walk_(*store.blocks(), seen_) {}

  Result<ExportProgress> run() {
    piece_ = car_header(head_->cids());
    for (TipsetPtr tipset = head_;; tipset = TRY(store_.parent(*tipset))) {
      so_far_.epoch = tipset->height();
      for (size_t i = 0; i < tipset->blocks().size(); ++i) TRY(put_block(tipset->cids()[i], tipset->blocks()[i]));
      if (tipset->height() == 0) break;
    }
    TRY(hand_on());
    so_far_.part = 1;
    if (target_.progress) target_.progress(so_far_);
    return so_far_;
  }

 private:
  Result<> put(const Cid& cid, BytesView data) {
    put_car_block(piece_, cid, data);
    ++so_far_.blocks;
    if (piece_.size() >= kPiece) TRY(hand_on());
    return {};
  }

  Result<> hand_on() {
    if (target_.stopped && target_.stopped()) return fail(ErrorCode::cancelled, "the export was stopped");
    so_far_.part = part();
    if (target_.progress) target_.progress(so_far_);
    TRY(target_.write(piece_));
    so_far_.bytes += piece_.size();
    piece_.clear();
    return {};
  }

  Result<> put_all_below(const Cid& root, Missing missing) {
    return walk_.walk(root, missing, [this](const Cid& cid, BytesView data) { return put(cid, data); });
  }

  Result<> put_block(const Cid& cid, const BlockHeader& block) {
    const bool genesis = block.height == 0;
    const auto data = TRY(get_shared_block(*store_.blocks(), cid));
    TRY(put(cid, *data));
    auto context = [&] { return fmt::format("block {} of epoch {}", cid.str(), block.height); };
    if (block.height > plan_.messages_above)
      TRY_IN(context() + ": messages", put_all_below(block.messages, Missing::error));
    // The genesis names an object from before the chain as its parent; not every store has it.
    if (genesis) {
      for (const auto& parent : block.parents) TRY(put_all_below(parent, Missing::leave_out));
    }
    if (genesis || block.height > plan_.states_above) {
      in_state_ = true;
      TRY_IN(context() + ": state", put_all_below(block.parent_state_root, Missing::error));
      in_state_ = false;
      first_state_done_ = true;
    }
    if (block.height > plan_.receipts_above) TRY(put_all_below(block.parent_message_receipts, Missing::leave_out));
    return {};
  }

  double part() const {
    const auto top = static_cast<double>(std::max<ChainEpoch>(1, head_->height()));
    const double headers = 1 - static_cast<double>(so_far_.epoch) / top;
    if (plan_.states_above == ExportPlan::kNone) return headers;
    const ChainEpoch lowest = std::max<ChainEpoch>(0, plan_.states_above);
    const auto depth = static_cast<double>(std::max<ChainEpoch>(1, head_->height() - lowest));
    const double later = std::min(1.0, static_cast<double>(head_->height() - so_far_.epoch) / depth);
    const double first = first_state_done_ ? 1 : in_state_ ? walk_.done() : 0;
    return kStatesShare * (kFirstStateShare * first + (1 - kFirstStateShare) * later) + (1 - kStatesShare) * headers;
  }

  ChainStore& store_;
  const TipsetPtr head_;
  const ExportPlan plan_;
  const ExportTarget& target_;
  CidSet seen_;
  DagWalk walk_;
  bool in_state_ = false, first_state_done_ = false;
  Bytes piece_;
  ExportProgress so_far_;
};

}  // namespace

ExportPlan ExportPlan::recent(ChainEpoch head, ChainEpoch state_roots, bool skip_old_messages) {
  ExportPlan plan;
  if (state_roots > 0) plan.states_above = plan.receipts_above = std::max<ChainEpoch>(-1, head - state_roots);
  if (skip_old_messages) plan.messages_above = std::max<ChainEpoch>(-1, head - state_roots);
  return plan;
}

Result<ExportProgress> export_chain(ChainStore& store, const TipsetPtr& head, const ExportPlan& plan,
                                    const ExportTarget& target) {
  return in_context(Export(store, head, plan, target).run(), "exporting the chain");
}

}  // namespace nelumbo::chain
