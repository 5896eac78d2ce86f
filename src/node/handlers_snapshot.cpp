// ChainExport…, ChainPrune, ChainHotGC, ChainDeleteObj: the chain as a CAR, and its store.

#include "base/log.hpp"
#include "chain_jobs.hpp"
#include "context.hpp"

namespace nelumbo::node {

namespace {

namespace full = rpc::full;
using chain::ExportPlan;

Result<> stream_export(Context& context, rpc::Subscriber<full::ChainExport_t> out, ChainEpoch state_roots,
                       bool skip_old_messages, const TipsetKey& key) {
  if (state_roots < 0) return fail(ErrorCode::invalid, "{} state roots cannot be exported", state_roots);
  auto head = TRY(context.tipset(key));
  return context.jobs->stream(head, ExportPlan::recent(head->height(), state_roots, skip_old_messages), std::move(out));
}

Result<> export_range(Context& context, const rpc::CallContext& call, const TipsetKey& head_key,
                      const TipsetKey& tail_key, const rpc::ChainExportConfig& config) {
  auto head = TRY(context.tipset(head_key)), tail = TRY(context.tipset(tail_key));
  if (head->height() < tail->height()) {
    return fail(ErrorCode::invalid, "the head, of epoch {}, lies below the tail, of epoch {}", head->height(),
                tail->height());
  }
  auto above = [&](bool included) { return included ? tail->height() : ExportPlan::kNone; };
  const ExportPlan plan{.states_above = above(config.include_state_roots),
                        .messages_above = above(config.include_messages),
                        .receipts_above = above(config.include_receipts)};
  auto path = TRY(context.jobs->export_range(head, tail, plan, call.stop));
  log_info("node", "epochs {} to {} exported to {}", tail->height(), head->height(), path.string());
  return {};
}

}  // namespace

void bind_snapshot(rpc::Server& server, Context& context) {
  server.bind_stream(full::ChainExport, [&](auto out, ChainEpoch state_roots, bool skip, const TipsetKey& key) {
    return stream_export(context, std::move(out), state_roots, skip, key);
  });
  server.bind(full::ChainExportStatus, [&]() -> Result<rpc::ChainJobStatus> { return context.jobs->export_status(); });
  server.bind(full::ChainExportRangeInternal,
              [&](const rpc::CallContext& call, const TipsetKey& head, const TipsetKey& tail,
                  const rpc::ChainExportConfig& config) { return export_range(context, call, head, tail, config); });
  server.bind(full::ChainPrune, [&](const rpc::PruneOpts& options) { return context.jobs->prune(options); });
  server.bind(full::ChainHotGC, [&](const rpc::CallContext& call, const rpc::HotGCOpts& options) {
    return context.jobs->collect(options, call.stop);
  });
  server.bind(full::ChainPruneStatus, [&]() -> Result<rpc::ChainJobStatus> { return context.jobs->prune_status(); });
  server.bind(full::ChainDeleteObj, [&](const Cid& cid) { return context.jobs->remove_block(cid); });
}

}  // namespace nelumbo::node
