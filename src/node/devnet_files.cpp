#include "devnet_files.hpp"

#include "codec/json.hpp"

namespace nelumbo::node {

Result<DevnetFile> read_devnet_file(const DevnetPaths& paths) {
  auto text = read_text_file(paths.devnet(), 1 << 20);
  if (!text && text.error().code == ErrorCode::not_found) {
    return fail(ErrorCode::not_found, "there is no devnet in {}: start one with `lotus devnet --dir {}`",
                paths.folder.string(), paths.folder.string());
  }
  if (!text) return std::unexpected(std::move(text).error());
  std::string context = fmt::format("reading {}", paths.devnet().string());
  auto file = TRY_IN(context, from_json<DevnetFile>(TRY_IN(context, parse_json(*text))));
  if (file.version != 1)
    return fail(ErrorCode::unsupported, "{}: made by another version of this program; begin anew with --fresh",
                context);
  return file;
}

Result<> write_devnet_file(const DevnetPaths& paths, const DevnetFile& file) {
  return write_file(paths.devnet(), to_json(file).dump(2) + "\n");
}

Result<> remove_devnet(const DevnetPaths& paths) {
  for (const auto& path :
       {paths.devnet(), paths.network(), paths.genesis(), paths.genesis_template(), paths.beacon_key(), paths.daemon(),
        paths.miner(), paths.sectors(), paths.daemon_log(), paths.miner_log()}) {
    std::error_code error;
    fs::remove_all(path, error);
    if (error) return fail(ErrorCode::failed, "removing {}: {}", path.string(), error.message());
  }
  return {};
}

std::optional<int> running_devnet(const DevnetPaths& paths) {
  if (!fs::exists(paths.lock())) return std::nullopt;
  if (FileLock::take(paths.lock())) return std::nullopt;
  auto text = read_text_file(paths.pid(), 32);
  int pid = text ? std::atoi(text->c_str()) : 0;
  return pid > 0 ? std::optional<int>(pid) : std::nullopt;
}

}  // namespace nelumbo::node
