#include "devnet_files.hpp"

#include <algorithm>
#include <cctype>

#include "codec/json.hpp"

namespace nelumbo::node {

namespace {

/// "daemon", "daemon-2", "daemon-2.log" for the stem "daemon": what a devnet makes for a node.
bool is_of_node(std::string_view name, std::string_view stem) {
  if (!name.starts_with(stem)) return false;
  name.remove_prefix(stem.size());
  if (name.ends_with(".log")) name.remove_suffix(4);
  if (name.empty()) return true;
  return name.size() > 1 && name.front() == '-' &&
         std::all_of(name.begin() + 1, name.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

Result<> clear_away(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) return fail(ErrorCode::failed, "removing {}: {}", path.string(), error.message());
  return {};
}

}  // namespace

std::string DevnetPaths::numbered(std::string_view name, size_t node) {
  return node == 0 ? std::string(name) : fmt::format("{}-{}", name, node + 1);
}

Result<DevnetFile> read_devnet_file(const DevnetPaths& paths) {
  auto text = read_text_file(paths.devnet(), 1 << 20);
  if (!text && text.error().code == ErrorCode::not_found) {
    return fail(ErrorCode::not_found, "there is no devnet in {}: start one with `lotus devnet --dir {}`",
                paths.folder.string(), paths.folder.string());
  }
  if (!text) return std::unexpected(std::move(text).error());
  std::string context = fmt::format("reading {}", paths.devnet().string());
  auto file = TRY_IN(context, from_json<DevnetFile>(TRY_IN(context, parse_json(*text))));
  if (file.version != DevnetFile::kDevnetFileVersion || file.nodes.empty())
    return fail(ErrorCode::unsupported, "{}: made by another version of this program; begin anew with --fresh",
                context);
  return file;
}

Result<> write_devnet_file(const DevnetPaths& paths, const DevnetFile& file) {
  return write_file(paths.devnet(), to_json(file).dump(2) + "\n");
}

Result<> remove_devnet(const DevnetPaths& paths) {
  // First the file that says the folder is finished.
  for (const auto& path :
       {paths.devnet(), paths.network(), paths.genesis(), paths.genesis_template(), paths.beacon_key(), paths.sectors(),
        paths.programs(), paths.message(), paths.message_log()}) {
    TRY(clear_away(path));
  }
  std::error_code error;
  std::vector<fs::path> of_nodes;
  for (fs::directory_iterator each(paths.folder, error), end; !error && each != end; each.increment(error)) {
    auto name = each->path().filename().string();
    if (is_of_node(name, "daemon") || is_of_node(name, "miner")) of_nodes.push_back(each->path());
  }
  for (const auto& path : of_nodes) TRY(clear_away(path));
  return {};
}

std::optional<int> running_devnet(const DevnetPaths& paths) {
  if (!fs::exists(paths.lock())) return std::nullopt;
  if (FileLock::take(paths.lock())) return std::nullopt;
  auto text = read_text_file(paths.pid(), 32);
  int pid = text ? std::atoi(text->c_str()) : 0;
  return pid > 0 ? std::optional<int>(pid) : std::nullopt;
}

Result<> write_programs(const DevnetPaths& paths, const std::vector<RunningProgram>& programs) {
  return write_file(paths.programs(), to_json(programs).dump(2) + "\n");
}

Result<std::vector<RunningProgram>> read_programs(const DevnetPaths& paths) {
  auto text = TRY(read_text_file(paths.programs(), 1 << 20));
  auto json = TRY(parse_json(text));
  return from_json<std::vector<RunningProgram>>(json);
}

}  // namespace nelumbo::node
