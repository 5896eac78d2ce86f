#include "rpc/download.hpp"

#include <fstream>

#include "connection.hpp"
#include "url.hpp"

namespace nelumbo::rpc {
namespace {

constexpr auto kSilence = std::chrono::seconds(60);  ///< without a byte for so long, the download has failed
constexpr int kMaxRedirects = 5;

TimeLimit soon() { return std::chrono::steady_clock::now() + kSilence; }

/// Asks for the rest of the file; a redirect comes back, or nothing when all has arrived in `part`.
Result<std::optional<Url>> fetch_rest(const Url& url, const fs::path& part,
                                      const std::function<void(uint64_t, uint64_t)>& progress) {
  std::error_code missing;
  uint64_t have = fs::file_size(part, missing);
  if (missing) have = 0;
  auto connection = TRY(Connection::open(url.host, soon()));
  auto range = have > 0 ? fmt::format("Range: bytes={}-\r\n", have) : std::string();
  TRY(connection.send(get_request(url, range), soon()));
  auto head = TRY(connection.receive_head(soon()));
  if (head.status / 100 == 3 && !head.location.empty()) return TRY(follow_redirect(url, head.location));
  if (head.status == 416 && have > 0) return std::optional<Url>();  // nothing is left to send
  if (head.status != 200 && head.status != 206)
    return fail(ErrorCode::unavailable, "{} answers with HTTP status {}", url.host.host, head.status);
  if (head.chunked) return fail(ErrorCode::unsupported, "{} does not say how long the file is", url.host.host);
  if (head.status == 200) have = 0;  // the server begins anew
  std::ofstream out(part, std::ios::binary | (have > 0 ? std::ios::app : std::ios::trunc));
  uint64_t total = head.length ? have + *head.length : 0;
  TRY(connection.receive_body(head, soon, [&](std::string_view piece) -> Result<> {
    if (!out.write(piece.data(), static_cast<std::streamsize>(piece.size())))
      return fail(ErrorCode::failed, "cannot write {}", part.string());
    have += piece.size();
    progress(have, total);
    return {};
  }));
  if (!out.flush()) return fail(ErrorCode::failed, "cannot write {}", part.string());
  return std::optional<Url>();
}

}  // namespace

Result<> download(std::string_view url, const fs::path& file,
                  const std::function<void(uint64_t done, uint64_t total)>& progress) {
  auto part = fs::path(file.string() + ".part");
  const auto context = fmt::format("fetching {}", url);
  auto at = TRY_IN(context, parse_http_url(url));
  for (int i = 0; i <= kMaxRedirects; ++i) {
    auto next = TRY_IN(context, fetch_rest(at, part, progress));
    if (!next) {
      std::error_code error;
      fs::rename(part, file, error);
      if (error) return fail(ErrorCode::failed, "cannot name {}: {}", file.string(), error.message());
      return {};
    }
    at = *std::move(next);
  }
  return fail(ErrorCode::unavailable, "fetching {}: more than {} redirects", url, kMaxRedirects);
}

}  // namespace nelumbo::rpc
