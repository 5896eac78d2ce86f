// lotus-miner storage …
#include <ostream>

#include "crypto/uuid.hpp"
#include "lookup.hpp"
#include "miner_lookup.hpp"
#include "print.hpp"
#include "sealing/storage.hpp"
#include "types/json.hpp"

namespace nelumbo::cli {
namespace {

namespace full = rpc::full;
namespace api = rpc::miner;
using sealing::FileType;

constexpr size_t kBarWidth = 40;

std::string type_names(uint32_t bits) {
  std::string out;
  for (auto type : sealing::kFileTypes) {
    if (!(bits & static_cast<uint32_t>(type))) continue;
    out += out.empty() ? "" : ", ";
    out += sealing::folder_name(type);
  }
  return out;
}

/// sectorstore.json of a path that has none.
Result<> init_path(Context& context, const fs::path& folder) {
  auto file = folder / "sectorstore.json";
  if (fs::exists(file)) return fail(ErrorCode::exists, "path is already initialized: {} is there", file.string());
  sealing::PathMeta meta{.id = new_uuid(),
                         .can_seal = context.on("seal"),
                         .can_store = context.on("store"),
                         .groups = context.texts("groups"),
                         .allow_to = context.texts("allow-to")};
  if (!meta.can_seal && !meta.can_store)
    return fail(ErrorCode::invalid, "must specify at least one of --store or --seal");
  auto weight = TRY(context.number("weight"));
  if (weight < 0) return fail(ErrorCode::invalid, "--weight must not be negative");
  meta.weight = static_cast<uint64_t>(weight);
  if (context.given("max-storage")) meta.max_storage = TRY_IN("--max-storage", parse_size(context.text("max-storage")));
  TRY(make_folder(folder));
  return write_file(file, to_json(meta).dump(2) + "\n");
}

Result<> attach(Context& context) {
  auto folder = fs::absolute(expand_home(context.args[0]));
  auto* miner = TRY(context.miner());
  if (context.on("init")) TRY(init_path(context, folder));
  return miner->call(api::StorageAddLocal, folder.string());
}

Result<> detach(Context& context) {
  if (!context.on("really-do-it")) return fail(ErrorCode::invalid, "pass --really-do-it to execute the action");
  auto* miner = TRY(context.miner());
  return miner->call(api::StorageDetachLocal, fs::absolute(expand_home(context.args[0])).string());
}

Result<> redeclare(Context& context) {
  const int chosen = (context.given("id") ? 1 : 0) + (context.on("all") ? 1 : 0) + (context.args.empty() ? 0 : 1);
  if (chosen != 1) return fail(ErrorCode::invalid, "exactly one of path, --id and --all must be given");
  auto* miner = TRY(context.miner());
  std::optional<std::string> id;
  if (context.given("id")) id = context.text("id");
  if (!context.args.empty()) {
    auto wanted = fs::absolute(expand_home(context.args[0]));
    for (const auto& [each, path] : TRY(miner->call(api::StorageLocal))) {
      if (fs::path(path).lexically_normal() == wanted.lexically_normal()) id = each;
    }
    if (!id) return fail(ErrorCode::not_found, "{} is no storage path of the miner", wanted.string());
  }
  return miner->call(api::StorageRedeclareLocal, id, context.on("drop-missing"));
}

std::string bar(const rpc::FsStat& stat) {
  if (stat.capacity <= 0) return "";
  auto part = [&](int64_t bytes) {
    return static_cast<size_t>(std::clamp(static_cast<double>(bytes) / static_cast<double>(stat.capacity), 0.0, 1.0) *
                               kBarWidth);
  };
  auto used = part(stat.capacity - stat.fs_available);
  auto reserved = std::min(kBarWidth - used, part(stat.reserved));
  return fmt::format(
      "[{}{}{}] {}/{} {:.0f}%", std::string(used, '#'), std::string(reserved, '*'),
      std::string(kBarWidth - used - reserved, ' '), byte_size(BigInt(stat.capacity - stat.fs_available)),
      byte_size(BigInt(stat.capacity)),
      100.0 * static_cast<double>(stat.capacity - stat.fs_available) / static_cast<double>(stat.capacity));
}

/// What the list says of one path.
struct Listed {
  rpc::StorageInfo info;
  std::string path, trouble;
  std::optional<rpc::FsStat> stat;
  std::vector<rpc::StorageDecl> files;
};

Result<std::vector<Listed>> paths(rpc::Client& miner) {
  std::map<std::string, std::string> troubles;
  for (auto& each : TRY(miner.call(api::StorageTroubles))) troubles[each.path] = std::move(each.trouble);
  auto files = TRY(miner.call(api::StorageList));
  std::vector<Listed> out;
  for (const auto& [id, path] : TRY(miner.call(api::StorageLocal))) {
    Listed each;
    each.path = path;
    each.trouble = troubles[path];
    each.info = TRY(miner.call(api::StorageInfo, id));
    each.files = files[id];
    if (each.trouble.empty()) {
      auto stat = miner.call(api::StorageStat, id);
      if (stat) each.stat = *stat;
      if (!stat) each.trouble = stat.error().message;
    }
    out.push_back(std::move(each));
  }
  return out;
}

std::string counts_text(const std::vector<rpc::StorageDecl>& files) {
  std::map<FileType, uint64_t> counts;
  for (const auto& file : files) {
    for (auto type : sealing::kFileTypes) counts[type] += (file.type & static_cast<uint32_t>(type)) ? 1 : 0;
  }
  std::string out;
  for (auto [type, count] : counts) out += fmt::format("{}{}: {}", out.empty() ? "" : "; ", folder_name(type), count);
  return out;
}

std::string use_text(const rpc::StorageInfo& info) {
  if (!info.can_seal && !info.can_store) return "Use: ReadOnly";
  return fmt::format("Use: {}{}", info.can_seal ? "Seal " : "", info.can_store ? "Store" : "");
}

void print_path(Context& context, const Listed& each) {
  context.print("{}:", each.info.id);
  if (!each.trouble.empty()) context.print("\tError: {}", each.trouble);
  if (each.stat) {
    context.print("\t{}", bar(*each.stat));
    if (each.stat->reserved > 0) context.print("\tReserved: {}", byte_size(BigInt(each.stat->reserved)));
    if (each.stat->max > 0)
      context.print("\tLimit: {} used of {}", byte_size(BigInt(each.stat->used)), byte_size(BigInt(each.stat->max)));
  }
  context.print("\t{}", counts_text(each.files));
  context.print("\tWeight: {}; {}", each.info.weight, use_text(each.info));
  context.print("\tLocal: {}", each.path);
}

Result<> list_paths(Context& context) {
  auto* miner = TRY(context.miner());
  auto all = TRY(paths(*miner));
  if (!context.json()) {
    for (const auto& each : all) {
      print_path(context, each);
      context.print("");
    }
    return {};
  }
  JsonValue out = JsonValue::array();
  for (const auto& each : all) {
    JsonValue row{{"Info", to_json(each.info)}, {"Path", each.path}, {"Trouble", each.trouble}};
    row["Stat"] = each.stat ? to_json(*each.stat) : JsonValue(nullptr);
    row["Files"] = to_json(each.files);
    out.push_back(std::move(row));
  }
  context.print("{}", out.dump(2));
  return {};
}

Result<> list_sectors(Context& context) {
  auto* miner = TRY(context.miner());
  auto files = TRY(miner->call(api::StorageList));
  if (context.json()) {
    print_json(context, api::StorageList, files);
    return {};
  }
  Table table({"Storage", "Miner", "Sector", "Type"});
  for (const auto& [id, decls] : files) {
    for (const auto& each : decls) {
      table.add({{"Storage", id},
                 {"Miner", std::to_string(each.miner)},
                 {"Sector", std::to_string(each.number)},
                 {"Type", type_names(each.type)}});
    }
  }
  table.print(context.out);
  return {};
}

Result<> find_sector(Context& context) {
  auto number = TRY(number_argument(context, 0, "sector number"));
  auto* miner = TRY(context.miner());
  auto actor = TRY(miner->call(api::ActorAddress));
  rpc::SectorId sector{TRY(actor.id()), number};
  std::map<std::string, uint32_t> types;
  std::map<std::string, rpc::SectorStorageInfo> found;
  for (auto type : sealing::kFileTypes) {
    for (auto& place :
         TRY(miner->call(api::StorageFindSector, sector, static_cast<uint32_t>(type), uint64_t{0}, false))) {
      types[place.id] |= static_cast<uint32_t>(type);
      found[place.id] = std::move(place);
    }
  }
  if (context.json()) {
    JsonValue out = JsonValue::array();
    for (const auto& [id, place] : found) out.push_back({{"Types", type_names(types[id])}, {"Path", to_json(place)}});
    context.print("{}", out.dump(2));
    return {};
  }
  if (found.empty()) return fail(ErrorCode::not_found, "no path has a file of sector {}", number);
  for (const auto& [id, place] : found) {
    context.print("In {} ({})", id, type_names(types[id]));
    context.print("\tSealing: {}; Storage: {}", place.can_seal, place.can_store);
    for (const auto& url : place.urls) context.print("\tURL: {}", url);
  }
  return {};
}

/// Files of removed sectors go to the trash, and the trash goes.
Result<> cleanup(Context& context) {
  auto age = TRY_IN("--older-than", parse_duration(context.text("older-than")));
  auto* miner = TRY(context.miner());
  if (context.on("removed")) {
    for (auto number : TRY(miner->call(api::SectorsListInStates, std::vector<std::string>{"Removed"}))) {
      auto actor = TRY(miner->call(api::ActorAddress));
      rpc::SectorId sector{TRY(actor.id()), number};
      constexpr uint32_t kAll = 31;
      if (TRY(miner->call(api::StorageFindSector, sector, kAll, uint64_t{0}, false)).empty()) continue;
      context.print("cleaning up files of removed sector {}", number);
      TRY(miner->call(api::SectorRemove, number));
    }
  }
  auto freed = TRY(miner->call(api::StorageEmptyTrash, std::chrono::duration_cast<std::chrono::seconds>(age).count()));
  context.print("{} of trash deleted", byte_size(BigInt(freed)));
  return {};
}

Result<> locks(Context& context) {
  auto* miner = TRY(context.miner());
  auto held = TRY(miner->call(api::StorageGetLocks));
  if (context.json()) {
    print_json(context, api::StorageGetLocks, held);
    return {};
  }
  for (const auto& lock : held.locks) {
    std::string line = fmt::format("{}:", lock.sector.number);
    for (size_t i = 0; i < std::size(sealing::kFileTypes); ++i) {
      auto name = sealing::folder_name(sealing::kFileTypes[i]);
      if (i < lock.write.size() && lock.write[i] > 0) line += fmt::format(" {} write", name);
      if (i < lock.read.size() && lock.read[i] > 0) line += fmt::format(" {} read ({})", name, lock.read[i]);
    }
    context.print("{}", line);
  }
  return {};
}

}  // namespace

std::vector<Command> miner_storage_commands() {
  auto json = toggle("--json", "print JSON");
  return {
      {"storage attach",
       "[path]",
       "attach local storage path",
       {toggle("--init", "initialize the path first"), number("--weight", "(for init) path weight", "10"),
        toggle("--seal", "(for init) use path for sealing"),
        toggle("--store", "(for init) use path for long-term storage"),
        text("--max-storage", "(for init) limit storage space for sectors (expensive for very large paths!)"),
        many("--groups", "path group names"),
        many("--allow-to", "path groups allowed to pull data from this path (allow all if not specified)")},
       1,
       1,
       attach},
      {"storage detach", "[path]", "detach local storage path", {toggle("--really-do-it", "")}, 1, 1, detach},
      {"storage redeclare",
       "[path]",
       "redeclare sectors in a local storage path",
       {text("--id", "storage path ID"), toggle("--all", "redeclare all storage paths"),
        toggle("--drop-missing", "Drop index entries with missing files", true)},
       0,
       1,
       redeclare},
      {"storage list", "", "list local storage paths", {json}, 0, 0, list_paths},
      {"storage list sectors", "", "get list of all sector files", {json}, 0, 0, list_sectors},
      {"storage find", "[sector number]", "find sector in the storage system", {json}, 1, 1, find_sector},
      {"storage cleanup",
       "",
       "trigger cleanup actions: files of removed sectors, and what lies in the trash of the paths",
       {toggle("--removed", "cleanup remaining files from removed sectors", true),
        text("--older-than", "delete what has been in the trash for so long", "0s")},
       0,
       0,
       cleanup},
      {"storage locks", "", "show active sector locks", {json}, 0, 0, locks},
  };
}

}  // namespace nelumbo::cli
