#include "seal_cache.hpp"

#include <condition_variable>
#include <set>

#include "base/log.hpp"
#include "codec/json.hpp"
#include "file_moves.hpp"

namespace nelumbo::sealing {
namespace {

constexpr const char* kNote = "nelumbo-seal.json";
constexpr auto kLookEvery = std::chrono::milliseconds(500);
constexpr std::string_view kPrefix = "sc-02-data-";

uint64_t size_of(const fs::path& file) {
  std::error_code error;
  auto size = fs::file_size(file, error);
  return error ? 0 : size;
}

/// Bytes of the binary tree over a sector's 32-byte nodes.
uint64_t data_tree_size(uint64_t sector_size) { return 2 * sector_size - 32; }

Result<> remove_entry(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) return fail(ErrorCode::failed, "removing {}: {}", path.string(), error.message());
  return {};
}

Result<std::vector<fs::path>> entries(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code error;
  for (const auto& each : fs::directory_iterator(folder, error)) out.push_back(each.path());
  if (error) return fail(ErrorCode::unavailable, "reading {}: {}", folder.string(), error.message());
  return out;
}

Result<> check_size(const fs::path& file, uint64_t size) {
  if (!fs::exists(file)) return fail(ErrorCode::not_found, "{} is not there", file.string());
  if (size_of(file) == size) return {};
  return fail(ErrorCode::invalid, "{} has {} bytes, not {}", file.string(), size_of(file), size);
}

}  // namespace

int layer_count(uint64_t sector_size) { return sector_size >= uint64_t{32} << 30 ? 11 : 2; }

fs::path SealCache::layer(int number) const { return folder_ / fmt::format("{}layer-{}.dat", kPrefix, number); }
fs::path SealCache::data_tree() const { return folder_ / fmt::format("{}tree-d.dat", kPrefix); }
fs::path SealCache::zero_tree() const {
  // <path>/cache/s-t0M-N is the folder.
  return folder_.parent_path().parent_path() / ".zero-data" / fmt::format("tree-d-{}.dat", sector_size_);
}

Result<std::optional<SealCache::Note>> SealCache::note() const {
  auto text = read_text_file(folder_ / kNote);
  if (!text && text.error().code == ErrorCode::not_found) return std::optional<Note>();
  if (!text) return std::unexpected(std::move(text).error());
  auto parsed = parse_json(*text);
  if (!parsed) return std::optional<Note>();
  auto note = from_json<Note>(*parsed);
  return note ? std::optional(*std::move(note)) : std::optional<Note>();
}

Result<> SealCache::write_note(const Note& note) const { return write_file(folder_ / kNote, to_json(note).dump()); }

Result<int> SealCache::begin(const std::string& replica, bool zero_data) {
  TRY(make_folder(folder_));
  auto known = TRY(note()).value_or(Note());
  int kept = 0;
  if (known.replica == replica) {
    while (kept < known.layers && size_of(layer(kept + 1)) == sector_size_) ++kept;
  } else if (fs::exists(folder_ / "p_aux")) {
    return fail(ErrorCode::exists, "{} holds the finished seal of another replica", folder_.string());
  }
  std::set<fs::path> keep{folder_ / kNote};
  for (int i = 1; i <= kept; ++i) keep.insert(layer(i));
  for (const auto& path : TRY(entries(folder_))) {
    if (!keep.contains(path)) TRY(remove_entry(path));
  }
  TRY(write_note({.replica = replica, .layers = kept, .zero_data = zero_data}));
  return kept;
}

Result<int> SealCache::note_layers() const {
  auto known = TRY(note()).value_or(Note());
  const int before = known.layers;
  // The engine renames a layer into place once it is written.
  while (known.layers < layer_count(sector_size_) && size_of(layer(known.layers + 1)) == sector_size_) {
    TRY(sync_path(layer(known.layers + 1)));
    ++known.layers;
  }
  if (known.layers != before) {
    TRY(sync_path(folder_));
    TRY(write_note(known));
  }
  return known.layers;
}

Result<> SealCache::finish() {
  TRY(note_layers());
  TRY(sync_path(data_tree()));
  auto known = TRY(note()).value_or(Note());
  known.done = true;
  return write_note(known);
}

Result<> SealCache::begin_encoding() const {
  auto known = TRY(note()).value_or(Note());
  known.encoding = true;
  return write_note(known);
}

Result<> SealCache::check_layers() const {
  auto known = TRY(note());
  if (!known || !known->done) {
    return fail(ErrorCode::not_found, "{} holds no finished pre-commit 1", folder_.string());
  }
  for (int i = 1; i <= layer_count(sector_size_); ++i) TRY(check_size(layer(i), sector_size_));
  return check_size(data_tree(), data_tree_size(sector_size_));
}

Result<> SealCache::remove_phase_2() const {
  for (const auto& path : TRY(entries(folder_))) {
    const auto name = path.filename().string();
    if (name.ends_with("_aux") || name.starts_with(fmt::format("{}tree-c", kPrefix)) ||
        name.starts_with(fmt::format("{}tree-r-last", kPrefix))) {
      TRY(remove_entry(path));
    }
  }
  return {};
}

Result<> SealCache::sync() const {
  for (const auto& path : TRY(entries(folder_))) TRY(sync_path(path));
  return sync_path(folder_);
}

Result<> SealCache::drop_note() const { return remove_entry(folder_ / kNote); }

Result<> SealCache::link_zero_tree() const {
  if (size_of(zero_tree()) != data_tree_size(sector_size_)) return {};
  std::error_code error;
  fs::create_hard_link(zero_tree(), data_tree(), error);
  if (error) log_info("sealing", "the kept data tree is not linked ({}): it is made again", error.message());
  return {};
}

Result<> SealCache::keep_zero_tree() const {
  if (size_of(zero_tree()) == data_tree_size(sector_size_)) return {};
  TRY(make_folder(zero_tree().parent_path()));
  auto beside = zero_tree();
  beside += "." + folder_.filename().string();
  TRY(remove_entry(beside));
  std::error_code error;
  fs::create_hard_link(data_tree(), beside, error);
  if (!error) fs::rename(beside, zero_tree(), error);
  if (error) log_info("sealing", "the data tree is not kept for other sectors: {}", error.message());
  return {};
}

SealCache::Keeper::Keeper(const SealCache& cache, std::function<void(int layers)> told)
    : thread_([&cache, told = std::move(told)](std::stop_token stop) {
        std::mutex mutex;
        std::condition_variable_any stopped;
        std::unique_lock lock(mutex);
        while (!stopped.wait_for(lock, stop, kLookEvery, [] { return false; }) && !stop.stop_requested()) {
          if (auto layers = cache.note_layers()) {
            told(*layers);
          } else {
            log_warn("sealing", "{}", layers.error().message);
          }
        }
      }) {}

}  // namespace nelumbo::sealing
