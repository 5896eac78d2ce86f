#include "chain_import.hpp"

#include "base/log.hpp"
#include "ipld/kv_maintenance.hpp"
#include "rpc/http_source.hpp"

namespace nelumbo::node {

namespace {

/// The genesis that the chain must go back to: the network's, or the one that this repository or --genesis has.
Result<Cid> wanted_genesis(KvStore& kv, const DaemonOptions& options, const NetworkParams& params) {
  if (!params.genesis_cid.empty()) return Cid::parse(params.genesis_cid);
  if (auto known = TRY(chain::stored_genesis(kv))) return *known;
  if (auto known = TRY(chain::unfinished_import(kv))) return known->genesis;
  if (options.genesis) {
    auto reader = TRY_IN("reading the genesis", CarReader::open(*options.genesis));
    if (reader.roots().size() == 1) return reader.roots().front();
  }
  return fail(ErrorCode::invalid, "which chain is to be imported? Give the network's genesis with --genesis");
}

bool is_url(std::string_view text) { return text.starts_with("http://") || text.starts_with("https://"); }

Result<std::unique_ptr<CarSource>> open_source(const std::string& from, StopEvent& stop) {
  if (is_url(from)) return rpc::open_http_source(from, {.stopped = [&stop] { return stop.wait(0); }});
  return open_car_file(expand_home(from));
}

chain::ImportOptions import_options(const ChainImport& import, StopEvent& stop) {
  chain::ImportOptions out{.execute = import.execute};
  out.stopped = [&stop] { return stop.wait(0); };
  out.progress = [tell = import.progress](const chain::ImportProgress& at) {
    if (tell) tell(at.step, at.done, at.total);
  };
  return out;
}

}  // namespace

Result<> read_import(const ImportPlace& place, const DaemonOptions& options, const NetworkParams& params,
                     StopEvent& stop) {
  const auto& import = *options.import;
  auto kv = TRY_IN("opening the datastore", open_for_loading(place.datastore, place.spaces));
  const bool removal = !import.from.empty() ? import.remove_existing && TRY(chain::has_chain(*kv)) : true;
  const auto unfinished = TRY(chain::unfinished_import(*kv));
  const Cid genesis = TRY(wanted_genesis(*kv, options, params));
  if (removal || (unfinished && !unfinished->begun)) {
    log_info("node", "removing the chain");
    TRY_IN("removing the chain", chain::remove_chain(*kv, place.blocks, genesis));
  }
  if (import.from.empty()) return chain::forget_import(*kv);
  auto with = import_options(import, stop);
  with.genesis = genesis;
  auto source = TRY(open_source(import.from, stop));
  auto head = TRY_IN(import.from, chain::import_snapshot(*kv, place.blocks, std::move(source), with));
  log_info("node", "read {}: the head is {}", import.from, head.str());
  return {};
}

Result<> adopt_import(KvStore& kv, chain::StateManager& states, const DaemonOptions& options, StopEvent& stop) {
  auto head = TRY(chain::adopt_import(kv, states, import_options(*options.import, stop)));
  log_info("node", "the imported chain is taken, its head is at epoch {}", head->height());
  return {};
}

}  // namespace nelumbo::node
