// lotus fetch-params
#include <iostream>

#include <sched.h>

#include "crypto/file_digest.hpp"
#include "engine/aggregation.hpp"
#include "lookup.hpp"
#include "print.hpp"
#include "rpc/download.hpp"
#include "types/json.hpp"

namespace nelumbo::cli {
namespace {

constexpr uint64_t kDevnetSize = 2048;

/// One file of the official manifest.
struct Official {
  std::string cid;
  std::string digest;  ///< hex
  uint64_t sector_size = 0;
  static constexpr auto fields = nelumbo::fields(field("cid", &Official::cid), field("digest", &Official::digest),
                                                 field("sector_size", &Official::sector_size));
};

/// Runs only when nothing else wants the processor. Threads made later do so too.
Result<> be_idle() {
  const sched_param none{};
  if (sched_setscheduler(0, SCHED_IDLE, &none) == 0) return {};
  return fail(ErrorCode::failed, "idle priority is refused by the system");
}

/// Test networks make their own parameters; any other file of this size is left alone. The PoRep set takes a quarter of
/// an hour and 5.2 GB of memory.
Result<> generate(uint64_t size, bool porep, bool update) {
  using parameters::Kind;
  std::vector<std::pair<Kind, std::string_view>> kinds{{Kind::winning_post, "winning PoSt"},
                                                       {Kind::window_post, "window PoSt"}};
  if (porep) kinds.emplace_back(Kind::porep, "PoRep");
  if (update) kinds.emplace_back(Kind::replica_update, "replica update");
  for (auto [kind, name] : kinds) {
    if (TRY(parameters::present(kind, size))) {
      std::cerr << fmt::format("{} parameters of {} are present\n", name, size_string(size));
      continue;
    }
    Progress progress(std::cerr);
    TRY_IN(fmt::format("generating {} parameters", name),
           parameters::generate(kind, size, [&](std::string_view step, double part) { progress.show(step, part); }));
  }
  return porep ? parameters::make_srs() : Result<>();
}

Result<std::map<std::string, Official>> read_manifest(const char* name) {
  auto manifest = cache_folder() / "assets" / name;
  auto text = TRY_IN("the official manifest of proof parameters (make assets)", read_text_file(manifest));
  auto parsed = TRY_IN(manifest.string(), parse_json(text));
  return in_context(from_json<std::map<std::string, Official>>(parsed), manifest.string());
}

/// The official files a sector size needs: its own, every verifying key of the public networks, and what aggregates of
/// proofs are made and verified with.
Result<std::vector<std::pair<std::string, Official>>> wanted(uint64_t size) {
  auto all = TRY(read_manifest("parameters.json"));
  std::vector<std::pair<std::string, Official>> out;
  bool known = false;
  for (auto& [name, file] : all) {
    known = known || file.sector_size == size;
    // Those of 2 KiB are made by each machine for its own test networks, under the same names.
    bool key = name.ends_with(".vk") && file.sector_size != kDevnetSize;
    if (file.sector_size == size || key) out.emplace_back(name, file);
  }
  if (!known) return fail(ErrorCode::unsupported, "there are no parameters for sectors of {}", size_string(size));
  if (size != kDevnetSize) {
    for (auto& [name, file] : TRY(read_manifest("srs-inner-product.json"))) out.emplace_back(name, file);
  }
  return out;
}

/// Fetches one file from an IPFS gateway ("http://host:port/ipfs/") and checks it; a wrong one is not kept.
Result<> fetch_official(std::string gateway, const fs::path& path, const Official& file) {
  if (!gateway.ends_with('/')) gateway += '/';
  TRY(make_folder(path.parent_path()));
  {
    Progress progress(std::cerr);
    TRY(rpc::download(gateway + file.cid, path, [&](uint64_t done, uint64_t total) {
      progress.show(path.filename().string(), total > 0 ? static_cast<double>(done) / static_cast<double>(total) : 0);
    }));
  }
  auto digest = TRY(file_digest(path));
  if (digest == file.digest) return {};
  fs::remove(path);
  return fail(ErrorCode::invalid, "what the gateway gave for {} has digest {}, not {}", path.filename().string(),
              digest, file.digest);
}

Result<> check_official(Context& context, uint64_t size) {
  auto folder = parameter_cache_folder();
  size_t good = 0;
  std::vector<std::pair<std::string, Official>> missing;
  for (const auto& [name, file] : TRY(wanted(size))) {
    auto path = folder / name;
    if (!fs::exists(path)) {
      missing.emplace_back(name, file);
      continue;
    }
    auto digest = TRY(file_digest(path));
    if (digest != file.digest)
      return fail(ErrorCode::invalid, "{} is corrupt or was made for a test network: its digest is {}, not {}",
                  path.string(), digest, file.digest);
    ++good;
  }
  context.print("{} files of {} are present and have the official digest", good, size_string(size));
  if (missing.empty()) return {};
  if (const char* gateway = std::getenv("IPFS_GATEWAY"); gateway != nullptr && *gateway != '\0') {
    for (const auto& [name, file] : missing) TRY(fetch_official(gateway, folder / name, file));
    context.print("{} files fetched", missing.size());
    return {};
  }
  for (const auto& [name, file] : missing) context.err << "missing: " << name << " (" << file.cid << ")\n";
  return fail(
      ErrorCode::unavailable,
      "{} parameter files are missing in {}: set IPFS_GATEWAY to a gateway (http://host:port/ipfs/) to fetch them, "
      "or put them there by the names above",
      missing.size(), folder.string());
}

Result<> fetch(Context& context) {
  auto size = TRY_IN("error parsing sector size (specify as \"32GiB\", for instance)", parse_size(context.args[0]));
  if (context.on("idle")) TRY(be_idle());
  if (size == kDevnetSize && !context.on("official")) return generate(size, context.on("porep"), context.on("update"));
  return check_official(context, size);
}

}  // namespace

std::vector<Command> params_commands() {
  return {{"fetch-params",
           "<sectorSize>",
           "Make or check proving parameters: 2KiB are generated for test networks, official files are checked against "
           "their digests",
           {toggle("--official", "check official files for 2KiB too"),
            toggle("--porep",
                   "2KiB: make what new sectors need too: PoRep parameters (a quarter of an hour, 5.2 GB of "
                   "memory) and the SRS of aggregates"),
            toggle("--update", "2KiB: make the parameters of replica updates (snap) too"),
            toggle("--idle", "run only when nothing else wants the processor")},
           1,
           1,
           fetch}};
}

}  // namespace nelumbo::cli
