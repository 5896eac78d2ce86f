#include "rpc/http_source.hpp"

#include <charconv>
#include <thread>

#include "base/log.hpp"
#include "connection.hpp"
#include "url.hpp"

namespace nelumbo::rpc {

namespace {

constexpr int kMaxRedirects = 5;
constexpr std::chrono::milliseconds kLongestPause{30'000};
constexpr std::chrono::milliseconds kPauseSlice{100};  ///< how soon a stop is noticed

class HttpSource final : public CarSource {
 public:
  HttpSource(std::string text, Url url, HttpSourceOptions options)
      : text_(std::move(text)), url_(std::move(url)), options_(std::move(options)) {}

  /// Connects for the first time, so that a wrong address is told at once.
  Result<> start() {
    return again([this] { return connect(); });
  }

  Result<size_t> read(std::span<uint8_t> out) override {
    size_t got = 0;
    TRY(again([&]() -> Result<> {
      if (size_ > 0 && position_ == size_) return {};
      if (!connection_) TRY(connect());
      const size_t most = size_ > 0 ? std::min<uint64_t>(out.size(), size_ - position_) : out.size();
      got = TRY(connection_->receive_some(reinterpret_cast<char*>(out.data()), most, soon()));
      if (got == 0 && size_ > 0) return fail(ErrorCode::unavailable, "the answer ends in its middle");
      return {};
    }));
    position_ += got;
    return got;
  }
  uint64_t position() const override { return position_; }
  uint64_t size() const override { return size_; }
  Result<> go_to(Place place) override {
    connection_.reset();
    position_ = place.input;
    return {};
  }

 private:
  TimeLimit soon() const { return std::chrono::steady_clock::now() + options_.silence; }

  /// Tries until it works, as long as what fails is the line.
  Result<> again(const std::function<Result<>()>& attempt) {
    auto pause = options_.first_pause;
    for (int i = 1;; ++i) {
      auto result = attempt();
      if (result) return {};
      connection_.reset();
      const auto code = result.error().code;
      const bool line = code == ErrorCode::unavailable || code == ErrorCode::cancelled;
      if (!line || i >= options_.tries) return in_context(std::move(result), text_);
      log_warn("rpc", "{}: {}; trying again", text_, result.error().message);
      if (i > 1) TRY(wait(std::exchange(pause, std::min(pause * 2, kLongestPause))));
    }
  }

  Result<> wait(std::chrono::milliseconds time) {
    for (; time.count() > 0; time -= kPauseSlice) {
      if (options_.stopped && options_.stopped()) return fail(ErrorCode::permission, "stopped");
      std::this_thread::sleep_for(std::min(time, kPauseSlice));
    }
    return {};
  }

  Result<> connect() {
    Url at = url_;
    std::string extra;
    if (position_ > 0) {
      extra = fmt::format("Range: bytes={}-\r\n", position_);
      if (!etag_.empty()) extra += fmt::format("If-Range: {}\r\n", etag_);
    }
    for (int i = 0; i <= kMaxRedirects; ++i) {
      auto connection = TRY(Connection::open(at.host, soon()));
      TRY(connection.send(get_request(at, extra), soon()));
      const auto head = TRY(connection.receive_head(soon()));
      if (head.status / 100 == 3 && !head.location.empty()) {
        at = TRY(follow_redirect(at, head.location));
        continue;
      }
      TRY(begin(head));
      connection_ = std::move(connection);
      return {};
    }
    return fail(ErrorCode::failed, "more than {} redirects", kMaxRedirects);
  }

  /// Whether the answer is what was asked for.
  Result<> begin(const Connection::Head& head) {
    const bool later = head.status / 100 == 5 || head.status == 408 || head.status == 429;
    if (later) return fail(ErrorCode::unavailable, "HTTP status {}", head.status);
    if (head.chunked) return fail(ErrorCode::unsupported, "the server does not say how long the file is");
    if (position_ == 0 && head.status == 200) {
      size_ = head.length.value_or(0);
      if (!head.etag.starts_with("W/")) etag_ = head.etag;
      return {};
    }
    if (position_ > 0 && head.status == 200) {
      return fail(ErrorCode::unsupported, "the file has changed, or its server does not serve a file from its middle");
    }
    if (head.status != 206) return fail(ErrorCode::not_found, "HTTP status {}", head.status);
    return check_range(head.range);
  }

  /// "bytes FIRST-LAST/TOTAL".
  Result<> check_range(std::string_view range) {
    uint64_t first = 0, total = 0;
    const auto slash = range.find('/');
    if (!range.starts_with("bytes ") || slash == range.npos)
      return fail(ErrorCode::invalid, "the answer names no range");
    std::from_chars(range.data() + 6, range.data() + slash, first);
    std::from_chars(range.data() + slash + 1, range.data() + range.size(), total);
    if (first != position_ || (size_ > 0 && total != size_)) {
      return fail(ErrorCode::invalid, "asked for the bytes from {} of {}, got \"{}\"", position_, size_, range);
    }
    size_ = total;
    return {};
  }

  const std::string text_;
  const Url url_;
  const HttpSourceOptions options_;
  std::optional<Connection> connection_;
  uint64_t position_ = 0, size_ = 0;
  std::string etag_;
};

}  // namespace

Result<std::unique_ptr<CarSource>> open_http_source(std::string_view url, HttpSourceOptions options) {
  auto parsed = TRY(parse_http_url(url));
  auto source = std::make_unique<HttpSource>(std::string(url), std::move(parsed), std::move(options));
  TRY(source->start());
  return source;
}

}  // namespace nelumbo::rpc
