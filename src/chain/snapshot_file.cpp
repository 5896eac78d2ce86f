// The file of an export.

#include <cerrno>
#include <cstdio>

#include <unistd.h>
#include <zstd.h>

#include "chain/snapshot.hpp"

namespace nelumbo::chain {

namespace {

constexpr size_t kFrame = 8u << 20;  ///< bytes of the CAR in one zstd frame
constexpr int kLevel = 3;            ///< zstd's own default

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

}  // namespace

struct SnapshotFile::State {
  fs::path path, beside;
  std::FILE* file = nullptr;
  std::unique_ptr<ZSTD_CCtx, FreeContext> zstd;
  Bytes plain, packed;  ///< a frame on its way

  State() = default;
  State(const State&) = delete;
  ~State() {
    if (!file) return;
    std::fclose(file);
    std::error_code ignored;
    fs::remove(beside, ignored);
  }

  std::unexpected<Error> failure(std::string_view what) const {
    const bool full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
    return fail(full ? ErrorCode::exhausted : ErrorCode::failed, "{} {}: {}", what, path.string(),
                std::strerror(errno));
  }

  Result<> put(BytesView data) {
    if (!data.empty() && std::fwrite(data.data(), 1, data.size(), file) != data.size()) return failure("writing");
    return {};
  }

  Result<> put_frame() {
    if (plain.empty()) return {};
    packed.resize(ZSTD_compressBound(plain.size()));
    const size_t size = ZSTD_compressCCtx(zstd.get(), packed.data(), packed.size(), plain.data(), plain.size(), kLevel);
    if (ZSTD_isError(size)) return fail(ErrorCode::failed, "zstd: {}", ZSTD_getErrorName(size));
    plain.clear();
    return put(BytesView(packed).first(size));
  }
};

SnapshotFile::SnapshotFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
SnapshotFile::SnapshotFile(SnapshotFile&&) noexcept = default;
SnapshotFile& SnapshotFile::operator=(SnapshotFile&&) noexcept = default;
SnapshotFile::~SnapshotFile() = default;

Result<SnapshotFile> SnapshotFile::create(const fs::path& path, bool compress) {
  auto state = std::make_unique<State>();
  state->path = path;
  state->beside = path.string() + ".part";
  state->file = std::fopen(state->beside.c_str(), "wbe");
  if (!state->file) return state->failure("making");
  if (compress) {
    state->zstd.reset(ZSTD_createCCtx());
    if (!state->zstd) throw std::bad_alloc();
  }
  return SnapshotFile(std::move(state));
}

Result<> SnapshotFile::write(BytesView data) {
  if (!state_->zstd) return state_->put(data);
  while (!data.empty()) {
    const size_t part = std::min(data.size(), kFrame - state_->plain.size());
    state_->plain.insert(state_->plain.end(), data.begin(), data.begin() + static_cast<ptrdiff_t>(part));
    data = data.subspan(part);
    if (state_->plain.size() == kFrame) TRY(state_->put_frame());
  }
  return {};
}

Result<> SnapshotFile::finish() {
  TRY(state_->put_frame());
  if (std::fflush(state_->file) != 0 || ::fsync(::fileno(state_->file)) != 0) return state_->failure("writing");
  std::error_code error;
  fs::rename(state_->beside, state_->path, error);
  if (error) return fail(ErrorCode::failed, "renaming {}: {}", state_->beside.string(), error.message());
  std::fclose(std::exchange(state_->file, nullptr));
  return {};
}

}  // namespace nelumbo::chain
