#include "codec/car_source.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <deque>

#include <sys/types.h>
#include <zstd.h>

namespace nelumbo {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

class FileSource final : public CarSource {
 public:
  FileSource(std::unique_ptr<std::FILE, CloseFile> file, uint64_t size) : file_(std::move(file)), size_(size) {
    std::setvbuf(file_.get(), nullptr, _IONBF, 0);  // CarInput has the buffer
  }
  Result<size_t> read(std::span<uint8_t> out) override {
    size_t got = std::fread(out.data(), 1, out.size(), file_.get());
    if (got < out.size() && std::ferror(file_.get()))
      return fail(ErrorCode::failed, "reading: {}", std::strerror(errno));
    position_ += got;
    return got;
  }
  uint64_t position() const override { return position_; }
  uint64_t size() const override { return size_; }
  Result<> go_to(Place place) override {
    if (::fseeko(file_.get(), static_cast<off_t>(place.input), SEEK_SET) != 0)
      return fail(ErrorCode::failed, "going to byte {}: {}", place.input, std::strerror(errno));
    position_ = place.input;
    return {};
  }

 private:
  std::unique_ptr<std::FILE, CloseFile> file_;
  uint64_t size_;
  uint64_t position_ = 0;
};

class MemorySource final : public CarSource {
 public:
  explicit MemorySource(Bytes data) : data_(std::move(data)) {}
  Result<size_t> read(std::span<uint8_t> out) override {
    size_t count = std::min(out.size(), data_.size() - position_);
    std::copy_n(data_.begin() + static_cast<ptrdiff_t>(position_), count, out.begin());
    position_ += count;
    return count;
  }
  uint64_t position() const override { return position_; }
  uint64_t size() const override { return data_.size(); }
  Result<> go_to(Place place) override {
    if (place.input > data_.size()) return fail(ErrorCode::invalid, "there is no byte {}", place.input);
    position_ = place.input;
    return {};
  }

 private:
  Bytes data_;
  size_t position_ = 0;
};

/// Bytes that were read ahead, then the rest of their source.
class ResumedSource final : public CarSource {
 public:
  ResumedSource(Bytes ahead, std::unique_ptr<CarSource> rest) : ahead_(std::move(ahead)), rest_(std::move(rest)) {}
  Result<size_t> read(std::span<uint8_t> out) override {
    if (position_ == ahead_.size()) return rest_->read(out);
    size_t count = std::min(out.size(), ahead_.size() - position_);
    std::copy_n(ahead_.begin() + static_cast<ptrdiff_t>(position_), count, out.begin());
    position_ += count;
    return count;
  }
  uint64_t position() const override { return rest_->position() - (ahead_.size() - position_); }
  uint64_t size() const override { return rest_->size(); }
  Place place_before(uint64_t plain) const override { return rest_->place_before(plain); }
  Result<> go_to(Place place) override {
    position_ = ahead_.size();
    return rest_->go_to(place);
  }

 private:
  Bytes ahead_;
  std::unique_ptr<CarSource> rest_;
  size_t position_ = 0;
};

struct FreeStream {
  void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
};

class ZstdSource final : public CarSource {
 public:
  /// The most memory that a frame's window may ask for: 2^27 bytes, zstd's own default bound.
  static constexpr int kMaxWindowLog = 27;

  explicit ZstdSource(std::unique_ptr<CarSource> compressed)
      : compressed_(std::move(compressed)), stream_(ZSTD_createDStream()), input_(ZSTD_DStreamInSize()) {
    if (!stream_) throw std::bad_alloc();
    ZSTD_DCtx_setParameter(stream_.get(), ZSTD_d_windowLogMax, kMaxWindowLog);
  }
  Result<size_t> read(std::span<uint8_t> out) override {
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    while (to.pos == 0 && to.size > 0) {
      if (from_.pos == from_.size) from_ = {input_.data(), TRY(compressed_->read(input_)), 0};
      bool ended = from_.size == 0;
      if (ended && !inside_frame_) return 0;
      // Also at the end of the input: the decoder may still hold what did not fit `out` before.
      size_t hint = ZSTD_decompressStream(stream_.get(), &to, &from_);
      if (ZSTD_isError(hint)) return fail(ErrorCode::invalid, "zstd: {}", ZSTD_getErrorName(hint));
      inside_frame_ = hint != 0;
      if (!inside_frame_) note_frame_end(to.pos);
      if (ended && to.pos == 0 && inside_frame_) return fail(ErrorCode::invalid, "zstd data is cut off");
    }
    plain_ += to.pos;
    return to.pos;
  }
  uint64_t position() const override { return compressed_->position(); }
  uint64_t size() const override { return compressed_->size(); }
  Place place_before(uint64_t plain) const override {
    for (auto it = starts_.rbegin(); it != starts_.rend(); ++it) {
      if (it->plain <= plain) return *it;
    }
    return {};
  }
  Result<> go_to(Place place) override {
    TRY(compressed_->go_to({place.input, place.input}));
    ZSTD_DCtx_reset(stream_.get(), ZSTD_reset_session_only);
    from_ = {input_.data(), 0, 0};
    inside_frame_ = false;
    plain_ = place.plain;
    starts_.assign(1, place);
    return {};
  }

 private:
  // As many starts so far apart cover the largest section of a CAR and more.
  static constexpr size_t kKeptStarts = 4096;
  static constexpr uint64_t kStartsApart = 32u << 10;

  /// Reading can begin again where a frame ends. `unread` bytes of plain data came with this call.
  void note_frame_end(size_t unread) {
    Place here{compressed_->position() - (from_.size - from_.pos), plain_ + unread};
    if (!starts_.empty() && here.plain < starts_.back().plain + kStartsApart) return;
    starts_.push_back(here);
    if (starts_.size() > kKeptStarts) starts_.pop_front();
  }

  std::unique_ptr<CarSource> compressed_;
  std::unique_ptr<ZSTD_DStream, FreeStream> stream_;
  Bytes input_;
  ZSTD_inBuffer from_{nullptr, 0, 0};
  bool inside_frame_ = false;
  uint64_t plain_ = 0;        ///< bytes given
  std::deque<Place> starts_;  ///< of frames
};

}  // namespace

Result<std::unique_ptr<CarSource>> open_car_file(const fs::path& path) {
  std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rbe"));
  if (!file) {
    auto code = errno == ENOENT ? ErrorCode::not_found : ErrorCode::failed;
    return fail(code, "opening {}: {}", path.string(), std::strerror(errno));
  }
  std::error_code error;
  auto size = fs::file_size(path, error);
  return std::make_unique<FileSource>(std::move(file), error ? 0 : size);
}

std::unique_ptr<CarSource> make_car_memory(Bytes data) { return std::make_unique<MemorySource>(std::move(data)); }

std::unique_ptr<CarSource> make_car_zstd(std::unique_ptr<CarSource> compressed) {
  return std::make_unique<ZstdSource>(std::move(compressed));
}

Result<bool> CarInput::fill() {
  if (begin_ > 0) buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<ptrdiff_t>(begin_));
  begin_ = 0;
  size_t had = buffer_.size();
  buffer_.resize(had + kBuffer);
  auto got = source_->read(std::span(buffer_).subspan(had));
  buffer_.resize(had + got.value_or(0));
  return TRY(std::move(got)) > 0;
}

Result<BytesView> CarInput::peek(size_t count) {
  while (buffer_.size() - begin_ < count && TRY(fill())) {
  }
  return BytesView(buffer_).subspan(begin_, std::min(count, buffer_.size() - begin_));
}

Result<Bytes> CarInput::take(size_t count) {
  Bytes out;
  while (out.size() < count) {
    if (begin_ == buffer_.size() && !TRY(fill())) return fail(ErrorCode::invalid, "the data is cut off");
    size_t part = std::min(count - out.size(), buffer_.size() - begin_);
    out.insert(out.end(), buffer_.begin() + static_cast<ptrdiff_t>(begin_),
               buffer_.begin() + static_cast<ptrdiff_t>(begin_ + part));
    begin_ += part;
    taken_ += part;
  }
  return out;
}

Result<> CarInput::skip(uint64_t count) {
  while (count > 0) {
    if (begin_ == buffer_.size() && !TRY(fill())) return fail(ErrorCode::invalid, "the data is cut off");
    size_t part = static_cast<size_t>(std::min<uint64_t>(count, buffer_.size() - begin_));
    begin_ += part;
    taken_ += part;
    count -= part;
  }
  return {};
}

Result<> CarInput::go_to(CarSource::Place place, uint64_t plain) {
  if (place.plain > plain) return fail(ErrorCode::invalid, "a place behind byte {}", plain);
  TRY(source_->go_to(place));
  buffer_.clear();
  begin_ = 0;
  taken_ = place.plain;
  return skip(plain - place.plain);
}

std::unique_ptr<CarSource> CarInput::release() && {
  Bytes ahead(buffer_.begin() + static_cast<ptrdiff_t>(begin_), buffer_.end());
  return std::make_unique<ResumedSource>(std::move(ahead), std::move(source_));
}

}  // namespace nelumbo
