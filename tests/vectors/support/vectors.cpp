#include "vectors/vectors.hpp"

#include <algorithm>
#include <cstdlib>

#include <zlib.h>

#include "codec/car.hpp"

namespace nelumbo::vectors {
namespace {

fs::path root() {
  const char* set = std::getenv("NELUMBO_VECTORS");
  return set && *set ? fs::path(set) : fs::path(NELUMBO_DEFAULT_VECTORS);
}

Result<LoadedCar> put_all(CarReader& reader, Blockstore& store) {
  LoadedCar car{.roots = reader.roots()};
  for (;;) {
    auto block = TRY(reader.next());
    if (!block) return car;
    TRY(store.put(block->cid, block->data));
    car.blocks.push_back(block->cid);
  }
}

}  // namespace

std::optional<fs::path> find(std::string_view name) {
  auto folder = root() / name;
  if (!fs::is_directory(folder)) return std::nullopt;
  return folder;
}

std::string missing(std::string_view name) {
  return fmt::format(
      "no test vectors in {}: set NELUMBO_VECTORS to a folder that holds \"{}\" (files of the repositories "
      "filecoin-project/fvm-test-vectors and filecoin-project/serialization-vectors)",
      (root() / name).string(), name);
}

bool in_ci() {
  const char* set = std::getenv("CI");
  return set && std::string_view(set) == "true";
}

std::vector<fs::path> list(const fs::path& folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file() && entry.path().extension() == ".json") paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  return paths;
}

Result<Bytes> gunzip(BytesView data, size_t limit) {
  z_stream stream{};
  if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) return fail(ErrorCode::failed, "zlib does not start");
  std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, inflateEnd);
  stream.next_in = const_cast<Bytef*>(data.data());
  stream.avail_in = static_cast<uInt>(data.size());
  Bytes out;
  Bytes part(256 << 10);
  for (int status = Z_OK; status != Z_STREAM_END;) {
    stream.next_out = part.data();
    stream.avail_out = static_cast<uInt>(part.size());
    status = inflate(&stream, Z_NO_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END) return fail(ErrorCode::invalid, "gzip data is damaged or cut off");
    out.insert(out.end(), part.data(), stream.next_out);
    if (out.size() > limit) return fail(ErrorCode::exhausted, "gzip data holds more than {} bytes", limit);
  }
  return out;
}

Result<VectorFile> load(const fs::path& path) {
  auto text = TRY(read_text_file(path, size_t{256} << 20));
  auto json = TRY_IN(path.string(), parse_json(text));
  VectorFile file{.path = path, .json = std::move(json), .store = make_memory_blockstore()};
  if (!file.json.contains("car") || !file.json["car"].is_string()) {
    return fail(ErrorCode::invalid, "{}: there is no \"car\"", path.string());
  }
  file.id = file.json.value("/_meta/id"_json_pointer, path.stem().string());
  auto packed = TRY_IN(path.string(), from_base64(file.json["car"].get_ref<const std::string&>()));
  file.json["car"] = "";
  auto reader = TRY_IN(path.string(), CarReader::from_bytes(TRY(gunzip(packed))));
  file.car = TRY_IN(path.string(), put_all(reader, *file.store));
  return file;
}

Result<LoadedCar> load_car(const fs::path& path, Blockstore& store) {
  auto reader = TRY(CarReader::open(path));
  return in_context(put_all(reader, store), path.string());
}

}  // namespace nelumbo::vectors
